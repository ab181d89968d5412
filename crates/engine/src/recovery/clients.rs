//! The clients that a recovery reads with; no owner uses them.

use std::sync::Arc;

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;
use ringfence_consumer::kafka::{Logged, Role, StartFinder, consumer_config};

use crate::shared::Shared;

/// Made with the first request.
pub(super) struct Clients {
    pub(super) finder: StartFinder,
    pub(super) reader: Arc<BaseConsumer<Logged>>,
}

impl Clients {
    /// Clients for the topics of this process.
    pub(super) fn make(shared: &Shared) -> Result<Self, KafkaError> {
        let config = |role| consumer_config(&shared.config.kafka.consumer, &shared.config.group, role);
        let finder = StartFinder::new(
            &config(Role::Recovery),
            &config(Role::Uncommitted),
            shared.inputs.clone(),
            shared.config.outputs.journal.clone(),
        )?;
        let reader = Arc::new(config(Role::Reader).create_with_context(Logged("recovery"))?);
        Ok(Self { finder, reader })
    }
}

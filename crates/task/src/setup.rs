//! What a process brings to each of its shards: where it reads, how, and by which rules it judges.

use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_evaluator::{Clock, ShardOptions};
use ringfence_rules::Pack;

use crate::{Lineage, PackInForce, Reading};

/// What a process brings to each of its shards.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The release, for people.
    pub release: &'static str,
    /// The cluster and the ids of journal and inputs.
    pub lineage: Lineage,
    /// The rules.
    pub pack: PackInForce,
    /// How the inputs are read.
    pub reading: Arc<Reading>,
    /// What a shard may take besides its facts to judge its busy numbers faster.
    pub decoded_bytes_max: usize,
}

impl Setup {
    /// To judge archives by these rules: there is no journal, and records come decoded.
    #[must_use]
    pub fn archive(release: &'static str, pack: Arc<Pack>) -> Self {
        Self {
            release,
            lineage: Lineage::default(),
            pack: PackInForce::unstored(pack),
            reading: Arc::new(Reading::none()),
            decoded_bytes_max: ShardOptions::default().decoded_bytes_max,
        }
    }

    /// How a shard works that is read in this way.
    pub(crate) fn shard_options(&self, reading: &Reading, inputs: usize, impose_from: EventTime) -> ShardOptions {
        ShardOptions {
            clock: Clock::Live { inputs: inputs as u8, impose_from },
            number_bytes_max: reading.settings().number_bytes,
            decoded_bytes_max: self.decoded_bytes_max,
        }
    }
}

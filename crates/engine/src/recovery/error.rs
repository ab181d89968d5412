//! Why a shard cannot be recovered.

use rdkafka::error::KafkaError;
use ringfence_consumer::kafka::StartError;
use ringfence_task::Refusal;

/// Why a shard cannot be recovered. Each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecoveryError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the client of the recovery cannot be made")]
    Client(#[source] KafkaError),
    #[error("{topic} cannot be read for the replay")]
    Read {
        topic: String,
        #[source]
        source: ringfence_consumer::kafka::CursorError,
    },
    #[error("the snapshots cannot be looked through")]
    Store(#[from] ringfence_snapshots::StoreError),
    #[error("what a snapshot says of itself cannot be read")]
    Header(#[source] serde_json::Error),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the shard was taken back")]
    Withdrawn,
}

impl RecoveryError {
    /// Whether trying again helps by itself.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Start(error) => error.is_transient(),
            Self::Client(_) | Self::Read { .. } => true,
            _ => false,
        }
    }
}

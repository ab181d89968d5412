//! What becomes of a submission, and what a failure says about the next try.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::native::OffsetsRefused;

/// What became of a submission.
#[derive(Clone, Debug)]
pub enum SubmissionOutcome {
    /// There is a producer. Whatever an earlier one of the same id began has ended, and nothing that it still sends takes
    /// effect.
    Connected,
    /// There is no producer yet.
    NotConnected(Failure),
    /// Readers see it.
    Committed(Committed),
    /// No reader sees it or ever will: send the batch again.
    NotCommitted(Failure),
    /// It may have taken effect, or may yet. Once a new producer is connected nothing more happens to it, and the journal
    /// tells.
    Doubtful(Failure),
}

/// A transaction that readers see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Partition and offset of each record whose offset was asked for.
    pub offsets: Vec<(i32, i64)>,
}

/// Why a transaction did not come about.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot {doing}")]
pub struct Failure {
    /// What was tried.
    pub doing: &'static str,
    /// What the client or the broker said.
    #[source]
    pub cause: Cause,
}

/// What the client or the broker said.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Cause {
    /// An error of the client.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    /// The offsets were refused.
    #[error(transparent)]
    Offsets(#[from] OffsetsRefused),
    /// There are no offsets: the broker would take it from whoever owned the shards once.
    #[error("a transaction without offsets is fenced by nobody")]
    Unfenced,
    /// A transaction before there was a producer.
    #[error("there is no producer yet")]
    NoProducer,
    /// A record was not delivered.
    #[error("a record for topic {topic} was not delivered")]
    Delivery {
        /// Where it should have gone.
        topic: String,
        /// Why it did not.
        #[source]
        source: KafkaError,
    },
    /// It took too long.
    #[error("no answer in time")]
    TimedOut,
}

impl Failure {
    /// Whether less in one transaction may help: a record, or what was written with it, is larger than the topic takes.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        use RDKafkaErrorCode as Code;
        matches!(self.code(), Some(Code::MessageSizeTooLarge | Code::InvalidMessageSize | Code::MessageBatchTooLarge))
    }

    /// Whether it was not written in the time that it has: the brokers are slow, or it is too much.
    #[must_use]
    pub fn took_too_long(&self) -> bool {
        use RDKafkaErrorCode as Code;
        matches!(self.cause, Cause::TimedOut)
            || matches!(self.code(), Some(Code::QueueFull | Code::MessageTimedOut | Code::OperationTimedOut))
    }

    fn code(&self) -> Option<RDKafkaErrorCode> {
        match &self.cause {
            Cause::Kafka(error) | Cause::Delivery { source: error, .. } => error.rdkafka_error_code(),
            Cause::Offsets(refused) => Some(refused.code),
            Cause::Unfenced | Cause::NoProducer | Cause::TimedOut => None,
        }
    }

    /// Whether somebody has to do something before trying again can help: a topic is missing, access is refused, a
    /// record is larger than the topic takes, or another process has taken this one's place.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        use RDKafkaErrorCode as Code;
        matches!(
            self.code(),
            Some(
                Code::TopicAuthorizationFailed
                    | Code::GroupAuthorizationFailed
                    | Code::ClusterAuthorizationFailed
                    | Code::TransactionalIdAuthorizationFailed
                    | Code::MessageSizeTooLarge
                    | Code::UnknownTopic
                    | Code::UnknownTopicOrPartition
                    | Code::UnknownPartition
                    | Code::Authentication
            )
        )
    }
}

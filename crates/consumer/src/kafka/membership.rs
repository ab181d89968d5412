//! The membership consumer: a member of the group that learns which shards it owns and reads nothing.
//!
//! It acknowledges every grant with an empty assignment; records are read by another consumer, once a shard has been
//! recovered. With one consumer for both, librdkafka skips or repeats records when an assignment changes while it waits
//! for stable offsets. A change waits here until the owner has dealt with it and acknowledges it: until then the group
//! does not give what was taken to anyone else.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{ClientConfig, TopicPartitionList};
use tracing::warn;

use super::native;

/// A change of what the group gives to this member. [`Membership::acknowledge`] it when it has been followed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Change {
    /// More shards; possibly none.
    Granted(Vec<i32>),
    /// Shards to give back once what was read of them is committed.
    Revoked(Vec<i32>),
    /// Shards that others own already: nothing more may be committed for them.
    Lost(Vec<i32>),
}

/// A member of the group.
#[derive(Clone)]
pub struct Membership {
    consumer: Arc<BaseConsumer<Changes>>,
}

impl Membership {
    /// Joins the group for one topic, whose partitions stand for the shards.
    ///
    /// # Errors
    /// Where the configuration is refused.
    pub fn join(config: &ClientConfig, topic: &str) -> KafkaResult<Self> {
        let consumer: BaseConsumer<Changes> = config.create_with_context(Changes::default())?;
        consumer.subscribe(&[topic])?;
        Ok(Self { consumer: Arc::new(consumer) })
    }

    /// Serves the group and returns the next change, if there is one.
    ///
    /// # Errors
    /// Where the member cannot go on: another process has taken its instance id, or access is refused.
    pub fn poll(&self, timeout: Duration) -> KafkaResult<Option<Change>> {
        let waiting = self.consumer.context().next();
        if waiting.is_some() {
            return Ok(waiting);
        }
        match self.consumer.poll(timeout) {
            Some(Err(error)) if !passes(&error) => return Err(error),
            Some(Err(error)) => warn!(error = &error as &dyn std::error::Error, "group"),
            Some(Ok(_)) => warn!("a membership consumer was sent a record"),
            None => {}
        }
        if let Some((code, _)) = self.consumer.client().fatal_error() {
            return Err(KafkaError::MessageConsumptionFatal(code));
        }
        Ok(self.consumer.context().next())
    }

    /// Tells the group that a change has been followed.
    ///
    /// # Errors
    /// Where librdkafka refuses, which leaves the member without assignment.
    pub fn acknowledge(&self, change: &Change) -> KafkaResult<()> {
        let nothing = TopicPartitionList::new();
        match change {
            Change::Granted(_) => self.consumer.incremental_assign(&nothing),
            Change::Revoked(_) | Change::Lost(_) => self.consumer.incremental_unassign(&nothing),
        }
    }

    /// Whether what this member owned has been given to others without asking.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.consumer.assignment_lost()
    }

    /// What proves membership to a transaction, as of now; `None` while this is no member.
    #[must_use]
    pub fn token(&self) -> Option<ConsumerGroupMetadata> {
        native::is_member(&*self.consumer).then(|| self.consumer.group_metadata()).flatten()
    }

    /// Begins to leave: the group takes everything back, as [`Change::Revoked`]. Static members keep their place.
    pub fn leave(&self) {
        self.consumer.unsubscribe();
    }

    /// From here on changes are acknowledged as they come; the consumer can be dropped without waiting for anyone.
    pub fn close(self) {
        self.consumer.context().closing.store(true, Ordering::SeqCst);
        while let Some(change) = self.consumer.context().next() {
            // What cannot be acknowledged any more ends with the consumer.
            let _ = self.acknowledge(&change);
        }
    }
}

impl std::fmt::Debug for Membership {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Membership")
    }
}

/// Whether librdkafka goes on by itself.
fn passes(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    !matches!(error, KafkaError::MessageConsumptionFatal(_))
        && !matches!(
            error.rdkafka_error_code(),
            Some(
                Code::Fatal
                    | Code::FencedInstanceId
                    | Code::UnreleasedInstanceId
                    | Code::GroupAuthorizationFailed
                    | Code::InconsistentGroupProtocol
                    | Code::UnsupportedAssignor
            )
        )
}

/// Keeps changes until the owner has time for them.
#[derive(Default)]
struct Changes {
    waiting: Mutex<VecDeque<Change>>,
    closing: AtomicBool,
}

impl Changes {
    fn next(&self) -> Option<Change> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl ClientContext for Changes {
    fn error(&self, error: KafkaError, reason: &str) {
        warn!(error = &error as &dyn std::error::Error, reason, "membership");
    }
}

impl ConsumerContext for Changes {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, event: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let shards: Vec<i32> = list.elements().iter().map(|element| element.partition()).collect();
        let change = match event {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Change::Granted(shards),
            _ if consumer.assignment_lost() => Change::Lost(shards),
            _ => Change::Revoked(shards),
        };
        if !self.closing.load(Ordering::SeqCst) {
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(change);
            return;
        }
        let nothing = TopicPartitionList::new();
        let acknowledged = match change {
            Change::Granted(_) => consumer.incremental_assign(&nothing),
            Change::Revoked(_) | Change::Lost(_) => consumer.incremental_unassign(&nothing),
        };
        if let Err(error) = acknowledged {
            warn!(error = &error as &dyn std::error::Error, "a change could not be acknowledged while closing");
        }
    }
}

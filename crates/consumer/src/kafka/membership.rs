//! The membership consumer: a member of the group that learns which shards it owns and reads nothing.
//!
//! It acknowledges every grant with an empty assignment; records are read by another consumer, once a shard has been
//! recovered. With one consumer for both, librdkafka skips or repeats records when an assignment changes while it waits
//! for stable offsets. A change waits here until the owner has dealt with it and acknowledges it: until then the group
//! does not give what was taken to anyone else.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{ClientConfig, TopicPartitionList};
use tracing::warn;

use super::native::{self, GroupPlace};

/// A group that tells nothing for so long tells nothing more for now.
const REST: Duration = Duration::from_millis(50);

/// What librdkafka takes for `max.poll.interval.ms` where it is told nothing.
const POLL_INTERVAL_MS: u64 = 300_000;

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
    consumer: Arc<Member>,
    poll_interval: Duration,
}

struct Member(BaseConsumer<Changes>);

impl Membership {
    /// Joins the group for one topic, whose partitions stand for the shards.
    ///
    /// # Errors
    /// Where the configuration is refused.
    pub fn join(config: &ClientConfig, topic: &str) -> KafkaResult<Self> {
        let consumer: BaseConsumer<Changes> = config.create_with_context(Changes::default())?;
        consumer.subscribe(&[topic])?;
        let poll_interval = config.get("max.poll.interval.ms").and_then(|value| value.parse().ok());
        let poll_interval = Duration::from_millis(poll_interval.unwrap_or(POLL_INTERVAL_MS));
        Ok(Self { consumer: Arc::new(Member(consumer)), poll_interval })
    }

    /// How long the group lets a member be busy with a change, or with anything else between two polls.
    #[must_use]
    pub fn poll_interval(&self) -> Duration {
        self.poll_interval
    }

    /// Serves the group and returns the next change, if there is one.
    ///
    /// # Errors
    /// Where the member cannot go on: another process has taken its instance id, or access is refused.
    pub fn poll(&self, timeout: Duration) -> KafkaResult<Option<Change>> {
        let waiting = self.consumer.0.context().next();
        if waiting.is_some() {
            return Ok(waiting);
        }
        match self.consumer.0.poll(timeout) {
            Some(Err(error)) if !passes(&error) => return Err(error),
            Some(Err(error)) => warn!(error = &error as &dyn std::error::Error, "group"),
            Some(Ok(_)) => warn!("a membership consumer was sent a record"),
            None => {}
        }
        if let Some((code, _)) = self.consumer.0.client().fatal_error() {
            return Err(KafkaError::MessageConsumptionFatal(code));
        }
        Ok(self.consumer.0.context().next())
    }

    /// Tells the group that a change has been followed.
    ///
    /// # Errors
    /// Where librdkafka refuses, which leaves the member without assignment.
    pub fn acknowledge(&self, change: &Change) -> KafkaResult<()> {
        acknowledge(&self.consumer.0, change)
    }

    /// Whether what this member owned has been given to others without asking.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.consumer.0.assignment_lost()
    }

    /// Whether changes wait that have not been polled.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.consumer.0.context().is_empty()
    }

    /// The place in the group as of now, in one piece; `None` while this is no member.
    ///
    /// The generation moves on by itself, but never past a change that has not been acknowledged. The member id may
    /// change without any: a member that the group throws out in the middle of a rebalance joins again under a new one.
    #[must_use]
    pub fn place(&self) -> Option<GroupPlace> {
        native::group_place(&self.consumer.0)
    }

    /// Ends, and says whether that took no longer than `limit`: librdkafka may wait for ever for a coordinator that is
    /// gone, which is then left to the end of the process. A static member keeps its place in the group.
    #[must_use]
    pub fn close(self, limit: Duration) -> bool {
        let (done, wait) = mpsc::channel::<()>();
        let closing = thread::Builder::new().name("closing".to_owned()).spawn(move || {
            drop(self);
            drop(done);
        });
        closing.is_ok() && wait.recv_timeout(limit) == Err(RecvTimeoutError::Disconnected)
    }
}

impl Drop for Member {
    /// Changes are acknowledged as they come from here on, those that wait before the client ends: where one is
    /// acknowledged while the group's part of the client ends, librdkafka may wait for itself (its issue 4884).
    fn drop(&mut self) {
        let changes = self.0.context();
        changes.closing.store(true, Ordering::SeqCst);
        while let Some(change) = changes.next() {
            acknowledge_at_end(&self.0, &change);
        }
        loop {
            let told = changes.told.load(Ordering::SeqCst);
            if let Some(Err(error)) = self.0.poll(REST) {
                warn!(error = &error as &dyn std::error::Error, "group");
            }
            if changes.told.load(Ordering::SeqCst) == told {
                return;
            }
        }
    }
}

fn acknowledge(consumer: &BaseConsumer<Changes>, change: &Change) -> KafkaResult<()> {
    let nothing = TopicPartitionList::new();
    match change {
        Change::Granted(_) => consumer.incremental_assign(&nothing),
        Change::Revoked(_) | Change::Lost(_) => consumer.incremental_unassign(&nothing),
    }
}

/// What cannot be acknowledged any more ends with the consumer.
fn acknowledge_at_end(consumer: &BaseConsumer<Changes>, change: &Change) {
    if let Err(error) = acknowledge(consumer, change) {
        warn!(error = &error as &dyn std::error::Error, "a change could not be acknowledged while closing");
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
    /// How many changes there have been.
    told: AtomicU64,
}

impl Changes {
    fn next(&self) -> Option<Change> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn is_empty(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
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
        self.told.fetch_add(1, Ordering::SeqCst);
        if self.closing.load(Ordering::SeqCst) {
            acknowledge_at_end(consumer, &change);
        } else {
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(change);
        }
    }
}

//! Reading one partition record by record up to offsets that are told from outside: how a journal is followed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::batch::{Item, Queue, RawRecord, Run};

/// How long one look for more records waits.
const WAIT: Duration = Duration::from_millis(20);

/// A place in a partition that moves on as records are read.
pub struct Cursor<C: ConsumerContext> {
    queue: Queue<C>,
    topic: Arc<str>,
    partition: i32,
    /// The next message of the queue's last batch.
    taken: usize,
    /// The partition is known to hold nothing more before this offset.
    passed: i64,
}

/// Why a partition cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// The client cannot read it.
    #[error("{topic} cannot be read")]
    Fault {
        /// The topic.
        topic: String,
        /// What is wrong.
        #[source]
        code: RDKafkaErrorCode,
    },
    /// The records do not come.
    #[error("{topic} did not come up to offset {end} in time")]
    Stalled {
        /// The topic.
        topic: String,
        /// Up to where it was to be read.
        end: i64,
    },
}

impl<C: ConsumerContext> Cursor<C> {
    /// A cursor at an offset; the consumer must not read this partition otherwise.
    ///
    /// # Errors
    /// Where the client refuses the partition.
    pub fn open(consumer: Arc<BaseConsumer<C>>, topic: Arc<str>, partition: i32, from: i64) -> KafkaResult<Self> {
        let queue = Queue::new(consumer, 4096);
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&topic, partition, Offset::Offset(from))?;
        queue.assign(&list)?;
        Ok(Self { queue, topic, partition, taken: 0, passed: from })
    }

    /// The next record before `end`; `None` once there are no more. Waits for it no longer than `patience`.
    ///
    /// # Errors
    /// Where the partition cannot be read, or too slowly.
    pub fn next(&mut self, end: i64, patience: Duration) -> Result<Option<RawRecord<'_>>, CursorError> {
        let Some(offset) = self.reach(end, patience)? else { return Ok(None) };
        self.passed = offset + 1;
        self.taken += 1;
        Ok(Some(self.queue.record(self.taken - 1)))
    }

    /// The next records before `end`, as many as are there; `None` once there are no more. Waits for the first of them no
    /// longer than `patience`.
    ///
    /// # Errors
    /// Where the partition cannot be read, or too slowly.
    pub fn next_run(&mut self, end: i64, patience: Duration) -> Result<Option<Run<'_>>, CursorError> {
        if self.reach(end, patience)?.is_none() {
            return Ok(None);
        }
        let run = self.queue.run(self.taken, end);
        self.taken += run.len();
        self.passed = run.last_offset() + 1;
        Ok(Some(run))
    }

    /// Waits until the next message taken is a record before `end`, and returns its offset; `None` once there is none.
    fn reach(&mut self, end: i64, patience: Duration) -> Result<Option<i64>, CursorError> {
        let mut waited = Duration::ZERO;
        while self.passed < end {
            if self.taken >= self.queue.buffered() {
                self.taken = 0;
                if self.queue.refill(WAIT) == 0 {
                    waited += WAIT;
                    self.queue.serve_client();
                }
                if waited > patience {
                    return Err(CursorError::Stalled { topic: self.topic.to_string(), end });
                }
                continue;
            }
            match self.queue.item(self.taken) {
                Item::Run(run) => {
                    let offset = run.first_offset();
                    if offset < end {
                        return Ok(Some(offset));
                    }
                    self.passed = self.passed.max(end);
                }
                Item::End { next, .. } => {
                    self.taken += 1;
                    self.passed = self.passed.max(next);
                }
                Item::Fault { code, .. } => {
                    self.taken += 1;
                    if !passes(code) {
                        return Err(CursorError::Fault { topic: self.topic.to_string(), code });
                    }
                }
            }
        }
        Ok(None)
    }
}

/// Whether librdkafka goes on by itself.
fn passes(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::OperationTimedOut
            | Code::Resolve
            | Code::NotLeaderForPartition
            | Code::LeaderNotAvailable
    )
}

impl<C: ConsumerContext> Drop for Cursor<C> {
    fn drop(&mut self) {
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition(&self.topic, self.partition);
        // What cannot be given back goes with the consumer.
        let _ = self.queue.unassign(&list);
    }
}

impl<C: ConsumerContext> fmt::Debug for Cursor<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, passed, .. } = self;
        f.debug_struct("Cursor")
            .field("topic", topic)
            .field("partition", partition)
            .field("passed", passed)
            .finish_non_exhaustive()
    }
}

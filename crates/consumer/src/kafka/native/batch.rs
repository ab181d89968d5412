//! Reading records in batches, without a copy, an allocation or a clock reading for each.
//!
//! `rdkafka`'s own `poll` costs about 0.3 µs more for each record than librdkafka's batch call. A [`Queue`] takes the
//! records of the partitions that are assigned through it, and nothing else: rebalances, errors of the client and its
//! log lines stay on the consumer's own queue, which has to be served besides.

use std::ffi::{CStr, CString};
use std::fmt;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{Message as _, Timestamp};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka_sys as sys;

type Message = *mut sys::rd_kafka_message_t;

/// A queue of the records of some partitions of a consumer.
///
/// It stays on the thread that made it: librdkafka leaves two batch calls on one consumer at the same time undefined.
pub struct Queue<C: ConsumerContext> {
    queue: NonNull<sys::rd_kafka_queue_t>,
    messages: Vec<Message>,
    capacity: usize,
    // Dropped after the queue has been given back in `drop`.
    consumer: Arc<BaseConsumer<C>>,
    stays_on_thread: PhantomData<*const ()>,
}

impl<C: ConsumerContext> Queue<C> {
    /// A queue without partitions, read in batches of up to `capacity` records.
    #[must_use]
    pub fn new(consumer: Arc<BaseConsumer<C>>, capacity: usize) -> Self {
        // SAFETY: the handle is valid as long as `consumer` lives, and it outlives the queue.
        let queue = unsafe { sys::rd_kafka_queue_new(consumer.client().native_ptr()) };
        let queue = NonNull::new(queue).expect("librdkafka allocates a queue or ends the process");
        Self { queue, messages: Vec::with_capacity(capacity), capacity, consumer, stays_on_thread: PhantomData }
    }

    /// The consumer.
    #[must_use]
    pub fn consumer(&self) -> &Arc<BaseConsumer<C>> {
        &self.consumer
    }

    /// Reads more partitions, each from the offset that the list gives for it.
    ///
    /// # Errors
    /// Where the client refuses: there can be no such partition, or it is read already.
    pub fn assign(&self, partitions: &TopicPartitionList) -> KafkaResult<()> {
        for element in partitions.elements() {
            self.attach(element.topic(), element.partition())?;
        }
        self.consumer.incremental_assign(partitions)
    }

    /// Reads partitions no more; each may be assigned again from here on.
    ///
    /// # Errors
    /// Where the client refuses: one of them is not read.
    pub fn unassign(&self, partitions: &TopicPartitionList) -> KafkaResult<()> {
        self.consumer.incremental_unassign(partitions)?;
        // librdkafka answers once it has told itself to stop the partitions, and ends their forwarding when it gets to
        // that. Forwarded again before, they would be assigned and their records go nowhere. It does what it is told
        // in order, so an answer to another question says that they have stopped.
        self.consumer.assignment().map(drop)
    }

    /// Lets the client tell what it has to say besides records: log lines and errors, which go to its context.
    ///
    /// # Panics
    /// Where a record comes this way: it would be lost.
    pub fn serve_client(&self) {
        if let Some(Ok(record)) = self.consumer.poll(Duration::ZERO) {
            panic!("a record of {}/{} came around its queue", record.topic(), record.partition());
        }
    }

    /// Sends the records of a partition here, from its next assignment on.
    fn attach(&self, topic: &str, partition: i32) -> KafkaResult<()> {
        let unknown = || KafkaError::MessageConsumption(RDKafkaErrorCode::UnknownPartition);
        let topic = CString::new(topic).map_err(|_| unknown())?;
        // SAFETY: the handle is valid, the name ends with a zero. What comes back is counted for us or null; forwarding
        // makes librdkafka count our queue too, so giving the partition's queue back right after is fine.
        unsafe {
            let from =
                sys::rd_kafka_queue_get_partition(self.consumer.client().native_ptr(), topic.as_ptr(), partition);
            if from.is_null() {
                return Err(unknown());
            }
            sys::rd_kafka_queue_forward(from, self.queue.as_ptr());
            sys::rd_kafka_queue_destroy(from);
        }
        Ok(())
    }

    /// Waits until the capacity is reached or the time is up, and returns what came in between.
    pub fn next_batch(&mut self, timeout: Duration) -> Batch<'_> {
        self.refill(timeout);
        Batch { messages: &mut self.messages }
    }

    /// Gives back what was read before and waits for more; returns how much came.
    pub(super) fn refill(&mut self, timeout: Duration) -> usize {
        give_back(&mut self.messages);
        let timeout_ms = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the queue is ours and alive. `messages` has room for `capacity` pointers, librdkafka writes at most
        // that many and returns how many, or -1. `&mut self` on a type that is neither `Send` nor `Sync` keeps a second
        // call on this queue out.
        unsafe {
            let count = sys::rd_kafka_consume_batch_queue(
                self.queue.as_ptr(),
                timeout_ms,
                self.messages.as_mut_ptr(),
                self.capacity,
            );
            self.messages.set_len(usize::try_from(count).unwrap_or_default().min(self.capacity));
        }
        self.messages.len()
    }

    /// How much the last refill brought.
    pub(super) fn buffered(&self) -> usize {
        self.messages.len()
    }

    /// What stands at a place of the last refill; a record comes as a run of one.
    pub(super) fn item(&self, at: usize) -> Item<'_> {
        let first = message(&self.messages[at]);
        if first.err == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            Item::Run(Run { messages: &self.messages[at..=at] })
        } else {
            condition(first)
        }
    }

    /// The records from a place of the last refill on, where there is one, as long as they lie before `end`.
    pub(super) fn run(&self, from: usize, end: i64) -> Run<'_> {
        let is_before = |pointer: &&Message| {
            let message = message(pointer);
            message.err == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR && message.offset < end
        };
        let rest = &self.messages[from..];
        let length = rest.iter().take_while(is_before).count();
        Run { messages: &rest[..length.max(1)] }
    }

    /// The record at a place of the last refill where there is one.
    pub(super) fn record(&self, at: usize) -> RawRecord<'_> {
        RawRecord { message: message(&self.messages[at]) }
    }
}

fn give_back(messages: &mut Vec<Message>) {
    for message in messages.drain(..) {
        // SAFETY: each message is ours, was not destroyed before, and leaves the list here. Nobody borrows it: every
        // borrow of a message is one of the queue or of a batch, which is borrowed mutably now.
        unsafe { sys::rd_kafka_message_destroy(message) }
    }
}

impl<C: ConsumerContext> Drop for Queue<C> {
    fn drop(&mut self) {
        give_back(&mut self.messages);
        // SAFETY: the queue was made for us in `new` and is not used after this; the consumer is still alive.
        unsafe { sys::rd_kafka_queue_destroy(self.queue.as_ptr()) }
    }
}

impl<C: ConsumerContext> fmt::Debug for Queue<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

/// What one call read; freed when dropped.
pub struct Batch<'a> {
    messages: &'a mut Vec<Message>,
}

/// A part of a batch.
#[derive(Debug)]
pub enum Item<'a> {
    /// Records that follow each other in one partition.
    Run(Run<'a>),
    /// A partition was read to its end.
    End {
        /// The topic.
        topic: &'a str,
        /// The partition.
        partition: i32,
        /// The offset that the next record will have at least.
        next: i64,
    },
    /// An error that concerns a partition, or the client where there is no topic.
    Fault {
        /// The topic.
        topic: Option<&'a str>,
        /// The partition.
        partition: i32,
        /// What is wrong.
        code: RDKafkaErrorCode,
    },
}

impl<'a> Item<'a> {
    /// Where it comes from: the partition, then the topic.
    #[must_use]
    pub fn place(&self) -> (i32, &'a str) {
        match self {
            Self::Run(run) => (run.partition(), run.topic()),
            Self::End { topic, partition, .. } => (*partition, topic),
            Self::Fault { topic, partition, .. } => (*partition, topic.unwrap_or_default()),
        }
    }
}

impl Batch<'_> {
    /// How many records and conditions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether nothing came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The parts in the order in which they came.
    #[must_use]
    pub fn items(&self) -> Items<'_> {
        Items { rest: self.messages }
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        give_back(self.messages);
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("len", &self.len()).finish()
    }
}

/// The parts of a batch.
#[derive(Debug)]
pub struct Items<'a> {
    rest: &'a [Message],
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let first = message(self.rest.first()?);
        if first.err != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            self.rest = &self.rest[1..];
            return Some(condition(first));
        }
        let belongs = |other: &&Message| {
            let other = message(other);
            other.rkt == first.rkt && other.partition == first.partition && other.err == first.err
        };
        let length = self.rest.iter().take_while(belongs).count();
        let (messages, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(Item::Run(Run { messages }))
    }
}

/// The message behind a pointer. The pointers of this module stand only in the list of a queue, and leave it when their
/// message is given back; so a message lives as long as its place in the list is borrowed.
fn message(pointer: &Message) -> &sys::rd_kafka_message_t {
    // SAFETY: librdkafka filled in the pointers; the messages live and do not change until they are given back, for
    // which the list is borrowed mutably.
    unsafe { &**pointer }
}

fn condition(message: &sys::rd_kafka_message_t) -> Item<'_> {
    let topic = (!message.rkt.is_null()).then(|| topic_name(message));
    match (RDKafkaErrorCode::from(message.err), topic) {
        (RDKafkaErrorCode::PartitionEOF, Some(topic)) => {
            Item::End { topic, partition: message.partition, next: message.offset }
        }
        (code, topic) => Item::Fault { topic, partition: message.partition, code },
    }
}

/// Of a message that has a topic.
fn topic_name(message: &sys::rd_kafka_message_t) -> &str {
    // SAFETY: the message refers to its topic, which outlives it, as does the topic's name.
    let name = unsafe { CStr::from_ptr(sys::rd_kafka_topic_name(message.rkt)) };
    name.to_str().unwrap_or_default() // topic names are ASCII
}

/// Records that follow each other in one partition; at least one.
pub struct Run<'a> {
    messages: &'a [Message],
}

impl<'a> Run<'a> {
    /// The topic.
    #[must_use]
    pub fn topic(&self) -> &'a str {
        topic_name(message(&self.messages[0]))
    }

    /// The partition.
    #[must_use]
    pub fn partition(&self) -> i32 {
        message(&self.messages[0]).partition
    }

    /// How many records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Never true.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The offset of the first record.
    #[must_use]
    pub fn first_offset(&self) -> i64 {
        message(&self.messages[0]).offset
    }

    /// The offset of the last record.
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        message(&self.messages[self.messages.len() - 1]).offset
    }

    /// The records in order.
    pub fn records(&self) -> impl Iterator<Item = RawRecord<'a>> + use<'a> {
        self.messages.iter().map(|pointer| RawRecord { message: message(pointer) })
    }
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (topic, partition, len) = (self.topic(), self.partition(), self.len());
        f.debug_struct("Run").field("topic", &topic).field("partition", &partition).field("len", &len).finish()
    }
}

/// A record as it lies in librdkafka's memory.
#[derive(Clone, Copy)]
pub struct RawRecord<'a> {
    message: &'a sys::rd_kafka_message_t,
}

impl<'a> RawRecord<'a> {
    /// The offset.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.message.offset
    }

    /// The timestamp in milliseconds since 1970, and whether the producer or the broker set it.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        use sys::rd_kafka_timestamp_type_t as Kind;
        let mut kind = Kind::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message is alive, and the kind is written where this says.
        let timestamp = unsafe { sys::rd_kafka_message_timestamp(self.message, &raw mut kind) };
        match kind {
            Kind::RD_KAFKA_TIMESTAMP_CREATE_TIME if timestamp >= 0 => Timestamp::CreateTime(timestamp),
            Kind::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME if timestamp >= 0 => Timestamp::LogAppendTime(timestamp),
            _ => Timestamp::NotAvailable,
        }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> Option<&'a [u8]> {
        // SAFETY: as `bytes` asks, for the key of a message that lives as long as `'a`.
        unsafe { bytes(self.message.key.cast(), self.message.key_len) }
    }

    /// The value; none for a tombstone.
    #[must_use]
    pub fn value(&self) -> Option<&'a [u8]> {
        // SAFETY: as `bytes` asks, for the value of a message that lives as long as `'a`.
        unsafe { bytes(self.message.payload.cast(), self.message.len) }
    }

    /// The headers, in order. One whose name is not UTF-8 has it mended.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, &'a [u8])> {
        let mut found = Vec::new();
        let mut headers = ptr::null_mut();
        // SAFETY: the message is alive; on success the headers belong to it and live as long, as do the names and values
        // that each call fills in. `get_all` says when there are no more.
        unsafe {
            if sys::rd_kafka_message_headers(self.message, &raw mut headers)
                != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
            {
                return found;
            }
            let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
            while sys::rd_kafka_header_get_all(headers, found.len(), &raw mut name, &raw mut value, &raw mut length)
                == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
            {
                let name = CStr::from_ptr(name).to_string_lossy().into_owned();
                found.push((name, bytes(value.cast(), length).unwrap_or_default()));
            }
        }
        found
    }
}

impl fmt::Debug for RawRecord<'_> {
    /// Says where the record lies and nothing of what it holds: keys are phone numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRecord").field("offset", &self.offset()).finish_non_exhaustive()
    }
}

/// A slice of librdkafka's memory.
///
/// # Safety
/// `start` is null, or points to `len` bytes that live and do not change for `'a`.
unsafe fn bytes<'a>(start: *const u8, len: usize) -> Option<&'a [u8]> {
    // SAFETY: the caller's promise.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start, len) })
}

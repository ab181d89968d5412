//! Reading a batch of records at once, without a copy or an allocation for each.
//!
//! `rdkafka`'s own `poll` makes an event, a reference count and two clock readings for each record, and costs about
//! 0.3 µs more for each than librdkafka's batch call, which `rdkafka` does not offer. This module is the one place
//! that calls it.
//!
//! It suits a consumer whose partitions are assigned by hand. One that subscribes must be polled as well, since
//! rebalances are events of `rdkafka`'s `poll`, and a batch call would pass them over in silence.
#![expect(unsafe_code, reason = "rdkafka has no batch consume; measured, it saves a quarter of what a record costs")]

use std::ffi::CStr;
use std::fmt;
use std::ptr::{self, NonNull};
use std::slice;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, DefaultConsumerContext};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka_sys as sys;

/// A consumer that is read in batches.
///
/// It stays on the thread that made it: librdkafka leaves two batch calls on one consumer at the same time undefined.
pub struct BatchConsumer<C: ConsumerContext = DefaultConsumerContext> {
    queue: NonNull<sys::rd_kafka_queue_t>,
    messages: Vec<*mut sys::rd_kafka_message_t>,
    capacity: usize,
    // Dropped after the queue has been given back in `drop`.
    consumer: BaseConsumer<C>,
}

impl<C: ConsumerContext> BatchConsumer<C> {
    /// Reads up to `capacity` records at a time from `consumer`.
    ///
    /// Returns nothing if the consumer has no `group.id`: librdkafka gives it no queue then.
    pub fn new(consumer: BaseConsumer<C>, capacity: usize) -> Option<Self> {
        // SAFETY: the handle is valid as long as `consumer` lives, which is longer than this call. The queue that is
        // returned is counted for us and given back in `drop`, before `consumer` goes.
        let queue = unsafe { sys::rd_kafka_queue_get_consumer(consumer.client().native_ptr()) };
        Some(Self { queue: NonNull::new(queue)?, messages: Vec::with_capacity(capacity), capacity, consumer })
    }

    /// The consumer, for everything but reading records.
    pub fn consumer(&self) -> &BaseConsumer<C> {
        &self.consumer
    }

    /// Waits until the capacity is reached or the time is up, and returns what came in between.
    pub fn next_batch(&mut self, timeout: Duration) -> Batch<'_> {
        debug_assert!(self.messages.is_empty(), "a batch gives its messages back when dropped");
        self.messages.clear();
        let timeout_ms = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the queue is ours and alive. `messages` has room for `capacity` pointers, librdkafka writes at most
        // that many and returns how many, or -1. `&mut self` on a type that is not `Sync` keeps a second call out.
        unsafe {
            let count = sys::rd_kafka_consume_batch_queue(
                self.queue.as_ptr(),
                timeout_ms,
                self.messages.as_mut_ptr(),
                self.capacity,
            );
            self.messages.set_len(usize::try_from(count).unwrap_or_default().min(self.capacity));
        }
        Batch { messages: &mut self.messages }
    }
}

impl<C: ConsumerContext> Drop for BatchConsumer<C> {
    fn drop(&mut self) {
        // SAFETY: the queue was counted for us in `new` and is not used after this; the consumer is still alive.
        unsafe { sys::rd_kafka_queue_destroy(self.queue.as_ptr()) }
    }
}

impl<C: ConsumerContext> fmt::Debug for BatchConsumer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchConsumer").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

/// Records and conditions of one call, in the order of each partition; freed when dropped.
pub struct Batch<'a> {
    messages: &'a mut Vec<*mut sys::rd_kafka_message_t>,
}

impl Batch<'_> {
    /// How many records and conditions there are.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Tells whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The records, and in between them what librdkafka has to say about a partition.
    pub fn iter(&self) -> impl Iterator<Item = Result<RawRecord<'_>, Condition>> {
        self.messages.iter().map(|message| {
            // SAFETY: librdkafka filled in these pointers; the messages live and do not change until `drop`, and the
            // items borrow from `self`.
            let message = unsafe { &**message };
            match message.err {
                sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(RawRecord { message }),
                err => Err(Condition { partition: message.partition, code: err.into() }),
            }
        })
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        for message in self.messages.drain(..) {
            // SAFETY: each message is ours, was not destroyed before, and leaves the list here.
            unsafe { sys::rd_kafka_message_destroy(message) }
        }
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("len", &self.len()).finish()
    }
}

/// Something other than a record: the end of a partition, or an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// The partition it concerns; -1 if none.
    pub partition: i32,
    /// What it is; `PartitionEOF` if the consumer asks for it.
    pub code: RDKafkaErrorCode,
}

/// A record as it lies in librdkafka's memory.
#[derive(Clone, Copy)]
pub struct RawRecord<'a> {
    message: &'a sys::rd_kafka_message_t,
}

impl<'a> RawRecord<'a> {
    /// The topic's name.
    pub fn topic(&self) -> &'a str {
        // SAFETY: a message without error refers to its topic, which outlives it, as does the topic's name.
        let name = unsafe { CStr::from_ptr(sys::rd_kafka_topic_name(self.message.rkt)) };
        name.to_str().unwrap_or_default() // topic names are ASCII
    }

    /// The partition.
    pub fn partition(&self) -> i32 {
        self.message.partition
    }

    /// The offset.
    pub fn offset(&self) -> i64 {
        self.message.offset
    }

    /// The timestamp in milliseconds since 1970, by the producer or the broker as the topic is set; -1 if it has none.
    pub fn timestamp_ms(&self) -> i64 {
        // SAFETY: the message is alive, and the kind of the timestamp may be left out.
        unsafe { sys::rd_kafka_message_timestamp(self.message, ptr::null_mut()) }
    }

    /// The key.
    pub fn key(&self) -> Option<&'a [u8]> {
        // SAFETY: as `bytes` asks, for the key of a message that lives as long as `'a`.
        unsafe { bytes(self.message.key.cast(), self.message.key_len) }
    }

    /// The value; none for a tombstone.
    pub fn value(&self) -> Option<&'a [u8]> {
        // SAFETY: as `bytes` asks, for the value of a message that lives as long as `'a`.
        unsafe { bytes(self.message.payload.cast(), self.message.len) }
    }
}

impl fmt::Debug for RawRecord<'_> {
    /// Says where the record lies and nothing of what it holds: keys are phone numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRecord")
            .field("partition", &self.partition())
            .field("offset", &self.offset())
            .finish_non_exhaustive()
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

//! One commit as one Kafka transaction.
//!
//! librdkafka's transactions are those from before KIP-890: the end of a transaction that was delayed on its way may hit
//! a later one. A new producer with the same id is fenced off from everything before it. So a producer is used no longer
//! once the end of a transaction failed, or may have been sent twice; the next one begins with a new epoch. The client
//! sends an end again by itself, after a lost connection for example, and reports nothing of it. But it waits for
//! `retry.backoff.ms` before it does: an end that was done sooner went out once. Whether a doubtful transaction took
//! effect is told by the journal, which is part of it, once a new producer is there.
//!
//! # What can happen to a transaction whose shards are taken away meanwhile
//!
//! Its records are written first, the journal's among them, then the offsets are sent under the token that came with the
//! batches, then it is ended. The group gives a shard to a successor only in a generation that is newer than the token
//! (the owner's token is read before it acknowledges the loss, and reading it anew is nobody's business here). So when
//! the successor looks for its start,
//! - the offsets have been taken: they are unstable, or the transaction has ended; the successor waits, and then sees
//!   all of it or nothing;
//! - or they have not, and never will be: the broker refuses the token, and the transaction can only be aborted. What
//!   was written to the journal is aborted with it.
//!
//! This holds however long a call hangs and whatever becomes of its thread, so an owner that gives shards back need not
//! wait for the end, nor fence its own producer before. It must wait for a new producer only where it goes on with the
//! *same* shards in the same generation: the token still counts then.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, Producer, ProducerContext, PurgeConfig};
use rdkafka::{Offset, TopicPartitionList};
use tracing::{debug, warn};

use crate::clock::Stopwatch;
use crate::limits::Limits;
use crate::native::send_offsets;
use crate::outcome::{Cause, Committed, Failure, SubmissionOutcome};
use crate::settings::producer_config;
use crate::{GroupToken, NextOffset, ShardRecords};

/// How long to wait for deliveries before looking again. The client's own waits do not serve: `flush` takes 100 ms at
/// least, and `poll` spins through the last millisecond of any wait.
const PAUSE: Duration = Duration::from_micros(500);
/// How long to wait for the reason for which the client takes no more records.
const REASON_LIMIT: Duration = Duration::from_secs(1);

/// The transactions of one owner, one at a time.
#[derive(Debug)]
pub(crate) struct Transactions {
    config: ClientConfig,
    limits: Limits,
    producer: Option<Connected>,
    /// Producers that are used no longer, to be closed once the outcome has been told.
    retired: Vec<Connected>,
}

struct Connected(BaseProducer<Deliveries>);

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connected")
    }
}

impl Transactions {
    pub(crate) fn new(config: ClientConfig, limits: Limits) -> Self {
        Self { config, limits, producer: None, retired: Vec::new() }
    }

    /// Whether there is a producer.
    pub(crate) fn is_connected(&self) -> bool {
        self.producer.is_some()
    }

    /// Closes the producers that are used no longer, which takes a while.
    pub(crate) fn close_retired(&mut self) {
        self.retired.clear();
    }

    fn retire(&mut self) {
        self.retired.extend(self.producer.take());
    }

    /// Makes a producer where there is none. What an earlier one of the same id left open is ended by that.
    pub(crate) fn connect(&mut self) -> Result<(), Failure> {
        if self.producer.is_some() {
            return Ok(());
        }
        let producer: BaseProducer<Deliveries> = self
            .config
            .create_with_context(Deliveries::default())
            .map_err(|error| failure("make a producer", error))?;
        producer
            .init_transactions(self.limits.init)
            .map_err(|error| failure("begin the epoch of a producer", error))?;
        self.producer = Some(Connected(producer));
        Ok(())
    }

    /// Publishes batches as one transaction in the name of this token.
    pub(crate) fn publish(&mut self, batches: &[Arc<ShardRecords>], token: &GroupToken) -> SubmissionOutcome {
        let refuse = |cause| SubmissionOutcome::NotCommitted(Failure { doing: "begin a transaction", cause });
        if batches.iter().all(|batch| batch.offsets.is_empty()) {
            return refuse(Cause::Unfenced);
        }
        let Some(Connected(producer)) = &self.producer else { return refuse(Cause::NoProducer) };
        producer.context().clear();
        if let Err(error) = producer.begin_transaction() {
            self.retire();
            return SubmissionOutcome::NotCommitted(failure("begin a transaction", error));
        }
        if let Err(failure) = fill(producer, batches, token, self.limits.fill) {
            // No end was sent: if this abort does not succeed, that of the next producer does. A record that was given up
            // leaves a hole in what the broker counts of this producer's records.
            if !self.abort(&failure) || matches!(failure.cause, Cause::Delivery { .. }) {
                self.retire();
            }
            return SubmissionOutcome::NotCommitted(failure);
        }
        self.end(batches)
    }

    /// Commits. Whatever the client says of an end that failed, it may have been sent, and sent again.
    fn end(&mut self, batches: &[Arc<ShardRecords>]) -> SubmissionOutcome {
        let Some(Connected(producer)) = &self.producer else {
            return SubmissionOutcome::NotCommitted(Failure {
                doing: "commit a transaction",
                cause: Cause::NoProducer,
            });
        };
        let watch = Stopwatch::start(self.limits.end);
        if let Err(error) = producer.commit_transaction(self.limits.end) {
            self.retire();
            return SubmissionOutcome::Doubtful(failure("commit a transaction", error));
        }
        let elapsed = watch.elapsed();
        let offsets = producer.context().take_offsets();
        let records = batches.iter().flat_map(|batch| &batch.records);
        debug_assert_eq!(offsets.len(), records.filter(|record| record.want_offset).count());
        if elapsed > self.limits.resent_after {
            warn!(elapsed_ms = elapsed.as_millis() as u64, "slow commit: the producer is replaced");
            self.retire();
        }
        SubmissionOutcome::Committed(Committed { offsets })
    }

    /// Aborts; false where the producer cannot be used any more.
    ///
    /// The client's call waits until every record is accounted for, which nobody but this thread does. So that is done
    /// before: what has not been sent is given up, what has been is waited for.
    fn abort(&self, why: &Failure) -> bool {
        let Some(Connected(producer)) = &self.producer else { return false };
        debug!(error = why as &dyn std::error::Error, "transaction is aborted");
        let watch = Stopwatch::start(self.limits.abort);
        producer.purge(PurgeConfig::default().queue());
        while producer.in_flight_count() > 0 {
            if watch.is_over() {
                debug!("records under way are not accounted for: the producer is replaced");
                return false;
            }
            take_deliveries(producer);
        }
        let call = Stopwatch::start(watch.remaining());
        let aborted = producer.abort_transaction(watch.remaining());
        let elapsed = call.elapsed();
        producer.poll(Duration::ZERO);
        if let Err(error) = &aborted {
            debug!(error = error as &dyn std::error::Error, "abort failed: the producer is replaced");
        }
        aborted.is_ok() && elapsed <= self.limits.resent_after
    }
}

/// Everything up to the end: records, their delivery, and the offsets.
fn fill(
    producer: &BaseProducer<Deliveries>,
    batches: &[Arc<ShardRecords>],
    token: &GroupToken,
    limit: Duration,
) -> Result<(), Failure> {
    let watch = Stopwatch::start(limit);
    send_records(producer, batches, watch)?;
    // The journal's records must lie there before the offsets do, for whoever looks for the owner of unstable offsets;
    // and without this the call for the offsets takes 100 ms.
    drain(producer, watch)?;
    let offsets = offset_list(batches).map_err(|error| failure("list offsets", error))?;
    send_offsets(producer, &offsets, token, watch.remaining())
        .map_err(|refused| Failure { doing: "send offsets", cause: refused.into() })?;
    drain(producer, watch)
}

fn send_records(
    producer: &BaseProducer<Deliveries>,
    batches: &[Arc<ShardRecords>],
    watch: Stopwatch,
) -> Result<(), Failure> {
    for record in batches.iter().flat_map(|batch| &batch.records) {
        let mut waiting = record.to_send(usize::from(record.want_offset));
        while let Err((error, unsent)) = producer.send(waiting) {
            let full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
            if !full || watch.is_over() {
                // A record that was refused before makes the client refuse all later ones, and tells why a moment later.
                drain(producer, Stopwatch::start(watch.remaining().min(REASON_LIMIT)))?;
                let cause = Cause::Delivery { topic: record.topic.to_string(), source: error };
                return Err(Failure { doing: "send a record", cause });
            }
            waiting = unsent;
            take_deliveries(producer);
        }
    }
    Ok(())
}

/// Waits until every record is written, or one is not: the client gives up the others then, and may report them before
/// the one that was refused, which is waited for.
fn drain(producer: &BaseProducer<Deliveries>, watch: Stopwatch) -> Result<(), Failure> {
    let mut until_reason = None;
    loop {
        let is_all = producer.in_flight_count() == 0;
        match producer.context().undelivered() {
            None if is_all => return Ok(()),
            None => {}
            Some(Undelivered { topic, source }) => {
                let until = *until_reason.get_or_insert_with(|| Stopwatch::start(watch.remaining().min(REASON_LIMIT)));
                if !is_given_up(&source) || is_all || until.is_over() {
                    return Err(Failure { doing: "write records", cause: Cause::Delivery { topic, source } });
                }
            }
        }
        if watch.is_over() {
            return Err(Failure { doing: "write records", cause: Cause::TimedOut });
        }
        take_deliveries(producer);
    }
}

/// Takes what has been delivered, or waits a little where nothing has.
fn take_deliveries(producer: &BaseProducer<Deliveries>) {
    let waiting = producer.in_flight_count();
    producer.poll(Duration::ZERO);
    if producer.in_flight_count() == waiting {
        std::thread::sleep(PAUSE);
    }
}

fn failure(doing: &'static str, error: KafkaError) -> Failure {
    Failure { doing, cause: Cause::Kafka(error) }
}

fn offset_list(batches: &[Arc<ShardRecords>]) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for NextOffset { topic, partition, next } in batches.iter().flat_map(|batch| &batch.offsets) {
        list.add_partition_offset(topic, *partition, Offset::Offset(*next))?;
    }
    Ok(list)
}

/// What is reported of the records of the open transaction.
#[derive(Default)]
struct Deliveries(Mutex<Reported>);

#[derive(Default)]
struct Reported {
    offsets: Vec<(i32, i64)>,
    undelivered: Option<Undelivered>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Undelivered {
    topic: String,
    source: KafkaError,
}

impl Reported {
    /// Keeps the first that was refused, or else the first that the client gave up for it.
    fn add_undelivered(&mut self, topic: &str, source: &KafkaError) {
        let tells_more = |known: &Undelivered| is_given_up(&known.source) && !is_given_up(source);
        if self.undelivered.as_ref().is_none_or(tells_more) {
            self.undelivered = Some(Undelivered { topic: topic.to_owned(), source: source.clone() });
        }
    }
}

/// Whether the client sent this record no more, for a reason that lies elsewhere.
fn is_given_up(error: &KafkaError) -> bool {
    matches!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight))
}

impl Deliveries {
    fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Reported::default();
    }

    fn take_offsets(&self) -> Vec<(i32, i64)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).offsets)
    }

    fn undelivered(&self) -> Option<Undelivered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).undelivered.clone()
    }
}

impl ClientContext for Deliveries {
    fn error(&self, error: KafkaError, reason: &str) {
        warn!(error = &error as &dyn std::error::Error, reason, "publisher");
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, want_offset: usize) {
        match result {
            Ok(_) if want_offset == 0 => {}
            Ok(message) => {
                let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                reported.offsets.push((message.partition(), message.offset()));
            }
            Err((error, message)) => {
                let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                reported.add_undelivered(message.topic(), error);
            }
        }
    }
}

/// Ends what another owner left open, by taking its place for a moment. An owner that is alive makes a new producer.
///
/// # Errors
/// Where the broker does not let us.
pub fn end_transactions_of(properties: &BTreeMap<String, String>, transactional_id: &str) -> Result<(), Failure> {
    Transactions::new(producer_config(properties, transactional_id), Limits::DEFAULT).connect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_that_was_refused_is_told_whenever_the_given_up_are_reported() {
        let error = KafkaError::MessageProduction;
        let (given_up, refused) = (error(RDKafkaErrorCode::PurgeQueue), error(RDKafkaErrorCode::MessageSizeTooLarge));
        let later = error(RDKafkaErrorCode::UnknownPartition);
        for order in [[&given_up, &refused, &later], [&refused, &given_up, &later], [&refused, &later, &given_up]] {
            let mut reported = Reported::default();
            for error in order {
                reported.add_undelivered("out", error);
            }
            assert_eq!(reported.undelivered.map(|told| told.source), Some(refused.clone()), "{order:?}");
        }
    }
}

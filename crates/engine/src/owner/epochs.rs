//! What becomes of commits that are more than the brokers take, and how many records later epochs may have.
//!
//! A commit of several shards is first sent shard by shard. One of a single shard cannot be cut in two: the state of its shard has long passed it. The shard is recovered to
//! its last commit and reads the same records again, in shorter epochs. What made it too large is often a burst, so the
//! limit grows again while commits succeed.

use std::collections::BTreeMap;

use ringfence_alert_publisher::Failure;

/// After so many tries what is not written in its time is taken for too much: brokers that are only slow have had half a
/// minute by then.
const TRIES_IN_TIME: u32 = 2;
/// With fewer records it is not the commit that is too much for the time.
const RECORDS_IN_TIME: u64 = 1_000;
/// How much shorter the next epoch is.
const SHRINK: u64 = 8;
/// After so many commits an epoch may have twice as many records.
const GROW_AFTER: u32 = 50;

/// How a commit of which nothing is visible is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// As it is.
    AsItIs,
    /// In a transaction for each shard.
    ShardByShard,
    /// Not at all: its shard is recovered, and has shorter epochs.
    Shorter,
}

/// What to do with a commit of so many shards and records that was tried so often before.
pub(super) fn retry(shards: usize, records: u64, tries: u32, failure: &Failure) -> Retry {
    let is_too_slow = failure.took_too_long() && tries >= TRIES_IN_TIME;
    match shards {
        1 if failure.is_too_large() || is_too_slow && records > RECORDS_IN_TIME => Retry::Shorter,
        2.. if failure.is_too_large() || is_too_slow => Retry::ShardByShard,
        _ => Retry::AsItIs,
    }
}

/// The limits of an owner's shards; those without one are not limited.
#[derive(Debug)]
pub(super) struct Epochs {
    /// What no epoch may exceed anyhow.
    most: u64,
    limits: BTreeMap<i32, Limit>,
}

#[derive(Debug)]
struct Limit {
    records: u64,
    commits: u32,
}

impl Epochs {
    /// No limits, where an epoch has no more than this many records anyhow.
    pub(super) fn new(most: u64) -> Self {
        Self { most, limits: BTreeMap::new() }
    }

    /// The most records of an epoch of a shard, where it has a limit of its own.
    pub(super) fn limit(&self, shard: i32) -> Option<u64> {
        self.limits.get(&shard).map(|limit| limit.records)
    }

    /// Notes that a commit with so many records was too large; returns how many the next one may have, unless there is
    /// nothing shorter than that.
    pub(super) fn shrink(&mut self, shard: i32, records: u64) -> Option<u64> {
        if records <= 1 {
            self.limits.insert(shard, Limit { records: 1, commits: 0 });
            return None;
        }
        let records = (records / SHRINK).max(1);
        self.limits.insert(shard, Limit { records, commits: 0 });
        Some(records)
    }

    /// Notes that a commit succeeded; returns the new limit where there is one, at last none.
    pub(super) fn committed(&mut self, shard: i32) -> Option<u64> {
        let most = self.most;
        let limit = self.limits.get_mut(&shard)?;
        limit.commits += 1;
        if limit.commits < GROW_AFTER {
            return None;
        }
        limit.commits = 0;
        limit.records = limit.records.saturating_mul(2);
        let records = limit.records;
        if records >= most {
            self.limits.remove(&shard);
        }
        Some(records)
    }

    /// Notes that a shard is not this owner's any more.
    pub(super) fn forget(&mut self, shard: i32) {
        self.limits.remove(&shard);
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::error::{KafkaError, RDKafkaErrorCode};
    use ringfence_alert_publisher::Cause;

    use super::*;

    fn undelivered(code: RDKafkaErrorCode) -> Failure {
        let cause = Cause::Delivery { topic: "violations".to_owned(), source: KafkaError::MessageProduction(code) };
        Failure { doing: "write records", cause }
    }

    #[test]
    fn what_is_too_large_is_sent_shard_by_shard_and_then_made_shorter() {
        let too_large = undelivered(RDKafkaErrorCode::MessageSizeTooLarge);
        assert_eq!(retry(4, 9, 0, &too_large), Retry::ShardByShard);
        assert_eq!(retry(1, 9, 0, &too_large), Retry::Shorter);
        assert_eq!(retry(0, 0, 0, &too_large), Retry::AsItIs, "all of its shards have gone");
    }

    #[test]
    fn what_is_not_written_in_its_time_has_some_tries_before_it_is_taken_for_too_much() {
        let too_slow = Failure { doing: "write records", cause: Cause::TimedOut };
        assert_eq!(retry(4, 9_999, 0, &too_slow), Retry::AsItIs);
        assert_eq!(retry(4, 9_999, TRIES_IN_TIME, &too_slow), Retry::ShardByShard);
        assert_eq!(retry(1, 9_999, TRIES_IN_TIME, &too_slow), Retry::Shorter);
        assert_eq!(retry(1, 9, TRIES_IN_TIME, &too_slow), Retry::AsItIs, "that is not too much for anyone");
        assert_eq!(retry(4, 9_999, 9, &undelivered(RDKafkaErrorCode::TopicAuthorizationFailed)), Retry::AsItIs);
    }

    #[test]
    fn epochs_shrink_until_there_is_nothing_shorter() {
        let mut epochs = Epochs::new(200_000);
        let mut records = 200_000;
        let mut limits = Vec::new();
        while let Some(shorter) = epochs.shrink(3, records) {
            limits.push(shorter);
            records = shorter;
        }
        assert_eq!(limits, [25_000, 3_125, 390, 48, 6, 1]);
        assert_eq!((epochs.limit(3), epochs.limit(4)), (Some(1), None));
        assert_eq!(epochs.shrink(4, 0), None, "a tick alone");
    }

    #[test]
    fn epochs_grow_again_while_commits_succeed() {
        let mut epochs = Epochs::new(100);
        epochs.shrink(3, 80);
        let grown: Vec<u64> = (0..10 * GROW_AFTER).filter_map(|_| epochs.committed(3)).collect();
        assert_eq!(grown, [20, 40, 80, 160]);
        assert_eq!(epochs.limit(3), None, "nothing is left of it");
        assert_eq!(epochs.committed(4), None);
    }
}

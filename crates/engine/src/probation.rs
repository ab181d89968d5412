//! A source most of whose first records are rejected has the wrong dialect, key form or partitioner. Committing them
//! would make dead letters of good calls; the engine stops with the reason before anything is committed.
//!
//! What the first records of a source became is counted over all shards of this process that start for the first time.
//! None of them commits before every source has passed: by enough records that can be taken, or, a quiet one, by having
//! been read to its end in all of these shards. With the first commit probation is over for good, whatever comes later.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ringfence_cdr::{InputCounts, Reject, RejectCode};
use ringfence_task::Rejection;

use crate::clock::Moment;

/// How many records decide.
const FIRST_RECORDS: u64 = 1_000;
/// How long the others wait for a shard whose inputs do not come to their ends, since it was granted.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many different reasons are told apart.
const REASONS_MAX: usize = 64;

/// What the first records of each source became, in all first starts of this process.
#[derive(Debug)]
pub(crate) struct Probation(Mutex<Option<Trial>>);

/// Until it is over.
#[derive(Debug)]
struct Trial {
    sources: Vec<Seen>,
    /// Of each shard that starts for the first time, or may: until when the others wait for it, and which of its inputs
    /// have been read to their ends.
    shards: BTreeMap<i32, (Moment, Vec<bool>)>,
}

#[derive(Debug)]
struct Seen {
    topic: Arc<str>,
    records: u64,
    reasons: Reasons,
}

/// What the first records of one shard became that have not been told yet, by input.
#[derive(Debug)]
pub(crate) struct FirstRecords(Vec<First>);

#[derive(Debug)]
struct First {
    topic: Arc<str>,
    /// What the counts said when they were told last.
    told: u64,
    reasons: Reasons,
}

/// Rejections by code and detail. Details hold nothing of a record.
#[derive(Debug, Default)]
struct Reasons(BTreeMap<(RejectCode, Box<str>), u64>);

/// Whether a first commit may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing speaks against it.
    Pass,
    /// More records have to be seen first.
    Wait,
    /// Most of the first records of a source were rejected.
    Stop(MostlyRejected),
}

/// Most of the first records of a source were rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{rejected} of the first {records} records of {topic} were rejected ({reasons}); nothing was committed for a first start: check the source's dialect, numbers, key form and partitioner with `ringfence doctor`"
)]
pub struct MostlyRejected {
    /// The topic.
    pub topic: String,
    /// How many records were looked at.
    pub records: u64,
    /// How many of them were rejected.
    pub rejected: u64,
    /// Why: each code, the most frequent first, with what it was mostly about.
    pub reasons: String,
}

impl Probation {
    pub(crate) fn new(topics: &[Arc<str>]) -> Self {
        let seen = |topic: &Arc<str>| Seen { topic: topic.clone(), records: 0, reasons: Reasons::default() };
        Self(Mutex::new(Some(Trial { sources: topics.iter().map(seen).collect(), shards: BTreeMap::new() })))
    }

    /// A shard was granted, and may start for the first time: the others wait for it.
    pub(crate) fn expect(&self, shard: i32) {
        if let Some(trial) = &mut *self.trial() {
            trial.shards.insert(shard, (Moment::now().after(PATIENCE), Vec::new()));
        }
    }

    /// A shard does not start for the first time, or not here.
    pub(crate) fn excuse(&self, shard: i32) {
        if let Some(trial) = &mut *self.trial() {
            trial.shards.remove(&shard);
        }
    }

    /// Whether the first commit of a shard may be made, of which this is told: what its first records became, and which of
    /// its inputs are at their ends. Inputs are in the order of the configuration. Where one may be made probation is over.
    pub(crate) fn verdict(&self, shard: i32, first: &mut FirstRecords, inputs: &[(InputCounts, bool)]) -> Verdict {
        let mut trial = self.trial();
        let Some(Trial { sources, shards }) = &mut *trial else { return Verdict::Pass };
        for ((seen, first), (counts, _)) in sources.iter_mut().zip(&mut first.0).zip(inputs) {
            seen.take(first, counts.records);
        }
        shards.entry(shard).or_insert_with(|| (Moment::now(), Vec::new())).1 =
            inputs.iter().map(|(_, at_end)| *at_end).collect();
        if let Some(reason) = sources.iter().find_map(Seen::mostly_rejected) {
            return Verdict::Stop(reason);
        }
        let is_open = |(input, seen): (usize, &Seen)| {
            let waits_for = |other: &i32, (until, at_end): &(Moment, Vec<bool>)| {
                !at_end.get(input).copied().unwrap_or_default() && (*other == shard || !until.is_over())
            };
            seen.records < FIRST_RECORDS && shards.iter().any(|(other, known)| waits_for(other, known))
        };
        if sources.iter().enumerate().any(is_open) {
            return Verdict::Wait;
        }
        *trial = None;
        Verdict::Pass
    }

    /// A first commit is made all the same: probation is over, and from here on dead letters say what cannot be taken.
    pub(crate) fn end(&self) {
        *self.trial() = None;
    }

    fn trial(&self) -> MutexGuard<'_, Option<Trial>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn take(&mut self, first: &mut First, records: u64) {
        let reasons = std::mem::take(&mut first.reasons);
        let new = records - std::mem::replace(&mut first.told, records);
        if self.records < FIRST_RECORDS {
            self.records += new;
            self.reasons.add(reasons);
        }
    }

    fn mostly_rejected(&self) -> Option<MostlyRejected> {
        let rejected = self.reasons.0.values().sum();
        (self.records >= FIRST_RECORDS && rejected * 2 > self.records).then(|| MostlyRejected {
            topic: self.topic.to_string(),
            records: self.records,
            rejected,
            reasons: self.reasons.to_string(),
        })
    }
}

impl FirstRecords {
    /// Of a shard with these inputs.
    pub(crate) fn of<'a>(topics: impl Iterator<Item = &'a Arc<str>>) -> Self {
        Self(topics.map(|topic| First { topic: topic.clone(), told: 0, reasons: Reasons::default() }).collect())
    }

    /// Notes records that were not taken.
    pub(crate) fn note(&mut self, topic: &str, rejected: &[Rejection]) {
        if let Some(first) = self.0.iter_mut().find(|first| *first.topic == *topic) {
            rejected.iter().for_each(|rejection| first.reasons.count(&rejection.reject));
        }
    }
}

impl Reasons {
    fn count(&mut self, reject: &Reject) {
        self.add_one(reject.code, reject.detail.clone(), 1);
    }

    fn add(&mut self, others: Self) {
        for ((code, detail), count) in others.0 {
            self.add_one(code, detail, count);
        }
    }

    fn add_one(&mut self, code: RejectCode, detail: Box<str>, count: u64) {
        let key = (code, detail);
        let key = if self.0.len() < REASONS_MAX || self.0.contains_key(&key) { key } else { (code, Box::default()) };
        *self.0.entry(key).or_default() += count;
    }
}

impl std::fmt::Display for Reasons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut codes: BTreeMap<RejectCode, (u64, u64, &str)> = BTreeMap::new();
        for ((code, detail), count) in &self.0 {
            let (all, most, example) = codes.entry(*code).or_default();
            *all += count;
            if count > most && !detail.is_empty() {
                (*most, *example) = (*count, detail);
            }
        }
        let mut codes: Vec<(u64, &str, &str)> =
            codes.into_iter().map(|(code, (all, _, example))| (all, code.name(), example)).collect();
        codes.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        for (at, (count, code, example)) in codes.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{code} {count}, for example {example}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["cdr", "complaints"];

    fn topics() -> Vec<Arc<str>> {
        NAMES.map(Arc::from).to_vec()
    }

    /// A shard on probation, as its owner tells of it.
    struct Shard {
        id: i32,
        first: FirstRecords,
        inputs: [(InputCounts, bool); 2],
    }

    impl Shard {
        fn new(probation: &Probation, id: i32) -> Self {
            probation.expect(id);
            Self { id, first: FirstRecords::of(topics().iter()), inputs: Default::default() }
        }

        fn read(&mut self, input: usize, records: u64, rejected: &[(RejectCode, &str)]) -> &mut Self {
            self.inputs[input].0.records += records;
            let rejection = |(code, detail): &(RejectCode, &str)| Rejection {
                offset: 0,
                piece: None,
                reject: Reject::new(*code, *detail),
            };
            self.first.note(NAMES[input], &rejected.iter().map(rejection).collect::<Vec<_>>());
            self
        }

        fn end(&mut self, input: usize) -> &mut Self {
            self.inputs[input].1 = true;
            self
        }

        fn verdict(&mut self, probation: &Probation) -> Verdict {
            probation.verdict(self.id, &mut self.first, &self.inputs)
        }
    }

    fn bad(count: usize) -> Vec<(RejectCode, &'static str)> {
        vec![(RejectCode::InvalidField, "seizureTime is not a time"); count]
    }

    #[test]
    fn more_than_half_of_the_first_thousand_stops_and_says_which_field() {
        let probation = Probation::new(&topics());
        let mut shard = Shard::new(&probation, 0);
        let mut rejected = bad(400);
        rejected.extend([(RejectCode::InvalidField, "callDuration is not a duration"); 100]);
        rejected.extend([(RejectCode::BadJson, "no JSON object at byte 0"); 100]);
        assert_eq!(shard.read(0, 600, &rejected).end(1).verdict(&probation), Verdict::Wait);
        let Verdict::Stop(reason) = shard.read(0, 400, &[]).verdict(&probation) else { panic!("stops") };
        assert_eq!((&*reason.topic, reason.records, reason.rejected), ("cdr", 1_000, 600));
        let reasons = "invalid_field 500, for example seizureTime is not a time; \
                       bad_json 100, for example no JSON object at byte 0";
        assert_eq!(reason.reasons, reasons);
    }

    #[test]
    fn half_of_them_passes_and_later_ones_do_not_count() {
        let probation = Probation::new(&topics());
        let mut shard = Shard::new(&probation, 0);
        shard.read(0, 1_000, &bad(500)).end(1);
        assert_eq!(shard.verdict(&probation), Verdict::Pass);
        assert_eq!(shard.read(0, 1_000, &bad(1_000)).verdict(&probation), Verdict::Pass);
    }

    #[test]
    fn a_quiet_input_that_has_passed_at_its_end_stops_nothing_later() {
        let probation = Probation::new(&topics());
        let mut shard = Shard::new(&probation, 0);
        shard.read(0, 2_000, &[]).read(1, 10, &bad(10));
        assert_eq!(shard.verdict(&probation), Verdict::Wait);
        assert_eq!(shard.end(1).verdict(&probation), Verdict::Pass);
        assert_eq!(shard.read(1, 2_000, &bad(2_000)).verdict(&probation), Verdict::Pass, "something was committed");
    }

    #[test]
    fn the_first_records_of_a_source_are_those_of_all_shards_together() {
        let probation = Probation::new(&topics());
        let mut shards = [0, 1, 2].map(|id| Shard::new(&probation, id));
        for shard in &mut shards[..2] {
            assert_eq!(shard.read(0, 400, &bad(400)).end(0).end(1).verdict(&probation), Verdict::Wait);
        }
        assert!(matches!(shards[2].read(0, 400, &bad(400)).verdict(&probation), Verdict::Stop(_)));
    }

    #[test]
    fn a_shard_that_is_no_first_start_or_does_not_come_keeps_nobody_waiting() {
        let probation = Probation::new(&topics());
        let mut shard = Shard::new(&probation, 0);
        probation.expect(1);
        shard.read(0, 10, &[]).end(0).end(1);
        assert_eq!(shard.verdict(&probation), Verdict::Wait);
        probation.excuse(1);
        assert_eq!(shard.verdict(&probation), Verdict::Pass);
        if let Some(trial) = &mut *probation.trial() {
            trial.shards.insert(2, (Moment::now(), Vec::new()));
        }
        assert_eq!(shard.verdict(&probation), Verdict::Pass, "it has had its time");
    }

    #[test]
    fn reasons_without_number_are_counted_and_not_kept() {
        let mut reasons = Reasons::default();
        for at in 0..10_000 {
            reasons.count(&Reject::new(RejectCode::BadJson, format!("no JSON object at byte {at}")));
        }
        assert!(reasons.0.len() <= REASONS_MAX + 1);
        assert_eq!(reasons.0.values().sum::<u64>(), 10_000);
    }
}

//! Tallies: one aggregate over a stretch of facts, exact under any order of adding and taking away.
//!
//! A window is a tally with its two ends: moving an end adds or takes the facts it passes, in either direction, so
//! the same code serves the next call of a busy number, a late one, and a scan of a quiet one. `min`, `max`, `gap`
//! and `top` need more than a running figure to take facts away again; each says below what it keeps.

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashMap;

/// An exact quotient, not in lowest terms; the second is above zero.
pub type Ratio = (i128, i128);

type Counts = HashMap<u64, u32, foldhash::fast::FixedState>;

/// What a tally is told of one fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The fact's time.
    pub at: i64,
    /// The value of the aggregate's field: a number for sums and extremes, an atom (equal for equal values) for
    /// `distinct`, `top` and `unseen`; `None` where the fact lacks the field.
    pub value: Option<u64>,
    /// Whether the aggregate's predicate holds (`share`, `elapsed`).
    pub holds: bool,
}

/// Which aggregate a tally is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TallyKind {
    /// How many facts.
    Count,
    /// The sum of a field.
    Sum,
    /// Its mean.
    Mean,
    /// Its least value.
    Min,
    /// Its greatest value.
    Max,
    /// How many values it has.
    Distinct,
    /// The part of facts for which a predicate holds.
    Share,
    /// The most facts with one value.
    Top,
    /// Values whose first fact after the inner edge has none of the same value less than so many milliseconds before.
    Unseen(i64),
    /// The least time between neighbours.
    Gap,
    /// The time since the latest fact before the instant for which a predicate holds.
    Elapsed,
}

/// One aggregate over the facts it was told of.
#[derive(Clone, Debug)]
pub struct Tally {
    kind: TallyKind,
    facts: u64,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// `facts` alone.
    Count,
    Sum {
        sum: i128,
        having: u64,
    },
    /// How often each value occurs, in order.
    Ordered(BTreeMap<i64, u32>),
    Distinct(Counts),
    Share {
        holding: u64,
    },
    /// How often each value occurs, how many values occur so often, and the most.
    Top {
        counts: Counts,
        having_count: Vec<u32>,
        most: usize,
    },
    Unseen(Unseen),
    /// How often each time and each gap between neighbouring times occurs.
    Gap {
        times: BTreeMap<i64, u32>,
        gaps: BTreeMap<i64, u32>,
    },
}

#[derive(Clone, Debug, Default)]
struct Unseen {
    before: i64,
    /// Facts after this are in the window; the others are only looked back at.
    inner_after: i64,
    /// Of each value, in order. Windows take the first away and add behind the last.
    times: HashMap<u64, VecDeque<i64>, foldhash::fast::FixedState>,
    novel: i64,
}

impl Tally {
    /// A tally of nothing.
    #[must_use]
    pub fn new(kind: TallyKind) -> Self {
        let state = match kind {
            TallyKind::Count => State::Count,
            TallyKind::Sum | TallyKind::Mean => State::Sum { sum: 0, having: 0 },
            TallyKind::Min | TallyKind::Max | TallyKind::Elapsed => State::Ordered(BTreeMap::new()),
            TallyKind::Distinct => State::Distinct(Counts::default()),
            TallyKind::Share => State::Share { holding: 0 },
            TallyKind::Top => State::Top { counts: Counts::default(), having_count: Vec::new(), most: 0 },
            TallyKind::Unseen(before) => State::Unseen(Unseen { before, inner_after: i64::MIN, ..Unseen::default() }),
            TallyKind::Gap => State::Gap { times: BTreeMap::new(), gaps: BTreeMap::new() },
        };
        Self { kind, facts: 0, state }
    }

    /// How many facts it was told of.
    #[must_use]
    pub fn facts(&self) -> u64 {
        self.facts
    }

    /// How many values it keeps, about: what it takes of memory.
    #[must_use]
    pub fn entries(&self) -> usize {
        match &self.state {
            State::Count | State::Sum { .. } | State::Share { .. } => 0,
            State::Ordered(values) => values.len(),
            State::Distinct(counts) => counts.len(),
            State::Top { counts, having_count, .. } => counts.len() + having_count.len(),
            State::Unseen(unseen) => unseen.times.len() + self.facts as usize,
            State::Gap { times, gaps } => times.len() + gaps.len(),
        }
    }

    /// Adds a fact.
    pub fn insert(&mut self, sample: Sample) {
        self.facts += 1;
        match &mut self.state {
            State::Count => {}
            State::Sum { sum, having } => {
                if let Some(value) = sample.value {
                    *sum += i128::from(value as i64);
                    *having += 1;
                }
            }
            State::Ordered(values) => {
                if let Some(key) = ordered_key(self.kind, sample) {
                    *values.entry(key).or_insert(0) += 1;
                }
            }
            State::Distinct(counts) => {
                if let Some(value) = sample.value {
                    *counts.entry(value).or_insert(0) += 1;
                }
            }
            State::Share { holding } => *holding += u64::from(sample.holds),
            State::Top { counts, having_count, most } => {
                if let Some(value) = sample.value {
                    raise(counts, having_count, most, value);
                }
            }
            State::Unseen(unseen) => {
                if let Some(value) = sample.value {
                    unseen.change(value, |times| times.insert(times.partition_point(|at| *at <= sample.at), sample.at));
                }
            }
            State::Gap { times, gaps } => insert_time(times, gaps, sample.at),
        }
    }

    /// Takes a fact away that was added before.
    pub fn remove(&mut self, sample: Sample) {
        debug_assert!(self.facts > 0, "a fact is taken away that was never added");
        self.facts = self.facts.saturating_sub(1);
        match &mut self.state {
            State::Count => {}
            State::Sum { sum, having } => {
                if let Some(value) = sample.value {
                    *sum -= i128::from(value as i64);
                    *having -= 1;
                }
            }
            State::Ordered(values) => {
                if let Some(key) = ordered_key(self.kind, sample) {
                    lower_ordered(values, key);
                }
            }
            State::Distinct(counts) => {
                if let Some(value) = sample.value
                    && let hashbrown::hash_map::Entry::Occupied(mut entry) = counts.entry(value)
                {
                    *entry.get_mut() -= 1;
                    if *entry.get() == 0 {
                        entry.remove();
                    }
                }
            }
            State::Share { holding } => *holding -= u64::from(sample.holds),
            State::Top { counts, having_count, most } => {
                if let Some(value) = sample.value {
                    lower(counts, having_count, most, value);
                }
            }
            State::Unseen(unseen) => {
                if let Some(value) = sample.value {
                    unseen.change(value, |times| {
                        if let Ok(place) = times.binary_search(&sample.at) {
                            times.remove(place);
                        }
                    });
                }
            }
            State::Gap { times, gaps } => remove_time(times, gaps, sample.at),
        }
    }

    /// Of `unseen`: moves the edge after which facts are in the window. `passed` are the samples between the old edge
    /// and the new one, in any order.
    pub fn move_inner_edge(&mut self, inner_after: i64, passed: impl Iterator<Item = Sample>) {
        if let State::Unseen(unseen) = &mut self.state {
            let values: Vec<u64> = passed.filter_map(|sample| sample.value).collect();
            unseen.move_edge(inner_after, values);
        }
    }

    /// The value at an instant, `None` where it is undefined.
    #[must_use]
    pub fn value(&self, at: i64) -> Option<Ratio> {
        let whole = |value: i128| Some((value, 1));
        match (&self.state, self.kind) {
            (State::Count, _) => whole(i128::from(self.facts)),
            (State::Sum { sum, having }, TallyKind::Mean) => (*having > 0).then_some((*sum, i128::from(*having))),
            (State::Sum { sum, .. }, _) => whole(*sum),
            (State::Ordered(values), TallyKind::Max) => values.last_key_value().map(|(v, _)| (i128::from(*v), 1)),
            (State::Ordered(times), TallyKind::Elapsed) => {
                times.range(..at).next_back().map(|(time, _)| (i128::from(at - time), 1))
            }
            (State::Ordered(values), _) => values.first_key_value().map(|(v, _)| (i128::from(*v), 1)),
            (State::Distinct(counts), _) => whole(counts.len() as i128),
            (State::Share { holding }, _) => (self.facts > 0).then_some((i128::from(*holding), i128::from(self.facts))),
            (State::Top { most, .. }, _) => whole(*most as i128),
            (State::Unseen(unseen), _) => whole(i128::from(unseen.novel)),
            (State::Gap { gaps, .. }, _) => gaps.first_key_value().map(|(gap, _)| (i128::from(*gap), 1)),
        }
    }
}

fn ordered_key(kind: TallyKind, sample: Sample) -> Option<i64> {
    match kind {
        TallyKind::Elapsed => sample.holds.then_some(sample.at),
        _ => sample.value.map(|value| value as i64),
    }
}

fn lower_ordered(values: &mut BTreeMap<i64, u32>, key: i64) {
    if let std::collections::btree_map::Entry::Occupied(mut entry) = values.entry(key) {
        *entry.get_mut() -= 1;
        if *entry.get() == 0 {
            entry.remove();
        }
    }
}

/// One more fact with this value. A count rises by one at a time, so the most is found without a search.
fn raise(counts: &mut Counts, having_count: &mut Vec<u32>, most: &mut usize, value: u64) {
    let count = counts.entry(value).or_insert(0);
    let old = *count as usize;
    *count += 1;
    if having_count.len() <= old + 1 {
        having_count.resize(old + 2, 0);
    }
    if old > 0 {
        having_count[old] -= 1;
    }
    having_count[old + 1] += 1;
    *most = (*most).max(old + 1);
}

/// One fact less with this value; where it alone had the most, the most falls by one.
fn lower(counts: &mut Counts, having_count: &mut [u32], most: &mut usize, value: u64) {
    let hashbrown::hash_map::Entry::Occupied(mut entry) = counts.entry(value) else { return };
    let old = *entry.get() as usize;
    *entry.get_mut() -= 1;
    if old == 1 {
        entry.remove();
    }
    having_count[old] -= 1;
    if old > 1 {
        having_count[old - 1] += 1;
    }
    if old == *most && having_count[old] == 0 {
        *most = old - 1;
    }
}

fn insert_time(times: &mut BTreeMap<i64, u32>, gaps: &mut BTreeMap<i64, u32>, at: i64) {
    let earlier = times.range(..=at).next_back().map(|(time, _)| *time);
    let later = times.range(at + 1..).next().map(|(time, _)| *time);
    *times.entry(at).or_insert(0) += 1;
    if earlier == Some(at) {
        *gaps.entry(0).or_insert(0) += 1;
        return;
    }
    if let (Some(earlier), Some(later)) = (earlier, later) {
        lower_ordered(gaps, later - earlier);
    }
    for gap in [earlier.map(|earlier| at - earlier), later.map(|later| later - at)].into_iter().flatten() {
        *gaps.entry(gap).or_insert(0) += 1;
    }
}

fn remove_time(times: &mut BTreeMap<i64, u32>, gaps: &mut BTreeMap<i64, u32>, at: i64) {
    lower_ordered(times, at);
    if times.contains_key(&at) {
        lower_ordered(gaps, 0);
        return;
    }
    let earlier = times.range(..at).next_back().map(|(time, _)| *time);
    let later = times.range(at + 1..).next().map(|(time, _)| *time);
    for gap in [earlier.map(|earlier| at - earlier), later.map(|later| later - at)].into_iter().flatten() {
        lower_ordered(gaps, gap);
    }
    if let (Some(earlier), Some(later)) = (earlier, later) {
        *gaps.entry(later - earlier).or_insert(0) += 1;
    }
}

impl Unseen {
    /// Whether the first fact of a value after the inner edge has no other of it less than `before` earlier.
    fn is_novel(&self, times: &VecDeque<i64>) -> bool {
        let first = times.partition_point(|at| *at <= self.inner_after);
        match (times.get(first), first.checked_sub(1).and_then(|last| times.get(last))) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(first), Some(last)) => first - last >= self.before,
        }
    }

    fn change(&mut self, value: u64, edit: impl FnOnce(&mut VecDeque<i64>)) {
        let mut times = self.times.remove(&value).unwrap_or_default();
        self.novel -= i64::from(self.is_novel(&times));
        edit(&mut times);
        self.novel += i64::from(self.is_novel(&times));
        if !times.is_empty() {
            self.times.insert(value, times);
        }
    }

    fn move_edge(&mut self, inner_after: i64, mut passed: Vec<u64>) {
        passed.sort_unstable();
        passed.dedup();
        let count = |unseen: &Self| {
            let known = passed.iter().filter_map(|value| unseen.times.get(value));
            known.filter(|times| unseen.is_novel(times)).count() as i64
        };
        let before = count(self);
        self.inner_after = inner_after;
        self.novel += count(self) - before;
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;

//! Decoded facts of one number.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{EventTime, Key, PackedNumber};
use ringfence_timeline::{CallFact, CallTimeline, ComplaintFact, ComplaintTimeline, Work};

use super::scene::Scene;

/// Fewer decoded facts than this are not worth keeping: decoding them again costs less than a look-up.
const WORTH_KEEPING: usize = 64;

/// Decoded facts of one number, as far back as was asked.
#[derive(Debug)]
pub(crate) struct Decoded {
    calls: Vec<CallFact>,
    /// Every call after this is decoded.
    after: EventTime,
    complaints: Vec<ComplaintFact>,
    /// Which complaints these are.
    complaints_of: Option<u64>,
    /// The latest time of any fact so far.
    reached: EventTime,
    /// With so many calls it is looked again for those that are no longer needed.
    trim_at: usize,
    /// The calls to each number, once they were asked for.
    pairs: Option<Pairs>,
}

type Pairs = HashMap<PackedNumber, Vec<CallFact>, FixedState>;

impl Default for Decoded {
    fn default() -> Self {
        Self {
            calls: Vec::new(),
            after: EventTime::MAX,
            complaints: Vec::new(),
            complaints_of: None,
            reached: EventTime::MIN,
            trim_at: 0,
            pairs: None,
        }
    }
}

impl Decoded {
    /// Whether there is so much that it is worth keeping for the next commit.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        self.calls.len() >= WORTH_KEEPING
    }

    /// How many calls it has room for.
    pub(crate) fn calls_held(&self) -> usize {
        self.calls.capacity()
    }

    /// Whether every call after `after` is decoded.
    pub(crate) fn reaches_back_to(&self, after: EventTime) -> bool {
        after >= self.after
    }

    /// Decodes every call after `after`, unless that was done.
    pub(crate) fn reach_back_to(
        &mut self,
        key: PackedNumber,
        timeline: &CallTimeline,
        after: EventTime,
        work: &mut Work,
    ) {
        if self.reaches_back_to(after) {
            return;
        }
        let after = timeline.whole_chunk_after(after);
        let mut earlier = Vec::new();
        timeline.decode_into(key, (after, self.after), &mut earlier, work);
        self.after = after;
        if earlier.is_empty() {
            return;
        }
        earlier.append(&mut self.calls);
        self.calls = earlier;
        self.pairs = None;
        self.note_reach();
    }

    /// Whether every fact, also one taken out since, is before this. No view was moved beyond a fact, so none needs to
    /// follow one after all of them.
    pub(crate) fn ends_before(&self, at: EventTime) -> bool {
        self.reached < at
    }

    fn note_reach(&mut self) {
        let call = self.calls.last().map(|call| call.at);
        let complaint = self.complaints.last().map(|complaint| complaint.at);
        self.reached = self.reached.max(call.max(complaint).unwrap_or(EventTime::MIN));
    }

    /// Takes over the complaints that count, unless they are those that were.
    pub(crate) fn read_complaints(&mut self, complaints: &ComplaintTimeline) {
        if self.complaints_of == Some(complaints.generation()) {
            return;
        }
        self.complaints_of = Some(complaints.generation());
        self.complaints.clear();
        self.complaints.extend(complaints.counting().iter());
        self.note_reach();
    }

    /// Follows a call that was put into the timeline.
    pub(crate) fn insert(&mut self, fact: &CallFact) {
        if fact.at <= self.after {
            return;
        }
        insert_sorted(&mut self.calls, fact);
        self.note_reach();
        if let Some(pairs) = &mut self.pairs {
            insert_sorted(pairs.entry(fact.called_number).or_default(), fact);
        }
    }

    /// Follows a call that was taken out of the timeline.
    pub(crate) fn remove(&mut self, fact: &CallFact) {
        remove_sorted(&mut self.calls, fact);
        if let Some(calls) = self.pairs.as_mut().and_then(|pairs| pairs.get_mut(&fact.called_number)) {
            remove_sorted(calls, fact);
        }
    }

    /// What a judgement of the number, or of a pair of it, can see. `scratch` holds the pair's calls where they are few.
    pub(crate) fn scene<'a>(&'a mut self, key: Key, scratch: &'a mut Vec<CallFact>) -> Scene<'a> {
        let Some(called) = key.called() else { return Scene { calls: &self.calls, complaints: &self.complaints } };
        if self.calls.len() < WORTH_KEEPING {
            scratch.clear();
            scratch.extend(self.calls.iter().filter(|call| call.called_number == called));
            return Scene { calls: scratch, complaints: &self.complaints };
        }
        let calls = &self.calls;
        let pairs = self.pairs.get_or_insert_with(|| {
            let mut pairs = Pairs::default();
            calls.iter().for_each(|call| pairs.entry(call.called_number).or_default().push(*call));
            pairs
        });
        Scene { calls: pairs.get(&called).map_or(&[], Vec::as_slice), complaints: &self.complaints }
    }

    /// Whether there are so many more calls than at the last look that some may be needed no longer: what views hold on
    /// to is asked of each of them, and they may be thousands.
    pub(crate) fn is_worth_trimming(&self) -> bool {
        self.calls.len() >= self.trim_at
    }

    /// Forgets calls up to `after`, once they are most of what is held.
    pub(crate) fn trim(&mut self, after: EventTime) {
        let gone = self.calls.partition_point(|call| call.at <= after);
        if gone > WORTH_KEEPING && gone > self.calls.len() / 2 {
            self.calls.drain(..gone);
            self.calls.shrink_to(2 * self.calls.len());
            self.after = after;
            self.pairs = None;
        }
        self.trim_at = self.calls.len() + self.calls.len() / 2;
    }
}

fn insert_sorted(calls: &mut Vec<CallFact>, fact: &CallFact) {
    match calls.last() {
        Some(last) if last > fact => {
            let place = calls.partition_point(|call| call < fact);
            calls.insert(place, *fact);
        }
        _ => calls.push(*fact),
    }
}

fn remove_sorted(calls: &mut Vec<CallFact>, fact: &CallFact) {
    if let Ok(found) = calls.binary_search(fact) {
        calls.remove(found);
    }
}

//! Decoded facts of one number.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use ringfence_cdr::{EventTime, Key, PackedNumber};
use ringfence_timeline::{Blocks, CallFact, CallTimeline, ComplaintFact, ComplaintTimeline, Work};

use super::scene::Scene;
use super::stretches::{Calls, Spent, Stretch, Stretches};

/// Fewer decoded facts than this are not worth keeping: decoding them again costs less than a look-up.
const WORTH_KEEPING: usize = 64;
/// Of a number with few calls, so many of one pair are no surprise.
const FEW: usize = 8;

/// Facts of one number, as far back as was asked.
#[derive(Debug)]
pub(crate) struct Decoded {
    calls: Stretches,
    complaints: Blocks<ComplaintFact>,
    /// Which complaints these are.
    complaints_of: Option<u64>,
    /// The latest time of any fact so far.
    reached: EventTime,
    /// With so many calls it is looked again for those that are no longer needed.
    trim_at: usize,
    /// The calls to each number, once they were asked for.
    pairs: Option<Pairs>,
    spent: Spent,
}

/// The calls to each number after an instant.
#[derive(Debug)]
struct Pairs {
    after: EventTime,
    by_called: HashMap<PackedNumber, Stretch, FixedState>,
    /// Of a number that was not called.
    none: Stretch,
}

impl Default for Decoded {
    fn default() -> Self {
        Self {
            calls: Stretches::default(),
            complaints: Blocks::new(),
            complaints_of: None,
            reached: EventTime::MIN,
            trim_at: 0,
            pairs: None,
            spent: Spent::default(),
        }
    }
}

impl Decoded {
    /// Whether there is so much that it is worth keeping for the next commit.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        self.calls.len() + self.complaints.len() >= WORTH_KEEPING
    }

    /// About how many bytes it takes, with what views hold of it.
    pub(crate) fn bytes(&self) -> usize {
        // Views hold at most a few words a fact and rule; decoded facts and pairs 40 bytes each.
        self.calls.decoded() * 120 + self.calls.count() * size_of::<Stretch>() + self.complaints.len() * 80
    }

    /// Whether all calls that are here are decoded.
    pub(crate) fn is_whole(&self) -> bool {
        self.calls.are_decoded()
    }

    /// Whether every call after `after` is here.
    pub(crate) fn reaches_back_to(&self, after: EventTime) -> bool {
        after >= self.calls.after()
    }

    /// How many calls lie after an instant to which it reaches back.
    pub(crate) fn calls_after(&self, after: EventTime, key: PackedNumber, timeline: &CallTimeline) -> usize {
        self.calls.calls(timeline, key, &self.spent).between(after, EventTime::MAX).count()
    }

    /// Takes in every call after `after`, unless that was done.
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
        timeline.decode_into(key, (after, self.calls.after()), &mut earlier, work);
        if !earlier.is_empty() {
            self.pairs = None;
        }
        self.calls.reach_back_to(after, earlier);
        self.note_reach();
    }

    /// Whether every fact, also one taken out since, is before this. No view was moved beyond a fact, so none needs to
    /// follow one after all of them.
    pub(crate) fn ends_before(&self, at: EventTime) -> bool {
        self.reached < at
    }

    fn note_reach(&mut self) {
        let complaint = self.complaints.last().map(|complaint| complaint.at);
        self.reached = self.reached.max(self.calls.last_at().max(complaint).unwrap_or(EventTime::MIN));
    }

    /// Takes over the complaints that count, unless they are those that were.
    pub(crate) fn read_complaints(&mut self, complaints: &ComplaintTimeline, work: &mut Work) {
        if self.complaints_of == Some(complaints.generation()) {
            return;
        }
        self.complaints_of = Some(complaints.generation());
        self.complaints = complaints.counting().clone();
        work.moved += self.complaints.len() as u64;
        self.note_reach();
    }

    /// Follows a complaint that came, changed or fell. Before it those that counted were of one generation, and are of
    /// another now.
    pub(crate) fn complaint_changed(
        &mut self,
        replaced: Option<&ComplaintFact>,
        fact: &ComplaintFact,
        (before, now): (u64, u64),
        work: &mut Work,
    ) {
        if self.complaints_of != Some(before) {
            return;
        }
        self.complaints_of = Some(now);
        let spot = |complaints: &Blocks<ComplaintFact>, fact: &ComplaintFact| {
            complaints.spot(|known| known.place() < fact.place())
        };
        if let Some(replaced) = replaced.filter(|replaced| replaced.status.counts()) {
            self.complaints.remove(spot(&self.complaints, replaced), work);
        }
        if fact.status.counts() {
            self.complaints.insert(spot(&self.complaints, fact), *fact, work);
        }
        self.note_reach();
    }

    /// Follows complaints received before an instant that were evicted.
    pub(crate) fn complaints_evicted(&mut self, edge: EventTime, (before, now): (u64, u64), work: &mut Work) {
        if self.complaints_of == Some(before) {
            self.complaints_of = Some(now);
            self.complaints.drain_before(self.complaints.spot(|fact| fact.at < edge), work);
        }
    }

    /// Follows a call that was put into the timeline.
    pub(crate) fn insert(&mut self, fact: &CallFact, work: &mut Work) {
        if fact.at <= self.calls.after() {
            return;
        }
        self.calls.insert(fact, work);
        self.reached = self.reached.max(fact.at);
        if let Some(pairs) = self.pairs.as_mut().filter(|pairs| fact.at > pairs.after) {
            pairs.by_called.entry(fact.called_number).or_default().insert(fact, work);
        }
    }

    /// Follows a call that was taken out of the timeline.
    pub(crate) fn remove(&mut self, fact: &CallFact, work: &mut Work) {
        self.calls.remove(fact, work);
        if let Some(pairs) = self.pairs.as_mut().filter(|pairs| fact.at > pairs.after)
            && let Some(calls) = pairs.by_called.get_mut(&fact.called_number)
        {
            calls.remove(fact, work);
        }
    }

    /// What a judgement of the number, or of a pair of it, can see; all of it after `after`, up to where it was told to
    /// reach. `scratch` holds the pair's calls where they are few.
    pub(crate) fn scene<'a>(
        &'a mut self,
        (key, after): (Key, EventTime),
        timeline: &'a CallTimeline,
        scratch: &'a mut Stretch,
    ) -> Scene<'a> {
        let (complaints, spent) = (&self.complaints, &self.spent);
        let all = self.calls.calls(timeline, key.number(), spent);
        let Some(called) = key.called() else { return Scene { calls: all, complaints } };
        if self.calls.len() < WORTH_KEEPING {
            let mut of_pair = Vec::with_capacity(FEW);
            all.for_each(|call| {
                if call.called_number == called {
                    of_pair.push(*call);
                }
            });
            *scratch = Stretch::of(of_pair);
            return Scene { calls: Calls::of(scratch, spent), complaints };
        }
        self.pairs.take_if(|pairs| after < pairs.after && self.calls.after() < pairs.after);
        let pairs = self.pairs.get_or_insert_with(|| {
            // What is not decoded is better left so.
            let after = if self.calls.are_decoded() { self.calls.after() } else { after };
            let mut by_called: HashMap<PackedNumber, Stretch, FixedState> = HashMap::default();
            let calls = all.between(after, EventTime::MAX).inspect(|_| spent.look());
            calls.for_each(|call| by_called.entry(call.called_number).or_default().push(*call));
            Pairs { after, by_called, none: Stretch::default() }
        });
        Scene { calls: Calls::of(pairs.by_called.get(&called).unwrap_or(&pairs.none), spent), complaints }
    }

    /// Whether a pair of a number with few calls has fewer than so many of them here. Of others it is not asked.
    pub(crate) fn has_fewer(&self, key: Key, count: usize, timeline: &CallTimeline) -> bool {
        let Some(called) = key.called().filter(|_| self.calls.len() < WORTH_KEEPING) else { return false };
        let mut of_pair = 0;
        let all = self.calls.calls(timeline, key.number(), &self.spent);
        all.for_each(|call| of_pair += usize::from(call.called_number == called));
        of_pair < count
    }

    /// Adds what was done while facts were looked at.
    pub(crate) fn account(&self, work: &mut Work) {
        self.spent.take(work);
    }

    /// Whether there are so many more calls than at the last look that some may be needed no longer: what views hold on
    /// to is asked of each of them, and they may be thousands.
    pub(crate) fn is_worth_trimming(&self) -> bool {
        self.calls.len() >= self.trim_at || self.calls.have_many_gone()
    }

    /// Forgets calls up to `after`, once they are most of what is held.
    pub(crate) fn trim(&mut self, timeline: &CallTimeline, key: PackedNumber, after: EventTime, work: &mut Work) {
        let all = self.calls.len();
        let most = all.saturating_sub(WORTH_KEEPING.max(all / 2));
        let is_most = || !self.calls.calls(timeline, key, &self.spent).are(most, after);
        if self.calls.have_many_gone() || is_most() {
            self.calls.drop_to(after, work);
            self.pairs = None;
        }
        let held = self.calls.len();
        self.trim_at = held + held / 2;
    }

    /// Follows that the timeline is about to drop calls before an instant.
    pub(crate) fn keep_before(&mut self, edge: EventTime, timeline: &CallTimeline, key: PackedNumber, work: &mut Work) {
        if timeline.first_at().is_some_and(|first_at| first_at < edge) {
            self.calls.keep_before(edge, (timeline, key), &self.spent);
            self.account(work);
        }
    }

    /// Lets go of all calls but the last few; they are decoded again where they are looked at.
    pub(crate) fn let_go(&mut self) {
        self.pairs = None;
        self.calls.let_go();
    }
}

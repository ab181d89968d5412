//! The shard: records in, outputs out.

use std::sync::Arc;

use ringfence_cdr::{Complaint, EventTime, PackedNumber, Record, Reject};
use ringfence_rules::{Pack, Stream, Tables};
use ringfence_timeline::{CallFact, Symbols, Work};

use super::admission::admit;
use super::commit::NumberCommit;
use super::delivery::{Delivery, InputId, Outcome};
use super::index::Index;
use super::number::NumberState;
use super::quiet::{may_matter, quiet_calls};
use super::stored::StoredFields;
use super::sweep::Sweep;
use super::times::Times;
use super::wakes::Wakes;
use crate::clock::ShardClock;
use crate::facts::Touched;
use crate::judging::{Hot, HotNumbers, SEGMENT_BORDER};
use crate::output::Output;
use crate::rulebook::Rulebook;

/// The most numbers that are fetched at once.
const FETCH_MAX: usize = 64;
/// How many numbers are fetched together to be judged.
const TOGETHER: usize = 16;

/// How a shard works.
#[derive(Clone, Debug)]
pub struct ShardOptions {
    /// Where its time comes from.
    pub clock: ShardClock,
    /// The most bytes that the facts and violations of one number may take (law B-1); the oldest go first.
    pub number_bytes_max: usize,
    /// The most bytes, about, that decoded facts of busy numbers may take besides; those that do not fit are decoded anew
    /// whenever they are needed.
    pub decoded_bytes_max: usize,
}

impl Default for ShardOptions {
    fn default() -> Self {
        Self { clock: ShardClock::Archive, number_bytes_max: 256 << 20, decoded_bytes_max: 256 << 20 }
    }
}

/// What a shard holds, for gauges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardCounts {
    /// Numbers with state.
    pub numbers: u64,
    /// Facts held.
    pub facts: u64,
    /// Bytes of memory held by facts and state; busy numbers' decoded facts are not among them.
    pub bytes: u64,
    /// Numbers that have reached their cap.
    pub numbers_capped: u64,
    /// Violations open now.
    pub violations_open: u64,
}

/// How many records became what (law C-1): their sum is the number of records applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ledger {
    /// Facts ever inserted; a fact joined to another counts as merged from then on.
    pub facts: u64,
    /// Repeats without a difference.
    pub duplicates: u64,
    /// Repeats with a difference; dead letters.
    pub conflicting: u64,
    /// Parts and complaint versions that went into a fact that was there.
    pub merged: u64,
    /// Not admitted; dead letters.
    pub rejected: u64,
}

/// The state and evaluator of one partition.
#[derive(Debug)]
pub struct Shard {
    pub(crate) book: Rulebook,
    pub(crate) options: ShardOptions,
    pub(crate) times: Times,
    pub(crate) symbols: Symbols,
    pub(crate) index: Index,
    pub(crate) numbers: Vec<Option<NumberState>>,
    pub(crate) free: Vec<u32>,
    pub(crate) ledger: Ledger,
    pub(crate) commits: u64,
    pub(crate) sweep: Sweep,
    pub(crate) touched: Vec<Touched>,
    pub(crate) hot: HotNumbers,
    /// When to look at a number although no fact of it comes.
    pub(crate) wakes: Wakes,
    pub(crate) stored: StoredFields,
    /// Rules or lists changed for what lies at or after this event time, and nothing was committed since.
    pub(crate) switched: Option<EventTime>,
    /// Decoded facts of a look at one number; kept so that no look allocates.
    scratch: Vec<CallFact>,
    pub(crate) late: u64,
    pub(crate) work: Work,
}

impl Shard {
    /// An empty shard that judges by this pack and these lists.
    #[must_use]
    pub fn new(pack: Arc<Pack>, tables: &Tables, options: ShardOptions) -> Self {
        Self {
            stored: StoredFields::of(&pack),
            switched: None,
            times: Times::new(),
            book: Rulebook::new(pack, tables),
            hot: HotNumbers::new(options.decoded_bytes_max),
            options,
            symbols: Symbols::default(),
            index: Index::default(),
            numbers: Vec::new(),
            free: Vec::new(),
            ledger: Ledger::default(),
            commits: 0,
            sweep: Sweep::default(),
            touched: Vec::new(),
            wakes: Wakes::default(),
            scratch: Vec::new(),
            late: 0,
            work: Work::default(),
        }
    }

    /// Applies one record; unless it is rejected for its times, its input's time moves on to its arrival. Judging waits for
    /// the commit.
    pub fn apply(&mut self, delivery: &Delivery) -> Outcome {
        self.apply_as(delivery, true)
    }

    /// Applies one record whose arrival is known to be wrong: it moves no time.
    pub fn apply_untimed(&mut self, delivery: &Delivery) -> Outcome {
        self.apply_as(delivery, false)
    }

    fn apply_as(&mut self, delivery: &Delivery, moves_time: bool) -> Outcome {
        let Delivery { input, arrival, ref record } = *delivery;
        let outcome = match record {
            Record::Call(cdr) => {
                let arrival = arrival.or(cdr.arrival);
                match self.admit(Stream::Calls, arrival, cdr.at) {
                    Ok(()) => {
                        if moves_time {
                            self.times.arrive(input, arrival, cdr.at);
                        }
                        self.insert_call(cdr, arrival)
                    }
                    Err(reject) => Outcome::Rejected(reject),
                }
            }
            Record::Complaint(complaint) => {
                let arrival = arrival.or(complaint.arrival);
                let measured = self.complaint_measured_at(complaint);
                match self.admit(Stream::Complaints, arrival, measured) {
                    Ok(()) => {
                        if moves_time {
                            self.times.arrive(input, arrival, complaint.at);
                        }
                        self.insert_complaint(complaint, arrival)
                    }
                    Err(reject) => Outcome::Rejected(reject),
                }
            }
        };
        match &outcome {
            Outcome::Inserted | Outcome::Merged { .. } => {}
            Outcome::Duplicate => self.ledger.duplicates += 1,
            Outcome::ConflictingDuplicate { .. } => self.ledger.conflicting += 1,
            Outcome::Rejected(_) => self.ledger.rejected += 1,
        }
        outcome
    }

    fn admit(&self, stream: Stream, arrival: Option<EventTime>, measured: EventTime) -> Result<(), Reject> {
        admit(self.pack(), self.options.clock, arrival, measured, self.held_from(stream))
    }

    /// A later status of a known complaint is measured from its status time.
    fn complaint_measured_at(&self, complaint: &Complaint) -> EventTime {
        let number = self.lookup(&complaint.complained_number).and_then(|slot| self.number(slot));
        let known = number
            .and_then(|number| number.extras.as_ref())
            .is_some_and(|extras| extras.complaints.knows(complaint.fingerprint));
        if known { complaint.at.max(complaint.status_time) } else { complaint.at }
    }

    fn lookup(&self, number: &ringfence_cdr::Number) -> Option<u32> {
        let packed = match number {
            ringfence_cdr::Number::Packed(packed) => *packed,
            ringfence_cdr::Number::Text(text) => PackedNumber::from_symbol(self.symbols.lookup(text)?),
        };
        self.index.find(packed, &self.numbers)
    }

    pub(crate) fn number(&self, slot: u32) -> Option<&NumberState> {
        self.numbers.get(slot as usize).and_then(Option::as_ref)
    }

    /// Brings what the next records of these numbers will meet into the processor's caches, and changes nothing.
    ///
    /// The state of a number is some dependent reads apart from its name, each of them a cache miss; those of one record
    /// after another are waited for in turn, those of many numbers looked up together overlap. Worth it for a few dozen
    /// records at a time, shortly before they are applied.
    pub fn fetch<'a>(&self, numbers: impl Iterator<Item = &'a ringfence_cdr::Number>) {
        let mut slots = [u32::MAX; FETCH_MAX];
        for (slot, number) in slots.iter_mut().zip(numbers) {
            if let ringfence_cdr::Number::Packed(packed) = number {
                *slot = self.index.find(*packed, &self.numbers).unwrap_or(u32::MAX);
            }
        }
        let met = slots.iter().filter_map(|slot| self.number(*slot)).map(|state| {
            let joins = state.extras.as_ref().is_some_and(|extras| !extras.joins_nothing());
            u64::from(state.calls.last_byte()) + u64::from(joins)
        });
        std::hint::black_box(met.sum::<u64>());
    }

    /// As [`Shard::fetch`], what judging the next few numbers will meet.
    fn fetch_judged(&self, touched: &[Touched]) {
        let states = touched.iter().take(TOGETHER).filter_map(|touched| self.number(touched.slot));
        let rests = states.filter_map(|state| state.extras.as_deref());
        let mut met = 0;
        for extras in rests {
            for track in extras.tracks.iter().take(TOGETHER) {
                met ^= track.held.last_at().map_or(0, |last| last.0);
                met ^= track.published.last().map_or(0, |published| i64::from(published.revision));
            }
            for (_, file) in extras.card.iter().flat_map(|card| card.files()) {
                met ^= file.strikes().last().map_or(0, |strike| strike.at.0);
            }
        }
        std::hint::black_box(met);
    }

    pub(crate) fn slot_of(&mut self, number: &ringfence_cdr::Number) -> u32 {
        let packed = self.symbols.pack(number);
        if let Some(slot) = self.index.find(packed, &self.numbers) {
            return slot;
        }
        let state = NumberState::new(packed, self.book.class_of(number));
        let slot = match self.free.pop() {
            Some(slot) => {
                self.numbers[slot as usize] = Some(state);
                slot
            }
            None => {
                self.numbers.push(Some(state));
                (self.numbers.len() - 1) as u32
            }
        };
        self.index.insert(slot, &self.numbers);
        slot
    }

    pub(crate) fn touch(&mut self, slot: u32) -> &mut Touched {
        let count = self.touched.len();
        let place = match self.numbers[slot as usize].as_mut() {
            Some(state) if state.touched > 0 => state.touched as usize - 1,
            Some(state) => {
                state.touched = count as u32 + 1;
                count
            }
            None => count,
        };
        if place == count {
            self.touched.push(Touched::new(slot));
        }
        &mut self.touched[place]
    }

    /// Reads a live input from now on, one that is new or was retired before. It begins at the shard time of this moment:
    /// shard time never goes back for what the input held before. Call it between two commits.
    pub fn add_input(&mut self, topic: &str) -> InputId {
        self.times.add(topic)
    }

    /// Reads a live input no longer: it holds no time back from now on. Call it between two commits.
    pub fn retire_input(&mut self, input: InputId) {
        self.times.retire(input);
    }

    /// The live inputs that it reads or read, each with its topic and whether it is read still.
    pub fn inputs(&self) -> impl Iterator<Item = (InputId, &str, bool)> {
        self.times.inputs()
    }

    /// Says that every record of an input with an arrival up to `at` has been applied (a tick).
    pub fn advance(&mut self, input: InputId, at: EventTime) {
        self.times.advance(input, at);
    }

    /// Judges what was touched since the last commit and appends what changed.
    pub fn commit(&mut self, outputs: &mut Vec<Output>) {
        self.commits += 1;
        self.switched = None;
        self.wake_due();
        let mut touched = std::mem::take(&mut self.touched).into_iter();
        while !touched.as_slice().is_empty() {
            self.fetch_judged(touched.as_slice());
            for touched in touched.by_ref().take(TOGETHER) {
                let (slot, changes) = (touched.slot, touched.changes());
                self.judge(touched, false, outputs);
                self.cap(slot, changes, outputs);
            }
        }
        self.times.commit(self.book.pack().lateness);
        self.evict();
        self.hot.cool(self.commits);
    }

    /// Ends an archive: time goes to `until`, else stays at the last event; everything that changed is published.
    pub fn finish(&mut self, until: Option<EventTime>, outputs: &mut Vec<Output>) {
        self.commit(outputs);
        let end = until.or(Some(self.times.seen)).filter(|end| *end > EventTime::MIN);
        if let Some(end) = end {
            self.times.advance(InputId(0), end);
        }
        self.commit(outputs);
        for slot in 0..self.numbers.len() as u32 {
            if self.number(slot).is_some_and(|state| state.tracks().next().is_some()) {
                self.judge(Touched::new(slot), true, outputs);
            }
        }
    }

    /// Touches every number whose time has come.
    fn wake_due(&mut self) {
        let Some(now) = self.times.now() else { return };
        for slot in self.wakes.take_due(now) {
            if self.number(slot).is_some() {
                self.touch(slot);
            }
        }
    }

    fn judge(&mut self, mut touched: Touched, at_end: bool, outputs: &mut Vec<Output>) {
        let slot = touched.slot;
        let Some(state) = self.numbers[slot as usize].as_mut() else { return };
        state.touched = 0;
        let bytes_max = self.options.number_bytes_max;
        if !may_matter(&self.book, state, &touched) {
            state.quiet_calls = quiet_calls(&self.book, state, None, bytes_max, &mut self.scratch, &mut self.work);
            return;
        }
        touched.sort_pairs();
        let context = self.times.context(&self.book, &self.symbols);
        let mut hot = if state.hot { self.hot.remove(slot).unwrap_or_default() } else { Hot::default() };
        let mut commit =
            NumberCommit { context: &context, clock: self.options.clock, state, hot: &mut hot, work: &mut self.work };
        commit.judge(&touched, at_end, outputs);
        let wake = state.extras.as_ref().and_then(|extras| extras.wakes_at());
        state.quiet_calls = quiet_calls(&self.book, state, Some(&hot), bytes_max, &mut self.scratch, &mut self.work);
        state.hot = hot.is_worth_keeping() && state.quiet_calls == 0;
        if state.hot {
            self.hot.put(slot, hot, self.commits);
        }
        self.wakes.set(slot, wake);
    }

    /// The earliest time that the shard still holds facts of a stream from.
    pub(crate) fn held_from(&self, stream: Stream) -> EventTime {
        match (self.options.clock, self.times.now()) {
            (ShardClock::Live { .. }, Some(now)) => now.minus(self.book.retention(stream)).minus(SEGMENT_BORDER),
            _ => EventTime::MIN,
        }
    }

    /// The least, over the inputs, of the arrival time applied so far; `None` until every input has spoken.
    #[must_use]
    pub fn shard_time(&self) -> Option<EventTime> {
        self.times.now()
    }

    /// When time alone will change something: the next deadline, if there is one.
    #[must_use]
    pub fn next_wake(&self) -> Option<EventTime> {
        self.wakes.next()
    }

    /// How many facts changed more than five minutes behind what the shard had seen, since it was made or restored.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// The work done since it was made or restored.
    #[must_use]
    pub fn work(&self) -> Work {
        self.work
    }

    /// How many records became what.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.ledger
    }

    /// What it holds. Goes through every number.
    #[must_use]
    pub fn counts(&self) -> ShardCounts {
        let slot_bytes = self.numbers.capacity() * size_of::<Option<NumberState>>() + self.index.heap_bytes();
        let mut counts =
            ShardCounts { bytes: (slot_bytes + self.symbols.heap_bytes()) as u64, ..ShardCounts::default() };
        for state in self.numbers.iter().flatten() {
            let open = |track: &crate::episodes::Track| {
                track.published.iter().filter(|published| !published.is_final()).count() as u64
            };
            counts.numbers += 1;
            counts.facts += state.calls.len() as u64;
            counts.facts += state.extras.as_ref().map_or(0, |extras| extras.complaints.len()) as u64;
            counts.bytes += state.heap_bytes() as u64;
            counts.numbers_capped += u64::from(state.capped_before().is_some());
            counts.violations_open += state.tracks().map(open).sum::<u64>();
        }
        counts
    }

    /// The pack in force.
    #[must_use]
    pub fn pack(&self) -> &Arc<Pack> {
        self.book.pack()
    }

    /// Every pack of which a rule is still needed, that in force first: a snapshot is restored with these.
    #[must_use]
    pub fn packs(&self) -> Vec<Arc<Pack>> {
        self.book.packs().into_iter().cloned().collect()
    }
}

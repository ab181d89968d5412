//! What a shard goes through if nothing fails: a world's records in their inputs, and the epochs that read them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use ringfence_cdr::json::{encode_cdr, encode_complaint};
use ringfence_cdr::{
    Answer, Cdr, CdrFields, Complaint, ComplaintFields, EventTime, Millis, Number, PlausibleTimes, RecordKind, Served,
};
use ringfence_oracle::generate::{Arrivals, Listing, Shape, World, world};
use ringfence_oracle::{Delivered, Record};
use ringfence_rules::{PackFiles, Tables};
use ringfence_task::{
    Lineage, PackInForce, Reading, ReadingSettings, Setup, Source, SourceKey, SourceKeyForm, SourceNumbers,
    SourcePartitioner, TableReleases, Timestamp, WallClock,
};

use crate::log::Input;

/// The inputs: calls come in two of them.
pub(crate) const CALLS: [&str; 2] = ["calls-a", "calls-b"];
pub(crate) const COMPLAINTS: &str = "complaints";

/// One commit: what is read for it, and how it ends.
#[derive(Clone, Debug)]
pub(crate) struct Epoch {
    /// How many records of which input, one after the other.
    pub(crate) reads: Vec<(&'static str, usize)>,
    /// The wall clock by which they are read.
    pub(crate) clock: WallClock,
    /// The wall clock at the cut, where all inputs have been read to their end by then.
    pub(crate) tick: Option<EventTime>,
}

/// Everything that a history is made of but its faults.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) inputs: BTreeMap<&'static str, Vec<Input>>,
    pub(crate) epochs: Arc<Vec<Epoch>>,
    /// What processes bring, each from an epoch on: inputs come and go. The first is there from the beginning.
    pub(crate) setups: Vec<(u64, Setup)>,
    /// Where the input starts that comes later.
    pub(crate) start: i64,
    /// Strikes before it impose nothing.
    pub(crate) impose_from: EventTime,
}

/// Which inputs come and go, and when.
#[derive(Clone, Copy, Debug)]
struct Changes {
    /// The epoch from which complaints are read; from the beginning without one.
    complaints_from: Option<usize>,
    /// Where they start then, of 256 parts of what there is.
    start: u8,
    /// The epoch from which the second input of calls is read no longer.
    calls_until: Option<usize>,
    /// The epoch from which another pack is in force.
    pack_from: Option<usize>,
    /// The epochs from which other versions of the lists hold, where these are not the pack's that is written down.
    lists_from: Option<usize>,
}

/// A pack whose rules can be written down, for worlds in which it changes; the limit is what changes.
const RULES: [&str; 3] = [
    "rule: busy\ntitle: t\nbasis: b\nkey: callingNumber\nlet: {calls: count() over 1d}\nwhen: [calls > LIMIT]\nthen: {ladder: strikes}\n",
    "rule: many\ntitle: t\nbasis: b\nkey: callingNumber\nlet: {called: distinct(calledNumber) over 7d}\nwhen: [called > LIMIT]\n",
    "rule: complained-of\ntitle: t\nbasis: b\nkey: callingNumber\nlet: {heard: count() of complaints over 7d}\nwhen: [heard >= 1]\n",
];
const PACK: &str = "name: written\nversion: \"1\"\ntitle: t\ntimezone: UTC\nladders: {strikes: {subject: card, strikes: {over: 30d, again: 1h}, steps: [{at: 1, do: warn}, {at: 2, do: suspend, services: [outgoing], for: 7d}]}}\n";

/// How inputs are read, as slices that are gone through again and again.
#[derive(Clone, Debug)]
struct Slice {
    reads: Vec<(usize, usize)>,
    tick: bool,
}

/// What a producer with a wrong clock takes for now: the first of January of 2100.
const CENTURY: EventTime = EventTime(4_102_444_800_000);
/// How far behind the records the clock is in every other epoch, within the skew.
const BEHIND: Millis = Millis(120_000);

/// Ticks after the last record, so many days before the end.
const CLOSING: [i64; 6] = [400, 90, 30, 2, 0, 0];

/// Any world, read in any way.
pub(crate) fn script() -> impl Strategy<Value = Script> {
    let slice = (prop::collection::vec((0..3_usize, 1..5_usize), 1..4), any::<bool>())
        .prop_map(|(reads, tick)| Slice { reads, tick });
    let slices = prop::collection::vec(slice, 1..5);
    let change = || prop::option::weighted(0.4, 1..8_usize);
    let changes = (change(), any::<u8>(), change(), change(), change()).prop_map(
        |(complaints_from, start, calls_until, pack_from, lists_from)| Changes {
            complaints_from,
            start,
            calls_until,
            pack_from,
            lists_from,
        },
    );
    let parts = (world(Shape::default()), Arrivals::any(), slices, changes, Listing::any(), any::<bool>());
    parts.prop_map(|(world, arrivals, slices, changes, listing, imposes)| {
        let script = Script::of(&world, &arrivals, slices, changes, &listing);
        let middle = world.records.get(world.records.len() / 2).map(Delivered::at);
        Script { impose_from: middle.filter(|_| !imposes).unwrap_or(EventTime::MIN), ..script }
    })
}

impl Changes {
    /// The topics that are read in an epoch.
    fn topics(&self, epoch: usize) -> Vec<&'static str> {
        let calls_b = self.calls_until.is_none_or(|until| epoch < until).then_some(CALLS[1]);
        let complaints = self.complaints_from.is_none_or(|from| epoch >= from).then_some(COMPLAINTS);
        [Some(CALLS[0]), calls_b, complaints].into_iter().flatten().collect()
    }

    /// The epochs from which others are read than before.
    fn epochs(&self) -> BTreeSet<usize> {
        [Some(0), self.complaints_from, self.calls_until, self.pack_from, self.lists_from]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The pack in force in an epoch.
    fn pack(&self, epoch: usize, world: &World) -> PackInForce {
        match self.pack_from {
            None => PackInForce::unstored(Arc::new(world.pack.pack.clone())),
            Some(from) => written_packs()[usize::from(epoch >= from)].clone(),
        }
    }
}

impl Script {
    /// What a process brings that takes the shard up after so many commits.
    pub(crate) fn setup_after(&self, commits: u64) -> usize {
        self.setups.iter().rposition(|(from, _)| *from <= commits).unwrap_or_default()
    }

    /// How many commits are made before an input is added; none where that comes after another was retired.
    pub(crate) fn commits_before_an_input_is_added(&self) -> Option<u64> {
        let (from, setup) = self.setups.get(1)?;
        let first = &self.setups[0].1.reading;
        setup.reading.topics().any(|topic| first.decoder(topic).is_none()).then_some(*from)
    }

    /// The pack of this hash, as a snapshot of any process would hold it.
    pub(crate) fn pack(&self, hash: &str) -> Option<&PackInForce> {
        self.setups.iter().map(|(_, setup)| &setup.pack).find(|pack| pack.hash() == hash)
    }

    /// Versions of lists, as they lie beside the snapshots of any process.
    pub(crate) fn lists(&self, wanted: &[(&str, &str)]) -> Tables {
        let mut found = Tables::none();
        for (name, version) in wanted {
            let mut known = self.setups.iter().filter_map(|(_, setup)| setup.tables.list(name));
            found.put(known.find(|list| list.version().to_string() == *version).expect("one of the script's").clone());
        }
        found
    }

    fn of(world: &World, arrivals: &Arrivals, mut slices: Vec<Slice>, changes: Changes, listing: &Listing) -> Self {
        let records = arrivals.of(&world.records, &world.pack);
        let mut inputs: BTreeMap<&'static str, Vec<Input>> =
            CALLS.into_iter().chain([COMPLAINTS]).map(|topic| (topic, Vec::new())).collect();
        for (at, record) in records.iter().enumerate() {
            let topic = match &record.record {
                Record::Call(_) => CALLS[at % 2],
                Record::Complaint(_) => COMPLAINTS,
            };
            if let Some(input) = inputs.get_mut(topic) {
                let arrival = record.arrival;
                let timestamp = match (topic == CALLS[1], at % 11 == 5) {
                    (true, true) => Timestamp::Created(CENTURY),
                    (true, false) => Timestamp::Created(arrival),
                    (false, _) => Timestamp::Appended(arrival),
                };
                input.push(Input { arrival, timestamp, value: encoded(&record.record) });
                if at % 7 == 3 {
                    input.push(Input { arrival, timestamp, value: b"no record".to_vec() });
                }
            }
        }
        // Nothing is left unread.
        slices.push(Slice { reads: vec![(0, 1), (1, 1), (2, 1)], tick: true });
        let start = changes.complaints_from.map_or(0, |_| inputs[COMPLAINTS].len() * usize::from(changes.start) / 256);
        let epochs = Arc::new(epochs(&inputs, &slices, end_of(&records), changes, start));
        let lists = |epoch: usize| match changes.lists_from {
            Some(from) if epoch >= from => listing.of(world),
            _ => world.pack.tables.clone(),
        };
        let bring = |epoch: usize| setup(changes.pack(epoch, world), lists(epoch), &changes.topics(epoch));
        let setups = changes.epochs().into_iter().map(|epoch| (epoch as u64, bring(epoch)));
        Self { inputs, epochs, setups: setups.collect(), start: start as i64, impose_from: EventTime::MIN }
    }
}

fn epochs(
    inputs: &BTreeMap<&'static str, Vec<Input>>,
    slices: &[Slice],
    end: EventTime,
    changes: Changes,
    start: usize,
) -> Vec<Epoch> {
    let mut read = BTreeMap::from([(CALLS[0], 0), (CALLS[1], 0), (COMPLAINTS, start)]);
    let mut epochs = Vec::new();
    let mut latest = EventTime::MIN;
    for slice in slices.iter().cycle() {
        let topics = changes.topics(epochs.len());
        let all_read = topics.iter().all(|topic| read[topic] == inputs[topic].len());
        if all_read && changes.epochs().iter().all(|epoch| *epoch <= epochs.len()) {
            break;
        }
        let mut reads = Vec::new();
        for (input, count) in &slice.reads {
            let topic = topics[*input % topics.len()];
            let count = (*count).min(inputs[topic].len() - read[topic]);
            if count > 0 {
                let from = read[topic];
                latest =
                    inputs[topic][from..from + count].iter().map(|input| input.arrival).fold(latest, EventTime::max);
                *read.entry(topic).or_default() += count;
                reads.push((topic, count));
            }
        }
        // Before the next record of any input, wherever the others were read to.
        let next = topics.iter().filter_map(|topic| Some(inputs[topic].get(read[topic])?.arrival)).min();
        let tick = next.filter(|_| slice.tick).map(|next| next.minus(Millis(1)));
        let behind = if epochs.len() % 2 == 1 { BEHIND } else { Millis(0) };
        epochs.push(Epoch { reads, clock: WallClock::right(latest.minus(behind)), tick });
    }
    let tick = |days| end.minus(Millis(days * Millis::DAY.0));
    epochs.extend(CLOSING.map(|days| Epoch {
        reads: Vec::new(),
        clock: WallClock::right(tick(days)),
        tick: Some(tick(days)),
    }));
    epochs
}

fn end_of(records: &[Delivered]) -> EventTime {
    let last = records.iter().map(|record| record.arrival.max(record.at())).max();
    last.unwrap_or(EventTime(0)).plus(Millis(500 * Millis::DAY.0))
}

/// The pack before the change, and the one after it.
fn written_packs() -> &'static [PackInForce; 2] {
    static PACKS: OnceLock<[PackInForce; 2]> = OnceLock::new();
    PACKS.get_or_init(|| [1, 2].map(written_pack))
}

fn written_pack(limit: u32) -> PackInForce {
    let names = ["rules/busy.yaml", "rules/many.yaml", "rules/complained-of.yaml"];
    let rules = names.into_iter().zip(RULES);
    let sources = rules.fold(PackFiles::new().with("pack.yaml", PACK), |sources, (name, rule)| {
        sources.with(name, &rule.replace("LIMIT", &limit.to_string()))
    });
    PackInForce::compile(&sources, true).expect("a good pack").0
}

fn setup(pack: PackInForce, tables: Tables, topics: &[&'static str]) -> Setup {
    let source = |topic: &str| Source {
        topic: topic.to_owned(),
        kind: if topic == COMPLAINTS { RecordKind::Complaint } else { RecordKind::Cdr },
        dialect: None,
        key: SourceKey { form: SourceKeyForm::E164, partitioner: SourcePartitioner::Murmur2 },
        numbers: SourceNumbers::Opaque,
        served: topic != COMPLAINTS,
        counts: Vec::new(),
        times: PlausibleTimes::USUAL,
    };
    let retired = CALLS.into_iter().filter(|topic| !topics.contains(topic)).map(str::to_owned);
    let reading = Reading::new(ReadingSettings {
        sources: topics.iter().map(|topic| source(topic)).collect(),
        partitions: 1,
        record_bytes: 1 << 20,
        number_bytes: 256 << 20,
    });
    Setup {
        release: "model",
        releases: TableReleases::built_in(),
        lineage: Lineage::default(),
        pack,
        tables,
        reading: Arc::new(reading.expect("opaque numbers have no country")),
        retired: retired.collect(),
        decoded_bytes_max: 1 << 20,
    }
}

/// The record as an input holds it.
fn encoded(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    match record {
        Record::Call(call) => encode_call(call, &mut bytes),
        Record::Complaint(complaint) => encode(complaint, &mut bytes),
    }
    bytes
}

fn encode_call(call: &Cdr, bytes: &mut Vec<u8>) {
    let (id, calling, called) =
        (format!("call {}", call.fingerprint), call.calling_number.to_string(), call.called_number.to_string());
    let fields = CdrFields {
        record_id: &id,
        record_type: call.record_type,
        calling_number: &calling,
        called_number: &called,
        seizure_time: Some(call.at),
        call_duration: call.call_duration,
        answered: match call.answer {
            Answer::Answered => Some(true),
            Answer::Unanswered => Some(false),
            Answer::AssumedAnswered | Answer::AssumedUnanswered => None,
        },
        cause_for_term: call.cause_for_term,
        diagnostics: call.diagnostics,
        call_reference: call.part.as_ref().map(|part| &*part.reference),
        sequence_number: call.part.as_ref().map(|part| part.sequence_number),
        served_msisdn: (call.served == Served::No).then_some("another"),
        cell: call.details.cell.as_deref(),
        attestation: call.details.attestation.as_deref(),
        ..CdrFields::default()
    };
    encode_cdr(&fields, bytes);
}

fn encode(complaint: &Complaint, bytes: &mut Vec<u8>) {
    let (id, complained) = (format!("complaint {}", complaint.fingerprint), complaint.complained_number.to_string());
    let complainant = complaint.complainant.as_ref().map(Number::to_string);
    let fields = ComplaintFields {
        complaint_id: &id,
        complained_number: &complained,
        complainant_number: complainant.as_deref(),
        received_time: Some(complaint.at),
        call_time: complaint.call_time,
        category: complaint.category.as_deref(),
        channel: complaint.channel.as_deref(),
        status: complaint.status,
        status_time: Some(complaint.status_time),
        ..ComplaintFields::default()
    };
    encode_complaint(&fields, bytes);
}

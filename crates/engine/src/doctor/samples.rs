//! A look at the latest records of each input: can they be read, do they lie where their numbers belong, do they come in
//! time?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use ringfence_cdr::{Number, Record, RecordType, RejectCode};
use ringfence_consumer::kafka::{Cursor, Logged, RawRecord, Role, consumer_config};
use ringfence_evaluator::InputId;
use ringfence_task::{
    Decoded, Decoder, PackInForce, Reading, ReadingSettings, Source, SourceKey, SourceKeyForm, SourceNumbers,
    SourcePartitioner,
};

use super::notes::Notes;
use super::outline::outline;
use super::patience::LIMIT;
use crate::config::Config;
use crate::live::raw;

/// How many records of an input are looked at, over all its partitions.
const SAMPLE: i64 = 1_000;
/// But of each partition at least so many.
const SAMPLE_OF_PARTITION: i64 = 20;
/// How long a partition may keep us waiting.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was seen of one input.
#[derive(Default)]
struct Seen {
    records: u64,
    filtered: u64,
    rejected: BTreeMap<&'static str, (u64, Box<str>)>,
    record_types: BTreeSet<&'static str>,
    /// Each number with the partition where it was found.
    numbers: Vec<(Number, i32)>,
    late: u64,
    early: u64,
    /// One of those that can be taken.
    example: Option<Record>,
}

pub(super) fn examine(config: &Config, pack: &PackInForce, partitions: i32, notes: &mut Notes<'_>) {
    let settings = ReadingSettings {
        sources: config.sources.clone(),
        partitions,
        record_bytes: config.limits.record_bytes,
        number_bytes: config.limits.number_bytes,
    };
    let reading = match Reading::new(settings) {
        Ok(reading) => reading,
        Err(error) => {
            return notes.problem("sources", error.to_string(), "mend the dialect or the numbers of the source");
        }
    };
    let reader = consumer_config(&config.kafka.consumer, &config.group, Role::Reader);
    let reader: Arc<BaseConsumer<Logged>> = match reader.create_with_context(Logged("doctor")) {
        Ok(reader) => Arc::new(reader),
        Err(error) => return notes.problem("sources", error.to_string(), "mend the settings under `kafka`"),
    };
    for source in &config.sources {
        let Some(decoder) = reading.decoder(&source.topic) else { continue };
        let mut seen = Seen::default();
        for partition in 0..partitions {
            let looked = look(&reader, source, partition, partitions, |record| {
                seen.note(decoder, pack, partition, record);
            });
            if let Err(reason) = looked {
                notes.problem(&source.topic, format!("partition {partition}: {reason}"), "see that it can be read");
                break;
            }
        }
        tell(source, &seen, partitions, notes);
        if decoder.has_ids_of_offsets() {
            let seen = "its records are known by the offset where they lie, so repeats cannot be seen";
            let advice = "a record that a producer sends twice counts twice: name a column that tells records apart, if \
                          there is one";
            notes.advice(&source.topic, seen, advice);
        }
    }
}

/// Shows the latest records of a partition.
fn look(
    reader: &Arc<BaseConsumer<Logged>>,
    source: &Source,
    partition: i32,
    partitions: i32,
    mut show: impl FnMut(&RawRecord<'_>),
) -> Result<(), String> {
    let (low, high) = reader.fetch_watermarks(&source.topic, partition, LIMIT).map_err(|error| error.to_string())?;
    let share = (SAMPLE / i64::from(partitions.max(1))).max(SAMPLE_OF_PARTITION);
    let from = (high - share).max(low);
    if from >= high {
        return Ok(());
    }
    let topic: Arc<str> = source.topic.as_str().into();
    let mut cursor = Cursor::open(Arc::clone(reader), topic, partition, from).map_err(|error| error.to_string())?;
    while let Some(record) = cursor.next(high, PATIENCE).map_err(|error| crate::stop::with_causes(&error))? {
        show(&record);
    }
    Ok(())
}

impl Seen {
    fn note(&mut self, decoder: &Decoder, pack: &PackInForce, partition: i32, record: &RawRecord<'_>) {
        let arrival = record.timestamp().to_millis();
        decoder.decode_anywhere(InputId(0), partition, &raw(*record), &mut |decoded| {
            self.note_one(decoded.decoded, pack, partition, arrival);
        });
    }

    fn note_one(&mut self, decoded: Decoded, pack: &PackInForce, partition: i32, arrival: Option<i64>) {
        self.records += u64::from(!matches!(decoded, Decoded::Nothing));
        let taken = match decoded {
            Decoded::Nothing => return,
            Decoded::Filtered => {
                self.filtered += 1;
                return;
            }
            Decoded::Rejected(reject) => return self.reject(reject.code, reject.detail),
            Decoded::Taken(taken) => taken.record,
        };
        let (at, number) = match &taken {
            Record::Call(cdr) => {
                self.record_types.insert(cdr.record_type.map_or("none", RecordType::name));
                (cdr.at, cdr.calling_number.clone())
            }
            Record::Complaint(complaint) => {
                (complaint.at.max(complaint.status_time), complaint.complained_number.clone())
            }
        };
        if let Some(arrival) = arrival {
            let delay = arrival - at.0;
            self.late += u64::from(delay > pack.pack.lateness.0);
            self.early += u64::from(-delay > pack.pack.skew.0);
        }
        self.numbers.push((number, partition));
        self.example = Some(taken);
    }

    fn reject(&mut self, code: RejectCode, detail: Box<str>) {
        self.rejected.entry(code.name()).or_insert((0, detail)).0 += 1;
    }

    /// How many of the numbers lie where producers with this way of keying put them.
    fn fitting(&self, source: &Source, key: SourceKey, partitions: i32) -> usize {
        let keys = Source { key, ..source.clone() }.keys();
        self.numbers.iter().filter(|(number, partition)| keys.partition_of(number, partitions) == *partition).count()
    }
}

fn tell(source: &Source, seen: &Seen, partitions: i32, notes: &mut Notes<'_>) {
    let topic = &source.topic;
    if seen.records == 0 {
        return notes.advice(
            topic,
            "holds no records yet",
            "run doctor again once it does: keys and fields are unseen",
        );
    }
    let rejected: u64 = seen.rejected.values().map(|(count, _)| count).sum();
    let codes: Vec<String> =
        seen.rejected.iter().map(|(code, (count, detail))| format!("{code} {count}, for example {detail}")).collect();
    let read = format!("{} of its latest records", seen.records);
    if rejected * 2 > seen.records {
        let seen = format!("{rejected} of {read} cannot be taken ({})", codes.join("; "));
        notes.problem(topic, seen, "check the source's dialect, kind and numbers: a first start stops here");
    } else if rejected > 0 {
        let seen = format!("{rejected} of {read} cannot be taken ({})", codes.join("; "));
        notes.advice(topic, seen, "they would be dead letters");
    } else {
        notes.fine(topic, format!("{read} can be read ({} filtered)", seen.filtered));
    }
    if let Some(example) = &seen.example {
        notes.fine(topic, format!("one of them, as it would be stored: {}", outline(example)));
    }
    tell_keys(source, seen, partitions, notes);
    if seen.late + seen.early > 0 {
        let seen = format!("{} of {read} came too late, {} from the future", seen.late, seen.early);
        notes.advice(
            topic,
            seen,
            "they would be dead letters: see `lateness` and `skew` of the pack, and who sets their time",
        );
    }
    if source.counts.is_empty() && seen.record_types.len() > 1 {
        let types: Vec<&str> = seen.record_types.iter().copied().collect();
        let seen = format!("holds several record types: {}", types.join(", "));
        notes.advice(topic, seen, "set `counts` to the one that counts, or two legs of a call are two calls");
    }
}

fn tell_keys(source: &Source, seen: &Seen, partitions: i32, notes: &mut Notes<'_>) {
    let all = seen.numbers.len();
    let fitting = seen.fitting(source, source.key, partitions);
    if all == 0 || partitions < 2 {
        return;
    }
    if fitting == all {
        return notes.fine(&source.topic, format!("its numbers lie where {} puts them", key_text(source.key)));
    }
    let best = candidates(source).into_iter().max_by_key(|key| seen.fitting(source, *key, partitions));
    let better = best.filter(|key| seen.fitting(source, *key, partitions) == all);
    let advice = match better {
        Some(key) => format!("all of them lie where {} puts them: set `key` so", key_text(key)),
        None => "no way of keying that this release knows fits all of them: write them keyed by number with murmur2"
            .to_owned(),
    };
    let of = format!("{} of {all} numbers do not lie where {} puts them", all - fitting, key_text(source.key));
    notes.problem(&source.topic, of, advice);
}

fn candidates(source: &Source) -> Vec<SourceKey> {
    let mut forms = vec![SourceKeyForm::E164];
    match source.numbers {
        SourceNumbers::Country(_) => forms.push(SourceKeyForm::National),
        SourceNumbers::Opaque => forms.push(SourceKeyForm::Raw),
        SourceNumbers::Pack | SourceNumbers::International => {}
    }
    let partitioners = [SourcePartitioner::Murmur2, SourcePartitioner::Crc32];
    forms.iter().flat_map(|form| partitioners.map(|partitioner| SourceKey { form: *form, partitioner })).collect()
}

fn key_text(key: SourceKey) -> String {
    let form = match key.form {
        SourceKeyForm::E164 => "e164",
        SourceKeyForm::National => "national",
        SourceKeyForm::Raw => "raw",
    };
    let partitioner = match key.partitioner {
        SourcePartitioner::Murmur2 => "murmur2",
        SourcePartitioner::Crc32 => "crc32",
    };
    format!("{{form: {form}, partitioner: {partitioner}}}")
}

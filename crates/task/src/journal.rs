//! The journal: one record per shard and commit, in the transaction of what it stands for.
//!
//! A record says which slices of the inputs were applied, in which order and by which clock, which rules and lists they
//! met, and the tick. From any snapshot the journal leads to the same state, byte for byte; its last record says where the shard goes
//! on. It is JSON, so that people can read it.

use serde::{Deserialize, Serialize};

use crate::{DIALECT_BYTES_MAX, Lineage, ListVersions, ReadingSettings, ShardId, TableReleases};

/// Rises whenever a record is written differently.
pub const JOURNAL_FORMAT: u32 = 5;
/// Rises with every release that reads records, state or rules differently: such a release must not replay what another
/// one has judged, since it could come to other events than those that were published.
pub const JUDGING: u32 = 1;
/// No record is larger: what goes into one Kafka record is bounded.
pub const JOURNAL_BYTES_MAX: usize = 256 * 1024 + DIALECT_BYTES_MAX;

/// What one commit of one shard applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JournalRecord {
    /// How the record is written.
    pub format: u32,
    /// The release that wrote it, for people.
    pub release: String,
    /// How that release judges.
    pub judging: u32,
    /// Of the time zones and the number plan that came with it.
    pub releases: TableReleases,
    /// The shard.
    pub shard: ShardId,
    /// From 1, without gaps.
    pub sequence: u64,
    /// The transactional id of the owner, so that a successor can end what it left open.
    pub owner: String,
    /// The cluster and the ids of journal and inputs.
    pub lineage: Lineage,
    /// The hash of the rule pack in force at the commit.
    pub pack: String,
    /// The hash of how inputs were read by then.
    pub sources: String,
    /// Strikes before this time impose nothing; the time of the shard's first start, in milliseconds since 1970.
    pub impose_from: i64,
    /// The inputs that the shard reads or ever read, and where each stands after this commit.
    pub inputs: Vec<InputEnd>,
    /// What was applied, in this order.
    pub entries: Vec<Entry>,
    /// The wall clock at the commit, in milliseconds since 1970; never less than in the record before.
    pub tick: i64,
    /// How many events the commit published; a replay must come to as many.
    pub events: u64,
}

/// Where an input stands after a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputEnd {
    /// The topic; the partition is the shard's.
    pub topic: String,
    /// The next offset.
    pub next: i64,
    /// Whether it had been read to its end: the tick moves its time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_end: bool,
    /// Whether it is read no longer: it stays where it stands, and holds no time back.
    #[serde(default, rename = "retired", skip_serializing_if = "std::ops::Not::not")]
    pub is_retired: bool,
}

/// One thing that a commit applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Entry {
    /// Another pack is in force from here on, from shard time on in event time: its hash.
    Rulebook(String),
    /// These versions of lists hold from here on.
    Tables(ListVersions),
    /// Inputs are read with these settings from here on.
    Sources(Box<ReadingSettings>),
    /// An input is read from here on: a new one, or one that was retired.
    Added(
        /// The input, by its place among this record's inputs.
        u32,
        /// The first offset.
        i64,
    ),
    /// An input is read no longer.
    Retired(
        /// The input, by its place among this record's inputs.
        u32,
    ),
    /// Records are read by this clock from here on; see [`WallClock`](crate::WallClock).
    Clock(
        /// The wall clock, in milliseconds since 1970.
        i64,
        /// The latest time that a producer's timestamp is taken for, in milliseconds since 1970.
        i64,
    ),
    /// Records of one input that were applied one after the other.
    Slice(
        /// The input, by its place among this record's inputs.
        u32,
        /// The first offset.
        i64,
        /// The offset after the last.
        i64,
    ),
}

/// Why a record is none that this release reads.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It is not JSON of the expected form.
    #[error("it does not decode")]
    Decode(#[from] serde_json::Error),
    /// It is of another format.
    #[error("it has format {found}, this release reads {JOURNAL_FORMAT}")]
    Format {
        /// The format found.
        found: u32,
    },
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

impl JournalRecord {
    /// Reads a record.
    ///
    /// # Errors
    /// Where the bytes are not a journal record that this release reads.
    pub fn read(value: &[u8]) -> Result<Self, JournalError> {
        let FormatOnly { format } = serde_json::from_slice(value)?;
        if format != JOURNAL_FORMAT {
            return Err(JournalError::Format { found: format });
        }
        Ok(serde_json::from_slice(value)?)
    }

    /// The record as it is written.
    ///
    /// # Errors
    /// Where it cannot be written as JSON, which nothing in it leads to.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Where an input stands after the commit.
    #[must_use]
    pub fn next_of(&self, topic: &str) -> Option<i64> {
        self.inputs.iter().find(|input| input.topic == topic).map(|input| input.next)
    }

    /// The settings with which inputs are read from this record on, where they are others than before it.
    #[must_use]
    pub fn new_settings(&self) -> Option<&ReadingSettings> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::Sources(settings) => Some(&**settings),
            _ => None,
        })
    }

    /// The stretches of inputs that were applied, in order: topic, first offset, offset after the last.
    pub fn slices(&self) -> impl Iterator<Item = (&str, i64, i64)> {
        self.entries.iter().filter_map(|entry| {
            let Entry::Slice(place, from, next) = entry else { return None };
            let input = self.inputs.get(*place as usize)?;
            Some((&*input.topic, *from, *next))
        })
    }
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::dialect::DialectTexts;
    use ringfence_cdr::{PlausibleTimes, RecordKind, RecordType};

    use super::*;
    use crate::{SLICES_MAX, Source, SourceKey, SourceKeyForm, SourceNumbers, SourcePartitioner};

    fn record() -> JournalRecord {
        let input = |topic: &str, next, at_end| InputEnd { topic: topic.to_owned(), next, at_end, is_retired: false };
        JournalRecord {
            format: JOURNAL_FORMAT,
            release: "0.1.0".to_owned(),
            judging: JUDGING,
            releases: TableReleases::built_in(),
            shard: ShardId::number(3),
            sequence: 17,
            owner: "ringfence.group.node-1.0".to_owned(),
            lineage: Lineage { cluster: "c".to_owned(), topics: [("cdr".to_owned(), "id".to_owned())].into() },
            pack: "hash".to_owned(),
            sources: "other".to_owned(),
            impose_from: i64::MIN,
            inputs: vec![input("cdr", 250, false), input("complaints", 6, true)],
            entries: vec![
                Entry::Clock(1_699_999_999_900, 1_699_999_999_900),
                Entry::Slice(0, 100, 250),
                Entry::Slice(1, 5, 6),
            ],
            tick: 1_700_000_000_000,
            events: 2,
        }
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let value = record().to_bytes().expect("is written");
        assert_eq!(JournalRecord::read(&value).expect("reads"), record());
        assert!(value.len() < 700, "{} bytes", value.len());
    }

    #[test]
    fn inputs_are_named_by_their_topics() {
        let slices: Vec<(String, i64, i64)> =
            record().slices().map(|(topic, from, next)| (topic.to_owned(), from, next)).collect();
        assert_eq!(slices, [("cdr".to_owned(), 100, 250), ("complaints".to_owned(), 5, 6)]);
        assert_eq!((record().next_of("complaints"), record().next_of("other")), (Some(6), None));
    }

    #[test]
    fn another_format_is_refused_whatever_else_it_holds() {
        let error = JournalRecord::read(br#"{"format": 9, "x": []}"#).expect_err("is refused");
        assert_eq!(error.to_string(), "it has format 9, this release reads 5");
        assert!(matches!(JournalRecord::read(b"x"), Err(JournalError::Decode(_))));
    }

    /// The worst that can be: as many inputs as a shard may have had, with the longest names that Kafka takes, and as many
    /// slices as an epoch may have, with offsets as long as they get.
    #[test]
    fn the_largest_record_fits() {
        const INPUTS: usize = crate::INPUTS_MAX;
        // As many as a configuration may name.
        const SOURCES: usize = 64;
        let topic = |at: usize| format!("{at:0249}");
        let input = |at: usize| InputEnd { topic: topic(at), next: i64::MAX, at_end: true, is_retired: true };
        let added = |at: usize| Entry::Added(at as u32, i64::MAX);
        let texts = |length: usize| {
            let fields = "fields: {recordId: id, callingNumber: a, calledNumber: b, seizureTime: t}";
            let text = format!("dialect: own\n{fields}\n# {}", "x".repeat(length));
            DialectTexts::of_file("own.yaml", &text).expect("compiles")
        };
        let share = DIALECT_BYTES_MAX / SOURCES;
        let dialect = texts(share - texts(0).bytes());
        assert_eq!(dialect.bytes(), share);
        let source = |at: usize| Source {
            topic: topic(at),
            kind: RecordKind::Complaint,
            dialect: Some(dialect.clone()),
            key: SourceKey { form: SourceKeyForm::National, partitioner: SourcePartitioner::Murmur2 },
            numbers: SourceNumbers::Country("CN".to_owned()),
            served: false,
            counts: RecordType::ALL.to_vec(),
            times: PlausibleTimes::USUAL,
        };
        let settings = ReadingSettings {
            sources: (0..SOURCES).map(source).collect(),
            partitions: i32::MAX,
            record_bytes: usize::MAX,
            number_bytes: usize::MAX,
        };
        // As many as a pack may have, with the longest names.
        let lists = (0..128).map(|at| (format!("{at:064}"), "x".repeat(64))).collect();
        // One more for each input: the gap behind its last record.
        let slice = |at: usize| Entry::Slice((INPUTS - 1 - at % 2) as u32, i64::MAX - 1, i64::MAX);
        let largest = JournalRecord {
            lineage: Lineage {
                cluster: "x".repeat(22),
                topics: (0..=INPUTS).map(|at| (topic(at), "x".repeat(22))).collect(),
            },
            owner: "x".repeat(249),
            pack: "x".repeat(64),
            sources: "x".repeat(64),
            sequence: u64::MAX,
            inputs: (0..INPUTS).map(input).collect(),
            entries: [Entry::Rulebook("x".repeat(64)), Entry::Tables(lists), Entry::Sources(Box::new(settings))]
                .into_iter()
                .chain((0..INPUTS).map(added))
                .chain((0..SLICES_MAX + INPUTS).map(slice))
                .collect(),
            tick: i64::MAX,
            events: u64::MAX,
            ..record()
        };
        let bytes = largest.to_bytes().expect("is written").len();
        assert!(bytes <= JOURNAL_BYTES_MAX, "{bytes} bytes");
    }
}

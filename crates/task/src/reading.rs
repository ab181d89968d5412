//! How the inputs of a shard are read, from raw record to delivery.
//!
//! Everything that decides what a record becomes before the shard sees it stands in [`Reading`], which is written into
//! snapshots and whose hash is in the journal: a start with another configuration first replays as it was read.

use std::collections::BTreeMap;
use std::fmt;

use ringfence_cdr::{CdrContext, Number, Numbering, RecordKind, Reject, RejectCode, UnknownCountry, json};
use ringfence_evaluator::{Delivery, InputId, ShardOptions};
use ringfence_rules::ContentHash;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::keys::Keys;
use crate::source::{Source, SourceNumbers};

/// A record as it lies in its input.
#[derive(Clone, Copy)]
pub struct RawRecord<'a> {
    /// Its offset.
    pub offset: i64,
    /// When it came, where its input says so.
    pub timestamp: Option<Timestamp>,
    /// The value; none for a tombstone.
    pub value: Option<&'a [u8]>,
}

/// What a record says.
#[derive(Debug)]
pub enum Decoded {
    /// A record for the shard.
    Taken(Delivery),
    /// A record of a type that does not count here.
    Filtered,
    /// No record.
    Rejected(Reject),
}

/// A record, decoded.
#[derive(Debug)]
pub struct DecodedRecord {
    /// Its offset; of an archive its place in the file.
    pub offset: i64,
    /// The length of its value.
    pub bytes: usize,
    /// What it says.
    pub decoded: Decoded,
}

/// What decides how inputs are read; the form that snapshots carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadingSettings {
    /// The inputs.
    pub sources: Vec<Source>,
    /// How many partitions each of them has.
    pub partitions: i32,
    /// The largest record that is read.
    pub record_bytes: usize,
    /// The most bytes that the facts of one number may take.
    pub number_bytes: usize,
}

/// The settings, ready for use.
#[derive(Debug)]
pub struct Reading {
    settings: ReadingSettings,
    text: String,
    hash: String,
    /// By topic.
    decoders: BTreeMap<String, Decoder>,
}

/// Why there is no reading.
#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    /// A snapshot's settings cannot be read.
    #[error("the settings of the inputs do not decode")]
    Decode(#[from] serde_json::Error),
    /// A source has numbers of a country without any.
    #[error(transparent)]
    Country(#[from] UnknownCountry),
}

/// Decodes the records of one input.
#[derive(Clone, Debug)]
pub struct Decoder {
    kind: RecordKind,
    context: CdrContext,
    keys: Keys,
    partitions: i32,
    record_bytes: usize,
}

impl fmt::Debug for RawRecord<'_> {
    /// Never the value: it holds numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRecord").field("offset", &self.offset).finish_non_exhaustive()
    }
}

impl Decoded {
    /// The number that a record is about, where it is one.
    pub(crate) fn number(&self) -> Option<&Number> {
        match self {
            Self::Taken(taken) => Some(taken.record.number()),
            Self::Filtered | Self::Rejected(_) => None,
        }
    }
}

impl Reading {
    /// How inputs with these settings are read; the order of the sources is no part of them.
    ///
    /// # Errors
    /// Where a source has numbers of a country without any.
    pub fn new(mut settings: ReadingSettings) -> Result<Self, ReadingError> {
        settings.sources.sort_by(|a, b| a.topic.cmp(&b.topic));
        let text = serde_json::to_string(&settings)?;
        let hash = ContentHash::of(text.as_bytes()).to_string();
        let decoder = |source: &Source| Ok((source.topic.clone(), Decoder::new(source, &settings)?));
        let decoders = settings.sources.iter().map(decoder).collect::<Result<_, UnknownCountry>>()?;
        Ok(Self { settings, text, hash, decoders })
    }

    /// No inputs: records come decoded.
    pub(crate) fn none() -> Self {
        let number_bytes = ShardOptions::default().number_bytes_max;
        let settings = ReadingSettings { sources: Vec::new(), partitions: 1, record_bytes: usize::MAX, number_bytes };
        Self { settings, text: String::new(), hash: String::new(), decoders: BTreeMap::new() }
    }

    /// How inputs were read, as a snapshot carries it.
    ///
    /// # Errors
    /// Where the text is no settings of this release.
    pub fn from_text(text: &str) -> Result<Self, ReadingError> {
        Self::new(serde_json::from_str(text)?)
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &ReadingSettings {
        &self.settings
    }

    /// The settings as JSON, for snapshots.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The hash of the settings.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether numbers are opaque: in all inputs or in none.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        self.settings.sources.iter().any(|source| source.numbers == SourceNumbers::Opaque)
    }

    /// How the records of a topic are decoded, where it is one of the inputs.
    #[must_use]
    pub fn decoder(&self, topic: &str) -> Option<&Decoder> {
        self.decoders.get(topic)
    }

    /// The topics.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.decoders.keys().map(String::as_str)
    }
}

impl Decoder {
    fn new(source: &Source, settings: &ReadingSettings) -> Result<Self, UnknownCountry> {
        let numbering = match &source.numbers {
            SourceNumbers::Pack | SourceNumbers::International => Numbering::International,
            SourceNumbers::Country(code) => Numbering::country(code)?,
            SourceNumbers::Opaque => Numbering::Opaque,
        };
        let counted = match &source.counts[..] {
            [] => Default::default(),
            counts => counts.iter().copied().collect(),
        };
        let context = CdrContext { numbering, served_calling: source.served, counted };
        let ReadingSettings { partitions, record_bytes, .. } = *settings;
        Ok(Self { kind: source.kind, context, keys: source.keys(), partitions, record_bytes })
    }

    /// Decodes a record and checks that it lies in the partition where its number belongs.
    #[must_use]
    pub fn decode(&self, input: InputId, partition: i32, record: &RawRecord<'_>) -> Decoded {
        let decoded = self.decode_anywhere(input, record);
        if let Decoded::Taken(taken) = &decoded {
            let belongs = self.keys.partition_of(taken.record.number(), self.partitions);
            if belongs != partition {
                let detail = format!("its number belongs to partition {belongs}, it lies in {partition}");
                return Decoded::Rejected(Reject::new(RejectCode::WrongPartition, detail));
            }
        }
        decoded
    }

    /// Decodes a record wherever it lies.
    #[must_use]
    pub fn decode_anywhere(&self, input: InputId, record: &RawRecord<'_>) -> Decoded {
        let Some(value) = record.value else {
            return Decoded::Rejected(Reject::new(RejectCode::Malformed, "the record has no value"));
        };
        if value.len() > self.record_bytes {
            let limit = self.record_bytes;
            let detail = format!("the record has {} bytes, the limit is {limit}", value.len());
            return Decoded::Rejected(Reject::new(RejectCode::TooLarge, detail));
        }
        let Some(arrival) = record.timestamp.map(Timestamp::at) else {
            return Decoded::Rejected(Reject::new(RejectCode::MissingField, "the record has no Kafka timestamp"));
        };
        match json::decode(self.kind, value, &self.context) {
            Ok(Some(record)) => Decoded::Taken(Delivery { input, arrival: Some(arrival), record }),
            Ok(None) => Decoded::Filtered,
            Err(reject) => Decoded::Rejected(reject),
        }
    }
}

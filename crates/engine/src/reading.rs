//! How the inputs of a shard are read, from raw record to delivery.
//!
//! Everything that decides what a record becomes before the shard sees it stands in [`Reading`], which is written into
//! snapshots and whose hash is in the journal: a start with another configuration first replays as it was read.

use std::fmt::Write as _;

use ringfence_cdr::{CdrContext, EventTime, Number, Numbering, Reject, RejectCode, UnknownCountry, json};
use ringfence_consumer::kafka::{Keys, RawRecord};
use ringfence_evaluator::{Delivery, InputId, Record};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::source::{Source, SourceKind, SourceNumbers};

/// What decides how inputs are read; the form that snapshots carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReadingSettings {
    /// The inputs in the order of the configuration.
    pub(crate) sources: Vec<Source>,
    /// How many partitions each of them has.
    pub(crate) partitions: i32,
    /// The largest record that is read.
    pub(crate) record_bytes: usize,
    /// The most bytes that the facts of one number may take.
    pub(crate) number_bytes: usize,
}

/// The settings, ready for use.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) settings: ReadingSettings,
    /// The settings as JSON.
    pub(crate) text: String,
    /// The hash of that text.
    pub(crate) hash: String,
    decoders: Vec<Decoder>,
}

/// Why there is no reading.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadingError {
    /// A snapshot's settings cannot be read.
    #[error("the settings of the inputs do not decode")]
    Decode(#[from] serde_json::Error),
    /// A source has numbers of a country without any.
    #[error(transparent)]
    Country(#[from] UnknownCountry),
}

/// What a raw record is.
#[derive(Debug)]
pub(crate) enum Decoded {
    /// A record for the shard.
    Taken(Delivery),
    /// A record of a type that does not count here.
    Filtered,
    /// No record.
    Rejected(Reject),
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

/// Decodes the records of one input.
#[derive(Debug)]
struct Decoder {
    kind: SourceKind,
    context: CdrContext,
    keys: Keys,
}

impl Reading {
    pub(crate) fn new(settings: ReadingSettings) -> Result<Self, ReadingError> {
        let text = serde_json::to_string(&settings)?;
        let mut hash = String::new();
        for byte in Sha256::digest(text.as_bytes()) {
            let _ = write!(hash, "{byte:02x}");
        }
        let decoders = settings.sources.iter().map(Decoder::new).collect::<Result<_, _>>()?;
        Ok(Self { settings, text, hash, decoders })
    }

    /// As a snapshot carries it.
    pub(crate) fn from_text(text: &str) -> Result<Self, ReadingError> {
        Self::new(serde_json::from_str(text)?)
    }

    /// Whether numbers are opaque: in all inputs or in none.
    pub(crate) fn is_opaque(&self) -> bool {
        self.settings.sources.iter().any(|source| source.numbers == SourceNumbers::Opaque)
    }

    /// Decodes a record and checks that it lies where its number belongs.
    pub(crate) fn decode(&self, input: u8, shard: i32, record: &RawRecord<'_>) -> Decoded {
        let decoded = self.decode_anywhere(input, record);
        if let Decoded::Taken(taken) = &decoded {
            let keys = &self.decoders[usize::from(input)].keys;
            let belongs = keys.partition_of(taken.record.number(), self.settings.partitions);
            if belongs != shard {
                let detail = format!("its number belongs to partition {belongs}, it lies in {shard}");
                return Decoded::Rejected(Reject::new(RejectCode::WrongPartition, detail));
            }
        }
        decoded
    }

    /// Decodes a record wherever it lies.
    pub(crate) fn decode_anywhere(&self, input: u8, record: &RawRecord<'_>) -> Decoded {
        let Some(value) = record.value() else {
            return Decoded::Rejected(Reject::new(RejectCode::Malformed, "the record has no value"));
        };
        if value.len() > self.settings.record_bytes {
            let limit = self.settings.record_bytes;
            let detail = format!("the record has {} bytes, the limit is {limit}", value.len());
            return Decoded::Rejected(Reject::new(RejectCode::TooLarge, detail));
        }
        let Some(arrival) = record.timestamp() else {
            return Decoded::Rejected(Reject::new(RejectCode::MissingField, "the record has no Kafka timestamp"));
        };
        let decoder = &self.decoders[usize::from(input)];
        match decoder.decode(value) {
            Ok(Some(record)) => {
                Decoded::Taken(Delivery { input: InputId(input), arrival: Some(EventTime(arrival)), record })
            }
            Ok(None) => Decoded::Filtered,
            Err(reject) => Decoded::Rejected(reject),
        }
    }
}

impl Decoder {
    fn new(source: &Source) -> Result<Self, UnknownCountry> {
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
        Ok(Self { kind: source.kind, context, keys: source.keys() })
    }

    fn decode(&self, value: &[u8]) -> Result<Option<Record>, Reject> {
        match self.kind {
            SourceKind::Cdr => Ok(json::decode_cdr(value, &self.context)?.map(Record::Call)),
            SourceKind::Complaint => {
                Ok(Some(Record::Complaint(json::decode_complaint(value, &self.context.numbering)?)))
            }
        }
    }
}

//! How the inputs of a shard are read, from raw record to delivery.
//!
//! Everything that decides what a record becomes before the shard sees it stands in [`Reading`], which is written into
//! snapshots and whose hash is in the journal: a start with another configuration first replays as it was read.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ringfence_cdr::dialect::{
    BindError, Dialect, DialectError, Format, MessagePiece, MessagePlace, MessageReader, MessageRecord,
};
use ringfence_cdr::{
    CdrContext, EventTime, Number, Numbering, Record, RecordKind, Reject, RejectCode, UnknownCountry, json,
};
use ringfence_evaluator::{Delivery, InputId, ShardOptions};
use ringfence_rules::ContentHash;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::keys::Keys;
use crate::source::{DIALECT_BYTES_MAX, Source, SourceNumbers};

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
#[expect(clippy::large_enum_variant, reason = "nearly every record is taken: a box would be an allocation for each")]
pub enum Decoded {
    /// A record for the shard.
    Taken(Delivery),
    /// A record of a type that does not count here.
    Filtered,
    /// No record.
    Rejected(Reject),
    /// Nothing, of a message that holds no record: it moves time.
    Nothing,
}

/// A record, decoded.
#[derive(Debug)]
pub struct DecodedRecord {
    /// Its offset; of an archive its place in the file.
    pub offset: i64,
    /// Which part of the message it is; `None` where it is all of it.
    pub piece: Option<MessagePiece>,
    /// The length of its value; of several records of one message the first has it.
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
    /// A dialect cannot be used.
    #[error(transparent)]
    Dialect(#[from] DialectError),
    /// A dialect does not fit messages.
    #[error(transparent)]
    Misfit(#[from] BindError),
    /// The dialects of all sources together are larger than a journal record can carry.
    #[error("the dialects of all sources have {bytes} bytes together, as JSON; up to {DIALECT_BYTES_MAX} find room")]
    Dialects {
        /// How large they are.
        bytes: usize,
    },
}

/// Decodes the records of one input.
#[derive(Clone, Debug)]
pub struct Decoder {
    topic: Arc<str>,
    kind: RecordKind,
    context: CdrContext,
    /// Whether records are the contract's own JSON.
    is_contract: bool,
    messages: MessageReader,
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
            Self::Filtered | Self::Rejected(_) | Self::Nothing => None,
        }
    }
}

impl Reading {
    /// How inputs with these settings are read; the order of the sources is no part of them.
    ///
    /// # Errors
    /// Where a source has numbers of a country without any, or a dialect that cannot be used.
    pub fn new(mut settings: ReadingSettings) -> Result<Self, ReadingError> {
        settings.sources.sort_by(|a, b| a.topic.cmp(&b.topic));
        let bytes = settings.sources.iter().map(Source::dialect_bytes).sum();
        if bytes > DIALECT_BYTES_MAX {
            return Err(ReadingError::Dialects { bytes });
        }
        let text = serde_json::to_string(&settings)?;
        let hash = ContentHash::of(text.as_bytes()).to_string();
        let decoder = |source: &Source| Ok((source.topic.clone(), Decoder::new(source, &settings)?));
        let decoders = settings.sources.iter().map(decoder).collect::<Result<_, ReadingError>>()?;
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
    fn new(source: &Source, settings: &ReadingSettings) -> Result<Self, ReadingError> {
        let context = context(source)?;
        let messages = messages(source, &context)?;
        let ReadingSettings { partitions, record_bytes, .. } = *settings;
        Ok(Self {
            topic: source.topic.as_str().into(),
            kind: source.kind,
            context,
            is_contract: messages.is_contract(),
            messages,
            keys: source.keys(),
            partitions,
            record_bytes,
        })
    }

    /// Whether records are known by the offset where they lie: one that is sent twice is two.
    #[must_use]
    pub fn has_ids_of_offsets(&self) -> bool {
        self.messages.has_ids_of_offsets()
    }

    /// Decodes a message, checks that its records lie in the partition where their numbers belong, and gives each.
    #[inline]
    pub fn decode(
        &self,
        input: InputId,
        partition: i32,
        message: &RawRecord<'_>,
        give: &mut impl FnMut(DecodedRecord),
    ) {
        self.decode_anywhere(input, partition, message, &mut |mut decoded| {
            if let Decoded::Taken(taken) = &decoded.decoded {
                let belongs = self.keys.partition_of(taken.record.number(), self.partitions);
                if belongs != partition {
                    let detail = format!("its number belongs to partition {belongs}, it lies in {partition}");
                    decoded.decoded = Decoded::Rejected(Reject::new(RejectCode::WrongPartition, detail));
                }
            }
            give(decoded);
        });
    }

    /// Decodes a message wherever its records belong, and gives each.
    #[inline]
    pub fn decode_anywhere(
        &self,
        input: InputId,
        partition: i32,
        message: &RawRecord<'_>,
        give: &mut impl FnMut(DecodedRecord),
    ) {
        let offset = message.offset;
        let bytes = message.value.map_or(0, <[u8]>::len);
        let (value, arrival) = match self.readable(message) {
            Ok(readable) => readable,
            Err(reject) => {
                return give(DecodedRecord { offset, piece: None, bytes, decoded: Decoded::Rejected(reject) });
            }
        };
        if self.is_contract {
            let decoded = json::decode(self.kind, value, &self.context);
            if !matches!(&decoded, Err(reject) if reject.code.is_no_record()) {
                return give(DecodedRecord { offset, piece: None, bytes, decoded: said(input, arrival, decoded) });
            }
        }
        // Of the contract's own JSON what is no record may be several.
        let place = MessagePlace { topic: &self.topic, partition, offset };
        let mut left = Some(bytes);
        self.messages.read(value, place, &mut |MessageRecord { piece, decoded }| {
            let bytes = left.take().unwrap_or_default();
            give(DecodedRecord { offset, piece, bytes, decoded: said(input, arrival, decoded) });
        });
        if let Some(bytes) = left {
            give(DecodedRecord { offset, piece: None, bytes, decoded: Decoded::Nothing });
        }
    }

    /// The value of a message that can be read, and when it arrived.
    #[inline]
    fn readable<'m>(&self, message: &RawRecord<'m>) -> Result<(&'m [u8], EventTime), Reject> {
        let value = message.value.ok_or_else(|| Reject::new(RejectCode::NoValue, "the record has no value"))?;
        if value.len() > self.record_bytes {
            let limit = self.record_bytes;
            let detail = format!("the record has {} bytes, the limit is {limit}", value.len());
            return Err(Reject::new(RejectCode::TooLarge, detail));
        }
        let arrival = message.timestamp.map(Timestamp::at);
        let arrival =
            arrival.ok_or_else(|| Reject::new(RejectCode::MissingField, "the record has no Kafka timestamp"))?;
        Ok((value, arrival))
    }
}

/// What is known of the records of a source before they are read.
fn context(source: &Source) -> Result<CdrContext, ReadingError> {
    let numbering = match &source.numbers {
        SourceNumbers::Pack | SourceNumbers::International => Numbering::International,
        SourceNumbers::Country(code) => Numbering::country(code)?,
        SourceNumbers::Opaque => Numbering::Opaque,
    };
    let counted = match &source.counts[..] {
        [] => Default::default(),
        counts => counts.iter().copied().collect(),
    };
    let (served_calling, times) = (source.served, source.times);
    Ok(CdrContext { numbering, served_calling, counted, times, ..CdrContext::default() })
}

/// What reads the messages of a source.
fn messages(source: &Source, context: &CdrContext) -> Result<MessageReader, ReadingError> {
    let dialect = match &source.dialect {
        None => Dialect::canonical(source.kind, Format::Jsonl),
        Some(texts) => texts.compile()?,
    };
    Ok(dialect.of_source(context).bind_messages()?)
}

#[inline]
fn said(input: InputId, arrival: EventTime, decoded: Result<Option<Record>, Reject>) -> Decoded {
    match decoded {
        Ok(Some(record)) => Decoded::Taken(Delivery { input, arrival: Some(arrival), record }),
        Ok(None) => Decoded::Filtered,
        Err(reject) => Decoded::Rejected(reject),
    }
}

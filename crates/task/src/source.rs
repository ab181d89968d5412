//! The inputs: which topics hold which records, and how these are read.

use ringfence_cdr::dialect::DialectTexts;
use ringfence_cdr::{PlausibleTimes, RecordKind, RecordType};
use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};
use serde::{Deserialize, Serialize};

use crate::keys::{KeyForm, Keys, Partitioner};

/// The most bytes that the dialects of all sources may have together, as JSON: a journal record carries them.
pub const DIALECT_BYTES_MAX: usize = 192 * 1024;

/// One input. Partition *p* of its topic belongs to shard *p*.
///
/// It is written into snapshots and its hash into the journal: what was read before an edit is replayed as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// The topic.
    pub topic: String,
    /// What its records are.
    pub kind: RecordKind,
    /// How its records are written; as the contract's JSON where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<DialectTexts>,
    /// How producers choose partitions.
    pub key: SourceKey,
    /// How numbers are written. Like the two below it is what holds, whether the dialect or the configuration says it.
    pub numbers: SourceNumbers,
    /// Whether these are the records of the calling card's own network, whatever their type says.
    pub served: bool,
    /// Which record types count as calls; all where this is empty. Records of other types are filtered.
    pub counts: Vec<RecordType>,
    /// When its calls and complaints can have been.
    #[serde(default, skip_serializing_if = "PlausibleTimes::is_usual")]
    pub times: PlausibleTimes,
}

/// How producers choose partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceKey {
    /// How they write the number.
    pub form: SourceKeyForm,
    /// How they hash it.
    pub partitioner: SourcePartitioner,
}

/// How the key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKeyForm {
    /// With `+` and country code.
    E164,
    /// Without the country code.
    National,
    /// As in the record.
    Raw,
}

/// How the key is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourcePartitioner {
    /// As Java's clients do.
    Murmur2,
    /// As librdkafka's clients do.
    Crc32,
}

/// How numbers are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SourceNumbers {
    /// As the rule pack writes them: national numbers of its country, where it names one. A source that is read has one
    /// of the others, see [`Source::numbered`].
    Pack,
    /// As E.164, or as short codes.
    International,
    /// As dialled in this country (ISO 3166); they become E.164.
    Country(String),
    /// As any text: pseudonyms and test ids.
    Opaque,
}

impl Source {
    /// The same source with its numbers written as in a pack of this country, where the configuration leaves it to the
    /// pack.
    #[must_use]
    pub fn numbered(mut self, country: Option<&str>) -> Self {
        if self.numbers == SourceNumbers::Pack {
            self.numbers = match country {
                Some(code) => SourceNumbers::Country(code.to_owned()),
                None => SourceNumbers::International,
            };
        }
        self
    }

    /// What its dialect takes of [`DIALECT_BYTES_MAX`].
    #[must_use]
    pub fn dialect_bytes(&self) -> usize {
        self.dialect.as_ref().map_or(0, DialectTexts::bytes)
    }

    /// How the partition of a record follows from its number.
    #[must_use]
    pub fn keys(&self) -> Keys {
        let form = match (self.key.form, &self.numbers) {
            (SourceKeyForm::National, SourceNumbers::Country(code)) => match calling_code(code) {
                Some(calling_code) => KeyForm::National { calling_code },
                None => KeyForm::E164,
            },
            (SourceKeyForm::E164 | SourceKeyForm::National, _) => KeyForm::E164,
            (SourceKeyForm::Raw, _) => KeyForm::Raw,
        };
        let partitioner = match self.key.partitioner {
            SourcePartitioner::Murmur2 => Partitioner::Murmur2,
            SourcePartitioner::Crc32 => Partitioner::Crc32,
        };
        Keys { form, partitioner }
    }
}

/// The calling code of a country (ISO 3166).
fn calling_code(country: &str) -> Option<Box<str>> {
    let region = Region::from_code(country).ok()?;
    Some(PHONE_NUMBER_UTIL.get_country_code_for_region(region)?.to_string().into())
}

//! A dead letter: what stands in the headers of a record that could not be taken.
//!
//! Key, value and headers of the letter are those of the record, byte for byte, so that it can be mended and sent
//! again; what explains it stands in further headers. They have the names that Kafka Connect gives them, so that the
//! tools made for its dead letters work here, beside the product's stable code.

use std::borrow::Cow;

use ringfence_cdr::{Reject, RejectCode};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::schema;

const TOPIC_HEADER: &str = "__connect.errors.topic";
const PARTITION_HEADER: &str = "__connect.errors.partition";
const OFFSET_HEADER: &str = "__connect.errors.offset";
const CONNECTOR_HEADER: &str = "__connect.errors.connector.name";
const TASK_HEADER: &str = "__connect.errors.task.id";
const STAGE_HEADER: &str = "__connect.errors.stage";
const CLASS_HEADER: &str = "__connect.errors.class.name";
const EXCEPTION_HEADER: &str = "__connect.errors.exception.class.name";
const MESSAGE_HEADER: &str = "__connect.errors.exception.message";
/// The header that holds the stable code of the reason.
pub const ERROR_CODE_HEADER: &str = "ringfence-error-code";
const ORDINAL_HEADER: &str = "ringfence-record-ordinal";
const TIMESTAMP_HEADER: &str = "ringfence-record-timestamp";
const VALUE_SHA256_HEADER: &str = "ringfence-value-sha256";
const VALUE_LENGTH_HEADER: &str = "ringfence-value-length";
const HEADERS_LEFT_OUT_HEADER: &str = "ringfence-headers-left-out";

/// Who wrote the letter, in the words of Kafka Connect.
const WRITER: &str = "ringfence";
/// At which of Kafka Connect's stages the record failed.
const STAGE: &str = "VALUE_CONVERTER";

/// Why a record was not taken and where it lay, as its dead letter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The topic that it was read from.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// Of several records of one message: which one this is, from 0. The letter's value is that record alone.
    pub ordinal: Option<u32>,
    /// The record's Kafka timestamp in milliseconds since 1970; the letter's own is the tick of its commit.
    pub timestamp: Option<i64>,
    /// Why it was not taken; holds no part of it.
    pub reject: Reject,
    /// Of a record that was too large for a letter: what its whole value was.
    pub cut: Option<WholeValue>,
    /// How many headers the record had, where they took too much room and were left out.
    pub headers_left_out: Option<usize>,
}

/// A value of which a letter holds only the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeValue {
    /// SHA-256 of the whole value: sixty-four hexadecimal digits.
    pub sha256: String,
    /// Its length in bytes.
    pub length: usize,
}

/// Headers that are not those of a dead letter: one is missing, or says what no letter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the header {0} is not that of a dead letter")]
pub struct NotADeadLetter(&'static str);

impl DeadLetter {
    /// The headers that explain the letter, in order.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let code = self.reject.code.name();
        let mut headers = Vec::with_capacity(15);
        headers.extend(self.headers_left_out.map(|count| (HEADERS_LEFT_OUT_HEADER, count.to_string())));
        headers.extend([
            (TOPIC_HEADER, self.topic.clone()),
            (PARTITION_HEADER, self.partition.to_string()),
            (OFFSET_HEADER, self.offset.to_string()),
            (CONNECTOR_HEADER, WRITER.to_owned()),
            (TASK_HEADER, self.partition.to_string()),
            (STAGE_HEADER, STAGE.to_owned()),
            (CLASS_HEADER, WRITER.to_owned()),
            (EXCEPTION_HEADER, code.to_owned()),
            (MESSAGE_HEADER, self.reject.to_string()),
            (ERROR_CODE_HEADER, code.to_owned()),
        ]);
        headers.extend(self.ordinal.map(|ordinal| (ORDINAL_HEADER, ordinal.to_string())));
        headers.extend(self.timestamp.map(|timestamp| (TIMESTAMP_HEADER, timestamp.to_string())));
        if let Some(WholeValue { sha256, length }) = &self.cut {
            headers.extend([(VALUE_SHA256_HEADER, sha256.clone()), (VALUE_LENGTH_HEADER, length.to_string())]);
        }
        headers
    }

    /// Reads a letter from a record's headers, given by name; of several with one name, the last.
    ///
    /// # Errors
    /// Where they are not those of a letter.
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a [u8]>) -> Result<Self, NotADeadLetter> {
        let optional =
            |name| header(name).map(|value| str::from_utf8(value).map_err(|_| NotADeadLetter(name))).transpose();
        let text = |name| optional(name)?.ok_or(NotADeadLetter(name));
        let code = text(ERROR_CODE_HEADER)?;
        let code =
            RejectCode::ALL.iter().find(|known| known.name() == code).ok_or(NotADeadLetter(ERROR_CODE_HEADER))?;
        let message = text(MESSAGE_HEADER)?;
        let detail = message.strip_prefix(code.name()).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(message);
        let cut = match optional(VALUE_SHA256_HEADER)? {
            Some(sha256) => Some(WholeValue {
                sha256: sha256.to_owned(),
                length: number(VALUE_LENGTH_HEADER, text(VALUE_LENGTH_HEADER)?)?,
            }),
            None => None,
        };
        Ok(Self {
            topic: text(TOPIC_HEADER)?.to_owned(),
            partition: number(PARTITION_HEADER, text(PARTITION_HEADER)?)?,
            offset: number(OFFSET_HEADER, text(OFFSET_HEADER)?)?,
            ordinal: optional(ORDINAL_HEADER)?.map(|text| number(ORDINAL_HEADER, text)).transpose()?,
            timestamp: optional(TIMESTAMP_HEADER)?.map(|text| number(TIMESTAMP_HEADER, text)).transpose()?,
            reject: Reject::new(*code, detail),
            cut,
            headers_left_out: optional(HEADERS_LEFT_OUT_HEADER)?
                .map(|text| number(HEADERS_LEFT_OUT_HEADER, text))
                .transpose()?,
        })
    }
}

fn number<N: std::str::FromStr>(name: &'static str, text: &str) -> Result<N, NotADeadLetter> {
    text.parse().map_err(|_| NotADeadLetter(name))
}

impl JsonSchema for DeadLetter {
    fn schema_name() -> Cow<'static, str> {
        "DeadLetter".into()
    }

    /// Of the headers as an object of texts.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = |description: &str| json_schema!({"description": description, "type": "string"});
        let digits =
            |description: &str| json_schema!({"description": description, "type": "string", "pattern": "^-?[0-9]+$"});
        let constant = |value: &str| json_schema!({"const": value});
        let codes: Vec<&str> = RejectCode::ALL.iter().map(|code| code.name()).collect();
        json_schema!({
            "description": "The headers that explain a dead letter, by name. Its key, its value and its other headers are \
                those of the record that was not taken.",
            "type": "object",
            "properties": {
                TOPIC_HEADER: text("The topic that the record was read from."),
                PARTITION_HEADER: digits("The partition."),
                OFFSET_HEADER: digits("The offset."),
                CONNECTOR_HEADER: constant(WRITER),
                TASK_HEADER: digits("The partition again."),
                STAGE_HEADER: constant(STAGE),
                CLASS_HEADER: constant(WRITER),
                EXCEPTION_HEADER: text("The code again."),
                MESSAGE_HEADER: text("The code and what was expected; holds no part of the record."),
                ERROR_CODE_HEADER: json_schema!({
                    "description": "Why the record was not taken.",
                    "enum": codes,
                }),
                ORDINAL_HEADER: digits("Of several records of one message: which one this is, from 0; the value is that record alone."),
                TIMESTAMP_HEADER: digits("The record's Kafka timestamp in milliseconds since 1970."),
                VALUE_SHA256_HEADER: generator.subschema_for::<schema::Sha256>(),
                VALUE_LENGTH_HEADER: digits("Of a value that was too large and is cut: its length in bytes."),
                HEADERS_LEFT_OUT_HEADER: digits("How many headers the record had, where they were left out as too large."),
            },
            "required": [
                TOPIC_HEADER, PARTITION_HEADER, OFFSET_HEADER, CONNECTOR_HEADER, TASK_HEADER, STAGE_HEADER, CLASS_HEADER,
                EXCEPTION_HEADER, MESSAGE_HEADER, ERROR_CODE_HEADER,
            ],
        })
    }
}

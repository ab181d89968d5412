//! Records that were not taken, as they came, with the reason beside them.
//!
//! The headers have the names that Kafka Connect gives them, so that the tools made for its dead letters work here, and
//! the product's stable code. Key and value are those of the record, byte for byte. The Kafka timestamp is the tick, as
//! on every output: with the one of an old record the broker's retention would delete the letter at once. The record's
//! own timestamp stands in a header.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

use ringfence_cdr::{EventTime, Reject};
use sha2::{Digest, Sha256};

use crate::{Outgoing, Topics};

/// The header that holds the stable code of the reason.
pub const ERROR_CODE_HEADER: &str = "ringfence-error-code";

/// A record larger than this in all is cut: letters must fit in what brokers take by default (1 MiB).
const SIZE_MAX: usize = 768 * 1024;
/// What is kept of the value of a record that is cut.
const VALUE_KEPT: usize = 64 * 1024;
/// A key longer than this is cut too, and the record's headers are left out where they take more.
const REST_KEPT: usize = 64 * 1024;

/// A record that was not taken, and why.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetter<'a> {
    /// The topic it was read from.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// Its Kafka timestamp in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value.
    pub value: Option<&'a [u8]>,
    /// Its headers.
    pub headers: Vec<(&'a str, &'a [u8])>,
    /// Why it was not taken; holds no part of it.
    pub reject: &'a Reject,
}

impl DeadLetter<'_> {
    /// The record to write.
    #[must_use]
    pub fn outgoing(&self, topics: &Topics, tick: EventTime) -> Outgoing {
        let mut headers = self.own_headers();
        let mut key = self.key.map(<[u8]>::to_vec);
        let mut value = self.value.map(<[u8]>::to_vec);
        if self.size() > SIZE_MAX {
            let whole = value.take().unwrap_or_default();
            headers.push(text("ringfence-value-sha256", hexadecimal(&Sha256::digest(&whole))));
            headers.push(text("ringfence-value-length", whole.len().to_string()));
            value = Some(whole[..whole.len().min(VALUE_KEPT)].to_vec());
            if let Some(key) = &mut key {
                key.truncate(REST_KEPT);
            }
        }
        Outgoing {
            topic: topics.dead_letters.clone(),
            partition: None,
            key,
            value,
            headers,
            timestamp: tick.0,
            want_offset: false,
        }
    }

    /// The record's headers, then those that explain it. One of the record's that has the name of an explaining one
    /// stays as it is: the record may have been a dead letter before.
    fn own_headers(&self) -> Vec<(Cow<'static, str>, Vec<u8>)> {
        let mut headers = Vec::with_capacity(self.headers.len() + 11);
        if self.headers_size() <= REST_KEPT {
            headers.extend(self.headers.iter().map(|(name, value)| (Cow::Owned((*name).to_owned()), value.to_vec())));
        } else {
            headers.push(text("ringfence-headers-left-out", self.headers.len().to_string()));
        }
        for (name, value) in [
            ("__connect.errors.topic", self.topic.to_owned()),
            ("__connect.errors.partition", self.partition.to_string()),
            ("__connect.errors.offset", self.offset.to_string()),
            ("__connect.errors.connector.name", "ringfence".to_owned()),
            ("__connect.errors.task.id", self.partition.to_string()),
            ("__connect.errors.stage", "VALUE_CONVERTER".to_owned()),
            ("__connect.errors.class.name", "ringfence".to_owned()),
            ("__connect.errors.exception.class.name", self.reject.code.name().to_owned()),
            ("__connect.errors.exception.message", self.reject.to_string()),
        ] {
            if !headers.iter().any(|(found, _)| found == name) {
                headers.push(text(name, value));
            }
        }
        headers.push(text(ERROR_CODE_HEADER, self.reject.code.name()));
        if let Some(timestamp) = self.timestamp {
            headers.push(text("ringfence-record-timestamp", timestamp.to_string()));
        }
        headers
    }

    fn size(&self) -> usize {
        self.key.map_or(0, <[u8]>::len) + self.value.map_or(0, <[u8]>::len) + self.headers_size()
    }

    fn headers_size(&self) -> usize {
        self.headers.iter().map(|(name, value)| name.len() + value.len()).sum()
    }
}

impl fmt::Debug for DeadLetter<'_> {
    /// Says where the record lay and nothing of what it holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, offset, reject, .. } = self;
        f.debug_struct("DeadLetter")
            .field("topic", topic)
            .field("partition", partition)
            .field("offset", offset)
            .field("code", &reject.code)
            .finish_non_exhaustive()
    }
}

fn text(name: &'static str, value: impl Into<String>) -> (Cow<'static, str>, Vec<u8>) {
    (Cow::Borrowed(name), value.into().into_bytes())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::{EventTime, Reject, RejectCode};

    use super::DeadLetter;
    use crate::{Outgoing, Topics};

    fn letter<'a>(value: &'a [u8], headers: Vec<(&'a str, &'a [u8])>, reject: &'a Reject) -> Outgoing {
        let letter = DeadLetter {
            topic: "telecom.cdr.v1",
            partition: 3,
            offset: 42,
            timestamp: Some(1_000),
            key: Some(b"key"),
            value: Some(value),
            headers,
            reject,
        };
        letter.outgoing(&Topics::new("ringfence", "v1"), EventTime(5_000))
    }

    fn header<'a>(record: &'a Outgoing, name: &str) -> Option<&'a str> {
        let (_, value) = record.headers.iter().find(|(found, _)| found == name)?;
        std::str::from_utf8(value).ok()
    }

    fn reject() -> Reject {
        Reject::new(RejectCode::InvalidField, "seizureTime is no time")
    }

    #[test]
    fn the_record_is_kept_as_it_came_and_the_reason_stands_beside_it() {
        let record = letter(b"not json", vec![("trace", b"abc")], &reject());
        assert_eq!(&*record.topic, "ringfence.dead-letters.v1");
        assert_eq!((record.key.as_deref(), record.value.as_deref()), (Some(&b"key"[..]), Some(&b"not json"[..])));
        assert_eq!(record.timestamp, 5_000);
        for (name, value) in [
            ("trace", "abc"),
            ("__connect.errors.topic", "telecom.cdr.v1"),
            ("__connect.errors.partition", "3"),
            ("__connect.errors.offset", "42"),
            ("__connect.errors.exception.message", "invalid_field: seizureTime is no time"),
            ("ringfence-error-code", "invalid_field"),
            ("ringfence-record-timestamp", "1000"),
        ] {
            assert_eq!(header(&record, name), Some(value), "{name}");
        }
    }

    #[test]
    fn what_an_earlier_engine_wrote_into_the_headers_stays() {
        let record = letter(b"", vec![("__connect.errors.topic", b"first")], &reject());
        assert_eq!(header(&record, "__connect.errors.topic"), Some("first"));
        assert_eq!(record.headers.iter().filter(|(name, _)| name == "__connect.errors.topic").count(), 1);
    }

    #[test]
    fn a_record_that_no_broker_would_take_is_cut_and_says_so() {
        let value = vec![b'x'; 2_000_000];
        let large = vec![b'y'; 900_000];
        let record = letter(&value, vec![("large", &large)], &reject());
        assert_eq!(record.value.as_ref().map(Vec::len), Some(64 * 1024));
        assert_eq!(header(&record, "ringfence-value-length"), Some("2000000"));
        assert_eq!(header(&record, "ringfence-value-sha256").map(str::len), Some(64));
        assert_eq!(header(&record, "ringfence-headers-left-out"), Some("1"));
        assert!(record.size() < 256 * 1024);
    }

    #[test]
    fn a_record_within_the_limit_is_whole() {
        let value = vec![b'x'; 700_000];
        assert_eq!(letter(&value, Vec::new(), &reject()).value.as_ref().map(Vec::len), Some(700_000));
    }
}

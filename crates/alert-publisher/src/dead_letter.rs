//! Records that were not taken, as they came, with the reason beside them.
//!
//! Key and value are those of the record, byte for byte (of a message with several the value is the one that was not
//! taken); what explains it stands in headers
//! ([`ringfence_events::DeadLetter`]). The Kafka timestamp is the tick, as on every output: with the one of an old record
//! the broker's retention would delete the letter at once.

use std::borrow::Cow;
use std::fmt;

use ringfence_cdr::{EventTime, Reject};
use ringfence_events::{DeadLetter, WholeValue, hex};
use sha2::{Digest, Sha256};

use crate::{Outgoing, Topics};

/// A record larger than this in all is cut: letters must fit in what brokers take by default (1 MiB).
const SIZE_MAX: usize = 768 * 1024;
/// What is kept of the value of a record that is cut.
const VALUE_KEPT: usize = 64 * 1024;
/// A key longer than this is cut too, and the record's headers are left out where they take more.
const REST_KEPT: usize = 64 * 1024;

/// A record that was not taken, and why.
#[derive(Clone, PartialEq, Eq)]
pub struct RejectedRecord<'a> {
    /// The topic it was read from.
    pub topic: &'a str,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// Of several records of one message: which one it is, from 0.
    pub ordinal: Option<u32>,
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

impl RejectedRecord<'_> {
    /// The dead letter to write.
    #[must_use]
    pub fn outgoing(&self, topics: &Topics, tick: EventTime) -> Outgoing {
        let is_cut = self.size() > SIZE_MAX;
        let cut = is_cut.then(|| {
            let whole = self.value.unwrap_or_default();
            WholeValue { sha256: hex(&Sha256::digest(whole)), length: whole.len() }
        });
        let kept =
            |bytes: &[u8], most: usize| bytes[..if is_cut { bytes.len().min(most) } else { bytes.len() }].to_vec();
        let value = if is_cut { Some(self.value.unwrap_or_default()) } else { self.value };
        Outgoing {
            topic: topics.dead_letters.clone(),
            partition: None,
            key: self.key.map(|key| kept(key, REST_KEPT)),
            value: value.map(|value| kept(value, VALUE_KEPT)),
            headers: self.letter_headers(cut),
            timestamp: tick.0,
            want_offset: false,
        }
    }

    /// The record's headers, then those that explain it. One of the record's that has the name that Kafka Connect gives
    /// to an explaining one stays as it is: the record may have been a dead letter before.
    fn letter_headers(&self, cut: Option<WholeValue>) -> Vec<(Cow<'static, str>, Vec<u8>)> {
        let fits = self.headers_size() <= REST_KEPT;
        let letter = DeadLetter {
            topic: self.topic.to_owned(),
            partition: self.partition,
            offset: self.offset,
            ordinal: self.ordinal,
            timestamp: self.timestamp,
            reject: self.reject.clone(),
            cut,
            headers_left_out: (!fits).then_some(self.headers.len()),
        };
        let own = if fits { &self.headers[..] } else { &[] };
        let is_kept = |name: &str| name.starts_with(CONNECT) && own.iter().any(|(known, _)| *known == name);
        let explaining = letter.headers().into_iter().filter(|(name, _)| !is_kept(name));
        let own_headers = own.iter().map(|(name, value)| (Cow::Owned((*name).to_owned()), value.to_vec()));
        own_headers.chain(explaining.map(|(name, value)| (Cow::Borrowed(name), value.into_bytes()))).collect()
    }

    fn size(&self) -> usize {
        self.key.map_or(0, <[u8]>::len) + self.value.map_or(0, <[u8]>::len) + self.headers_size()
    }

    fn headers_size(&self) -> usize {
        self.headers.iter().map(|(name, value)| name.len() + value.len()).sum()
    }
}

/// How the headers begin that Kafka Connect names.
const CONNECT: &str = "__connect.";

impl fmt::Debug for RejectedRecord<'_> {
    /// Says where the record lay and nothing of what it holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, offset, ordinal, reject, .. } = self;
        f.debug_struct("RejectedRecord")
            .field("topic", topic)
            .field("partition", partition)
            .field("offset", offset)
            .field("ordinal", ordinal)
            .field("code", &reject.code)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::{EventTime, Reject, RejectCode};

    use super::RejectedRecord;
    use crate::{Outgoing, Topics};

    fn letter<'a>(value: &'a [u8], headers: Vec<(&'a str, &'a [u8])>, reject: &'a Reject) -> Outgoing {
        let letter = RejectedRecord {
            topic: "telecom.cdr.v1",
            partition: 3,
            offset: 42,
            ordinal: Some(7),
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
            ("ringfence-record-ordinal", "7"),
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

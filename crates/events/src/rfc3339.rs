//! Times in events: RFC 3339 in UTC with milliseconds, `2026-01-01T09:00:00.000Z`.

use std::borrow::Cow;

use ringfence_cdr::EventTime;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(at: &EventTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EventTime, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    EventTime::parse_rfc3339(&text).ok_or_else(|| D::Error::custom("a time must be RFC 3339 with an offset"))
}

/// Of a time that may be absent: such a field is left out, never null.
pub(crate) mod option {
    use super::{Deserializer, EventTime, Serializer};

    pub(crate) fn serialize<S: Serializer>(at: &Option<EventTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<EventTime>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}

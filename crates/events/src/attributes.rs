//! What CloudEvents 1.0 says beside an event: its attributes, as headers of the Kafka binary binding.
//!
//! The number concerned is the record's key and stands in the value. It is not repeated in the headers (the optional
//! attribute `subject` is left out), which tools print and index more readily than values.

use ringfence_cdr::EventTime;

use crate::{Event, EventType};

const SPECVERSION_HEADER: &str = "ce_specversion";
const ID_HEADER: &str = "ce_id";
const SOURCE_HEADER: &str = "ce_source";
const TYPE_HEADER: &str = "ce_type";
const TIME_HEADER: &str = "ce_time";
const CONTENT_TYPE_HEADER: &str = "content-type";
const SPECVERSION: &str = "1.0";
const CONTENT_TYPE: &str = "application/json";

/// The attributes of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Never that of another event of the same source: whoever reads an event twice knows it by its id.
    pub id: String,
    /// Who publishes.
    pub source: String,
    /// What the event says.
    pub event_type: EventType,
    /// When what it says happened; of a card status, when it was published.
    pub time: EventTime,
}

/// Where in the history of a shard an event was published. The same place always holds the same event: a commit that is
/// sent again has the same sequence, and a replay is muted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPlace<'a> {
    /// Who publishes: `source` of CloudEvents, for example `/ringfence/GROUP`.
    pub source: &'a str,
    /// The shard.
    pub shard: i32,
    /// The commit's sequence in the shard.
    pub sequence: u64,
    /// The event's place in the commit.
    pub index: usize,
    /// The tick of the commit: the Kafka timestamp of its events.
    pub tick: EventTime,
}

/// Headers that are not those of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEvent {
    /// A header is missing, or is no text.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header says what no event says.
    #[error("the header {0} is not that of an event")]
    Strange(&'static str),
}

impl Attributes {
    /// The attributes of an event that is published here.
    #[must_use]
    pub fn of(event: &Event, place: &EventPlace<'_>) -> Self {
        let id = match event {
            Event::Violation(violation) => format!("{}.{}", violation.id, violation.revision),
            Event::Suspension(suspension) => suspension.id.clone(),
            Event::CardStatus(_) => format!("{}.{}.{}", place.shard, place.sequence, place.index),
        };
        Self {
            id,
            source: place.source.to_owned(),
            event_type: event.event_type(),
            time: event.happened_at().unwrap_or(place.tick),
        }
    }

    /// The headers, in order.
    #[must_use]
    pub fn headers(&self) -> [(&'static str, String); 6] {
        [
            (SPECVERSION_HEADER, SPECVERSION.to_owned()),
            (ID_HEADER, self.id.clone()),
            (SOURCE_HEADER, self.source.clone()),
            (TYPE_HEADER, self.event_type.name().to_owned()),
            (TIME_HEADER, self.time.to_string()),
            (CONTENT_TYPE_HEADER, CONTENT_TYPE.to_owned()),
        ]
    }

    /// Reads the attributes from a record's headers, given by name.
    ///
    /// # Errors
    /// Where they are not those of an event.
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a [u8]>) -> Result<Self, NotAnEvent> {
        let text = |name| header(name).and_then(|value| str::from_utf8(value).ok()).ok_or(NotAnEvent::Missing(name));
        for (name, expected) in [(SPECVERSION_HEADER, SPECVERSION), (CONTENT_TYPE_HEADER, CONTENT_TYPE)] {
            if text(name)? != expected {
                return Err(NotAnEvent::Strange(name));
            }
        }
        Ok(Self {
            id: text(ID_HEADER)?.to_owned(),
            source: text(SOURCE_HEADER)?.to_owned(),
            event_type: text(TYPE_HEADER)?.parse().map_err(|_| NotAnEvent::Strange(TYPE_HEADER))?,
            time: EventTime::parse_rfc3339(text(TIME_HEADER)?).ok_or(NotAnEvent::Strange(TIME_HEADER))?,
        })
    }
}

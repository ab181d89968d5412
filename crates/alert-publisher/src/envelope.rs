//! Events as Kafka records: CloudEvents attributes in headers, the event itself as the value.

use ringfence_events::{Attributes, Event, EventPlace};

use crate::{Outgoing, Topics};

/// The record that publishes an event.
///
/// # Errors
/// Where the event cannot be written as JSON, which no value that a shard makes leads to.
pub fn event(event: &Event, place: &EventPlace<'_>, topics: &Topics) -> Result<Outgoing, serde_json::Error> {
    let headers = Attributes::of(event, place).headers();
    Ok(Outgoing {
        topic: topics.of(event).clone(),
        partition: None,
        key: Some(event.subject().to_string().into_bytes()),
        value: Some(serde_json::to_vec(event)?),
        headers: headers.into_iter().map(|(name, value)| (name.into(), value.into_bytes())).collect(),
        timestamp: place.tick.0,
        want_offset: false,
    })
}

//! Events in the Kafka binary binding of CloudEvents 1.0: attributes in headers, the event itself as the value.
//!
//! The number concerned is the record's key and stands in the value; it is not repeated in the headers (the optional
//! attribute `subject` is left out), which tools print and index more readily than values.

use std::borrow::Cow;

use ringfence_cdr::EventTime;
use ringfence_evaluator::{Output, Status, Violation};

use crate::{Outgoing, Topics};

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

/// The record that publishes an output.
///
/// # Errors
/// Where the output cannot be written as JSON, which no value that a shard makes leads to.
pub fn event(output: &Output, place: &EventPlace<'_>, topics: &Topics) -> Result<Outgoing, serde_json::Error> {
    let (topic, event_type, id, time) = match output {
        Output::Violation(violation) => (
            &topics.violations,
            violation_type(violation.status),
            format!("{}.{}", violation.id, violation.revision),
            violation_time(violation),
        ),
        Output::Suspension(act) => (&topics.suspensions, suspension_type(act.action), act.id.clone(), act.not_before),
        Output::CardStatus(_) => {
            let id = format!("{}.{}.{}", place.shard, place.sequence, place.index);
            (&topics.card_status, "ringfence.card-status.changed.v1", id, place.tick)
        }
    };
    Ok(Outgoing {
        topic: topic.clone(),
        partition: None,
        key: Some(output.subject().to_string().into_bytes()),
        value: Some(serde_json::to_vec(output)?),
        headers: vec![
            header("ce_specversion", "1.0"),
            header("ce_id", id),
            header("ce_source", place.source),
            header("ce_type", event_type),
            header("ce_time", time.to_string()),
            header("content-type", "application/json"),
        ],
        timestamp: place.tick.0,
        want_offset: false,
    })
}

fn header(name: &'static str, value: impl Into<String>) -> (Cow<'static, str>, Vec<u8>) {
    (Cow::Borrowed(name), value.into().into_bytes())
}

fn violation_type(status: Status) -> &'static str {
    match status {
        Status::Opened => "ringfence.violation.opened.v1",
        Status::Updated => "ringfence.violation.updated.v1",
        Status::Closed => "ringfence.violation.closed.v1",
        Status::Withdrawn => "ringfence.violation.withdrawn.v1",
    }
}

/// When what the event says happened, in event time.
fn violation_time(violation: &Violation) -> EventTime {
    match violation.status {
        Status::Opened => violation.opened_at,
        Status::Updated => violation.last_at,
        Status::Closed => violation.closed_at.unwrap_or(violation.last_at),
        Status::Withdrawn => violation.updated_at,
    }
}

fn suspension_type(action: ringfence_cards::ActAction) -> &'static str {
    use ringfence_cards::ActAction;
    match action {
        ActAction::Warn => "ringfence.suspension.warn.v1",
        ActAction::Suspend => "ringfence.suspension.suspend.v1",
        ActAction::Reinstate => "ringfence.suspension.reinstate.v1",
    }
}

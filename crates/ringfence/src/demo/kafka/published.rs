//! Events as a subscriber reads them from the topics, in the form in which people are shown them.

use ringfence_cdr::{EventTime, Number};
use ringfence_evaluator::{ActAction, KeyName, Status};
use serde::{Deserialize, Deserializer};

use crate::demo::event::{Event, Said, severity_named};

/// What the demo shows of a violation; the rest of the contract is left unread.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Violation {
    id: String,
    rule: Rule,
    key: Key,
    status: Status,
    severity: String,
    #[serde(deserialize_with = "rfc3339")]
    opened_at: EventTime,
    #[serde(deserialize_with = "rfc3339")]
    updated_at: EventTime,
    late: bool,
    reason: String,
}

#[derive(Deserialize)]
struct Rule {
    id: Box<str>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Key {
    Number(String),
    Pair(String, String),
}

/// What the demo shows of a suspension.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suspension {
    card: String,
    action: ActAction,
    #[serde(deserialize_with = "rfc3339")]
    not_before: EventTime,
    reason: String,
}

/// The event that a record on the topic of violations is; `None` where it is none.
///
/// Its time is when the traffic made it true, or, where a late record did, how far the traffic had come by then: a day
/// that is read in seconds is told in few commits, and the time of a commit would say little of the day.
pub(super) fn violation(value: &[u8]) -> Option<Event> {
    let violation: Violation = serde_json::from_slice(value).ok()?;
    let Violation { id, rule, key, status, late, reason, .. } = violation;
    let severity = severity_named(&violation.severity)?;
    let key = match key {
        Key::Number(number) => KeyName::Number(Number::new(&number)),
        Key::Pair(calling, called) => KeyName::Pair(Number::new(&calling), Number::new(&called)),
    };
    let at = if late { violation.updated_at } else { violation.opened_at };
    Some(Event::of_violation(&key, &reason, at, Said::Violation { id, rule: rule.id, severity, status, late }))
}

/// The event that a record on the topic of suspensions is; `None` where it is none.
pub(super) fn suspension(value: &[u8]) -> Option<Event> {
    let Suspension { card, action, not_before, reason } = serde_json::from_slice(value).ok()?;
    Some(Event::of_act(Number::new(&card), action, reason, not_before))
}

fn rfc3339<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EventTime, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
    EventTime::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("no time with an offset"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn opened(late: bool, severity: &str) -> Vec<u8> {
        let value = json!({
            "id": "f00d", "revision": 1, "rule": {"id": "bombardment", "version": "1", "hash": "0", "mode": "enforce"},
            "scope": ["callingNumber", "calledNumber"], "key": ["+8615400000001", "+8615400000002"], "status": "opened",
            "severity": severity, "openedAt": "2026-11-02T01:00:00.000Z", "lastAt": "2026-11-02T01:00:00.000Z",
            "updatedAt": "2026-11-02T03:00:00.000Z", "late": late,
            "reason": "+8615400000001 to +8615400000002: 26 calls within an hour",
        });
        value.to_string().into_bytes()
    }

    #[test]
    fn a_published_violation_is_shown_masked_at_the_time_that_made_it_true() {
        let event = violation(&opened(false, "major")).expect("a violation");
        assert_eq!(event.sentence, "+86154****0001 to +86154****0002: 26 calls within an hour");
        assert_eq!(event.subject, Number::new("+8615400000001"));
        assert_eq!(event.at.to_string(), "2026-11-02T01:00:00.000Z");
        assert!(matches!(event.said, Said::Violation { status: Status::Opened, late: false, .. }));
    }

    #[test]
    fn a_late_record_tells_at_the_time_that_the_traffic_had_come_to() {
        let event = violation(&opened(true, "major")).expect("a violation");
        assert_eq!(event.at.to_string(), "2026-11-02T03:00:00.000Z");
    }

    #[test]
    fn a_published_suspension_is_shown_masked_at_the_time_at_which_it_begins() {
        let value = json!({"card": "+8615400000001", "action": "suspend", "notBefore": "2026-11-03T00:00:00.000Z",
            "reason": "strike 2", "sequence": 2});
        let event = suspension(value.to_string().as_bytes()).expect("a suspension");
        assert_eq!(event.sentence, "+86154****0001: strike 2");
        assert_eq!(event.at.to_string(), "2026-11-03T00:00:00.000Z");
    }

    #[test]
    fn what_is_no_event_is_not_taken_for_one() {
        assert!(violation(&opened(false, "gruesome")).is_none());
        assert!(violation(b"{}").is_none() && suspension(b"").is_none());
    }
}

//! What the judge says, in the form in which people are shown it: numbers are masked here and nowhere shown in clear.

use std::borrow::Cow;

use ringfence_cdr::{EventTime, Number};
use ringfence_events::{ActAction, Event, KeyName, Severity, Status, Suspension, Violation};

/// Something to show.
pub(crate) struct Told {
    /// When it was said.
    pub(crate) at: EventTime,
    /// Whom it is about; for look-ups only, never shown.
    pub(crate) subject: Number,
    /// One plain sentence with masked numbers.
    pub(crate) sentence: String,
    /// What was said.
    pub(crate) said: Said,
}

/// What was said.
pub(crate) enum Said {
    /// Of a violation.
    Violation {
        /// Its identity.
        id: String,
        /// The rule broken.
        rule: Box<str>,
        /// How grave.
        severity: Severity,
        /// What became of it.
        status: Status,
        /// It came to light by a record that was late.
        late: bool,
    },
    /// Of a card on its ladder.
    Act {
        /// What is to be done.
        action: ActAction,
        /// Why, without a number.
        reason: String,
    },
}

impl Told {
    /// What an event says, if it is for people: where a card stands repeats what the acts said.
    pub(crate) fn of(event: &Event, at: EventTime) -> Option<Self> {
        match event {
            Event::Violation(violation) => Some(Self::violation(violation, at)),
            Event::Suspension(suspension) => Some(Self::act(suspension, at)),
            Event::CardStatus(_) => None,
        }
    }

    fn violation(violation: &Violation, at: EventTime) -> Self {
        let (subject, other) = match &violation.key {
            KeyName::Number(number) => (number, None),
            KeyName::Pair(calling, called) => (calling, Some(called)),
        };
        let clear = std::iter::once(subject).chain(other);
        let mut sentence = clear.fold(violation.reason.clone(), |text, number| {
            let number = number.to_string();
            text.replace(&number, &masked(&number))
        });
        let about = masked(&subject.to_string()).into_owned();
        if !sentence.contains(&about) {
            sentence = format!("{about}: {sentence}");
        }
        let said = Said::Violation {
            id: violation.id.clone(),
            rule: violation.rule.id.clone(),
            severity: violation.severity,
            status: violation.status,
            late: violation.late,
        };
        Self { at, subject: subject.clone(), sentence, said }
    }

    fn act(suspension: &Suspension, at: EventTime) -> Self {
        let Suspension { card, action, reason, .. } = suspension;
        let sentence = format!("{}: {reason}", masked(&card.to_string()));
        Self { at, subject: card.clone(), sentence, said: Said::Act { action: *action, reason: reason.clone() } }
    }
}

/// The ends of a number that may be shown.
const SHOWN_BEFORE: usize = 6;
const SHOWN_AFTER: usize = 4;
/// At least so many characters are hidden.
const HIDDEN: usize = 4;

/// A number of which the middle is hidden; of a short one all but the last two characters.
pub(crate) fn masked(number: &str) -> Cow<'_, str> {
    let length = number.chars().count();
    let (before, after) =
        if length >= SHOWN_BEFORE + HIDDEN + SHOWN_AFTER { (SHOWN_BEFORE, SHOWN_AFTER) } else { (0, length.min(2)) };
    let characters = number.chars().enumerate();
    characters.map(|(at, c)| if at < before || at >= length - after { c } else { '*' }).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use ringfence_events::{CardStatus, EventType};

    use super::*;

    /// A violation of a pair as a subscriber reads it.
    pub(crate) fn opened(late: bool) -> Event {
        let value = format!(
            r#"{{"id":"f00d","revision":1,"rule":{{"id":"bombardment","version":"1","hash":"0","mode":"enforce"}},
            "scope":"callingNumber,calledNumber","key":["+8615400000001","+8615400000002"],"status":"opened",
            "severity":"major","openedAt":"2026-11-02T01:00:00.000Z","lastAt":"2026-11-02T01:00:00.000Z",
            "updatedAt":"2026-11-02T03:00:00.000Z","clauses":[],"evidence":{{"records":[],"digest":"","total":0}},
            "matches":1,"peak":{{}},"dataComplete":true,"late":{late},"approximate":false,
            "reason":"+8615400000001 to +8615400000002: 26 calls within an hour"}}"#
        );
        Event::read(EventType::Violation(Status::Opened), value.as_bytes()).expect("a violation")
    }

    /// A suspension as a subscriber reads it.
    pub(crate) fn suspended() -> Event {
        let value = br#"{"id":"f00d","card":"+8615400000001","action":"suspend","services":["outgoing"],
            "notBefore":"2026-11-03T00:00:00.000Z","legalBasis":"","ladder":"l","strike":2,"violation":"f00d","sequence":2,
            "reason":"strike 2"}"#;
        Event::read(EventType::Suspension(ActAction::Suspend), value).expect("a suspension")
    }

    #[test]
    fn both_numbers_of_a_pair_and_a_card_are_shown_masked() {
        let at = EventTime(0);
        let told = Told::of(&opened(false), at).expect("for people");
        assert_eq!(told.sentence, "+86154****0001 to +86154****0002: 26 calls within an hour");
        assert_eq!(told.subject, Number::new("+8615400000001"));
        assert!(matches!(told.said, Said::Violation { status: Status::Opened, late: false, .. }));
        let told = Told::of(&suspended(), at).expect("for people");
        assert_eq!(told.sentence, "+86154****0001: strike 2");
    }

    #[test]
    fn where_a_card_stands_is_not_told() {
        let status = CardStatus { card: Number::new("+8615400000001"), sequence: 1, ladders: Vec::new() };
        assert!(Told::of(&status.into(), EventTime(0)).is_none());
    }

    #[test]
    fn the_middle_of_a_number_and_nearly_all_of_a_short_one_are_hidden() {
        assert_eq!(masked("+8615400007699"), "+86154****7699");
        assert_eq!(masked("10086"), "***86");
        assert_eq!(masked(""), "");
    }
}

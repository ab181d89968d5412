//! What a subscriber makes of everything that a shard published, and what it may rely on while doing so.

use std::collections::BTreeMap;

use ringfence_evaluator::Output;
use ringfence_events::{ActAction, CardStatus, Event, Status, Suspension, Violation};

/// What is wrong with a card status that changes nothing.
pub(crate) const SAID_BEFORE: &str = "a card status that says what the one before it said";

/// Every violation as it was published last, and every act.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// By id.
    violations: BTreeMap<String, Violation>,
    /// By card.
    acts: BTreeMap<String, Vec<Suspension>>,
    /// By card, as JSON.
    card_statuses: BTreeMap<String, String>,
    /// What no subscriber should have to see.
    pub(crate) broken: Vec<String>,
}

impl History {
    pub(crate) fn of(outputs: &[Output]) -> Self {
        let mut history = Self::default();
        for output in outputs {
            history.reads_back(&output.event);
            match &output.event {
                Event::Violation(violation) => history.violation(violation),
                Event::Suspension(suspension) => history.act(suspension),
                Event::CardStatus(status) => history.card_status(status),
            }
        }
        history
    }

    /// The violations that stand.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &Violation> {
        self.violations.values().filter(|violation| violation.status != Status::Withdrawn)
    }

    /// Every act on any card.
    pub(crate) fn acts(&self) -> impl Iterator<Item = &Suspension> {
        self.acts.values().flatten()
    }

    /// What was written is what a subscriber reads, and would write again.
    fn reads_back(&mut self, event: &Event) {
        let written = serde_json::to_string(event).expect("serialises");
        let read = Event::read(event.event_type(), written.as_bytes());
        if !read.is_ok_and(|read| serde_json::to_string(&read).is_ok_and(|again| again == written)) {
            self.broken.push(format!("an event that does not read back: {written}"));
        }
    }

    fn violation(&mut self, violation: &Violation) {
        let before = self.violations.insert(violation.id.clone(), violation.clone());
        let (revision, status) = before.map_or((0, None), |before| (before.revision, Some(before.status)));
        if violation.revision != revision + 1 {
            self.broken.push(format!("{} has revision {} after {revision}", violation.id, violation.revision));
        }
        let follows = match status {
            None | Some(Status::Withdrawn) => violation.status == Status::Opened,
            Some(_) => violation.status != Status::Opened,
        };
        if !follows {
            self.broken.push(format!("{} is {:?} after {status:?}", violation.id, violation.status));
        }
        if violation.replaced_by.is_some() && violation.status != Status::Withdrawn {
            self.broken.push(format!("{} is replaced and not withdrawn", violation.id));
        }
    }

    fn card_status(&mut self, status: &CardStatus) {
        let card = status.card.to_string();
        let acts = self.acts.get(&card).map_or(0, Vec::len);
        if status.sequence != acts as u64 {
            self.broken.push(format!("card status at {} after {acts} acts", status.sequence));
        }
        for strike in status.ladders.iter().flat_map(|ladder| &ladder.strikes) {
            self.names("a strike", &strike.violation);
        }
        let told = serde_json::to_string(status).expect("serialises");
        if self.card_statuses.insert(card, told.clone()).is_some_and(|before| before == told) {
            self.broken.push(SAID_BEFORE.to_owned());
        }
    }

    /// Whoever rests on a violation names one that was told of.
    fn names(&mut self, who: &str, violation: &str) {
        if !self.violations.contains_key(violation) {
            self.broken.push(format!("{who} names {violation}, of which nothing was told"));
        }
    }

    fn act(&mut self, act: &Suspension) {
        self.names("an act", &act.violation);
        let acts = self.acts.entry(act.card.to_string()).or_default();
        if act.sequence != acts.len() as u64 + 1 {
            self.broken.push(format!("act {} after {} others", act.sequence, acts.len()));
        }
        let barred = |ladder: &str| {
            let of_ladder = acts.iter().rev().filter(|act| &*act.ladder == ladder);
            of_ladder.map(|act| act.action).find(|action| *action != ActAction::Warn) == Some(ActAction::Suspend)
        };
        if act.action == ActAction::Reinstate && !barred(&act.ladder) {
            self.broken.push("a reinstatement of a card that was not suspended".to_owned());
        }
        acts.push(act.clone());
    }
}

//! The card file: where a card stands on each ladder, and what is said of it.

use std::collections::BTreeMap;

use ringfence_cdr::{EventTime, Key, Number, PackedNumber};
use ringfence_events::{ActAction, CardStatus, ImposedStatus, LadderStatus, StrikeStatus, Suspension};
use serde::{Deserialize, Serialize};

use crate::ids::{suspension_id, violation_id};
use crate::{ActCommand, BrokenRule, Imposed, LadderFile, Strike};

/// Where a card stands on each ladder that it ever stood on and something is left of, and the last sequence used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CardFile {
    sequence: u64,
    /// By the names of the ladders: what runs on one that is gone runs to its end.
    ladders: BTreeMap<Box<str>, LadderFile>,
}

/// The most strikes that a status lists, of all ladders together: it is one Kafka record, whatever a card does.
const STRIKES_TOLD_MAX: usize = 500;

/// Tells the texts of numbers.
pub type Names<'a> = &'a dyn Fn(PackedNumber) -> Number;

impl CardFile {
    /// Whether nothing of it needs to be kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sequence == 0 && self.ladders.values().all(LadderFile::is_empty)
    }

    /// Of every ladder, in the order of their names.
    pub fn files(&self) -> impl Iterator<Item = (&str, &LadderFile)> {
        self.ladders.iter().map(|(ladder, file)| (&**ladder, file))
    }

    /// Of every ladder, to forget what no longer matters.
    pub fn files_mut(&mut self) -> impl Iterator<Item = (&str, &mut LadderFile)> {
        self.ladders.iter_mut().map(|(ladder, file)| (&**ladder, file))
    }

    /// Gives out where it stands on one ladder, to work on it; [`CardFile::put`] puts it back.
    pub fn take(&mut self, ladder: &str) -> LadderFile {
        self.ladders.get_mut(ladder).map(std::mem::take).unwrap_or_default()
    }

    /// Puts back where it stands on a ladder, unless nothing of that is left.
    pub fn put(&mut self, ladder: &str, file: LadderFile) {
        match self.ladders.get_mut(ladder) {
            _ if file.is_empty() => {
                self.ladders.remove(ladder);
            }
            Some(place) => *place = file,
            None => {
                self.ladders.insert(ladder.into(), file);
            }
        }
    }

    /// Drops the ladders of which nothing is left.
    pub fn tidy(&mut self) {
        self.ladders.retain(|_, file| !file.is_empty());
    }

    /// When to look at it again although no fact comes.
    #[must_use]
    pub fn wakes_at(&self) -> Option<EventTime> {
        self.ladders.values().filter_map(LadderFile::wakes_at).min()
    }

    /// The keys that it names: what gives them their texts must be kept.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.ladders.values().flat_map(LadderFile::keys)
    }

    /// The command to provisioning that an act on a ladder is, with the next sequence.
    pub fn suspension(&mut self, card: &Number, ladder: &str, command: &ActCommand, names: Names<'_>) -> Suspension {
        self.sequence += 1;
        let reason = match command.action {
            ActAction::Reinstate => command.reason.to_owned(),
            ActAction::Warn | ActAction::Suspend => {
                format!("strike {} on ladder {ladder}: {}", command.count, command.rule.title)
            }
        };
        Suspension {
            id: suspension_id(&card.to_string(), self.sequence),
            violation: violation_of(&command.rule, command.key, command.opened_at, names),
            card: card.clone(),
            action: command.action,
            services: command.barred.services(),
            not_before: command.not_before,
            expires_at: command.expires_at,
            legal_basis: command.rule.basis.clone(),
            ladder: ladder.into(),
            strike: command.count,
            sequence: self.sequence,
            reason,
        }
    }

    /// Where the card stands.
    #[must_use]
    pub fn status(&self, card: Number, names: Names<'_>) -> CardStatus {
        let standing = || self.files().filter(|(_, file)| !file.is_empty());
        // Each ladder has the same share, and one strike at least.
        let told_max = STRIKES_TOLD_MAX.div_ceil(standing().count().max(1));
        let ladders = standing().map(|(ladder, file)| {
            let left_out = file.strikes().len().saturating_sub(told_max);
            LadderStatus {
                ladder: ladder.into(),
                strikes: file.strikes()[left_out..].iter().map(|strike| strike_status(strike, names)).collect(),
                approximate: left_out > 0,
                imposed: file.running().last().map(imposed_status),
            }
        });
        CardStatus { card, sequence: self.sequence, ladders: ladders.collect() }
    }
}

fn strike_status(strike: &Strike, names: Names<'_>) -> StrikeStatus {
    StrikeStatus {
        at: strike.at,
        rule: strike.rule.name.clone(),
        violation: violation_of(&strike.rule, strike.track.key, strike.opened_at, names),
        count: strike.count,
        due: strike.due.map(|due| due.action),
        due_until: strike.due_until.time(),
    }
}

fn imposed_status(imposed: &Imposed) -> ImposedStatus {
    ImposedStatus { action: ActAction::Suspend, since: imposed.since, until: imposed.until.time() }
}

fn violation_of(rule: &BrokenRule, key: Key, opened_at: EventTime, names: Names<'_>) -> String {
    let texts: Vec<String> =
        std::iter::once(key.number()).chain(key.called()).map(|number| names(number).to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    violation_id(&rule.hash, &texts, opened_at)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ringfence_rules::{RuleId, TrackId};

    use super::*;
    use crate::Until;

    fn strike(at: i64) -> Strike {
        let rule = BrokenRule { name: "rule".into(), hash: [0; 32], title: "A rule".into(), basis: "none".into() };
        Strike {
            at: EventTime(at),
            track: TrackId { line: RuleId(0), key: Key::Number(PackedNumber(1)) },
            rule: Arc::new(rule),
            opened_at: EventTime(at),
            last_at: EventTime(at),
            ordinal: 1,
            count: 1,
            due: None,
            due_until: Until::At(EventTime(at)),
        }
    }

    fn status_with(ladders: usize, strikes: usize) -> Vec<LadderStatus> {
        let mut card = CardFile::default();
        for ladder in 0..ladders {
            let mut file = LadderFile::default();
            file.stand((0..strikes).map(|at| strike(at as i64)).collect(), 0, &[], &[]);
            card.put(&format!("ladder {ladder}"), file);
        }
        let number = || Number::new("+8615400000001");
        card.status(number(), &|_| number()).ladders
    }

    #[test]
    fn a_status_lists_the_latest_strikes_and_says_where_there_are_more() {
        let all = status_with(1, STRIKES_TOLD_MAX).remove(0);
        assert_eq!((all.strikes.len(), all.approximate), (STRIKES_TOLD_MAX, false));
        let some = status_with(1, STRIKES_TOLD_MAX + 3).remove(0);
        assert_eq!((some.strikes.len(), some.approximate), (STRIKES_TOLD_MAX, true));
        assert_eq!(some.strikes.first().map(|strike| strike.at), Some(EventTime(3)));
    }

    #[test]
    fn ladders_share_the_strikes_that_a_status_lists() {
        let status = status_with(4, 200);
        assert!(status.iter().all(|ladder| ladder.strikes.len() == STRIKES_TOLD_MAX / 4 && ladder.approximate));
        let status = status_with(2, 200);
        assert!(status.iter().all(|ladder| ladder.strikes.len() == 200 && !ladder.approximate));
    }

    /// A broker takes a record of 1 MiB unless it is told otherwise.
    #[test]
    fn a_status_fits_a_record_whatever_the_card_does() {
        for ladders in [1, 10, 1_000] {
            let bytes = serde_json::to_vec(&status_with(ladders, 1_000)).expect("serialises").len();
            assert!(bytes < (1 << 20) / 2, "{bytes} of {ladders} ladders");
        }
    }
}

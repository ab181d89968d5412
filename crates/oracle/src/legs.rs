//! Legs: the records that an attempt leaves where it rang, or hunted through, several ends become one fact.

use std::collections::BTreeMap;

use ringfence_cdr::{Answer, Cdr, Fingerprint, Number};

use crate::StoredFields;
use crate::parts::NEIGHBOUR;

/// One fact for every attempt of the calls that have a leg key. Calls without one are facts by themselves. Parts must have
/// been joined before.
pub(crate) fn join(calls: Vec<Cdr>, stored: &StoredFields) -> Vec<Cdr> {
    let mut facts = Vec::new();
    let mut legs_of_key: BTreeMap<(Number, Number, Fingerprint), Vec<Cdr>> = BTreeMap::new();
    for call in calls {
        match call.leg {
            None => facts.push(call),
            Some(leg) => {
                let key = (call.calling_number.clone(), call.called_number.clone(), leg.key);
                legs_of_key.entry(key).or_default().push(call);
            }
        }
    }
    for mut legs in legs_of_key.into_values() {
        legs.sort_by(|a, b| {
            let by_contents = || stored.compare_contents(a, b).then_with(|| stored.compare_calls(a, b));
            (a.at, a.fingerprint).cmp(&(b.at, b.fingerprint)).then_with(by_contents)
        });
        facts.extend(attempts(&legs).into_iter().map(joined));
    }
    facts
}

/// Cuts the legs of one key, in order, where two neighbours are more than a day apart, and where one begins after an
/// answered one, whichever it is, has ended.
fn attempts(legs: &[Cdr]) -> Vec<&[Cdr]> {
    let has_ended = |from: &Cdr, before: &Cdr| {
        let answered = legs.iter().filter(|leg| leg.answer.is_answered());
        answered.filter_map(|leg| leg.leg).any(|leg| from.at <= leg.ended && leg.ended < before.at)
    };
    legs.chunk_by(|a, b| b.at.since(a.at) <= NEIGHBOUR && !has_ended(a, b)).collect()
}

/// The fact that an attempt makes: the longest duration, answered if any leg was, all else of the earliest leg.
fn joined(attempt: &[Cdr]) -> Cdr {
    let mut fact = Cdr { leg: None, ..attempt[0].clone() };
    fact.call_duration = attempt.iter().filter_map(|leg| leg.call_duration).max();
    if attempt.iter().any(|leg| leg.answer.is_answered()) {
        fact.answer = Answer::Answered;
    }
    fact
}

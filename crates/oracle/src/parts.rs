//! Partial records: parts of one long call become one fact.

use std::collections::BTreeMap;

use ringfence_cdr::{Answer, Cdr, Leg, Millis, Number};

use crate::StoredFields;

/// Parts of one call lie at most this far from a neighbour in time (both ends included).
pub(crate) const NEIGHBOUR: Millis = Millis::DAY;

/// One fact for every chain of parts that share reference, calling and called number. Records without a part are
/// facts by themselves. Duplicates must have been taken out before.
pub(crate) fn join(records: Vec<Cdr>, stored: &StoredFields) -> Vec<Cdr> {
    let mut facts = Vec::new();
    let mut parts_of_call: BTreeMap<(Number, Number, Box<str>), Vec<Cdr>> = BTreeMap::new();
    for record in records {
        match &record.part {
            None => facts.push(record),
            Some(part) => {
                let call = (record.calling_number.clone(), record.called_number.clone(), part.reference.clone());
                parts_of_call.entry(call).or_default().push(record);
            }
        }
    }
    for parts in parts_of_call.into_values() {
        facts.extend(chains(parts).into_iter().map(|chain| joined(&chain, stored)));
    }
    facts
}

/// Cuts the parts of one call where two neighbours in time are more than a day apart.
fn chains(mut parts: Vec<Cdr>) -> Vec<Vec<Cdr>> {
    parts.sort_by_key(|part| part.at);
    let mut chains: Vec<Vec<Cdr>> = Vec::new();
    for part in parts {
        match chains.last_mut() {
            Some(chain) if chain.last().is_some_and(|last| part.at.since(last.at) <= NEIGHBOUR) => chain.push(part),
            _ => chains.push(vec![part]),
        }
    }
    chains
}

/// The fact that a chain makes: least time of all parts, answered if any of them was, ended as a leg with the last of them; of parts with one sequence number
/// only the one that stands gives its duration; cause of the highest number, everything else of the lowest.
fn joined(chain: &[Cdr], stored: &StoredFields) -> Cdr {
    let mut standing: BTreeMap<u32, &Cdr> = BTreeMap::new();
    for part in chain {
        let number = part.part.as_ref().map_or(1, |part| part.sequence_number);
        match standing.get(&number) {
            Some(other) if stands_before(stored, other, part) => {}
            _ => {
                standing.insert(number, part);
            }
        }
    }
    let lowest = standing.values().next().copied().unwrap_or(&chain[0]);
    let highest = standing.values().next_back().copied().unwrap_or(lowest);
    let durations: Vec<Millis> = standing.values().filter_map(|part| part.call_duration).collect();
    let mut fact = lowest.clone();
    fact.at = chain.iter().map(|part| part.at).min().unwrap_or(lowest.at);
    fact.call_duration = durations.into_iter().reduce(Millis::plus);
    fact.cause_for_term = highest.cause_for_term;
    let ended = chain.iter().filter_map(|part| part.leg).map(|leg| leg.ended).max();
    fact.leg = lowest.leg.zip(ended).map(|(leg, ended)| Leg { ended, ..leg });
    if chain.iter().any(|part| part.answer.is_answered()) {
        fact.answer = Answer::Answered;
    }
    fact
}

/// Whether `first` stands where both have one sequence number; with equal contents the earlier, then the one with
/// the smaller fingerprint.
fn stands_before(stored: &StoredFields, first: &Cdr, second: &Cdr) -> bool {
    stored
        .compare_calls(first, second)
        .then_with(|| first.at.cmp(&second.at))
        .then_with(|| first.fingerprint.cmp(&second.fingerprint))
        .is_le()
}

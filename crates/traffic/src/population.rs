//! Who holds the numbers of a world, and whom a caller can reach.
//!
//! People are told apart by *rank*: the kinds follow each other in ranks, and a shuffle turns a rank into a number,
//! so that nothing can be read off a number itself. Nothing is stored per person.
//!
//! ```text
//! rank    0 ..   dial-blasters, burst diallers, ...  telemarketers, spoofed | subscribers | businesses
//!                (each with a campaign of its own)
//! ```

use std::ops::Range;

use crate::kind::Kind;
use crate::party::{NUMBERS_MAX, Party};
use crate::permutation::Permutation;
use crate::random::{Random, scatter};

/// One number in so many is an offender of each kind. (Of Indian SIMs one in ten thousand makes more than a hundred
/// calls a day: consultation of the regulator, 2024.)
const NUMBERS_PER_OFFENDER: u64 = 10_000;
const NUMBERS_PER_TELEMARKETER: u64 = 500;
const NUMBERS_PER_BUSINESS: u64 = 50;
/// For each subscriber there are so many people with other carriers.
const OUTSIDERS_PER_SUBSCRIBER: u64 = 9;
/// A small world still has this many people outside, so that a caller of strangers finds enough of them.
const OUTSIDERS_MIN: u64 = 1_000_000;

/// The people of a world.
#[derive(Clone, Debug)]
pub(crate) struct Population {
    ranks: Vec<(Kind, Range<u64>)>,
    ordinary: Range<u64>,
    businesses: Range<u64>,
    numbers: Permutation,
    subscribers: u64,
    outsiders: u64,
}

impl Population {
    /// The people of a world of `numbers` subscribers.
    pub(crate) fn new(numbers: u64, seed: u64) -> Self {
        let mut ranks: Vec<(Kind, Range<u64>)> = Vec::with_capacity(Kind::ALL.len());
        let mut next = 0;
        let mut take = |kind: Kind, count: u64| {
            ranks.push((kind, next..next + count));
            next += count;
        };
        for kind in Kind::WITH_CAMPAIGN {
            let per_number = if kind == Kind::Telemarketer { NUMBERS_PER_TELEMARKETER } else { NUMBERS_PER_OFFENDER };
            take(kind, (numbers / per_number).max(1));
        }
        let special: u64 = ranks.iter().map(|(_, range)| range.end - range.start).sum();
        let businesses = (numbers / NUMBERS_PER_BUSINESS).max(1);
        let people = numbers.saturating_sub(special + businesses);
        ranks.push((Kind::Subscriber, special..special + people));
        ranks.push((Kind::Business, special + people..special + people + businesses));
        Self {
            ranks,
            ordinary: special..special + people,
            businesses: special + people..special + people + businesses,
            numbers: Permutation::new(numbers, scatter(seed)),
            subscribers: numbers,
            outsiders: (numbers * OUTSIDERS_PER_SUBSCRIBER).clamp(OUTSIDERS_MIN, NUMBERS_MAX),
        }
    }

    /// The ranks of each kind.
    pub(crate) fn ranks(&self) -> &[(Kind, Range<u64>)] {
        &self.ranks
    }

    /// The ranks of everybody who calls as people do.
    pub(crate) fn ordinary(&self) -> Range<u64> {
        self.ordinary.clone()
    }

    /// The ranks of small businesses.
    pub(crate) fn businesses(&self) -> Range<u64> {
        self.businesses.clone()
    }

    /// The number of a rank.
    pub(crate) fn number(&self, rank: u64) -> Party {
        Party::subscriber(self.numbers.at(rank))
    }

    /// Anybody with a phone of any carrier, by place; the places are 0 to [`Self::people`].
    pub(crate) fn anybody(&self, place: u64) -> Party {
        let place = place % self.people();
        if place < self.subscribers { Party::subscriber(place) } else { Party::outsider(place - self.subscribers) }
    }

    /// How many people have a phone of any carrier.
    pub(crate) fn people(&self) -> u64 {
        self.subscribers + self.outsiders
    }

    /// How many people have another carrier.
    pub(crate) fn outsiders(&self) -> u64 {
        self.outsiders
    }

    /// Somebody with another carrier.
    pub(crate) fn outsider(&self, random: &mut Random) -> Party {
        Party::outsider(random.below(self.outsiders))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rank_has_one_kind_and_every_kind_has_someone() {
        for numbers in [100, 5_000, 123_457] {
            let population = Population::new(numbers, 1);
            let mut next = 0;
            for (_, range) in population.ranks() {
                assert!(range.start == next && range.end > range.start);
                next = range.end;
            }
            assert_eq!(next, numbers);
            let kinds: BTreeSet<Kind> = population.ranks().iter().map(|(kind, _)| *kind).collect();
            assert_eq!(kinds.len(), Kind::ALL.len());
        }
    }

    #[test]
    fn every_rank_has_a_number_of_its_own() {
        let population = Population::new(5_000, 9);
        let numbers: BTreeSet<Party> = (0..5_000).map(|rank| population.number(rank)).collect();
        assert_eq!(numbers.len(), 5_000);
    }
}

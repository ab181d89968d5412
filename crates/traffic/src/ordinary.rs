//! Ordinary people: friends and families, a long tail of talkers, small businesses, and calls from outside.
//!
//! Their calls are drawn for the whole world at once, slice by slice: first how many calls the slice has by the
//! hour of the day, then for each who makes it. So nothing is kept per person and the cost is per call. Who knows
//! whom is computed as well: people of neighbouring ranks form circles of sixteen, a quarter of a circle is a
//! household, and each person has a few more contacts of their own.

use std::sync::Arc;

use crate::attempt::{Attempt, AttemptOutcome, Seen, complaint_lag};
use crate::kind::Kind;
use crate::local_time::{DAY, HOUR};
use crate::party::Party;
use crate::random::{MILLION, Random, scatter};
use crate::setting::Setting;

/// Calls a day of twenty equal groups of subscribers, quietest first: a power law, cut where people stop being
/// ordinary (99.87 % of SIMs make at most 50 calls a day: the regulator of India, 2024). Redials come on top.
const CALLS_PER_DAY: [u64; 20] = [2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11, 13, 15, 18, 22, 27, 34];
/// Calls a day of five equal groups of small businesses.
const BUSINESS_CALLS_PER_DAY: [u64; 5] = [25, 40, 60, 80, 110];
/// Calls from other networks, per thousand calls of subscribers.
const FROM_OUTSIDE_PER_THOUSAND: u64 = 60;

/// Share of the day's calls in each local hour, in ten thousandths: people, with their evening peak.
const PEOPLE_HOURS: [u64; 24] =
    [45, 25, 15, 10, 12, 35, 120, 320, 520, 640, 680, 690, 640, 480, 500, 540, 580, 660, 760, 800, 740, 570, 390, 228];
/// The same for businesses, which close in the evening.
const BUSINESS_HOURS: [u64; 24] =
    [0, 0, 0, 0, 0, 0, 30, 200, 800, 1250, 1300, 1150, 450, 600, 1050, 1150, 1000, 620, 250, 100, 40, 10, 0, 0];
const HOURS_WHOLE: u64 = 10_000;

const CIRCLE: u64 = 16;
const HOUSEHOLD: u64 = 4;
/// How many contacts a person has outside the circle.
const CONTACTS: u64 = 12;
/// How many regular customers a business has.
const CUSTOMERS: u64 = 40;

/// Of a million unanswered calls so many are tried again, and again.
const REDIAL_PER_MILLION: u64 = 350_000;
const REDIALS_MAX: u32 = 4;

/// Draws the calls of ordinary people, slice by slice.
#[derive(Debug)]
pub(crate) struct OrdinaryTraffic {
    setting: Arc<Setting>,
    random: Random,
    /// Which group makes a call: each group as often as it calls in a day.
    people_groups: Vec<u8>,
    business_groups: Vec<u8>,
}

impl OrdinaryTraffic {
    /// The ordinary traffic of a world.
    pub(crate) fn new(setting: Arc<Setting>) -> Self {
        let random = Random::of(&[setting.seed, 0x07d1]);
        let groups = |rates: &[u64]| -> Vec<u8> {
            rates.iter().enumerate().flat_map(|(group, rate)| vec![group as u8; *rate as usize]).collect()
        };
        Self {
            setting,
            random,
            people_groups: groups(&CALLS_PER_DAY),
            business_groups: groups(&BUSINESS_CALLS_PER_DAY),
        }
    }

    /// Hands the attempts of the slice from `from` to `until` (milliseconds, within one hour) to `place`, in no order.
    pub(crate) fn slice(&mut self, from: i64, until: i64, mut place: impl FnMut(Attempt)) {
        let hour = self.setting.local.hour(from);
        let people = self.calls(self.setting.population.ordinary(), &CALLS_PER_DAY, PEOPLE_HOURS[hour], until - from);
        for _ in 0..people {
            let at = self.instant(from, until);
            self.person_calls(at, &mut place);
        }
        let businesses = self.setting.population.businesses();
        for _ in 0..self.calls(businesses, &BUSINESS_CALLS_PER_DAY, BUSINESS_HOURS[hour], until - from) {
            let at = self.instant(from, until);
            place(self.business_calls(at));
        }
        for _ in 0..self.whole(people * FROM_OUTSIDE_PER_THOUSAND, 1_000) {
            let at = self.instant(from, until);
            place(self.outsider_calls(at));
        }
    }

    /// How many calls a group of ranks makes in a slice of so many milliseconds.
    fn calls(&mut self, ranks: std::ops::Range<u64>, per_day: &[u64], share_of_hour: u64, length: i64) -> u64 {
        let mean: u64 = per_day.iter().sum();
        let groups = per_day.len() as u64;
        let whole = u128::from((ranks.end - ranks.start) * mean * share_of_hour) * length as u128;
        let per_call = u128::from(groups * HOURS_WHOLE) * HOUR as u128;
        let (calls, rest) = (whole / per_call, whole % per_call);
        calls as u64 + u64::from(self.random.happens((rest * u128::from(MILLION) / per_call) as u64))
    }

    /// A fraction as a whole number: its floor or one more, as often as the rest says.
    fn whole(&mut self, numerator: u64, denominator: u64) -> u64 {
        let rest = numerator % denominator;
        numerator / denominator + u64::from(self.random.below(denominator) < rest)
    }

    fn instant(&mut self, from: i64, until: i64) -> i64 {
        from + self.random.below((until - from) as u64) as i64
    }

    /// A rank of these, each as often as its group calls.
    fn caller(random: &mut Random, ranks: std::ops::Range<u64>, groups: &[u8], group_count: u64) -> u64 {
        let len = ranks.end - ranks.start;
        let group = u64::from(groups[random.below(groups.len() as u64) as usize]);
        let members = (len + group_count - 1 - group % group_count) / group_count;
        let place = random.below(members.max(1)) * group_count + group;
        ranks.start + place % len
    }

    fn person_calls(&mut self, at: i64, place: &mut impl FnMut(Attempt)) {
        let ranks = self.setting.population.ordinary();
        let rank = Self::caller(&mut self.random, ranks, &self.people_groups, CALLS_PER_DAY.len() as u64);
        let calling = self.setting.population.number(rank);
        let called = self.someone_known(rank, calling);
        let mut attempt = self.attempt(Kind::Subscriber, calling, called, at, 720_000);
        for _ in 0..REDIALS_MAX {
            let again = attempt.outcome.talk_s.is_none() && self.random.happens(REDIAL_PER_MILLION);
            let next_at = attempt.at + attempt.outcome.length() + self.random.between(&(8_000..=150_000));
            place(attempt);
            if !again || next_at >= self.setting.end {
                return;
            }
            attempt = self.attempt(Kind::Subscriber, calling, called, next_at, 600_000);
        }
        place(attempt);
    }

    fn attempt(&mut self, kind: Kind, calling: Party, called: Party, at: i64, answered_per_million: u64) -> Attempt {
        let outcome = AttemptOutcome::among_people(&mut self.random, answered_per_million);
        let mut attempt = Attempt::new(calling, called, at, outcome);
        if outcome.talk_s.is_some() && self.random.happens(kind.complaints_per_million()) {
            attempt.complaint = Some(complaint_lag(&mut self.random));
        }
        attempt
    }

    /// Whom a person calls: the household above all, then the circle, contacts, shops, services, and now and then
    /// somebody new.
    fn someone_known(&mut self, rank: u64, calling: Party) -> Party {
        let people = self.setting.population.ordinary();
        let place = rank - people.start;
        let within = |group: u64, random: &mut Random| {
            let member = place / group * group + (place % group + 1 + random.below(group - 1)) % group;
            people.start + member % (people.end - people.start)
        };
        let called = match self.random.below(100) {
            0..32 => self.setting.population.number(within(HOUSEHOLD, &mut self.random)),
            32..60 => self.setting.population.number(within(CIRCLE, &mut self.random)),
            60..82 => self.contact(rank, CONTACTS),
            82..90 => self.shop(),
            90..91 => Party::service(self.random.bits()),
            _ => self.anybody(),
        };
        if called == calling { Party::service(place) } else { called }
    }

    /// One of the contacts that somebody has; the first ones much oftener than the last.
    fn contact(&mut self, rank: u64, contacts: u64) -> Party {
        let first = self.random.below(contacts);
        let favourite = self.random.below(first + 1);
        let person = scatter(scatter(rank ^ self.setting.seed).wrapping_add(favourite));
        self.setting.population.anybody(person % self.setting.population.people())
    }

    fn shop(&mut self) -> Party {
        let businesses = self.setting.population.businesses();
        let rank = businesses.start + self.random.below(businesses.end - businesses.start);
        self.setting.population.number(rank)
    }

    fn anybody(&mut self) -> Party {
        let place = self.random.below(self.setting.population.people());
        self.setting.population.anybody(place)
    }

    fn business_calls(&mut self, at: i64) -> Attempt {
        let ranks = self.setting.population.businesses();
        let groups = BUSINESS_CALLS_PER_DAY.len() as u64;
        let rank = Self::caller(&mut self.random, ranks, &self.business_groups, groups);
        let calling = self.setting.population.number(rank);
        let known = self.random.below(100) < 70;
        let called = if known { self.contact(rank, CUSTOMERS) } else { self.anybody() };
        let called = if called == calling { Party::service(rank) } else { called };
        self.attempt(Kind::Business, calling, called, at, 760_000)
    }

    /// A customer of another carrier calls a subscriber; a gateway sees it come in.
    fn outsider_calls(&mut self, at: i64) -> Attempt {
        let people = self.setting.population.ordinary();
        let called = people.start + self.random.below(people.end - people.start);
        let called = self.setting.population.number(called);
        let calling = self.setting.population.outsider(&mut self.random);
        let mut attempt = self.attempt(Kind::Subscriber, calling, called, at, 700_000);
        attempt.seen = Seen::AtGateway;
        attempt
    }
}

/// The hours tables are shares of one whole day.
const _: () = {
    let (mut people, mut business, mut hour) = (0, 0, 0);
    while hour < 24 {
        people += PEOPLE_HOURS[hour];
        business += BUSINESS_HOURS[hour];
        hour += 1;
    }
    assert!(people == HOURS_WHOLE && business == HOURS_WHOLE);
    assert!(DAY == 24 * HOUR);
};

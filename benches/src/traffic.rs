//! The call records that benchmarks read: one seed-free, repeatable stream, shaped like a carrier's day.
//!
//! Record `i` is a function of `i` and the shape alone, so that any part of the stream can be made again anywhere. It
//! arrives at the `i`-th moment of a day whose hours differ as people's calls do, up to half a minute after its call.
//! A part of the calls, about a fifth unless said otherwise, comes from telemarketers, who ring the same people again or
//! not, as their [`Profile`] says; the others ring the same few people. Numbers are scattered over a range, not taken from
//! anybody.

use std::io::Write;

use ringfence_cdr::{Answer, Cdr, Details, EventTime, Fingerprint, Millis, Number, RecordType, Served, Treatments};

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// Midnight in Shanghai on 6 January 2025, in milliseconds since 1970: a fixed day, long past for every broker's clock.
const MIDNIGHT_MS: u64 = 1_736_092_800_000;

/// How many of a thousand calls fall into each hour, from midnight on.
const DAY_CURVE: [u64; 24] = [8, 5, 3, 3, 4, 8, 18, 35, 58, 75, 78, 70, 55, 58, 68, 72, 72, 68, 62, 56, 48, 38, 24, 14];

/// How long after its call a record arrives: at least, and how much more at most.
const DELAY_MS: (u64, u64) = (200, 29_800);

/// `causeForTerm` of an answered call and of one that was not.
const CAUSES: (u16, u16) = (0, 3);

/// How many people an ordinary subscriber rings.
const CONTACTS: u64 = 20;

/// Scatters the numbers' indices over nine digits; odd and not a multiple of 5, so no two fall together.
const SCATTER: u64 = 387_420_489;
const NINE_DIGITS: u64 = 1_000_000_000;

/// How many people a telemarketer rings again and again, who does so.
const REGULARS: u64 = 60;

/// How telemarketers call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// They never ring the same number twice on purpose: few of them break a rule.
    Campaign,
    /// A third of their calls goes to people whom they rang before: nearly all of them break rules, for hours.
    Mixed,
    /// Cards within the usual volume, of 200 to 500 calls a day, and every second of them rings people again.
    Cards,
}

/// The size of the stream.
#[derive(Debug, Clone, Copy)]
pub struct TrafficShape {
    /// How telemarketers call.
    pub profile: Profile,
    /// How many records there are.
    pub records: u64,
    /// How many days they are spread over.
    pub days: u64,
    /// How many numbers call, telemarketers included.
    pub numbers: u64,
    /// How many of these are telemarketers.
    pub telemarketers: u64,
    /// How many of a thousand calls are theirs.
    pub telemarketing: u64,
}

impl Default for TrafficShape {
    /// Four million calls of 200,000 numbers on one day.
    fn default() -> Self {
        let profile = Profile::Campaign;
        Self { profile, records: 4_000_000, days: 1, numbers: 200_000, telemarketers: 1_000, telemarketing: 220 }
    }
}

/// One call record, numbers still as indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    index: u64,
    calling: u64,
    called: u64,
    /// When the call was attempted, in milliseconds since 1970.
    pub seizure_ms: u64,
    /// When the record reached Kafka: never before the call, and never before the record that precedes it.
    pub arrival_ms: u64,
    ring_ms: u64,
    duration_s: u64,
    answered: bool,
}

impl TrafficShape {
    /// The `index`-th record to arrive.
    #[must_use]
    pub fn call(&self, index: u64) -> Call {
        let mut draw = Draws::of(index);
        let arrival_ms = self.arrival_ms(index);
        let seizure_ms = arrival_ms - DELAY_MS.0 - draw.below(DELAY_MS.1);
        let telemarketing = draw.below(1000) < self.telemarketing;
        let (calling, called) = if telemarketing {
            self.telemarketing_call(&mut draw)
        } else {
            let subscribers = self.numbers - self.telemarketers;
            let skewed = draw.below(subscribers).min(draw.below(subscribers));
            let contact = skewed * CONTACTS + draw.below(CONTACTS).min(draw.below(CONTACTS));
            (number(self.telemarketers + skewed), Draws::of(!contact).below(NINE_DIGITS))
        };
        let answered = draw.below(100) < if telemarketing { 55 } else { 75 };
        Call {
            index,
            calling,
            called,
            seizure_ms,
            arrival_ms,
            ring_ms: 1_000 + draw.below(25_000),
            duration_s: 1 + draw.below(if telemarketing { 25 } else { 400 }),
            answered,
        }
    }

    /// Who of the telemarketers calls whom.
    fn telemarketing_call(&self, draw: &mut Draws) -> (u64, u64) {
        let caller = match self.profile {
            // The least of three draws: the busiest makes three times as many calls as the middle one.
            Profile::Campaign | Profile::Mixed => {
                (0..3).map(|_| draw.below(self.telemarketers)).min().unwrap_or_default()
            }
            // Four of seven draws are even and the greater of two is taken of the others: so the last makes two and a half
            // times as many calls as the first.
            Profile::Cards if draw.below(7) < 4 => draw.below(self.telemarketers),
            Profile::Cards => draw.below(self.telemarketers).max(draw.below(self.telemarketers)),
        };
        let again = match self.profile {
            Profile::Campaign => false,
            Profile::Mixed => draw.below(3) == 0,
            Profile::Cards => caller.is_multiple_of(2) && draw.below(3) == 0,
        };
        let called = match again {
            true => Draws::of(!(u64::MAX / 2 + caller * REGULARS + draw.below(REGULARS))).below(NINE_DIGITS),
            false => draw.below(NINE_DIGITS),
        };
        (number(caller), called)
    }

    /// The telemarketers' numbers in E.164.
    pub fn telemarketing_numbers(&self) -> impl Iterator<Item = String> {
        (0..self.telemarketers).map(|index| e164(number(index)))
    }

    /// Spreads the records over the days and hours: inside an hour evenly.
    fn arrival_ms(&self, index: u64) -> u64 {
        let per_day = self.records.div_ceil(self.days).max(1);
        let day = index / per_day;
        let curve: u64 = DAY_CURVE.iter().sum();
        // In units of a thousandth (or so) of a day's calls, scaled so that the division below loses nothing.
        let mut rank = (index % per_day) * curve;
        for (hour, weight) in (0..).zip(DAY_CURVE) {
            let in_hour = weight * per_day;
            if rank < in_hour {
                let within = u128::from(rank) * 3_600_000 / u128::from(in_hour);
                return MIDNIGHT_MS + day * DAY_MS + hour * 3_600_000 + u64::try_from(within).unwrap_or_default();
            }
            rank -= in_hour;
        }
        MIDNIGHT_MS + (day + 1) * DAY_MS
    }
}

impl Call {
    /// Writes the calling number, which is the record's key, in E.164.
    pub fn write_key(&self, out: &mut Vec<u8>) {
        out.clear();
        append(out, format_args!("+8613{:09}", self.calling));
    }

    /// The record as it is once decoded; the test below holds it to what the JSON decodes to.
    #[must_use]
    pub fn cdr(&self) -> Cdr {
        let (duration_s, cause) = self.outcome();
        Cdr {
            fingerprint: Fingerprint::of(&format!("{:010}", self.index)),
            record_type: Some(RecordType::MoCall),
            calling_number: Number::new(&e164(self.calling)),
            called_number: Number::new(&e164(self.called)),
            at: EventTime(i64::try_from(self.seizure_ms).unwrap_or(i64::MAX)),
            arrival: None,
            call_duration: Some(Millis(i64::try_from(duration_s * 1000).unwrap_or(i64::MAX))),
            answer: if self.answered { Answer::Answered } else { Answer::Unanswered },
            cause_for_term: Some(cause),
            diagnostics: None,
            served: Served::Yes,
            part: None,
            leg: None,
            details: Details::default(),
            treatments: Treatments::default(),
        }
    }

    /// `callDuration` in seconds and `causeForTerm`.
    fn outcome(&self) -> (u64, u16) {
        if self.answered { (self.duration_s, CAUSES.0) } else { (self.ring_ms / 1000, CAUSES.1) }
    }

    /// Writes the record as canonical JSON of about 220 bytes.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.clear();
        append(
            out,
            format_args!(
                "{{\"recordId\":\"{:010}\",\"recordType\":\"moCall\",\"recordingEntity\":\"msc-{:02}\",\
                 \"callingNumber\":\"+8613{:09}\",\"calledNumber\":\"+8613{:09}\",\"seizureTime\":{}",
                self.index,
                self.calling % 40,
                self.calling,
                self.called,
                self.seizure_ms
            ),
        );
        if self.answered {
            append(out, format_args!(",\"answerTime\":{}", self.seizure_ms + self.ring_ms));
        }
        let (duration_s, cause) = self.outcome();
        append(out, format_args!(",\"callDuration\":{duration_s},\"causeForTerm\":{cause}}}"));
    }
}

/// The nine last digits of the number with this index.
fn number(index: u64) -> u64 {
    (index * SCATTER + 123_456_789) % NINE_DIGITS
}

fn e164(nine_digits: u64) -> String {
    format!("+8613{nine_digits:09}")
}

/// Appends text; memory takes whatever is written to it.
fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let _: std::io::Result<()> = out.write_fmt(text);
}

/// The draws that belong to one record (SplitMix64, by Steele, Lea and Flood 2014).
struct Draws(u64);

impl Draws {
    fn of(index: u64) -> Self {
        Self(index.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32))
    }

    /// A number below `bound`, by the high half of a product.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let high = (u128::from(mixed) * u128::from(bound)) >> 64;
        u64::try_from(high).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use ringfence_cdr::{CdrContext, json};

    use super::{Call, MIDNIGHT_MS, Profile, TrafficShape, number};

    fn some() -> TrafficShape {
        TrafficShape { records: 200_000, days: 2, numbers: 20_000, telemarketers: 100, ..TrafficShape::default() }
    }

    #[test]
    fn records_arrive_in_order_after_their_calls_and_within_the_days() {
        let mut before = 0;
        for index in 0..200_000 {
            let call = some().call(index);
            assert!(call.arrival_ms >= before);
            assert!((200..30_000).contains(&(call.arrival_ms - call.seizure_ms)));
            before = call.arrival_ms;
        }
        assert_eq!((before - MIDNIGHT_MS) / 3_600_000, 47);
    }

    #[test]
    fn a_fifth_of_the_calls_are_the_telemarketers() {
        let telemarketers: BTreeSet<u64> = (0..100).map(number).collect();
        let mut calls: BTreeMap<u64, u32> = BTreeMap::new();
        for index in 0..200_000 {
            *calls.entry(some().call(index).calling).or_default() += 1;
        }
        let theirs: u32 = telemarketers.iter().filter_map(|number| calls.get(number)).sum();
        assert!((43_000..45_000).contains(&theirs), "{theirs}");
        assert!(calls.len() > 18_000 && calls.len() <= 20_000, "{}", calls.len());
    }

    #[test]
    fn cards_make_two_to_five_hundred_calls_and_every_second_rings_people_again() {
        let shape =
            TrafficShape { profile: Profile::Cards, records: 35_000, numbers: 101, telemarketing: 1_000, ..some() };
        let shape = TrafficShape { telemarketers: 100, days: 1, ..shape };
        let mut calls: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for index in 0..35_000 {
            let call = shape.call(index);
            calls.entry(call.calling).or_default().push(call.called);
        }
        let of = |card: u64| &calls[&number(card)];
        assert!((0..100).all(|card| (150..=580).contains(&of(card).len())));
        let again = |card: u64| of(card).len() - of(card).iter().collect::<BTreeSet<_>>().len();
        assert!((0..100).all(|card| (again(card) > 10) == card.is_multiple_of(2)));
    }

    #[test]
    fn a_decoded_record_is_what_its_json_decodes_to() {
        let mut text = Vec::new();
        for index in (0..200_000).step_by(199) {
            let call = some().call(index);
            call.write_json(&mut text);
            assert_eq!(json::decode_cdr(&text, &CdrContext::default()), Ok(Some(call.cdr())));
        }
    }

    #[test]
    fn a_record_is_json_of_about_220_bytes_and_the_same_each_time() {
        let mut bytes = 0;
        let mut json = Vec::new();
        for index in 0..1_000 {
            some().call(index).write_json(&mut json);
            bytes += json.len();
            assert!(sonic_rs::from_slice::<sonic_rs::Value>(&json).is_ok());
        }
        assert!((215_000..225_000).contains(&bytes), "{bytes}");
        let again: Call = some().call(12_345);
        assert_eq!(again, some().call(12_345));
    }
}

//! From what a test feeds to records.

use jiff::civil::{Time, date};
use ringfence_cdr::{
    Answer, Cdr, Complaint, Details, EventTime, Fingerprint, Millis, Number, Record, RecordType, Served, Treatments,
};

use ringfence_rules::{Feed, Fraction, Zone};

/// The number that every fed call is made by: plainly generated, of the block used throughout.
pub const FEED_NUMBER: &str = "+8619000000000";
/// How long a short call lasts, and any other.
const SHORT: Millis = Millis(5_000);
const LONG: Millis = Millis(60_000);
/// The time of day of the first fact where the test says none: calling is allowed then.
const START: Time = Time::constant(10, 0, 0, 0);

/// The records of a feed in order of time. Calls and complaints are spread evenly over the feed's time, and whatever
/// is a share of them is spread evenly over these, so that any stretch has it too.
#[must_use]
pub fn expand(feed: &Feed, zone: &Zone) -> Vec<Record> {
    let start = start_of(feed, zone);
    let mut records: Vec<(EventTime, Record)> = Vec::new();
    for index in 0..feed.calls {
        let at = spread(start, feed.over, index, feed.calls);
        records.push((at, Record::Call(call(feed, index, at))));
    }
    for index in 0..feed.complaints {
        let at = spread(start, feed.over, index, feed.complaints);
        records.push((at, Record::Complaint(complaint(feed, index, at))));
    }
    records.sort_by_key(|(at, _)| *at);
    records.into_iter().map(|(_, record)| record).collect()
}

/// A Monday without a change of clocks anywhere.
fn start_of(feed: &Feed, zone: &Zone) -> EventTime {
    let local = date(2026, 6, 1).to_datetime(feed.at.unwrap_or(START));
    zone.time_zone().to_timestamp(local).map_or(EventTime(0), EventTime::from)
}

/// The time of one of `count` facts, the first at the start and the last at the end.
fn spread(start: EventTime, over: Millis, index: u32, count: u32) -> EventTime {
    let steps = i64::from(count.max(2) - 1);
    start.plus(Millis(over.0 * i64::from(index) / steps))
}

/// Whether one of many is of a share that is spread evenly over them: the first is, where any is.
fn is_of_share(share: Option<Fraction>, index: u32) -> bool {
    let Some(share) = share else { return false };
    let up_to = |count: u32| {
        let scaled = share.numerator() * i128::from(count);
        -(-scaled).div_euclid(share.denominator())
    };
    up_to(index + 1) > up_to(index)
}

fn call(feed: &Feed, index: u32, at: EventTime) -> Cdr {
    let answered = feed.answered.is_none() || is_of_share(feed.answered, index);
    let short = is_of_share(feed.short, index);
    let served = if feed.record_type == RecordType::MoCall { Served::Yes } else { Served::No };
    Cdr {
        fingerprint: Fingerprint::of(&format!("feed-call-{index}")),
        record_type: Some(feed.record_type),
        calling_number: Number::new(FEED_NUMBER),
        called_number: Number::new(&format!("+86190001{:05}", callee(feed, index))),
        at,
        arrival: None,
        call_duration: Some(if !answered {
            Millis::ZERO
        } else if short {
            SHORT
        } else {
            LONG
        }),
        answer: if answered { Answer::Answered } else { Answer::Unanswered },
        cause_for_term: None,
        diagnostics: None,
        served,
        part: None,
        leg: None,
        details: Details::default(),
        treatments: Treatments::default(),
    }
}

/// Which of the called numbers a call goes to: in turn, but for the calls that repeat one of them.
fn callee(feed: &Feed, index: u32) -> u32 {
    let callees = feed.callees.unwrap_or(feed.calls).max(1);
    let Some(repeat) = feed.repeat else { return index % callees };
    let share = Fraction::ratio(i128::from(repeat), i128::from(feed.calls.max(1)));
    if is_of_share(share, index) || callees == 1 { 0 } else { 1 + index % (callees - 1) }
}

fn complaint(feed: &Feed, index: u32, at: EventTime) -> Complaint {
    let complainants = feed.complainants.unwrap_or(feed.complaints).max(1);
    let fingerprint = Fingerprint::of(&format!("feed-complaint-{index}"));
    Complaint {
        complainant: Some(Number::new(&format!("+86190002{:05}", index % complainants))),
        ..Complaint::alleged(fingerprint, Number::new(FEED_NUMBER), at)
    }
}

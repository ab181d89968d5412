//! The network: makes records of attempts, cuts long calls, sends files, and makes the mistakes that networks make.

use ringfence_cdr::{ComplaintStatus, RecordType};

use crate::arrivals::Arrivals;
use crate::attempt::{Attempt, Delivery, Seen};
use crate::complaint::{CATEGORIES, CHANNELS, ComplaintRecord};
use crate::counts::Counts;
use crate::emission::EmissionRecord;
use crate::files;
use crate::garbage::{Garbage, SPOILED, spoil};
use crate::local_time::{DAY, HOUR, MINUTE, SECOND};
use crate::party::Party;
use crate::random::{Random, scatter};
use crate::record::{CallRecord, Element, SWITCHES};

/// A call that talks longer is recorded in parts of this many seconds.
const PART_S: u32 = 1_800;
/// The parts of so many in a million of such calls arrive last part first.
const REVERSED_PER_MILLION: u64 = 250_000;

const DUPLICATES_PER_MILLION: u64 = 5_000;
/// A repeat comes this long after the first copy.
const REPEAT_AFTER: std::ops::RangeInclusive<i64> = SECOND..=12 * MINUTE;
const CONFLICTS_PER_MILLION: u64 = 300;
const GARBAGE_PER_MILLION: u64 = 200;
const SECOND_LEGS_PER_MILLION: u64 = 60_000;
/// The clocks of two switches differ by up to two seconds.
const CLOCKS_APART: std::ops::RangeInclusive<i64> = -2_000..=2_000;

/// How long a complaint takes from the desk to the engine.
const COMPLAINT_TRANSFER: std::ops::RangeInclusive<i64> = SECOND..=2 * MINUTE;
/// So many in a million complainants say a call time after their complaint.
const CALL_TIME_WRONG_PER_MILLION: u64 = 30_000;
const JUDGED_PER_MILLION: u64 = 150_000;
/// How long after a complaint the desk has judged it.
const JUDGED_AFTER: std::ops::RangeInclusive<i64> = 4 * HOUR..=6 * DAY;
/// What a desk finds, the commonest first.
const FINDINGS: [ComplaintStatus; 4] =
    [ComplaintStatus::Upheld, ComplaintStatus::Upheld, ComplaintStatus::Rejected, ComplaintStatus::Withdrawn];

/// Makes records and sends them off.
#[derive(Debug)]
pub(crate) struct Network {
    seed: u64,
    end: i64,
    random: Random,
    /// The serial number of the last record.
    serial: u64,
    /// What is on its way to the engine.
    pub(crate) arrivals: Arrivals,
    /// What was made so far.
    pub(crate) counts: Counts,
}

impl Network {
    /// A network of a world from `start` to `end` (milliseconds).
    pub(crate) fn new(seed: u64, start: i64, end: i64) -> Self {
        let random = Random::of(&[seed, 0x2e7]);
        Self { seed, end, random, serial: 0, arrivals: Arrivals::new(start), counts: Counts::default() }
    }

    /// Records an attempt and all that comes of it.
    pub(crate) fn record(&mut self, attempt: &Attempt) {
        self.counts.attempts += 1;
        let record = self.record_of(attempt);
        if record.call_duration_s > PART_S && record.answer_time.is_some() {
            self.send_parts(&record);
        } else {
            self.send_whole(record, attempt);
        }
        if let Some(lag) = attempt.complaint {
            self.complain(attempt, lag);
        }
    }

    fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The switch that serves a number.
    fn home(&self, party: Party) -> Element {
        Element((scatter(self.seed ^ party.digits()) % u64::from(SWITCHES)) as u8)
    }

    fn record_of(&mut self, attempt: &Attempt) -> CallRecord {
        let (element, record_type) = match attempt.seen {
            Seen::AtHome => (self.home(attempt.calling), RecordType::MoCall),
            Seen::AtGateway => (Element::gateway(attempt.called.digits()), RecordType::IncGateway),
        };
        let outcome = &attempt.outcome;
        let held = outcome.talk_s.unwrap_or((outcome.ring + SECOND - 1) / SECOND);
        CallRecord {
            serial: self.next_serial(),
            element,
            record_type,
            calling_number: attempt.calling,
            called_number: attempt.called,
            seizure_time: Some(attempt.at),
            answer_time: outcome.talk_s.map(|_| attempt.at + outcome.ring),
            call_duration_s: held.clamp(1, i64::from(u32::MAX)) as u32,
            cause_for_term: if outcome.talk_s.is_some() { 0 } else { 3 },
            diagnostics: outcome.diagnostics,
            part: None,
            arrival_time: attempt.at + outcome.length(),
        }
    }

    /// Gives a record written at its `arrival_time` the arrival of its file.
    fn file(&mut self, record: &mut CallRecord) {
        let arrival = files::arrival(self.seed, record.element, record.arrival_time, &mut self.random);
        record.arrival_time = arrival.at;
        self.counts.late += u64::from(arrival.late);
    }

    fn send(&mut self, record: CallRecord) {
        self.arrivals.send(record.arrival_time, EmissionRecord::Cdr(record));
    }

    fn send_whole(&mut self, mut record: CallRecord, attempt: &Attempt) {
        let written = record.arrival_time;
        match attempt.delivery {
            Delivery::Usual => self.file(&mut record),
            Delivery::At(file_at) => {
                record.arrival_time = file_at.max(written) + self.random.below(1_500) as i64;
                self.counts.late += 1;
            }
        }
        self.send(record);
        self.mistakes(&record);
        let on_net = attempt.called.is_subscriber() && attempt.seen == Seen::AtHome;
        if on_net && self.random.happens(SECOND_LEGS_PER_MILLION) {
            self.send_second_leg(&record, written);
        }
    }

    /// The called side's record of the same call, by another clock.
    fn send_second_leg(&mut self, first: &CallRecord, written: i64) {
        let apart = self.random.between(&CLOCKS_APART);
        let mut leg = CallRecord {
            serial: self.next_serial(),
            element: self.home(first.called_number),
            record_type: RecordType::MtCall,
            seizure_time: first.seizure_time.map(|at| at + apart),
            answer_time: first.answer_time.map(|at| at + apart),
            arrival_time: written + apart.abs(),
            ..*first
        };
        self.file(&mut leg);
        self.counts.second_legs += 1;
        self.send(leg);
    }

    /// The parts of a long call, each written when it ends.
    fn send_parts(&mut self, whole: &CallRecord) {
        let answer = whole.answer_time.unwrap_or(whole.arrival_time);
        let count = whole.call_duration_s.div_ceil(PART_S);
        let reversed = self.random.happens(REVERSED_PER_MILLION);
        let mut parts = Vec::with_capacity(count as usize);
        for index in 0..count {
            let begin = answer + i64::from(index * PART_S) * SECOND;
            let last = index + 1 == count;
            let duration = if last { whole.call_duration_s - index * PART_S } else { PART_S };
            let mut part = CallRecord {
                serial: if index == 0 { whole.serial } else { self.next_serial() },
                seizure_time: whole.seizure_time.filter(|_| index == 0),
                answer_time: Some(begin),
                call_duration_s: duration,
                cause_for_term: u8::from(!last),
                part: Some((whole.serial, index + 1)),
                arrival_time: begin + i64::from(duration) * SECOND,
                ..*whole
            };
            self.file(&mut part);
            parts.push(part);
        }
        if reversed {
            let last = parts.iter().map(|part| part.arrival_time).max().unwrap_or(0);
            for (back, part) in parts.iter_mut().rev().enumerate() {
                part.arrival_time = last + back as i64;
            }
        }
        self.counts.partial_calls += 1;
        self.counts.parts += u64::from(count);
        for part in parts {
            self.send(part);
            if self.random.happens(DUPLICATES_PER_MILLION) {
                self.repeat(&part);
            }
        }
    }

    fn repeat(&mut self, record: &CallRecord) {
        let arrival_time = record.arrival_time + self.random.between(&REPEAT_AFTER);
        self.counts.duplicates += 1;
        self.send(CallRecord { arrival_time, ..*record });
    }

    /// A record sent twice, sent twice with different contents, or followed by one that cannot be read.
    fn mistakes(&mut self, record: &CallRecord) {
        let chance = self.random.below(crate::random::MILLION);
        if chance < DUPLICATES_PER_MILLION {
            self.repeat(record);
        } else if chance < DUPLICATES_PER_MILLION + CONFLICTS_PER_MILLION {
            let arrival_time = record.arrival_time + self.random.between(&REPEAT_AFTER);
            let call_duration_s = record.call_duration_s + self.random.between(&(1..=20)) as u32;
            self.counts.conflicting_duplicates += 1;
            self.send(CallRecord { arrival_time, call_duration_s, ..*record });
        } else if chance < DUPLICATES_PER_MILLION + CONFLICTS_PER_MILLION + GARBAGE_PER_MILLION {
            self.send_garbage(record);
        }
    }

    fn send_garbage(&mut self, record: &CallRecord) {
        let code = SPOILED[self.random.below(SPOILED.len() as u64) as usize];
        let bytes = spoil(&CallRecord { serial: self.next_serial(), ..*record }, code);
        *self.counts.garbage.entry(code).or_default() += 1;
        let garbage = Garbage { key: record.calling_number, bytes, code };
        self.arrivals.send(record.arrival_time, EmissionRecord::Garbage(Box::new(garbage)));
    }

    /// A complaint, if it is received within the world, and what the desk finds, if that is.
    fn complain(&mut self, attempt: &Attempt, lag: i64) {
        let received_time = attempt.at + attempt.outcome.length() + lag;
        let arrival_time = received_time + self.random.between(&COMPLAINT_TRANSFER);
        let wrong = self.random.happens(CALL_TIME_WRONG_PER_MILLION);
        let complaint = ComplaintRecord {
            serial: self.next_serial(),
            complained_number: attempt.calling,
            complainant_number: attempt.called,
            received_time,
            call_time: if wrong { received_time + HOUR } else { attempt.at.div_euclid(MINUTE) * MINUTE },
            category: CATEGORIES[self.random.below(CATEGORIES.len() as u64) as usize],
            channel: CHANNELS[self.random.below(CHANNELS.len() as u64) as usize],
            status: ComplaintStatus::Alleged,
            status_time: None,
            arrival_time,
        };
        if arrival_time >= self.end {
            return;
        }
        self.counts.complaints += 1;
        self.arrivals.send(arrival_time, EmissionRecord::Complaint(complaint));
        if self.random.happens(JUDGED_PER_MILLION) {
            let judged = received_time + self.random.between(&JUDGED_AFTER);
            let arrival_time = judged + self.random.between(&COMPLAINT_TRANSFER);
            let status = FINDINGS[self.random.below(FINDINGS.len() as u64) as usize];
            if arrival_time < self.end {
                self.counts.complaint_versions += 1;
                let version = ComplaintRecord { status, status_time: Some(judged), arrival_time, ..complaint };
                self.arrivals.send(arrival_time, EmissionRecord::Complaint(version));
            }
        }
    }
}

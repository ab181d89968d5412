//! Single numbers at their worst: a late file, a million calls in an hour, floods of complaints and of parts.

use std::sync::Arc;
use std::time::Duration;

use ringfence_cdr::{
    Answer, Cdr, Complaint, Details, EventTime, Fingerprint, Millis, Number, Part, Record, RecordType, Served,
    Treatments,
};
use ringfence_evaluator::{Delivery, InputId, Outcome, Shard, ShardClock, ShardOptions};

use crate::Error;
use crate::judging::thread_cpu;
use crate::packs::Rules;

/// The number that calls, of a block that is assigned to nobody.
pub const NUMBER: &str = "+8619000000001";

/// Midnight in Shanghai on 6 January 2025.
const START: EventTime = EventTime(1_736_092_800_000);

/// A shard with one number, and the processor time that it took.
#[derive(Debug)]
pub struct OneNumber {
    shard: Shard,
    input: InputId,
    arrival: EventTime,
    spent: Duration,
    outputs: u64,
}

impl OneNumber {
    /// A live shard without facts.
    #[must_use]
    pub fn new(pack: &Arc<Rules>) -> Self {
        let clock = ShardClock::Live { impose_from: EventTime::MIN };
        let mut shard = pack.shard(ShardOptions { clock, ..ShardOptions::default() });
        let input = shard.add_input("calls");
        Self { shard, input, arrival: START, spent: Duration::ZERO, outputs: 0 }
    }

    /// Lets `count` records of the number come, made from `from` on, evenly over `over`, in commits of `commit` records,
    /// and returns the processor time.
    ///
    /// # Errors
    /// If a record is no news.
    pub fn take(
        &mut self,
        count: u64,
        (from, over): (Millis, Millis),
        commit: u64,
        record: impl Fn(u64, EventTime) -> Record,
    ) -> Result<Duration, Error> {
        let mut outputs = Vec::new();
        let began = thread_cpu();
        for index in 0..count {
            let offset = i128::from(over.0) * i128::from(index) / i128::from(count.max(1));
            let at = START.plus(from).plus(Millis(i64::try_from(offset).unwrap_or_default()));
            self.arrival = self.arrival.max(at);
            let record = record(index, at);
            let outcome = self.shard.apply(&Delivery { input: self.input, arrival: Some(self.arrival), record });
            if !matches!(outcome, Outcome::Inserted | Outcome::Merged { .. }) {
                return Err(Error::Unmet("a record of the one number is no news".to_owned()));
            }
            if index % commit == commit - 1 || index + 1 == count {
                self.shard.commit(&mut outputs);
                self.outputs += outputs.len() as u64;
                outputs.clear();
            }
        }
        let spent = thread_cpu() - began;
        self.spent += spent;
        Ok(spent)
    }

    /// Facts held, and standing violations.
    #[must_use]
    pub fn found(&self) -> (u64, usize) {
        (self.shard.counts().facts, self.shard.standing().len())
    }
}

/// A call to one of a few thousand numbers. `series` tells calls of one time apart.
#[must_use]
pub fn call(series: u64, index: u64, at: EventTime) -> Record {
    Record::Call(cdr(series, index, at))
}

/// One of the three parts of a call.
#[must_use]
pub fn part(index: u64, at: EventTime) -> Record {
    let whole = cdr(0, index / 3, at);
    let reference = format!("switch-1 {}", index / 3).into();
    let sequence_number = u32::try_from(index % 3).unwrap_or_default() + 1;
    Record::Call(Cdr {
        fingerprint: Fingerprint::of(&format!("part {index}")),
        part: Some(Part { reference, sequence_number }),
        ..whole
    })
}

/// A complaint by a person of its own.
#[must_use]
pub fn complaint(index: u64, at: EventTime) -> Record {
    let fingerprint = Fingerprint::of(&format!("complaint {index}"));
    Record::Complaint(Complaint {
        complainant: Some(Number::new(&format!("+86190{index:08}"))),
        ..Complaint::alleged(fingerprint, Number::new(NUMBER), at)
    })
}

fn cdr(series: u64, index: u64, at: EventTime) -> Cdr {
    let callee = (index * 7_919 + series) % 5_003;
    let answered = !index.is_multiple_of(3);
    Cdr {
        fingerprint: Fingerprint::of(&format!("{series}-{index}")),
        record_type: Some(RecordType::MoCall),
        calling_number: Number::new(NUMBER),
        called_number: Number::new(&format!("+86190001{callee:05}")),
        at,
        arrival: None,
        call_duration: Some(Millis(if answered {
            1_000 * (1 + i64::try_from(index % 60).unwrap_or_default())
        } else {
            0
        })),
        answer: if answered { Answer::Answered } else { Answer::Unanswered },
        cause_for_term: None,
        diagnostics: None,
        served: Served::Yes,
        part: None,
        leg: None,
        details: Details::default(),
        treatments: Treatments::default(),
    }
}

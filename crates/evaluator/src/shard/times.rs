//! The times that a shard knows.

use std::collections::BTreeSet;

use ringfence_cdr::{EventTime, Millis};
use ringfence_timeline::Symbols;
use serde::{Deserialize, Serialize};

use super::delivery::InputId;
use crate::clock::ShardClock;
use crate::judging::Context;
use crate::rulebook::Rulebook;

/// The times that a shard knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Times {
    /// The live inputs, in the order in which they were added; archives have none.
    inputs: Vec<InputTime>,
    /// The highest event time of any fact.
    pub(crate) seen: EventTime,
    /// The arrival time of the first record: what came before was not read.
    complete_from: Option<EventTime>,
    /// Of archives: the highest arrival time, or event time where records have none.
    archive_clock: Option<EventTime>,
    /// Instants up to this had settled at the last commit. What had not settled then may be changed by the records since,
    /// however far they themselves move time on. It never goes back, also where a change of rules allows records to come
    /// later.
    settled: EventTime,
}

/// How far a live input has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct InputTime {
    /// Its topic: the place of an input in the shard means nothing to anybody else.
    topic: Box<str>,
    /// The arrival time applied so far.
    time: Option<EventTime>,
    /// Whether it is read no longer, and holds no time back.
    is_retired: bool,
}

impl Times {
    pub(crate) fn new() -> Self {
        Self {
            inputs: Vec::new(),
            seen: EventTime::MIN,
            complete_from: None,
            archive_clock: None,
            settled: EventTime::MIN,
        }
    }

    /// What every judgement of a commit shares.
    pub(crate) fn context<'a>(&self, book: &'a Rulebook, symbols: &'a Symbols) -> Context<'a> {
        Context {
            book,
            symbols,
            now: self.now(),
            settled: self.settled(),
            seen: self.seen,
            complete_from: self.complete_from(),
        }
    }

    /// Shard time: the least of the arrival times applied; of archives the highest.
    pub(crate) fn now(&self) -> Option<EventTime> {
        if self.inputs.is_empty() {
            return self.archive_clock;
        }
        let mut read = self.inputs.iter().filter(|input| !input.is_retired).peekable();
        read.peek()?;
        read.try_fold(EventTime::MAX, |least, input| input.time.map(|time| least.min(time)))
    }

    /// From when on nothing is missing: of live inputs not before a record has told a time, of archives ever.
    pub(crate) fn complete_from(&self) -> EventTime {
        let untold = if self.inputs.is_empty() { EventTime::MIN } else { EventTime::MAX };
        self.complete_from.unwrap_or(untold)
    }

    /// Whether these are the times of such a clock.
    pub(crate) fn fits(&self, clock: ShardClock) -> bool {
        let topics: BTreeSet<&str> = self.inputs.iter().map(|input| &*input.topic).collect();
        matches!(clock, ShardClock::Live { .. }) != self.inputs.is_empty() && topics.len() == self.inputs.len()
    }

    /// Reads an input from now on. It begins at the shard time of this moment, which so never goes back for what the
    /// input held before.
    pub(crate) fn add(&mut self, topic: &str) -> InputId {
        let now = self.now();
        let at = match self.inputs.iter().position(|input| *input.topic == *topic) {
            Some(at) => at,
            None => {
                self.inputs.push(InputTime { topic: topic.into(), time: None, is_retired: true });
                self.inputs.len() - 1
            }
        };
        let input = &mut self.inputs[at];
        if std::mem::take(&mut input.is_retired) {
            input.time = input.time.max(now);
        }
        InputId(at as u32)
    }

    /// Everything applied so far has been judged. Of live inputs, what lies more than `lateness` before shard time has
    /// settled; archives settle nothing.
    pub(crate) fn commit(&mut self, lateness: Millis) {
        if let Some(now) = self.now().filter(|_| !self.inputs.is_empty()) {
            self.settled = self.settled.max(now.minus(lateness).minus(Millis(1)));
        }
    }

    /// What had settled at the last commit.
    pub(crate) fn settled(&self) -> EventTime {
        self.settled
    }

    /// Moves an input's time on; it never goes back.
    pub(crate) fn advance(&mut self, input: InputId, at: EventTime) {
        let time = match self.inputs.is_empty() {
            true => Some(&mut self.archive_clock),
            false => self.inputs.get_mut(input.0 as usize).map(|input| &mut input.time),
        };
        if let Some(time) = time {
            *time = Some(time.map_or(at, |time| time.max(at)));
        }
    }

    /// Moves time to the arrival of a record. One that is rejected for its times moves none: an arrival that its producer
    /// set years ahead would settle and evict all that is held.
    pub(crate) fn arrive(&mut self, input: InputId, arrival: Option<EventTime>, event: EventTime) {
        let arrival = arrival.unwrap_or(event);
        if !self.inputs.is_empty() && self.complete_from.is_none() {
            self.complete_from = Some(arrival);
        }
        self.advance(input, arrival);
    }

    /// Reads an input no longer: it holds no time back from now on.
    pub(crate) fn retire(&mut self, input: InputId) {
        if let Some(input) = self.inputs.get_mut(input.0 as usize) {
            input.is_retired = true;
        }
    }

    /// The live inputs, each with its topic and whether it is read still.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (InputId, &str, bool)> {
        let inputs = self.inputs.iter().zip(0..);
        inputs.map(|(input, at)| (InputId(at), &*input.topic, !input.is_retired))
    }
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::EventTime;

    use super::{InputId, ShardClock, Times};

    fn live(topics: &[&str]) -> Times {
        let mut times = Times::new();
        for topic in topics {
            times.add(topic);
        }
        times
    }

    #[test]
    fn shard_time_is_the_least_of_all_inputs_once_each_has_spoken() {
        let mut times = live(&["a", "b"]);
        times.advance(InputId(0), EventTime(5));
        assert_eq!(times.now(), None);
        times.advance(InputId(1), EventTime(3));
        assert_eq!(times.now(), Some(EventTime(3)));
    }

    #[test]
    fn an_input_that_is_added_begins_where_the_shard_is_and_its_backlog_moves_no_time_back() {
        let mut times = live(&["a"]);
        times.advance(InputId(0), EventTime(100));
        let added = times.add("b");
        assert_eq!((added, times.now()), (InputId(1), Some(EventTime(100))));
        times.arrive(added, Some(EventTime(7)), EventTime(7));
        times.advance(InputId(0), EventTime(200));
        assert_eq!(times.now(), Some(EventTime(100)), "time waits until the backlog is read");
        times.advance(added, EventTime(150));
        assert_eq!(times.now(), Some(EventTime(150)));
    }

    #[test]
    fn an_input_that_is_retired_holds_no_time_back_and_comes_back_under_its_name() {
        let mut times = live(&["a", "b"]);
        times.advance(InputId(0), EventTime(100));
        times.inputs[1].is_retired = true;
        assert_eq!(times.now(), Some(EventTime(100)));
        assert_eq!((times.add("b"), times.now()), (InputId(1), Some(EventTime(100))));
        times.inputs.iter_mut().for_each(|input| input.is_retired = true);
        assert_eq!(times.now(), None, "without inputs there is no time");
    }

    #[test]
    fn nothing_is_complete_before_a_record_has_told_a_time() {
        let mut times = live(&["a"]);
        times.advance(InputId(0), EventTime(5));
        assert_eq!(times.complete_from(), EventTime::MAX);
        times.arrive(InputId(0), Some(EventTime(7)), EventTime(6));
        assert_eq!((times.complete_from(), Times::new().complete_from()), (EventTime(7), EventTime::MIN));
    }

    #[test]
    fn times_of_archives_are_none_of_live_shards() {
        let clock = ShardClock::Live { impose_from: EventTime::MIN };
        assert!(live(&["a"]).fits(clock) && !live(&["a"]).fits(ShardClock::Archive));
        assert!(Times::new().fits(ShardClock::Archive) && !Times::new().fits(clock));
    }
}

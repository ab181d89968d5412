//! Stopped shards, and when each is tried again.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Moment;
use crate::stop::Hope;

/// The first wait for what passes by itself, and how long later ones become.
const PASSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// The same for what somebody has to mend.
const MENDED: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(300));

/// The shards of an owner that are stopped, or were and have not committed since.
#[derive(Debug, Default)]
pub(super) struct Stops(BTreeMap<i32, Stopped>);

#[derive(Debug, Default)]
struct Stopped {
    /// How often in a row.
    times: u32,
    /// When it is tried again.
    again: Option<Moment>,
}

impl Stops {
    /// Notes that a shard is stopped; returns how long it stays so at least, where there is hope.
    pub(super) fn stop(&mut self, shard: i32, hope: Hope) -> Option<Duration> {
        let stopped = self.0.entry(shard).or_default();
        let wait = wait(stopped.times, hope);
        stopped.times += 1;
        stopped.again = wait.map(|wait| Moment::now().after(wait));
        wait
    }

    /// The shards that are to be tried again now.
    pub(super) fn take_due(&mut self) -> Vec<i32> {
        let is_due = |stopped: &mut Stopped| stopped.again.take_if(|again| again.is_over()).is_some();
        self.0.iter_mut().filter_map(|(shard, stopped)| is_due(stopped).then_some(*shard)).collect()
    }

    /// Notes that shards work, or are not this owner's any more: the next stop is the first.
    pub(super) fn forget(&mut self, shard: i32) {
        self.0.remove(&shard);
    }
}

/// How long a shard stays stopped that was so many times before, without a commit in between.
fn wait(times: u32, hope: Hope) -> Option<Duration> {
    let (least, most) = match hope {
        Hope::Passes => PASSES,
        Hope::MayBeMended => MENDED,
        Hope::Restart => return None,
    };
    Some(least.saturating_mul(1 << times.min(16)).min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_until_a_commit_shows_that_the_cause_is_over() {
        let mut stops = Stops::default();
        let waits: Vec<_> = (0..9).map(|_| stops.stop(3, Hope::Passes).expect("there is hope").as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        stops.forget(3);
        assert_eq!(stops.stop(3, Hope::MayBeMended), Some(MENDED.0));
        assert_eq!(wait(u32::MAX, Hope::MayBeMended), Some(MENDED.1));
    }

    #[test]
    fn a_shard_is_tried_again_once_and_one_without_hope_never() {
        let mut stops = Stops::default();
        assert_eq!(stops.stop(1, Hope::Restart), None);
        stops.stop(2, Hope::Passes);
        assert!(stops.take_due().is_empty(), "not yet");
        if let Some(stopped) = stops.0.get_mut(&2) {
            stopped.again = Some(Moment::now());
        }
        assert_eq!(stops.take_due(), [2]);
        assert!(stops.take_due().is_empty(), "it is being recovered");
    }
}

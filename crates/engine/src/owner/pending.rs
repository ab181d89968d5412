//! What of an owner's commits is not decided yet, and which shards have to wait for that.
//!
//! ```text
//!          ┌──────────────── nothing of it is visible ───────────────┐
//!          ▼                                                         │
//! cut ─▶ waiting ─▶ under way ─▶ readers see it                      │
//!                       ├────────────────────────────────────────────┤
//!                       ├─▶ too large ─▶ a transaction for each shard ┘
//!                       └─▶ in doubt ─▶ another producer is connected ─▶ its shards are recovered
//! ```
//! A shard that goes takes its part along, here; a transaction under way keeps it, and is fenced by the token it carries.
//! What is left may be sent again as it is: parts of different shards do not know each other. A shard that *stays* must
//! not be recovered while a transaction with a part of it may still take effect: its token is as good as ever.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::clock::Moment;

/// How long the first wait is before something that did not come about is tried again.
const BACKOFF_MIN: Duration = Duration::from_millis(20);
/// How long later waits become.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// What is not decided yet.
#[derive(Debug)]
pub(super) struct Pending<P> {
    cut: Option<PendingCut<P>>,
    /// Parts that were too much together, and follow one by one.
    later: VecDeque<CutPart<P>>,
    unsettled: BTreeSet<i32>,
    /// How often in a row no producer could be connected, and when to try again.
    connects: u32,
    connect_from: Moment,
}

/// One commit. It is kept until readers see it, and sent again until they do.
#[derive(Debug)]
pub(super) struct PendingCut<P> {
    pub(super) parts: Vec<CutPart<P>>,
    pub(super) started: Moment,
    /// How often it was tried and did not come about.
    pub(super) tries: u32,
    stage: Stage,
}

/// A shard's part, and the grant under which it was cut.
#[derive(Debug)]
pub(super) struct CutPart<P> {
    pub(super) shard: i32,
    pub(super) grant: u64,
    pub(super) part: P,
}

#[derive(Debug)]
enum Stage {
    /// To be submitted from this moment on.
    Waiting(Moment),
    /// With the publisher.
    UnderWay,
}

/// How the publisher stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Something is under way.
    Busy,
    /// Nothing is, and there is no producer.
    Unconnected,
    /// Nothing is, and there is a producer: whatever one before it began has ended.
    Free,
}

/// What is to be handed to the publisher.
#[derive(Debug)]
pub(super) enum Next<'a, P> {
    /// Nothing now.
    Nothing,
    /// The wish for a producer.
    Connect,
    /// These parts, as far as they still may be committed.
    Publish(&'a [CutPart<P>]),
}

impl<P> Pending<P> {
    pub(super) fn new() -> Self {
        let connect_from = Moment::now();
        Self { cut: None, later: VecDeque::new(), unsettled: BTreeSet::new(), connects: 0, connect_from }
    }

    /// Whether a commit waits or is under way; there is one at a time.
    pub(super) fn has_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// Takes a commit that was just cut.
    pub(super) fn add(&mut self, parts: Vec<CutPart<P>>) {
        debug_assert!(self.cut.is_none(), "one commit at a time");
        if !parts.is_empty() {
            let now = Moment::now();
            self.cut = Some(PendingCut { parts, started: now, tries: 0, stage: Stage::Waiting(now) });
        }
    }

    /// Drops what there is of shards. A commit that is under way is waited for even if nothing of it is left.
    pub(super) fn forget(&mut self, shards: &[i32]) {
        self.unsettled.retain(|shard| !shards.contains(shard));
        self.later.retain(|part| !shards.contains(&part.shard));
        if let Some(cut) = &mut self.cut {
            cut.parts.retain(|part| !shards.contains(&part.shard));
        }
        self.cut.take_if(|cut| cut.parts.is_empty() && !cut.is_under_way());
        self.go_on();
    }

    /// What is to be handed to the publisher now.
    pub(super) fn next(&self, lane: Lane) -> Next<'_, P> {
        match (lane, &self.cut) {
            (Lane::Unconnected, _) if self.connect_from.is_over() => Next::Connect,
            (Lane::Free, Some(PendingCut { parts, stage: Stage::Waiting(from), .. })) if from.is_over() => {
                Next::Publish(parts)
            }
            _ => Next::Nothing,
        }
    }

    /// Notes that what waits is with the publisher.
    pub(super) fn submitted(&mut self) {
        if let Some(cut) = &mut self.cut {
            cut.stage = Stage::UnderWay;
        }
    }

    /// Has what waits wait longer, for a reason that is not its own.
    pub(super) fn postpone(&mut self, by: Duration) {
        if let Some(cut) = &mut self.cut {
            cut.stage = Stage::Waiting(Moment::now().after(by));
        }
    }

    /// What is left of the commit that was under way, for whoever has its outcome. [`Pending::go_on`] follows.
    pub(super) fn take_under_way(&mut self) -> Option<PendingCut<P>> {
        self.cut.take_if(|cut| cut.is_under_way())
    }

    /// Goes on to the next part, where one waits and nothing comes before it.
    pub(super) fn go_on(&mut self) {
        if self.cut.is_none() {
            let next = self.later.pop_front();
            self.add(next.into_iter().collect());
        }
    }

    /// Has a commit tried again of which nothing is visible.
    pub(super) fn try_again(&mut self, mut cut: PendingCut<P>) {
        cut.stage = Stage::Waiting(Moment::now().after(backoff(cut.tries)));
        cut.tries += 1;
        self.cut = Some(cut).filter(|cut| !cut.parts.is_empty());
    }

    /// Has a commit of which nothing is visible tried again in a transaction for each shard.
    pub(super) fn split(&mut self, cut: PendingCut<P>) {
        self.later.extend(cut.parts);
    }

    /// Notes that a producer is connected.
    pub(super) fn connected(&mut self) {
        self.connects = 0;
    }

    /// Notes that none could be; returns how often in a row it was tried.
    pub(super) fn not_connected(&mut self) -> u32 {
        self.connect_from = Moment::now().after(backoff(self.connects));
        self.connects += 1;
        self.connects
    }

    /// Notes a shard that is to be recovered, though a transaction with a part of it may be under way or in doubt.
    pub(super) fn recover_when_settled(&mut self, shard: i32) {
        self.unsettled.insert(shard);
    }

    /// The shards that can be recovered now: what the journal says of them does not change any more.
    pub(super) fn take_settled(&mut self, lane: Lane) -> BTreeSet<i32> {
        if lane == Lane::Free { std::mem::take(&mut self.unsettled) } else { BTreeSet::new() }
    }
}

impl<P> PendingCut<P> {
    fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::UnderWay)
    }
}

/// How long to wait after so many tries.
fn backoff(tries: u32) -> Duration {
    BACKOFF_MIN.saturating_mul(1 << tries.min(10)).min(BACKOFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(shards: &[i32]) -> Pending<()> {
        let mut pending = Pending::new();
        pending.add(shards.iter().map(|shard| CutPart { shard: *shard, grant: 1, part: () }).collect());
        pending
    }

    fn shards(next: &Next<'_, ()>) -> Option<Vec<i32>> {
        match next {
            Next::Publish(parts) => Some(parts.iter().map(|part| part.shard).collect()),
            Next::Nothing | Next::Connect => None,
        }
    }

    #[test]
    fn a_commit_is_published_by_a_producer_that_is_there_and_has_nothing_else_to_do() {
        let mut pending = pending(&[1, 2]);
        assert!(matches!(pending.next(Lane::Unconnected), Next::Connect));
        assert!(matches!(pending.next(Lane::Busy), Next::Nothing));
        assert_eq!(shards(&pending.next(Lane::Free)), Some(vec![1, 2]));
        pending.submitted();
        assert!(matches!(pending.next(Lane::Free), Next::Nothing));
    }

    #[test]
    fn what_is_left_of_a_commit_is_sent_again_without_the_shards_that_went() {
        let mut pending = pending(&[1, 2, 3]);
        pending.submitted();
        pending.forget(&[2]);
        let cut = pending.take_under_way().expect("it was under way");
        assert_eq!(cut.parts.iter().map(|part| part.shard).collect::<Vec<_>>(), [1, 3]);
        pending.try_again(cut);
        pending.postpone(Duration::ZERO);
        assert_eq!(shards(&pending.next(Lane::Free)), Some(vec![1, 3]));
    }

    #[test]
    fn what_is_too_much_in_one_transaction_follows_shard_by_shard_before_anything_else_is_cut() {
        let mut pending = pending(&[1, 2, 3, 4]);
        pending.submitted();
        let cut = pending.take_under_way().expect("it was under way");
        pending.split(cut);
        pending.go_on();
        pending.forget(&[1, 3]);
        let mut seen = Vec::new();
        while let Some(next) = shards(&pending.next(Lane::Free)) {
            seen.push(next);
            pending.submitted();
            pending.go_on();
            assert!(pending.has_cut());
            drop(pending.take_under_way());
            pending.go_on();
        }
        assert_eq!(seen, [[2], [4]]);
        assert!(!pending.has_cut());
    }

    #[test]
    fn a_commit_under_way_is_waited_for_also_when_all_of_its_shards_went() {
        let mut pending = pending(&[1, 2]);
        pending.submitted();
        pending.forget(&[1, 2]);
        assert!(pending.has_cut());
        let cut = pending.take_under_way().expect("it was under way");
        pending.try_again(cut);
        assert!(!pending.has_cut(), "nothing is left to try again");
    }

    #[test]
    fn a_commit_that_waits_goes_with_the_last_of_its_shards() {
        let mut pending = pending(&[1]);
        pending.forget(&[1]);
        assert!(!pending.has_cut());
    }

    #[test]
    fn shards_in_doubt_are_recovered_behind_another_producer_not_beside_it() {
        let mut pending = pending(&[1, 2]);
        pending.submitted();
        drop(pending.take_under_way());
        [1, 2].iter().for_each(|shard| pending.recover_when_settled(*shard));
        assert!(pending.take_settled(Lane::Unconnected).is_empty(), "the old one's transaction may still take effect");
        assert!(pending.take_settled(Lane::Busy).is_empty(), "it is being fenced");
        pending.not_connected();
        assert!(pending.take_settled(Lane::Unconnected).is_empty());
        pending.connected();
        assert_eq!(pending.take_settled(Lane::Free), [1, 2].into());
        assert!(pending.take_settled(Lane::Free).is_empty(), "once");
    }

    #[test]
    fn a_shard_that_is_stopped_while_its_part_is_under_way_is_not_recovered_before_that_has_ended() {
        let mut pending = pending(&[1, 2]);
        pending.submitted();
        pending.forget(&[1]);
        pending.recover_when_settled(1);
        assert!(pending.take_settled(Lane::Busy).is_empty());
        drop(pending.take_under_way());
        assert_eq!(pending.take_settled(Lane::Free), [1].into());
    }

    #[test]
    fn a_shard_that_went_is_not_recovered_here() {
        let mut pending = pending(&[]);
        pending.recover_when_settled(1);
        pending.forget(&[1]);
        assert!(pending.take_settled(Lane::Free).is_empty());
    }

    #[test]
    fn waits_grow_up_to_a_few_seconds() {
        assert_eq!((backoff(0), backoff(3)), (BACKOFF_MIN, BACKOFF_MIN * 8));
        assert_eq!((backoff(20), backoff(u32::MAX)), (BACKOFF_MAX, BACKOFF_MAX));
    }
}

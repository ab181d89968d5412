//! Cutting commits, and following each until readers see it.

use std::sync::Arc;
use std::time::Duration;

use ringfence_alert_publisher::{Batch, Committed, Failure, Outcome, Submission};
use tracing::{debug, error, warn};

use super::{IDLE, Owner, OwnerError, POLL, RECOMMIT};
use crate::clock::{Moment, wall_clock};
use crate::live::Part;
use crate::probation::Verdict;

/// How long the first wait is before a commit that did not come about is tried again.
const BACKOFF_MIN: Duration = Duration::from_millis(20);
/// How long later waits become.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// One commit of an owner. It is kept until readers see it, and sent again until they do.
#[derive(Debug)]
pub(crate) struct Cut {
    pub(super) parts: Vec<Part>,
    started: Moment,
    tries: u32,
    /// When to try again, unless it is under way.
    again: Option<Moment>,
}

impl Owner {
    /// Cuts a commit if its time has come.
    pub(super) fn cut_if_due(&mut self) -> Result<(), OwnerError> {
        if let Some(cut) = &self.cut {
            if cut.again.is_some_and(Moment::is_over) && !self.publisher.is_under_way() {
                self.submit();
            }
            return Ok(());
        }
        if self.publisher.is_under_way() || !self.next_cut.is_over() && self.may_read() {
            return Ok(());
        }
        self.next_cut = Moment::now().after(self.shared.config.commit_interval);
        self.cut(false)
    }

    /// Cuts a commit of every shard that has something to say.
    pub(super) fn cut(&mut self, at_the_end: bool) -> Result<(), OwnerError> {
        let now = wall_clock();
        let due: Vec<i32> =
            self.live.values().filter(|live| live.is_due(now, IDLE, RECOMMIT)).map(|live| live.id).collect();
        let mut parts = Vec::with_capacity(due.len());
        let mut stored_one = false;
        for id in due {
            if !self.passes_probation(id)? {
                continue;
            }
            let Some(live) = self.live.get_mut(&id) else { continue };
            // One at a time: encoding a large shard takes as long as a commit.
            let with_snapshot = !at_the_end && !stored_one && live.snapshot_due.is_over();
            if with_snapshot {
                stored_one = true;
                live.snapshot_due = Moment::now().after(self.shared.config.snapshots.interval);
                self.watch.holds(id, &live.shard.counts());
            }
            parts.push(live.cut(&self.shared, &self.name, now, with_snapshot)?);
        }
        if !parts.is_empty() {
            self.cut = Some(Cut { parts, started: Moment::now(), tries: 0, again: None });
            self.submit();
        }
        Ok(())
    }

    /// Whether a first start may commit: not before it is clear that its sources are what they should be.
    fn passes_probation(&mut self, id: i32) -> Result<bool, OwnerError> {
        let room = self.may_read();
        let Some(live) = self.live.get_mut(&id).filter(|live| live.is_first_start) else { return Ok(true) };
        for (input, tally) in live.tallies.iter().enumerate() {
            let noted = std::mem::replace(&mut live.noted[input], *tally);
            self.shared.probation.note(input as u8, tally, &noted);
        }
        match self.shared.probation.verdict(&live.ended) {
            Verdict::Stop(reason) => Err(reason.into()),
            // There is no room to wait any longer in.
            Verdict::Wait if live.sequence == 0 && room => Ok(false),
            Verdict::Wait | Verdict::Pass => {
                live.noted = vec![Default::default(); live.noted.len()];
                Ok(true)
            }
        }
    }

    /// Hands the cut to the publisher.
    fn submit(&mut self) {
        let Some(cut) = &mut self.cut else { return };
        cut.again = None;
        let batches: Vec<Arc<Batch>> = cut.parts.iter().map(|part| part.batch.clone()).collect();
        self.publisher.submit(Submission::Publish(batches));
    }

    /// Looks for the outcome of what is under way.
    pub(super) fn settle(&mut self, wait: Duration) -> Result<(), OwnerError> {
        let Some(outcome) = self.publisher.outcome(wait) else { return Ok(()) };
        let Some(cut) = self.cut.take() else {
            // The publisher has connected, or what was cut has been taken from us since.
            if let Outcome::NotCommitted(failure) | Outcome::Doubtful(failure) = outcome {
                warn!(owner = &*self.name, error = &failure as &dyn std::error::Error, "publisher");
            }
            return Ok(());
        };
        if cut.again.is_some() {
            // What ended was a connection, not this.
            self.cut = Some(cut);
            return Ok(());
        }
        match outcome {
            Outcome::Committed(committed) => self.committed(cut, &committed),
            Outcome::NotCommitted(failure) => self.try_again(cut, &failure),
            Outcome::Doubtful(failure) => self.doubt(&cut, &failure),
        }
        Ok(())
    }

    fn committed(&mut self, cut: Cut, committed: &Committed) {
        let took = cut.started.elapsed();
        let now = wall_clock();
        let shards = cut.parts.len();
        for part in cut.parts {
            let journal_next =
                committed.offsets.iter().find(|(shard, _)| *shard == part.shard).map(|(_, offset)| offset + 1);
            self.watch.applied(part.shard, &part.tallies);
            self.watch.published(&part.events, now);
            let Some(live) = self.live.get_mut(&part.shard) else { continue };
            (live.committed, live.committed_at) = (part.sequence, Some(part.tick));
            live.journal_next = journal_next.unwrap_or(live.journal_next);
            if let Some((mut header, body)) = part.snapshot {
                header.journal_next = live.journal_next;
                if !self.shared.snapshotter.store(header, body) {
                    debug!(shard = part.shard, "a snapshot is left out: the disk does not keep up");
                }
            }
        }
        debug!(owner = &*self.name, shards, took_ms = took.as_millis() as u64, "committed");
        self.watch.committed(took);
        self.next_report = self.next_report.min(Moment::now());
    }

    /// Nothing of it is visible: it is sent again as it is. The state of the shards stays ahead, it needs no rewinding.
    fn try_again(&mut self, mut cut: Cut, failure: &Failure) {
        let needs_a_person = failure.needs_a_person();
        let reason = failure as &dyn std::error::Error;
        if needs_a_person {
            error!(owner = &*self.name, reason, tries = cut.tries, "a commit is refused and will be tried again");
        } else {
            warn!(owner = &*self.name, reason, tries = cut.tries, "a commit did not come about and is tried again");
        }
        self.watch.not_committed(needs_a_person);
        let wait = BACKOFF_MIN.saturating_mul(1 << cut.tries.min(10)).min(BACKOFF_MAX);
        cut.tries += 1;
        cut.again = Some(Moment::now().after(wait));
        self.cut = Some(cut);
    }

    /// It may be visible or not: the journal knows. Its shards are recovered anew, behind a new producer.
    fn doubt(&mut self, cut: &Cut, failure: &Failure) {
        let reason = failure as &dyn std::error::Error;
        error!(owner = &*self.name, reason, "it is unknown whether a commit took effect: its shards are recovered");
        self.watch.not_committed(false);
        let shards: Vec<i32> = cut.parts.iter().map(|part| part.shard).collect();
        let owned: Vec<i32> = shards.iter().copied().filter(|shard| self.recovery.grants.contains(*shard)).collect();
        self.forget(&shards);
        if !self.publisher.is_under_way() {
            self.publisher.submit(Submission::Connect);
        }
        self.grant(&owned);
    }

    /// Commits everything that has been applied; false where that does not succeed in time or the shards are lost.
    pub(super) fn commit_everything(&mut self) -> Result<bool, OwnerError> {
        let limit = Moment::now().after(super::handover::LIMIT);
        let mut cut_all = false;
        loop {
            if limit.is_over() || self.membership.is_lost() {
                return Ok(false);
            }
            self.settle(POLL)?;
            match &self.cut {
                Some(cut) if cut.again.is_some_and(Moment::is_over) && !self.publisher.is_under_way() => self.submit(),
                Some(_) => {}
                None if self.publisher.is_under_way() => {}
                None if cut_all => return Ok(true),
                None => {
                    cut_all = true;
                    self.cut(true)?;
                }
            }
        }
    }
}

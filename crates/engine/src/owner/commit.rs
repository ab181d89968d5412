//! Cutting commits, and following each until readers see it.

use std::time::Duration;

use ringfence_alert_publisher::{Committed, Failure, GroupToken, Submission, SubmissionOutcome};
use ringfence_cdr::InputCounts;
use ringfence_consumer::kafka::{GroupPlace, known_watermarks};
use tracing::{debug, error, warn};

use super::epochs::{Retry, retry};
use super::pending::{CutPart, Lane, Next, PendingCut};
use super::{IDLE, Owner, OwnerError, POLL, RECOMMIT};
use crate::clock::Moment;
use crate::live::{ShardCut, Unwritable};
use crate::probation::Verdict;
use crate::stop::Stop;

/// How long to wait before looking again whether this process is a member of the group.
const REJOIN: Duration = Duration::from_millis(50);

impl Owner {
    /// Cuts a commit if its time has come, and submits what waits.
    pub(super) fn cut_if_due(&mut self) -> Result<(), OwnerError> {
        let is_full = self.live.values().any(|live| live.waits_for_room) || !self.may_read();
        let is_due = self.next_cut.is_over() || is_full;
        if !self.pending.has_cut() && self.publisher.is_connected() && is_due {
            self.next_cut = Moment::now().after(self.shared.config.commit_interval);
            self.cut(false)?;
        }
        self.submit_if_due();
        Ok(())
    }

    /// Cuts a commit of every shard that has something to say.
    pub(super) fn cut(&mut self, at_the_end: bool) -> Result<(), OwnerError> {
        self.look_past_ends()?;
        let now = self.shared.now();
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
            }
            if let Some(part) = live.cut(&self.shared, &self.name, now, with_snapshot)? {
                // Not the one in force now: what was recovered under another is committed under none.
                parts.push(CutPart { shard: id, grant: live.task.grant().0, part });
            }
        }
        self.pending.add(parts);
        Ok(())
    }

    /// An input that was read to its end may have got records since that cannot be read yet: those of a transaction of a
    /// producer. It is not at its end then, or the tick would pass over them.
    fn look_past_ends(&mut self) -> Result<(), OwnerError> {
        let consumer = self.queue.consumer();
        for live in self.live.values_mut() {
            for (topic, next) in live.ends() {
                if let Some((_, high)) = known_watermarks(&**consumer, &topic, live.id) {
                    live.note_end(&topic, next, high).map_err(Unwritable::from)?;
                }
            }
        }
        Ok(())
    }

    /// Whether a first start may commit: not before it is clear that its sources are what they should be.
    fn passes_probation(&mut self, id: i32) -> Result<bool, OwnerError> {
        let has_room = self.may_read();
        let Some(live) = self.live.get_mut(&id) else { return Ok(true) };
        let Some(first) = &mut live.first else { return Ok(true) };
        let inputs: Vec<(InputCounts, bool)> = live.task.inputs().map(|input| (input.counts, input.at_end)).collect();
        match self.shared.probation.verdict(id, first, &inputs) {
            Verdict::Stop(reason) => return Err(reason.into()),
            Verdict::Wait if has_room && !live.waits_for_room => return Ok(false),
            // There is no room to wait any longer in.
            Verdict::Wait => self.shared.probation.end(),
            Verdict::Pass => {}
        }
        live.first = None;
        Ok(true)
    }

    /// Hands to the publisher what is due, a commit in the name of what this owner is in the group now.
    fn submit_if_due(&mut self) {
        let parts = match self.pending.next(self.lane()) {
            Next::Nothing => return,
            Next::Connect => return self.publisher.submit(Submission::Connect),
            Next::Publish(parts) => parts,
        };
        let covers = |token: &GroupToken| parts.iter().all(|cut| self.grants.covers(cut.shard, cut.grant, token));
        match self.token().filter(covers) {
            Some(token) => {
                let batches = parts.iter().map(|cut| cut.part.batch.clone()).collect();
                self.pending.submitted();
                self.publisher.submit(Submission::Publish { batches, token });
            }
            None => {
                debug!(owner = &*self.name, "a commit waits for the group to say what this owner has");
                self.pending.postpone(REJOIN);
            }
        }
    }

    fn lane(&self) -> Lane {
        match (self.publisher.is_under_way(), self.publisher.is_connected()) {
            (true, _) => Lane::Busy,
            (false, false) => Lane::Unconnected,
            (false, true) => Lane::Free,
        }
    }

    /// What this owner is in the group, read anew for each try. It is fenced by the next generation, however long the
    /// transaction takes that carries it.
    fn token(&self) -> Option<GroupToken> {
        let GroupPlace { group, generation, member, instance } = self.membership.place()?;
        if self.membership.is_lost() || self.membership.has_changes() {
            return None;
        }
        GroupToken::new(&group, generation, &member, instance.as_deref()).ok()
    }

    /// Looks for the outcome of what is under way.
    pub(super) fn settle(&mut self, wait: Duration) -> Result<(), OwnerError> {
        if !self.publisher.is_under_way() {
            std::thread::sleep(wait);
            return Ok(());
        }
        let Some(outcome) = self.publisher.outcome(wait) else { return Ok(()) };
        match (outcome, self.pending.take_under_way()) {
            (SubmissionOutcome::Connected, _) => self.pending.connected(),
            (SubmissionOutcome::NotConnected(failure), _) => self.connect_later(&failure),
            (SubmissionOutcome::Committed(committed), Some(cut)) => self.committed(cut, &committed)?,
            (SubmissionOutcome::NotCommitted(failure), Some(cut)) => self.not_committed(cut, &failure),
            (SubmissionOutcome::Doubtful(failure), Some(cut)) => self.doubt(&cut, &failure),
            (outcome, None) => error!(owner = &*self.name, ?outcome, "a transaction ended that nobody began"),
        }
        self.pending.go_on();
        self.recover_settled();
        Ok(())
    }

    /// Recovers the shards that waited for what is under way.
    pub(super) fn recover_settled(&mut self) {
        for shard in self.pending.take_settled(self.lane()) {
            self.recover(shard);
        }
    }

    fn connect_later(&mut self, failure: &Failure) {
        let tries = self.pending.not_connected();
        let reason = failure as &dyn std::error::Error;
        warn!(owner = &*self.name, reason, tries, "a producer cannot be connected yet");
        self.watch.not_committed(failure.needs_a_person());
    }

    fn committed(&mut self, cut: PendingCut<ShardCut>, committed: &Committed) -> Result<(), OwnerError> {
        let took = cut.started.elapsed();
        let now = self.shared.now();
        let shards = cut.parts.len();
        for CutPart { part, .. } in cut.parts {
            self.stops.forget(part.shard);
            self.watch.applied(part.shard, &part.counts);
            self.watch.published(&part.events, now);
            let Some(live) = self.live.get_mut(&part.shard) else { continue };
            let Some((_, offset)) = committed.offsets.iter().find(|(shard, _)| *shard == part.shard) else { continue };
            if let Some(snapshot) = live.committed(*offset).map_err(Unwritable::from)?
                && !self.shared.snapshotter.store(snapshot)
            {
                debug!(shard = part.shard, "a snapshot is left out: the disk does not keep up");
            }
            if part.records() > 0
                && let Some(records) = self.epochs.committed(part.shard)
            {
                live.task.limit_epoch(records);
            }
            self.go_on_reading(part.shard)?;
        }
        debug!(owner = &*self.name, shards, took_ms = took.as_millis() as u64, "committed");
        self.watch.committed(took);
        self.next_report = self.next_report.min(Moment::now());
        Ok(())
    }

    /// Nothing of it is visible: what is left of it is sent again as it is. The state of the shards stays ahead, it needs
    /// no rewinding. What is too much for the brokers is first sent shard by shard; a shard whose part is still too much
    /// has to go back.
    fn not_committed(&mut self, cut: PendingCut<ShardCut>, failure: &Failure) {
        let needs_a_person = failure.needs_a_person();
        let reason = failure as &dyn std::error::Error;
        if needs_a_person {
            error!(owner = &*self.name, reason, tries = cut.tries, "a commit is refused and will be tried again");
        } else {
            warn!(owner = &*self.name, reason, tries = cut.tries, "a commit did not come about and is tried again");
        }
        self.watch.not_committed(needs_a_person);
        let records = cut.parts.iter().map(|cut| cut.part.records()).sum();
        match (retry(cut.parts.len(), records, cut.tries, failure), &cut.parts[..]) {
            (Retry::ShardByShard, _) => self.pending.split(cut),
            (Retry::Shorter, [CutPart { shard, .. }]) => self.cut_shorter(*shard, records, failure),
            (Retry::Shorter | Retry::AsItIs, _) => self.pending.try_again(cut),
        }
    }

    /// A commit of one shard is too much for the brokers, and its state has passed it: it is recovered, and has shorter
    /// epochs from there on.
    fn cut_shorter(&mut self, shard: i32, records: u64, failure: &Failure) {
        match self.epochs.shrink(shard, records) {
            Some(limit) => {
                warn!(
                    owner = &*self.name,
                    shard, records, limit, "a commit is too large: recovered for shorter epochs"
                );
                self.forget(&[shard]);
                self.watch.recovering(shard, Some(format!("a commit of {records} records was too large")));
                self.pending.recover_when_settled(shard);
            }
            None => self.stop_shard(shard, &Stop::of_commit(failure)),
        }
    }

    /// It may be visible or not: the journal knows, once nothing of it can happen any more. Its shards are recovered anew.
    fn doubt(&mut self, cut: &PendingCut<ShardCut>, failure: &Failure) {
        let reason = failure as &dyn std::error::Error;
        error!(owner = &*self.name, reason, "it is unknown whether a commit took effect: its shards are recovered");
        self.watch.not_committed(false);
        let shards: Vec<i32> = cut.parts.iter().map(|cut| cut.shard).collect();
        self.forget(&shards);
        for shard in shards {
            self.watch.recovering(shard, None);
            self.pending.recover_when_settled(shard);
        }
    }

    /// Commits everything that has been applied; false where that does not succeed in time or the shards are lost.
    pub(super) fn commit_everything(&mut self, limit: Duration) -> Result<bool, OwnerError> {
        let limit = Moment::now().after(limit);
        let mut cut_all = false;
        loop {
            if !self.pending.has_cut() {
                if cut_all {
                    return Ok(true);
                }
                cut_all = true;
                self.cut(true)?;
                continue;
            }
            if limit.is_over() || self.membership.is_lost() {
                return Ok(false);
            }
            self.submit_if_due();
            self.settle(POLL)?;
        }
    }
}

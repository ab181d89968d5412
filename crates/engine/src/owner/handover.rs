//! Shards that come and go.

use std::time::Duration;

use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use ringfence_consumer::kafka::known_watermarks;
use ringfence_task::Task;
use tracing::{info, warn};

use super::{Owner, OwnerError};
use crate::live::{LiveShard, Unwritable};

/// How long a commit before a hand-over, or at the end, may take. Shards whose records are not committed by then go
/// without: the successor reads these records again.
const LIMIT: Duration = Duration::from_secs(10);

/// The same for a member whom the group gives this much time between two looks at it.
fn limit_within(poll_interval: Duration) -> Duration {
    LIMIT.min(poll_interval / 2)
}

impl Owner {
    /// Shards were granted: they are recovered first.
    pub(super) fn grant(&mut self, shards: &[i32]) {
        let place = self.membership.place();
        let member = place.as_ref().map(|place| &*place.member);
        // The group says now that these are this member's again.
        let others = self.forget_others(member);
        self.grants.grant(&others, member);
        others.iter().for_each(|shard| self.recover(*shard));
        if shards.is_empty() {
            return;
        }
        info!(owner = &*self.name, ?shards, "granted");
        self.grants.grant(shards, member);
        self.watch.granted(shards, &self.shared.inputs);
        self.shared.gathering.note(&self.name);
        self.gathered.extend(shards);
        self.recover_gathered();
    }

    /// Has the shards recovered that were granted, once the other owners of the process have some too.
    pub(super) fn recover_gathered(&mut self) {
        if !self.gathered.is_empty() && self.shared.gathering.is_over() {
            std::mem::take(&mut self.gathered).into_iter().for_each(|shard| self.recover(shard));
        }
    }

    /// Forgets the shards that were granted to another member id than this one has now: the group had thrown it out, and
    /// another owner may have had them since. They stay granted, and are recovered when the group grants anything again.
    fn forget_others(&mut self, member: Option<&str>) -> Vec<i32> {
        let others = member.map_or_else(Vec::new, |member| self.grants.made_to_others(member));
        if !others.is_empty() {
            warn!(owner = &*self.name, shards = ?others, "granted to an earlier member id: recovered anew");
            self.forget(&others);
            others.iter().for_each(|shard| self.watch.recovering(*shard, None));
        }
        others
    }

    /// Has a shard recovered under a grant number of its own.
    pub(super) fn recover(&mut self, shard: i32) {
        if let Some(number) = self.grants.renew(shard) {
            self.watch.recovering(shard, None);
            self.shared.probation.expect(shard);
            self.recovery.request(shard, number);
        }
    }

    /// Shards are to be given back. The group waits until this returns, so what was read of them is committed here, and
    /// their states are set aside, to be stored while the successor is looking for its start.
    pub(super) fn hand_over(&mut self, shards: &[i32]) -> Result<(), OwnerError> {
        let place = self.membership.place();
        self.forget_others(place.as_ref().map(|place| &*place.member));
        let live: Vec<i32> = shards.iter().copied().filter(|shard| self.live.contains_key(shard)).collect();
        let limit = limit_within(self.membership.poll_interval());
        if !live.is_empty() && !self.commit_everything(limit)? {
            warn!(owner = &*self.name, ?live, "handed over without a last commit");
        }
        for LiveShard { id: shard, task, .. } in self.give_up(shards) {
            if self.is_to_be_stored(&task) && !self.shared.snapshotter.set_aside(task) {
                warn!(owner = &*self.name, shard, "not stored: too many shards that were given away wait for it");
            }
        }
        self.watch.gone(shards, "revoked");
        info!(owner = &*self.name, ?shards, "handed over");
        Ok(())
    }

    /// Others own these shards already.
    pub(super) fn lose(&mut self, shards: &[i32]) {
        warn!(owner = &*self.name, ?shards, "lost to other owners");
        self.give_up(shards);
        self.watch.gone(shards, "lost");
    }

    /// Forgets shards that are not this owner's any more; returns those that were live.
    fn give_up(&mut self, shards: &[i32]) -> Vec<LiveShard> {
        let were_live = self.forget(shards);
        for shard in shards {
            self.gathered.remove(shard);
            self.grants.end(*shard);
            self.stops.forget(*shard);
            self.epochs.forget(*shard);
        }
        were_live
    }

    /// Drops everything that is not committed of shards, and voids what happens under their grants; returns those that
    /// were live. Of a transaction under way only the outcome is waited for.
    pub(super) fn forget(&mut self, shards: &[i32]) -> Vec<LiveShard> {
        self.pending.forget(shards);
        let mut were_live = Vec::new();
        let mut list = TopicPartitionList::new();
        for shard in shards {
            self.grants.renew(*shard);
            self.shared.probation.excuse(*shard);
            let Some(live) = self.live.remove(shard) else { continue };
            // Inputs that wait for room are not assigned.
            if !live.waits_for_room {
                for input in live.task.inputs() {
                    list.add_partition(&input.topic, *shard);
                }
            }
            were_live.push(live);
        }
        if list.count() > 0
            && let Err(error) = self.queue.unassign(&list)
        {
            warn!(owner = &*self.name, error = &error as &dyn std::error::Error, "inputs could not be given back");
        }
        were_live
    }

    /// Lets the inputs of a shard be read from where it stands.
    pub(super) fn assign(&self, live: &LiveShard) -> Result<(), KafkaError> {
        let mut list = TopicPartitionList::new();
        for input in live.task.inputs() {
            list.add_partition_offset(&input.topic, live.id, Offset::Offset(input.next))?;
        }
        self.queue.assign(&list)
    }

    /// Reads the inputs of shards no more whose epochs have no room for what comes next.
    pub(super) fn let_wait(&self, shards: &[i32]) -> Result<(), OwnerError> {
        let mut list = TopicPartitionList::new();
        for live in shards.iter().filter_map(|shard| self.live.get(shard)) {
            for input in live.task.inputs() {
                list.add_partition(&input.topic, live.id);
            }
        }
        if list.count() == 0 {
            return Ok(());
        }
        self.queue.unassign(&list).map_err(|source| OwnerError::Kafka { doing: "let a shard's inputs wait", source })
    }

    /// Reads the inputs of a shard on, where they had to wait for room.
    pub(super) fn go_on_reading(&mut self, shard: i32) -> Result<(), OwnerError> {
        let Some(live) = self.live.get_mut(&shard).filter(|live| live.waits_for_room) else { return Ok(()) };
        live.waits_for_room = false;
        let live = &self.live[&shard];
        self.assign(live).map_err(|source| OwnerError::Kafka { doing: "assign a shard's inputs", source })
    }

    /// Whether the state of a shard is that of its last commit, and no snapshot holds it yet.
    fn is_to_be_stored(&self, task: &Task) -> bool {
        let stored = self.shared.snapshotter.stored(task.id().partition);
        !task.is_cut() && !task.has_read() && stored.is_none_or(|(stored, _)| stored != task.sequence())
    }

    /// Ends in order: everything that was read is committed, and the state is stored as of that commit.
    pub(super) fn finish(&mut self) -> Result<(), OwnerError> {
        let all: Vec<i32> = self.live.keys().copied().collect();
        if self.commit_everything(LIMIT)? {
            self.store_snapshots()?;
        }
        self.forget(&all);
        info!(owner = &*self.name, shards = all.len(), "owner ended in order");
        Ok(())
    }

    /// Stores the shards that are live, as of their last commits; this owner ends.
    fn store_snapshots(&self) -> Result<(), OwnerError> {
        for live in self.live.values().filter(|live| self.is_to_be_stored(&live.task)) {
            if let Some(snapshot) = live.task.snapshot().map_err(Unwritable::from)? {
                // What could not be stored is told; the successor has more to replay then.
                self.shared.snapshotter.put_now(&snapshot);
            }
        }
        Ok(())
    }

    /// How far each input of a shard goes beyond where it is read, as the last fetch told.
    pub(super) fn lags(&self, live: &LiveShard) -> Vec<Option<i64>> {
        let lag = |input: &ringfence_task::Input| {
            let (_, high) = known_watermarks(&**self.queue.consumer(), &input.topic, live.id)?;
            Some((high - input.next).max(0))
        };
        live.task.inputs().map(lag).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_commit_leaves_time_to_acknowledge_what_it_was_made_for() {
        assert_eq!(limit_within(Duration::from_secs(60)), LIMIT);
        assert_eq!(limit_within(Duration::from_secs(8)), Duration::from_secs(4));
    }
}

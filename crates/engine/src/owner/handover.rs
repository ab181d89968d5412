//! Shards that come and go.

use std::time::Duration;

use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use ringfence_consumer::kafka::known_watermarks;
use tracing::{info, warn};

use super::{Owner, OwnerError};
use crate::live::LiveShard;

/// How long a commit before a hand-over may take. Shards whose records are not committed by then go without: the
/// successor reads these records again.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

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
        shards.iter().for_each(|shard| self.recover(*shard));
    }

    /// Forgets the shards that were granted to another member id than this one has now: the group had thrown it out, and
    /// another owner may have had them since. They stay granted, and are recovered when the group grants anything again.
    fn forget_others(&mut self, member: Option<&str>) -> Vec<i32> {
        let others = member.map_or_else(Vec::new, |member| self.grants.made_to_others(member));
        if !others.is_empty() {
            warn!(owner = &*self.name, shards = ?others, "granted to an earlier member id: recovered anew");
            self.forget(&others);
            others.iter().for_each(|shard| self.watch.recovering(*shard));
        }
        others
    }

    /// Has a shard recovered under a grant number of its own.
    pub(super) fn recover(&mut self, shard: i32) {
        if let Some(number) = self.grants.renew(shard) {
            self.watch.recovering(shard);
            self.recovery.request(shard, number);
        }
    }

    /// Shards are to be given back: what was read of them is committed, and the state stored for the successor.
    pub(super) fn hand_over(&mut self, shards: &[i32]) -> Result<(), OwnerError> {
        let place = self.membership.place();
        self.forget_others(place.as_ref().map(|place| &*place.member));
        let live: Vec<i32> = shards.iter().copied().filter(|shard| self.live.contains_key(shard)).collect();
        if !live.is_empty() {
            if self.commit_everything()? {
                self.store_snapshots(&live)?;
            } else {
                warn!(owner = &*self.name, ?live, "handed over without a last commit");
            }
        }
        self.give_up(shards);
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

    /// Forgets shards that are not this owner's any more.
    fn give_up(&mut self, shards: &[i32]) {
        self.forget(shards);
        shards.iter().for_each(|shard| self.grants.end(*shard));
    }

    /// Drops shards with everything that is not committed of them, and voids what happens under their grants. Of a
    /// transaction under way only the outcome is waited for.
    pub(super) fn forget(&mut self, shards: &[i32]) {
        self.pending.forget(shards);
        let mut list = TopicPartitionList::new();
        for shard in shards {
            self.grants.renew(*shard);
            // Inputs that wait for room are not assigned.
            if let Some(live) = self.live.remove(shard).filter(|live| !live.waits_for_room) {
                for input in live.task.inputs() {
                    list.add_partition(&input.topic, *shard);
                }
            }
        }
        if list.count() > 0
            && let Err(error) = self.queue.unassign(&list)
        {
            warn!(owner = &*self.name, error = &error as &dyn std::error::Error, "inputs could not be given back");
        }
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

    /// Stores shards whose last cut is committed and that have applied nothing since.
    pub(super) fn store_snapshots(&mut self, shards: &[i32]) -> Result<(), OwnerError> {
        for shard in shards {
            let Some(live) = self.live.get_mut(shard) else { continue };
            let stored = self.shared.snapshotter.stored(*shard);
            if stored.is_some_and(|(stored, _)| stored == live.task.sequence()) {
                continue;
            }
            if let Some(snapshot) = live.task.snapshot().map_err(crate::live::Unwritable::from)? {
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

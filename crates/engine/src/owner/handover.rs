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
        if !shards.is_empty() {
            info!(owner = &*self.name, ?shards, "granted");
        }
        self.watch.granted(shards, &self.shared.inputs);
        for shard in shards {
            self.last_grant += 1;
            self.recovery.request(*shard, self.last_grant);
        }
    }

    /// Shards are to be given back: what was read of them is committed, and the state stored for the successor.
    pub(super) fn hand_over(&mut self, shards: &[i32]) -> Result<(), OwnerError> {
        let live: Vec<i32> = shards.iter().copied().filter(|shard| self.live.contains_key(shard)).collect();
        if !live.is_empty() {
            if self.commit_everything()? {
                self.store_snapshots(&live)?;
            } else {
                warn!(owner = &*self.name, ?live, "handed over without a last commit");
            }
        }
        self.forget(shards);
        self.watch.gone(shards, "revoked");
        info!(owner = &*self.name, ?shards, "handed over");
        Ok(())
    }

    /// Others own these shards already.
    pub(super) fn lose(&mut self, shards: &[i32]) {
        warn!(owner = &*self.name, ?shards, "lost to other owners");
        self.forget(shards);
        self.watch.gone(shards, "lost");
    }

    /// Drops shards with everything that is not committed of them.
    pub(super) fn forget(&mut self, shards: &[i32]) {
        if let Some(cut) = &mut self.cut {
            cut.parts.retain(|part| !shards.contains(&part.shard));
            if cut.parts.is_empty() {
                self.cut = None;
            }
        }
        let mut list = TopicPartitionList::new();
        for shard in shards {
            self.recovery.grants.remove(*shard);
            if self.live.remove(shard).is_some() {
                for input in &self.shared.inputs {
                    list.add_partition(input, *shard);
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
        let mut list = TopicPartitionList::with_capacity(live.next.len());
        for (input, next) in self.shared.inputs.iter().zip(&live.next) {
            list.add_partition_offset(input, live.id, Offset::Offset(*next))?;
        }
        self.queue.assign(&list)
    }

    /// Stores shards whose last cut is committed and that have applied nothing since.
    pub(super) fn store_snapshots(&mut self, shards: &[i32]) -> Result<(), OwnerError> {
        for shard in shards {
            let Some(live) = self.live.get_mut(shard) else { continue };
            let as_committed = live.committed == live.sequence && live.slices.is_empty() && live.sequence > 0;
            let stored = self.shared.snapshotter.stored(*shard);
            if !as_committed || stored.is_some_and(|(stored, _)| stored == live.sequence) {
                continue;
            }
            let body = live.shard.snapshot().map_err(crate::live::Unwritable::from)?;
            let header = live.header(&self.shared);
            // What could not be stored is told; the successor has more to replay then.
            self.shared.snapshotter.put_now(&header, &body);
        }
        Ok(())
    }

    /// How far each input of a shard goes beyond where it is read, as the last fetch told.
    pub(super) fn lags(&self, live: &LiveShard) -> Vec<Option<i64>> {
        let lag = |(input, next): (&std::sync::Arc<str>, &i64)| {
            let (_, high) = known_watermarks(&**self.queue.consumer(), input, live.id)?;
            Some((high - next).max(0))
        };
        self.shared.inputs.iter().zip(&live.next).map(lag).collect()
    }
}

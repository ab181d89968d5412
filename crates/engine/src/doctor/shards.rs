//! Where each shard would start, and whether it could be brought there.

use std::sync::Arc;

use ringfence_consumer::kafka::{Cluster, Role, Start, StartFinder, consumer_config};
use ringfence_snapshots::Store;
use ringfence_task::{Lineage, Refusal};

use super::notes::Notes;
use crate::config::Config;
use crate::journal::LastRecord;
use crate::lineage::{lineage, origin};

/// How many shards that cannot start are told one by one.
const TOLD_MAX: usize = 5;

#[derive(Default)]
struct Ways {
    first: usize,
    from_snapshot: usize,
    from_the_beginning: usize,
    /// Commits that would be replayed.
    replayed: u64,
    stuck: Vec<(i32, String)>,
}

pub(super) fn examine(config: &Config, cluster: &Cluster, store: &Store, partitions: i32, notes: &mut Notes<'_>) {
    let inputs: Vec<Arc<str>> = config.sources.iter().map(|source| Arc::from(&*source.topic)).collect();
    let client = |role| consumer_config(&config.kafka.consumer, &config.group, role);
    let journal = config.outputs.journal.clone();
    let finder = match StartFinder::new(&client(Role::Recovery), &client(Role::Uncommitted), inputs, journal) {
        Ok(finder) => finder,
        Err(error) => return notes.problem("shards", error.to_string(), "mend the settings under `kafka`"),
    };
    let lineage = lineage(config, cluster);
    let mut ways = Ways::default();
    for shard in 0..partitions {
        match way_of(&finder, store, &lineage, config, shard) {
            Ok(way) => ways.note(way),
            Err(reason) => ways.stuck.push((shard, reason)),
        }
    }
    ways.tell(partitions, notes);
}

enum Way {
    First,
    FromSnapshot { replayed: u64 },
    FromTheBeginning { replayed: u64 },
}

fn way_of(finder: &StartFinder, store: &Store, lineage: &Lineage, config: &Config, shard: i32) -> Result<Way, String> {
    let end = match finder.find::<LastRecord>(shard).map_err(|error| crate::stop::with_causes(&error))? {
        Start::First { .. } => return Ok(Way::First),
        Start::After { end: LastRecord(end), .. } => end,
    };
    if let Some(difference) = lineage.difference(&end.lineage) {
        return Err(format!("journal and inputs come from elsewhere: {difference}"));
    }
    let is_known =
        |topic: &String| config.retired.contains(topic) || config.sources.iter().any(|source| source.topic == *topic);
    if let Some(input) = end.inputs.iter().find(|input| !input.is_retired && !is_known(&input.topic)) {
        return Err(Refusal::InputMissing { topic: input.topic.clone() }.to_string());
    }
    let search = store.latest_good(&end.shard.to_string(), &origin(lineage), end.sequence);
    let search = search.map_err(|error| crate::stop::with_causes(&error))?;
    if let Some(found) = search.found {
        return Ok(Way::FromSnapshot { replayed: end.sequence - found.header.sequence });
    }
    let (low, _) = finder.watermarks(&config.outputs.journal, shard).map_err(|error| error.to_string())?;
    if low > 0 {
        return Err("no snapshot can be used, and the journal no longer begins with its first record".to_owned());
    }
    Ok(Way::FromTheBeginning { replayed: end.sequence })
}

impl Ways {
    fn note(&mut self, way: Way) {
        match way {
            Way::First => self.first += 1,
            Way::FromSnapshot { replayed } => {
                self.from_snapshot += 1;
                self.replayed += replayed;
            }
            Way::FromTheBeginning { replayed } => {
                self.from_the_beginning += 1;
                self.replayed += replayed;
            }
        }
    }

    fn tell(&self, partitions: i32, notes: &mut Notes<'_>) {
        let seen = format!(
            "of {partitions}, {} start for the first time, {} go on from a snapshot, {} from the beginning of their journal; \
             {} commits to replay",
            self.first, self.from_snapshot, self.from_the_beginning, self.replayed
        );
        if self.from_the_beginning > 0 {
            notes.advice("shards", seen, "is the directory for snapshots the one that the group shares?");
        } else {
            notes.fine("shards", seen);
        }
        let advice = "the message says what is missing; a group of its own begins anew";
        for (shard, reason) in self.stuck.iter().take(TOLD_MAX) {
            notes.problem(format!("shard {shard}"), reason, advice);
        }
        if self.stuck.len() > TOLD_MAX {
            notes.problem("shards", format!("{} more cannot start", self.stuck.len() - TOLD_MAX), advice);
        }
    }
}

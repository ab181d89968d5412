//! What a process brings to each of its shards: where it reads, how, and by which rules it judges.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_evaluator::{ShardClock, ShardOptions};
use ringfence_rules::{Pack, Tables};

use crate::versions::lacking;
use crate::{InputEnd, JournalRecord, Lineage, ListVersions, PackInForce, Reading, Refusal, TableReleases};

/// What a process brings to each of its shards.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The release, for people.
    pub release: &'static str,
    /// Of the time zones and the number plan that come with it.
    pub releases: TableReleases,
    /// The cluster and the ids of journal and inputs.
    pub lineage: Lineage,
    /// The rules.
    pub pack: PackInForce,
    /// What stands on the lists that they name.
    pub tables: Tables,
    /// How the inputs are read.
    pub reading: Arc<Reading>,
    /// Topics that were inputs and are read no longer.
    pub retired: BTreeSet<String>,
    /// What a shard may take besides its facts to judge its busy numbers faster.
    pub decoded_bytes_max: usize,
}

impl Setup {
    /// To judge archives by these rules and lists: there is no journal, and records come decoded.
    #[must_use]
    pub fn archive(release: &'static str, pack: Arc<Pack>, tables: Tables) -> Self {
        Self {
            release,
            releases: TableReleases::built_in(),
            lineage: Lineage::default(),
            pack: PackInForce::unstored(pack),
            tables,
            reading: Arc::new(Reading::none()),
            retired: BTreeSet::new(),
            decoded_bytes_max: ShardOptions::default().decoded_bytes_max,
        }
    }

    /// Whether a process with this setup may go on after a record of a journal.
    ///
    /// # Errors
    /// Where the record comes from elsewhere, or names an input that this process neither reads nor retires: one with an
    /// older configuration must not lose what the others read.
    pub fn accepts(&self, last: &JournalRecord) -> Result<(), Refusal> {
        if let Some(difference) = self.lineage.difference(&last.lineage) {
            return Err(Refusal::Foreign(difference));
        }
        let is_missing = |input: &&InputEnd| {
            !input.is_retired && self.reading.decoder(&input.topic).is_none() && !self.retired.contains(&input.topic)
        };
        match last.inputs.iter().find(is_missing) {
            Some(input) => Err(Refusal::InputMissing { topic: input.topic.clone() }),
            None => Ok(()),
        }
    }

    /// Which of the versions that a snapshot names this process does not bring: name and version of each list.
    #[must_use]
    pub fn lacks<'n>(&self, named: &'n ListVersions) -> Vec<(&'n str, &'n str)> {
        lacking(named, &[&self.tables])
    }

    /// How inputs were read for a record that was read otherwise than the one before it.
    pub(crate) fn reading_of(&self, record: &JournalRecord) -> Result<Arc<Reading>, Refusal> {
        if record.sources == self.reading.hash() {
            return Ok(Arc::clone(&self.reading));
        }
        let said = record.new_settings().cloned().map(Reading::new).transpose()?;
        let said = said.filter(|reading| reading.hash() == record.sources);
        said.map(Arc::new).ok_or(Refusal::ReadingUnknown { sequence: record.sequence })
    }

    /// How a shard works that is read in this way.
    pub(crate) fn shard_options(&self, reading: &Reading, impose_from: EventTime) -> ShardOptions {
        ShardOptions {
            clock: ShardClock::Live { impose_from },
            number_bytes_max: reading.settings().number_bytes,
            decoded_bytes_max: self.decoded_bytes_max,
        }
    }
}

//! The journal: one record per shard and commit, in the transaction of what it stands for.
//!
//! A record says which slices of the inputs were applied and in which order, which rules they met, and the tick. From any
//! snapshot the journal leads to the same state, byte for byte; its last record says where the shard goes on. It is JSON,
//! so that people can read it.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_alert_publisher::Outgoing;
use ringfence_consumer::kafka::JournalEnd;
use ringfence_snapshots::Lineage;
use serde::{Deserialize, Serialize};

/// Rises whenever a record is written differently.
pub(crate) const FORMAT: u32 = 1;
/// Rises with every release that reads records, state or rules differently: such a release must not replay what another
/// one has judged, since it could come to other events than those that were published.
pub(crate) const JUDGING: u32 = 1;

/// What one commit of one shard applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JournalRecord {
    /// How the record is written.
    pub format: u32,
    /// The release that wrote it, for people.
    pub release: String,
    /// How that release judges.
    pub judging: u32,
    /// The shard.
    pub shard: i32,
    /// From 1, without gaps.
    pub sequence: u64,
    /// The transactional id of the owner, so that a successor can end what it left open.
    pub owner: String,
    /// The cluster and the ids of journal and inputs.
    pub lineage: Lineage,
    /// The hash of the rule pack.
    pub pack: String,
    /// The hash of how inputs are read.
    pub sources: String,
    /// Strikes before this time impose nothing; the time of the shard's first start, in milliseconds since 1970.
    pub impose_from: i64,
    /// What was applied, in this order.
    pub slices: Vec<Slice>,
    /// For each input the next offset, after this commit.
    pub next: BTreeMap<String, i64>,
    /// The wall clock at the commit, in milliseconds since 1970; never less than in the record before.
    pub tick: i64,
    /// The inputs that had been read to their end, by their place in the configuration: the tick moves their time.
    pub ended: Vec<u8>,
    /// How many events the commit published; a replay must come to as many.
    pub events: u64,
}

/// Records of one input that were applied one after the other: offsets from the first up to, not including, the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice(
    /// The input, by its place in the configuration.
    pub u8,
    /// The first offset.
    pub i64,
    /// The offset after the last.
    pub i64,
);

/// Why a record is none that this release reads.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It is not JSON of the expected form.
    #[error("it does not decode")]
    Decode(#[from] serde_json::Error),
    /// It is of another format.
    #[error("it has format {found}, this release reads {FORMAT}")]
    Format {
        /// The format found.
        found: u32,
    },
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

impl JournalRecord {
    /// The record as it is written to the journal.
    ///
    /// # Errors
    /// Where it cannot be written as JSON, which nothing in it leads to.
    pub(crate) fn outgoing(&self, topic: &Arc<str>) -> Result<Outgoing, serde_json::Error> {
        Ok(Outgoing {
            topic: topic.clone(),
            partition: Some(self.shard),
            key: None,
            value: Some(serde_json::to_vec(self)?),
            headers: Vec::new(),
            timestamp: self.tick,
            want_offset: true,
        })
    }
}

impl JournalEnd for JournalRecord {
    type Error = JournalError;

    fn read(value: &[u8]) -> Result<Self, JournalError> {
        let FormatOnly { format } = serde_json::from_slice(value)?;
        if format != FORMAT {
            return Err(JournalError::Format { found: format });
        }
        Ok(serde_json::from_slice(value)?)
    }

    fn next_offsets(&self) -> BTreeMap<&str, i64> {
        self.next.iter().map(|(topic, next)| (&**topic, *next)).collect()
    }

    fn owner(&self) -> &str {
        &self.owner
    }
}

/// Notes that a further stretch of an input was applied; one that continues the last slice makes it longer.
pub(crate) fn extend(slices: &mut Vec<Slice>, input: u8, from: i64, next: i64) {
    match slices.last_mut() {
        Some(last) if last.0 == input && last.2 == from => last.2 = next,
        _ => slices.push(Slice(input, from, next)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> JournalRecord {
        JournalRecord {
            format: FORMAT,
            release: "0.1.0".to_owned(),
            judging: JUDGING,
            shard: 3,
            sequence: 17,
            owner: "ringfence.group.node-1.0".to_owned(),
            lineage: Lineage { cluster: "c".to_owned(), topics: [("cdr".to_owned(), "id".to_owned())].into() },
            pack: "hash".to_owned(),
            sources: "other".to_owned(),
            impose_from: i64::MIN,
            slices: vec![Slice(0, 100, 250), Slice(1, 5, 6)],
            next: [("cdr".to_owned(), 250), ("complaints".to_owned(), 6)].into(),
            tick: 1_700_000_000_000,
            ended: vec![1],
            events: 2,
        }
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let written = record().outgoing(&"journal".into()).expect("is written");
        assert_eq!((written.partition, written.timestamp, written.want_offset), (Some(3), 1_700_000_000_000, true));
        let value = written.value.expect("has a value");
        assert_eq!(JournalRecord::read(&value).expect("reads"), record());
        assert!(value.len() < 600, "{} bytes", value.len());
    }

    #[test]
    fn another_format_is_refused_whatever_else_it_holds() {
        let error = JournalRecord::read(br#"{"format": 9, "x": []}"#).expect_err("is refused");
        assert_eq!(error.to_string(), "it has format 9, this release reads 1");
        assert!(matches!(JournalRecord::read(b"x"), Err(JournalError::Decode(_))));
    }

    #[test]
    fn slices_grow_while_one_input_is_read_on() {
        let mut slices = Vec::new();
        for (input, from, next) in [(0, 0, 10), (0, 10, 20), (1, 5, 6), (0, 20, 21), (0, 22, 23)] {
            extend(&mut slices, input, from, next);
        }
        assert_eq!(slices, [Slice(0, 0, 20), Slice(1, 5, 6), Slice(0, 20, 21), Slice(0, 22, 23)]);
    }
}

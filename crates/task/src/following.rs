//! How far a task has followed its journal.

use ringfence_rules::Tables;

use crate::step::Wanted;
use crate::{JournalRecord, PackInForce};

/// How far a task has followed its journal.
#[derive(Debug)]
pub(crate) struct Following {
    /// The sequence of the journal's last record.
    pub(crate) until: u64,
    /// Whether a record has been followed: those before it are in the state already.
    pub(crate) has_begun: bool,
    /// The record that is being repeated.
    pub(crate) current: Option<Current>,
}

/// A record of the journal that is being repeated.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) record: JournalRecord,
    /// Where it lies.
    pub(crate) offset: i64,
    /// What the driver found of the pack and the lists that it names.
    pub(crate) pack: Option<PackInForce>,
    pub(crate) lists: Tables,
    /// The next of its entries.
    pub(crate) entry: usize,
    /// What is wanted at the moment.
    pub(crate) wanted: Option<Wanted>,
}

impl Following {
    pub(crate) fn new(until: u64) -> Self {
        Self { until, has_begun: false, current: None }
    }
}

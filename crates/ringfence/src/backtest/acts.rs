//! What follows from violations: warnings, suspensions and reinstatements, counted, and written where that is asked for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use ringfence_alert_publisher::LineSink;
use ringfence_events::{ActAction, Suspension};

use super::error::{BacktestError, cannot_write, create};

/// The acts of a run, in order.
pub(super) struct Acts {
    counts: BTreeMap<ActAction, u64>,
    file: Option<(String, LineSink<BufWriter<File>>)>,
}

impl Acts {
    pub(super) fn create(path: Option<&Path>) -> Result<Self, BacktestError> {
        let file = match path {
            Some(path) => Some((path.display().to_string(), LineSink::new(BufWriter::new(create(path)?)))),
            None => None,
        };
        Ok(Self { counts: BTreeMap::new(), file })
    }

    pub(super) fn add(&mut self, act: &Suspension) -> Result<(), BacktestError> {
        *self.counts.entry(act.action).or_default() += 1;
        match &mut self.file {
            Some((path, sink)) => sink.write(act).map_err(|source| cannot_write(&path, source)),
            None => Ok(()),
        }
    }

    /// Writes out what is still in the buffer.
    pub(super) fn flush(&mut self) -> Result<(), BacktestError> {
        match &mut self.file {
            Some((path, sink)) => sink.flush().map_err(|source| cannot_write(&path, source)),
            None => Ok(()),
        }
    }

    /// What was done how often, in one line.
    pub(super) fn summary(&self) -> String {
        let count = |action| self.counts.get(&action).copied().unwrap_or_default();
        let [warned, suspended, reinstated] = [ActAction::Warn, ActAction::Suspend, ActAction::Reinstate].map(count);
        let is_any_lost = self.file.is_none() && !self.counts.is_empty();
        let hint = if is_any_lost { " (--suspensions FILE writes them)" } else { "" };
        format!("suspensions: warned {warned}, suspended {suspended}, reinstated {reinstated}{hint}")
    }
}

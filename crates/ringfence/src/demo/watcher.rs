//! Whoever is told what happens: apart from where the records come from and who judges them.

use std::io;

use ringfence_traffic::CallRecord;

use super::told::Told;
use crate::CommandError;

/// Is told what is called and what the judge says, in the order in which it happens.
pub(crate) trait Watcher {
    /// A record of a call is on its way to the judge.
    fn called(&mut self, call: &CallRecord);

    /// The judge said something.
    fn said(&mut self, told: Told) -> io::Result<()>;

    /// Something about the way of the records, for people.
    fn note(&mut self, text: &str) -> io::Result<()>;
}

/// What is shown cannot be shown.
pub(crate) fn shown(source: io::Error) -> CommandError {
    CommandError::writing("standard output")(source)
}

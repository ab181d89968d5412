//! The names that a rule may use.

use ringfence_cdr::Numbering;

use super::parameters::Parameters;
use crate::{Ladder, Zone};

/// What a pack gives to its rules.
pub(crate) struct Scope<'a> {
    /// The pack's zone.
    pub(crate) zone: &'a Zone,
    /// The names of the lists, by index.
    pub(crate) lists: &'a [Box<str>],
    /// The ladders, by index; `None` for a rule file alone.
    pub(crate) ladders: Option<&'a [Ladder]>,
    /// The parameters.
    pub(crate) parameters: &'a Parameters,
    /// How its numbers are written.
    pub(crate) numbering: &'a Numbering,
}

impl Scope<'_> {
    /// The index of a list.
    pub(crate) fn list(&self, name: &str) -> Option<usize> {
        self.lists.iter().position(|list| &**list == name)
    }
}

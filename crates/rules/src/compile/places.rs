//! Where the parts of a rule stand, for what is said of them once the whole rule is read.

use ringfence_cdr::yaml::Mark;

/// Where things stand in the rule's file.
#[derive(Debug)]
pub(crate) struct Places {
    /// The rule's name.
    pub(crate) name: Mark,
    /// Its `where`, else its `except`.
    pub(crate) counted: Option<Mark>,
    /// The comparisons of `when`, in reading order.
    pub(crate) when: Vec<Mark>,
    /// Those of each second level.
    pub(crate) escalate: Vec<Vec<Mark>>,
}

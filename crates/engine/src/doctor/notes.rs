//! What the doctor finds, and how it is told as it is found.

use std::fmt;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// As it should be.
    Fine,
    /// The engine starts; somebody should know this.
    Advice,
    /// The engine does not start, or loses what it promises.
    Problem,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// What was looked at: a topic, a shard, the disk.
    pub about: String,
    /// What was seen.
    pub seen: String,
    /// What to do about it.
    pub advice: Option<String>,
}

impl Weight {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Advice => "advice",
            Self::Problem => "problem",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {}: {}", self.weight.name(), self.about, self.seen)?;
        match &self.advice {
            Some(advice) => write!(f, "\n         {advice}"),
            None => Ok(()),
        }
    }
}

/// Collects what is found.
pub(super) struct Notes<'a>(pub(super) &'a mut dyn FnMut(Finding));

impl Notes<'_> {
    pub(super) fn fine(&mut self, about: impl Into<String>, seen: impl Into<String>) {
        (self.0)(Finding { weight: Weight::Fine, about: about.into(), seen: seen.into(), advice: None });
    }

    pub(super) fn advice(&mut self, about: impl Into<String>, seen: impl Into<String>, advice: impl Into<String>) {
        let advice = Some(advice.into());
        (self.0)(Finding { weight: Weight::Advice, about: about.into(), seen: seen.into(), advice });
    }

    pub(super) fn problem(&mut self, about: impl Into<String>, seen: impl Into<String>, advice: impl Into<String>) {
        let advice = Some(advice.into());
        (self.0)(Finding { weight: Weight::Problem, about: about.into(), seen: seen.into(), advice });
    }
}

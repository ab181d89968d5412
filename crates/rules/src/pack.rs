//! A rule pack, compiled.

use std::sync::Arc;

use ringfence_cdr::{Millis, NumberPlan};

use crate::{ContentHash, Field, Ladder, Rule, Stream, Zone};

/// A directory of rules with a version and a hash, compiled.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Which pack this is.
    pub identity: PackIdentity,
    /// A title for people.
    pub title: Box<str>,
    /// The zone of its calendar windows and times of day.
    pub zone: Zone,
    /// The country (ISO 3166) whose national numbers its lists are written in.
    pub country: Option<Box<str>>,
    /// Countries and time zones of numbers.
    pub plan: Arc<NumberPlan>,
    /// How late a record may come, by default 7 days.
    pub lateness: Millis,
    /// How far a record's event time may lie after its arrival, by default 5 minutes.
    pub skew: Millis,
    /// What is kept beyond the look-backs of the rules.
    pub horizon: Horizon,
    /// The escalation policies.
    pub ladders: Vec<Ladder>,
    /// The names of the reference lists, in order. What stands on them is no part of the pack, see
    /// [`Tables`](crate::Tables).
    pub lists: Vec<Box<str>>,
    /// The rules in the order of their names; those that are off are not here.
    pub rules: Vec<Rule>,
}

/// The name, version and content hash of a pack: the same content gives the same hash on every machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PackIdentity {
    /// Its name.
    pub name: Box<str>,
    /// Its version as written.
    pub version: Box<str>,
    /// Of its canonical content; what stands on its lists is none of it.
    pub hash: ContentHash,
}

/// How long facts are kept at least, whatever the rules read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Horizon {
    /// Calls.
    pub calls: Option<Millis>,
    /// Complaints.
    pub complaints: Option<Millis>,
}

impl Pack {
    /// The default lateness.
    pub const LATENESS_DEFAULT: Millis = Millis(7 * Millis::DAY.0);
    /// The default skew.
    pub const SKEW_DEFAULT: Millis = Millis(5 * Millis::MINUTE.0);

    /// How long facts of a stream are kept: the lateness and the longest look-back of any rule, or the horizon
    /// where that is longer (`docs/glossary.md`). A strike's complaints need calls of the 30 days before them.
    #[must_use]
    pub fn retention(&self, stream: Stream) -> Millis {
        let look_back = self.rules.iter().filter_map(|rule| rule.look_back(stream)).max().unwrap_or_default();
        let horizon = match stream {
            Stream::Calls => self.horizon.calls,
            Stream::Complaints => self.horizon.complaints,
        };
        self.lateness.plus(look_back.max(self.served_look_back(stream))).max(horizon.unwrap_or_default())
    }

    fn served_look_back(&self, stream: Stream) -> Millis {
        let needed = |rule: &Rule| rule.ladder.is_some() && rule.reads(Stream::Complaints);
        match stream {
            Stream::Calls => self
                .rules
                .iter()
                .filter(|rule| needed(rule))
                .filter_map(|rule| rule.look_back(Stream::Complaints))
                .max()
                .map_or(Millis::ZERO, |complaints| complaints.plus(SERVED_BEFORE_COMPLAINT)),
            Stream::Complaints => Millis::ZERO,
        }
    }

    /// The fields of facts that any rule reads, in order, each once.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut fields: Vec<Field> = self.rules.iter().flat_map(Rule::fields).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}

/// A complaint counts for a strike if the number has a served call in this time before it (`docs/rules.md`, Ladders).
pub const SERVED_BEFORE_COMPLAINT: Millis = Millis(30 * Millis::DAY.0);

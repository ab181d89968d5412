//! The book in a snapshot: packs by their hashes, rules and ladders by their names.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_rules::{ContentHash, List, Pack, RuleId, Tables};
use serde::{Deserialize, Serialize};

use super::book::Rulebook;
use super::edition::{Edition, LadderEdition, Line};

/// The book as a snapshot holds it: packs by their hashes, rules by their names.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct WrittenBook {
    pack: [u8; 32],
    next_id: u32,
    lines: Vec<(RuleId, Vec<WrittenEdition>)>,
    ladders: Vec<(Box<str>, Vec<WrittenLadder>)>,
    /// Versions of lists, by their names.
    tables: Vec<(Box<str>, [u8; 32])>,
}

/// The hash of its pack, and its stretch.
type WrittenLadder = ([u8; 32], EventTime, EventTime);

#[derive(Debug, Serialize, Deserialize)]
struct WrittenEdition {
    id: RuleId,
    pack: [u8; 32],
    rule: Box<str>,
    from: EventTime,
    until: EventTime,
    whole_from: EventTime,
}

/// Why a written book cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BookError {
    /// A pack of this hash is needed.
    PackMissing(ContentHash),
    /// A version of a list is needed.
    ListMissing(Box<str>, ContentHash),
    /// It contradicts itself.
    Unsound(&'static str),
}

impl Rulebook {
    pub(crate) fn written(&self) -> WrittenBook {
        let edition = |edition: &Edition| WrittenEdition {
            id: edition.id,
            pack: edition.pack.identity.hash.0,
            rule: edition.rule().name.clone(),
            from: edition.from,
            until: edition.until,
            whole_from: edition.whole_from,
        };
        let ladder = |edition: &LadderEdition| (edition.pack.identity.hash.0, edition.from, edition.until);
        WrittenBook {
            pack: self.pack.identity.hash.0,
            next_id: self.next_id,
            lines: self.lines.iter().map(|line| (line.id, line.editions.iter().map(edition).collect())).collect(),
            ladders: self
                .ladders
                .iter()
                .map(|(name, editions)| (name.clone(), editions.iter().map(ladder).collect()))
                .collect(),
            tables: self.tables.lists().map(|list| (list.name.clone(), list.version().0)).collect(),
        }
    }

    /// The book that was written, with these packs and lists.
    pub(crate) fn read(written: WrittenBook, packs: &[Arc<Pack>], tables: &Tables) -> Result<Self, BookError> {
        let pack_of = |hash: [u8; 32]| {
            let found = packs.iter().find(|pack| pack.identity.hash.0 == hash);
            found.cloned().ok_or(BookError::PackMissing(ContentHash(hash)))
        };
        let mut read_tables = Tables::none();
        for (name, version) in written.tables {
            let is_wanted = |list: &&Arc<List>| list.version().0 == version;
            let list = tables.list(&name).filter(is_wanted).cloned();
            read_tables.put(list.ok_or(BookError::ListMissing(name, ContentHash(version)))?);
        }
        let mut book = Self::empty(pack_of(written.pack)?, read_tables);
        book.next_id = written.next_id;
        for (id, editions) in written.lines {
            let mut read_editions = Vec::with_capacity(editions.len());
            for edition in editions {
                let pack = pack_of(edition.pack)?;
                let place = pack.rules.iter().position(|rule| rule.name == edition.rule);
                let place = place.ok_or(BookError::Unsound("it names a rule that its pack does not have"))?;
                let read = Edition::new(edition.id, &pack, place, (edition.from, edition.until));
                read_editions.push(Edition { whole_from: edition.whole_from, ..read });
            }
            let first = read_editions.first().ok_or(BookError::Unsound("it has a line without a rule"))?;
            book.lines.push(Line { id, scope: first.rule().key, editions: read_editions });
        }
        for (name, editions) in written.ladders {
            let read = editions.into_iter().map(|(hash, from, until)| {
                let pack = pack_of(hash)?;
                let place = pack.ladders.iter().position(|ladder| ladder.name == name);
                let place = place.ok_or(BookError::Unsound("it names a ladder that its pack does not have"))?;
                Ok(LadderEdition { pack, place, from, until })
            });
            let read = read.collect::<Result<Vec<_>, BookError>>()?;
            book.ladders.insert(name, read);
        }
        book.check()?;
        book.derive();
        Ok(book)
    }

    fn check(&self) -> Result<(), BookError> {
        let sound = |sound: bool, what| if sound { Ok(()) } else { Err(BookError::Unsound(what)) };
        sound(self.lines.is_sorted_by(|a, b| a.id < b.id), "its lines of rules are out of order")?;
        let mut ids: Vec<RuleId> = Vec::new();
        for line in &self.lines {
            let follow = |a: &Edition, b: &Edition| a.until == b.from && a.rule().key == b.rule().key;
            sound(line.editions.is_sorted_by(follow), "its rules do not follow each other")?;
            sound(line.editions.iter().all(|edition| edition.from <= edition.until), "it has a rule that ends first")?;
            ids.extend(line.editions.iter().map(|edition| edition.id));
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        sound(ids.len() == count && ids.iter().all(|id| id.0 < self.next_id), "it gives an id twice")?;
        sound(self.lines.iter().all(|line| line.id.0 < self.next_id), "it gives an id twice")?;
        let in_force = self.lines.iter().filter_map(Line::in_force);
        let all = in_force.clone().all(|edition| edition.pack.identity.hash == self.pack.identity.hash);
        let names: BTreeSet<&str> = in_force.clone().map(|edition| &*edition.rule().name).collect();
        let each_once = in_force.count() == names.len() && names.len() == self.pack.rules.len();
        sound(all && each_once, "its rules in force are not those of its pack")?;
        let follow = |a: &LadderEdition, b: &LadderEdition| a.until <= b.from;
        sound(
            self.ladders.values().all(|editions| editions.is_sorted_by(follow)),
            "its ladders do not follow each other",
        )
    }
}

//! The rules of a shard, each with the stretch of event time in which it is, or was, in force.
//!
//! A pack names its rules, a shard knows them: each gets a [`RuleId`] that no other rule ever gets again, and what it
//! judged lies within its own stretch. The *editions* that follow each other under one name are a *line*. A change of the
//! pack at an event time t ends the editions that changed and begins the next ones; an edition that has ended stays,
//! whole, and judges what still comes late for its stretch.
//!
//! ```text
//! line "busy"    ├── edition 0 ──────┤├── edition 3 ───────▶      one run of holding instants may cross t
//! line "quiet"   ├── edition 1 ───────────────────────────▶      unchanged: the same edition, of the new pack
//! line "gone"    ├── edition 2 ──────┤                           what is open of it ends at t
//!                                    t
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_cdr::{EventTime, Millis, Number};
use ringfence_rules::{Field, Key as Scope, List, Listed, Pack, Rule, RuleId, Stream, Tables};

use super::class::{Class, Classes};
use super::edition::{Edition, LadderEdition, Line};
use super::lists::{ListChange, Lists};
use super::program::{Program, longest_anchored};

/// Every rule and ladder that a shard still needs.
#[derive(Debug)]
pub(crate) struct Rulebook {
    /// The pack in force.
    pub(super) pack: Arc<Pack>,
    /// One version of each list that a pack of the book names.
    pub(super) tables: Tables,
    /// Those of the pack in force.
    lists: Lists,
    /// In order of their ids.
    pub(super) lines: Vec<Line>,
    /// The line and the place in it of each edition, in order of ids.
    places: Vec<(RuleId, usize, usize)>,
    pub(super) ladders: BTreeMap<Box<str>, Vec<LadderEdition>>,
    pub(super) next_id: u32,
    classes: Classes,
    /// No edition that has ended has an instant at or after this.
    past_until: EventTime,
    judges_pairs: bool,
    retention: Retention,
}

/// How long facts are kept. Asked for with every record, so worked out once.
#[derive(Clone, Copy, Debug, Default)]
struct Retention {
    calls: Millis,
    complaints: Millis,
}

impl Rulebook {
    /// The rules of a first pack, in force for all time.
    pub(crate) fn new(pack: Arc<Pack>, tables: &Tables) -> Self {
        let mut book = Self::empty(pack, tables.clone());
        book.put_in_force(EventTime::MIN);
        book
    }

    pub(super) fn empty(pack: Arc<Pack>, tables: Tables) -> Self {
        Self {
            lists: Lists::default(),
            tables,
            pack,
            lines: Vec::new(),
            places: Vec::new(),
            ladders: BTreeMap::new(),
            next_id: 0,
            classes: Classes::default(),
            past_until: EventTime::MIN,
            judges_pairs: false,
            retention: Retention::default(),
        }
    }

    /// The pack in force.
    pub(crate) fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }

    /// One version of each list that a pack of the book names.
    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Every pack of which a rule or ladder is still needed, that in force first.
    pub(crate) fn packs(&self) -> Vec<&Arc<Pack>> {
        let mut packs = vec![&self.pack];
        let of_rules = self.lines.iter().flat_map(|line| &line.editions).map(|edition| &edition.pack);
        let of_ladders = self.ladders.values().flatten().map(|edition| &edition.pack);
        for pack in of_rules.chain(of_ladders) {
            if packs.iter().all(|known| known.identity.hash != pack.identity.hash) {
                packs.push(pack);
            }
        }
        packs
    }

    /// In order of their ids.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The line of this id; tracks keep their lines in the book.
    pub(crate) fn line(&self, id: RuleId) -> &Line {
        let place = self.lines.partition_point(|line| line.id < id);
        &self.lines[place.min(self.lines.len() - 1)]
    }

    /// The edition of this id; what it judged keeps it in the book.
    pub(crate) fn edition(&self, id: RuleId) -> &Edition {
        let place = self.places.partition_point(|(known, ..)| *known < id);
        let (_, line, place) = self.places[place.min(self.places.len() - 1)];
        &self.lines[line].editions[place]
    }

    /// The line of an edition.
    pub(crate) fn line_of(&self, id: RuleId) -> &Line {
        let place = self.places.partition_point(|(known, ..)| *known < id);
        &self.lines[self.places[place.min(self.places.len() - 1)].1]
    }

    /// Whether an edition and its line are in the book.
    pub(crate) fn has(&self, line: RuleId, id: RuleId) -> bool {
        let place = self.places.binary_search_by_key(&id, |(known, ..)| *known);
        place.is_ok_and(|place| self.lines[self.places[place].1].id == line)
    }

    pub(crate) fn has_line(&self, id: RuleId) -> bool {
        self.lines.binary_search_by_key(&id, |line| line.id).is_ok()
    }

    /// How a ladder stood, in order of time; nothing for one that is no longer needed.
    pub(crate) fn ladder(&self, name: &str) -> &[LadderEdition] {
        self.ladders.get(name).map_or(&[], Vec::as_slice)
    }

    /// The ladders on which strikes may still be worked out anew.
    pub(crate) fn ladder_names(&self) -> impl Iterator<Item = &str> {
        self.ladders.keys().map(|name| &**name)
    }

    /// No edition that has ended has an instant at or after this.
    pub(crate) fn past_until(&self) -> EventTime {
        self.past_until
    }

    /// Whether any rule judges pairs.
    pub(crate) fn judges_pairs(&self) -> bool {
        self.judges_pairs
    }

    /// How long facts of a stream are kept: as the pack in force asks, or one whose rules are still needed.
    pub(crate) fn retention(&self, stream: Stream) -> Millis {
        match stream {
            Stream::Calls => self.retention.calls,
            Stream::Complaints => self.retention.complaints,
        }
    }

    /// The longest anchored window of any rule on a stream.
    pub(crate) fn longest_anchored(&self, stream: Stream) -> Option<Millis> {
        let editions = self.lines.iter().flat_map(|line| &line.editions);
        editions.filter_map(|edition| longest_anchored(edition.rule(), stream)).max()
    }

    /// The class of a number that was not met before, or not under this pack.
    pub(crate) fn class_of(&mut self, number: &Number) -> u32 {
        let programs: Vec<&Program> = in_force(&self.lines, &self.pack);
        self.classes.of(self.lists.listed(number), &self.pack, &programs)
    }

    pub(crate) fn class(&self, class: u32) -> &Class {
        self.classes.get(class)
    }

    /// Whether calls of a class of numbers can count for an edition at all.
    pub(crate) fn counts(&self, edition: &Edition, class: u32) -> bool {
        !self.is_of_pack_in_force(edition) || self.class(class).counts(edition.place)
    }

    /// When a number of this class is on each list of the edition's pack.
    pub(crate) fn listed<'a>(
        &'a self,
        edition: &Edition,
        class: u32,
        number: impl FnOnce() -> Number,
    ) -> Cow<'a, [Listed]> {
        if self.is_of_pack_in_force(edition) {
            return Cow::Borrowed(self.class(class).listed());
        }
        Cow::Owned(edition.lists.listed(&number()).into_vec())
    }

    fn is_of_pack_in_force(&self, edition: &Edition) -> bool {
        Arc::ptr_eq(&edition.pack, &self.pack)
    }

    /// Puts another pack in force from an event time on. `whole_from` tells from when on facts have every field that a
    /// rule reads. Returns whether anything is judged, or struck, in another way from then on.
    pub(crate) fn switch(&mut self, pack: Arc<Pack>, at: EventTime, whole_from: impl Fn(&Rule) -> EventTime) -> bool {
        self.pack = pack;
        self.classes = Classes::default();
        let first_new = self.next_id;
        let in_force = |book: &Self| {
            let rules = book.lines.iter().filter(|line| line.in_force().is_some()).count();
            let ladders = book.ladders.values().map(Vec::len).sum::<usize>();
            (rules, ladders, book.past_until)
        };
        let before = in_force(self);
        self.put_in_force(at);
        let changed = first_new < self.next_id || before != in_force(self);
        for edition in self.lines.iter_mut().flat_map(|line| &mut line.editions) {
            if edition.id.0 >= first_new {
                edition.whole_from = whole_from(&edition.pack.rules[edition.place]);
            }
        }
        changed
    }

    /// Takes other versions of lists, for all time; those that no pack of the book names are left. Returns what changes.
    pub(crate) fn put_tables(&mut self, tables: &Tables) -> Vec<ListChange> {
        let mut changes = Vec::new();
        let named = self.names_of_lists();
        for after in tables.lists().filter(|list| named.contains(&list.name)) {
            let before = self.tables.list(&after.name).cloned();
            let before = before.unwrap_or_else(|| Arc::new(List::empty(&after.name)));
            if before.version() != after.version() {
                changes.push(ListChange { fields: self.looked_up_in(&after.name), before, after: after.clone() });
            }
        }
        if !changes.is_empty() {
            changes.iter().for_each(|change| self.tables.put(change.after.clone()));
            self.classes = Classes::default();
            self.derive();
        }
        changes
    }

    fn names_of_lists(&self) -> BTreeSet<Box<str>> {
        self.packs().into_iter().flat_map(|pack| pack.lists.iter().cloned()).collect()
    }

    /// The fields that any edition looks up in a list.
    fn looked_up_in(&self, name: &str) -> Vec<Field> {
        let editions = self.lines.iter().flat_map(|line| &line.editions);
        let look_ups = editions.flat_map(|edition| {
            let of_list = |(_, list): &(Field, usize)| *edition.pack.lists[*list] == *name;
            edition.rule().look_ups().into_iter().filter(of_list).map(|(field, _)| field)
        });
        let mut fields: Vec<Field> = look_ups.collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Ends what the pack no longer has, and begins what it has anew.
    fn put_in_force(&mut self, at: EventTime) {
        let pack = self.pack.clone();
        let mut successors = self.successors();
        for line in &mut self.lines {
            let Some(last) = line.editions.last_mut().filter(|last| last.until == EventTime::MAX) else { continue };
            let successor = successors.remove(&line.id);
            if let Some(place) = successor
                && last.is(&pack.rules[place], &pack)
            {
                let whole_from = last.whole_from;
                *last = Edition { whole_from, ..Edition::new(last.id, &pack, place, (last.from, last.until)) };
                successors.insert(line.id, place);
                continue;
            }
            last.until = at;
            if let Some(place) = successor {
                let id = RuleId(self.next_id);
                self.next_id += 1;
                line.editions.push(Edition::new(id, &pack, place, (at, EventTime::MAX)));
                successors.insert(line.id, place);
            }
        }
        let known: BTreeSet<usize> = successors.into_values().collect();
        for place in (0..pack.rules.len()).filter(|place| !known.contains(place)) {
            let id = RuleId(self.next_id);
            self.next_id += 1;
            let first = Edition::new(id, &pack, place, (at, EventTime::MAX));
            self.lines.push(Line { id, scope: first.rule().key, editions: vec![first] });
        }
        for (name, editions) in &mut self.ladders {
            let Some(last) = editions.last_mut().filter(|last| last.until == EventTime::MAX) else { continue };
            match pack.ladders.iter().position(|ladder| ladder.name == *name) {
                Some(place) if pack.ladders[place] == *last.ladder() => (last.pack, last.place) = (pack.clone(), place),
                _ => last.until = at,
            }
        }
        for (place, ladder) in pack.ladders.iter().enumerate() {
            let editions = self.ladders.entry(ladder.name.clone()).or_default();
            if editions.last().is_none_or(|last| last.until < EventTime::MAX) {
                editions.push(LadderEdition { pack: pack.clone(), place, from: at, until: EventTime::MAX });
            }
        }
        self.derive();
    }

    /// Which rule of the pack each line in force goes on with: that of the same name and scope, or one that judges alike
    /// under a new name, since ids are made of what it judges.
    fn successors(&self) -> BTreeMap<RuleId, usize> {
        let rules = &self.pack.rules;
        let in_force = || self.lines.iter().filter_map(|line| Some((line.id, line.in_force()?.rule())));
        let of_name = |own: &Rule| rules.iter().position(|rule| rule.name == own.name && rule.key == own.key);
        let mut successors: BTreeMap<RuleId, usize> =
            in_force().filter_map(|(line, rule)| Some((line, of_name(rule)?))).collect();
        for (line, own) in in_force() {
            let renamed = rules.iter().position(|rule| rule.hash == own.hash && rule.key == own.key);
            let renamed = renamed.filter(|place| successors.values().all(|known| known != place));
            if let Some(place) = renamed.filter(|_| !successors.contains_key(&line)) {
                successors.insert(line, place);
            }
        }
        successors
    }

    /// Drops what no instant can be judged by any more: its stretch has settled, or is empty as two changes came at one
    /// time, and nothing that is kept names it (`is_named`).
    pub(crate) fn forget(&mut self, settled: EventTime, is_named: impl Fn(RuleId) -> bool) {
        for line in &mut self.lines {
            let is_over = |edition: &&Edition| edition.last() <= settled && !is_named(edition.id);
            let over = line.editions.iter().take_while(is_over).count();
            line.editions.drain(..over);
        }
        self.lines.retain(|line| !line.editions.is_empty());
        for editions in self.ladders.values_mut() {
            editions.retain(|edition| edition.until > settled);
        }
        self.ladders.retain(|_, editions| !editions.is_empty());
        self.derive();
    }

    /// Works out anew what follows from the editions.
    pub(super) fn derive(&mut self) {
        let of_line = |(at, line): (usize, &Line)| {
            let ids: Vec<RuleId> = line.editions.iter().map(|edition| edition.id).collect();
            ids.into_iter().enumerate().map(move |(place, id)| (id, at, place))
        };
        self.places = self.lines.iter().enumerate().flat_map(of_line).collect();
        self.places.sort_unstable();
        let all = || self.lines.iter().flat_map(|line| &line.editions);
        let past = all().map(|edition| edition.until).filter(|until| *until < EventTime::MAX);
        self.past_until = past.max().unwrap_or(EventTime::MIN);
        self.judges_pairs = self.lines.iter().any(|line| line.scope == Scope::Pair);
        let longest = |stream| self.packs().into_iter().map(|pack| pack.retention(stream)).max().unwrap_or_default();
        self.retention = Retention { calls: longest(Stream::Calls), complaints: longest(Stream::Complaints) };
        let named = self.names_of_lists();
        self.tables.retain(|name| named.contains(name));
        self.look_up_lists();
    }

    /// Gives every edition the lists of its pack as they stand.
    fn look_up_lists(&mut self) {
        let packs = self.packs().into_iter().map(|pack| (pack.clone(), Lists::of(pack, &self.tables)));
        let packs: Vec<(Arc<Pack>, Lists)> = packs.collect();
        // That in force comes first.
        if let Some((_, lists)) = packs.first() {
            self.lists = lists.clone();
        }
        for edition in self.lines.iter_mut().flat_map(|line| &mut line.editions) {
            let own = packs.iter().find(|(pack, _)| pack.identity.hash == edition.pack.identity.hash);
            if let Some((_, lists)) = own {
                edition.lists = lists.clone();
            }
        }
    }
}

/// What is worked out of each rule of the pack in force, in its order.
fn in_force<'a>(lines: &'a [Line], pack: &Arc<Pack>) -> Vec<&'a Program> {
    let mut editions: Vec<&Edition> = lines.iter().filter_map(Line::in_force).collect();
    editions.retain(|edition| Arc::ptr_eq(&edition.pack, pack));
    editions.sort_unstable_by_key(|edition| edition.place);
    editions.into_iter().map(|edition| &edition.program).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

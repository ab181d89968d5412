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

use ringfence_cards::BrokenRule;
use ringfence_cdr::{EventTime, Millis, Number};
use ringfence_rules::{ContentHash, Key as Scope, Ladder, Listed, Mode, Pack, Rule, RuleId, Stream};
use serde::{Deserialize, Serialize};

use crate::class::{Class, Classes};
use crate::program::{Program, longest_anchored};

/// A rule as it stood in one stretch of event time.
#[derive(Clone, Debug)]
pub(crate) struct Edition {
    pub(crate) id: RuleId,
    pub(crate) pack: Arc<Pack>,
    /// Its place among the rules of its pack.
    place: usize,
    pub(crate) program: Program,
    /// What strikes are named by.
    pub(crate) broken: Arc<BrokenRule>,
    /// The first instant of its stretch.
    pub(crate) from: EventTime,
    /// The first instant after its stretch; `MAX` while it is in force.
    pub(crate) until: EventTime,
    /// Facts before this lack a field that it reads.
    pub(crate) whole_from: EventTime,
}

/// The editions that followed each other under one name and scope.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The id of the first of them, also when that is gone.
    pub(crate) id: RuleId,
    /// What its keys are, the same for all of them.
    pub(crate) scope: Scope,
    /// In order of time, at least one.
    editions: Vec<Edition>,
}

/// A ladder as it stood in one stretch of event time.
#[derive(Clone, Debug)]
pub(crate) struct LadderEdition {
    pack: Arc<Pack>,
    place: usize,
    pub(crate) from: EventTime,
    pub(crate) until: EventTime,
}

/// Every rule and ladder that a shard still needs.
#[derive(Debug)]
pub(crate) struct Rulebook {
    /// The pack in force.
    pack: Arc<Pack>,
    /// In order of their ids.
    lines: Vec<Line>,
    /// The line and the place in it of each edition, in order of ids.
    places: Vec<(RuleId, usize, usize)>,
    ladders: BTreeMap<Box<str>, Vec<LadderEdition>>,
    next_id: u32,
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

impl Edition {
    pub(crate) fn rule(&self) -> &Rule {
        &self.pack.rules[self.place]
    }

    /// Whether its violations are strikes on this ladder.
    pub(crate) fn strikes_on(&self, ladder: &str) -> bool {
        self.rule().mode == Mode::Enforce && self.ladder().is_some_and(|own| *own.name == *ladder)
    }

    fn ladder(&self) -> Option<&Ladder> {
        self.rule().ladder.and_then(|at| self.pack.ladders.get(at))
    }

    /// The part of [from, to] that lies in its stretch.
    pub(crate) fn within(&self, from: EventTime, to: EventTime) -> Option<(EventTime, EventTime)> {
        let (from, to) = (from.max(self.from), to.min(self.last()));
        (from <= to).then_some((from, to))
    }

    /// The last instant of its stretch.
    fn last(&self) -> EventTime {
        if self.until == EventTime::MAX { EventTime::MAX } else { self.until.minus(Millis(1)) }
    }

    fn new(id: RuleId, pack: &Arc<Pack>, place: usize, (from, until): (EventTime, EventTime)) -> Self {
        let rule = &pack.rules[place];
        let broken = BrokenRule {
            name: rule.name.clone(),
            hash: rule.hash.0,
            title: rule.title.clone(),
            basis: rule.basis.clone(),
        };
        Self {
            id,
            program: Program::new(rule),
            broken: Arc::new(broken),
            pack: pack.clone(),
            place,
            from,
            until,
            whole_from: EventTime::MIN,
        }
    }

    /// Whether a rule of another pack judges and strikes as this one, so that it is this one.
    fn is(&self, rule: &Rule, pack: &Pack) -> bool {
        let (own, own_pack) = (self.rule(), &self.pack);
        let ladder = |rule: &Rule, pack: &Pack| rule.ladder.map(|at| pack.ladders[at].name.clone());
        own.hash == rule.hash
            && own.name == rule.name
            && own.mode == rule.mode
            && ladder(own, own_pack) == ladder(rule, pack)
            && own_pack.plan == pack.plan
            && rule.lists().into_iter().all(|at| own_pack.lists.iter().any(|list| *list == pack.lists[at]))
    }
}

impl Line {
    pub(crate) fn editions(&self) -> &[Edition] {
        &self.editions
    }

    fn last(&self) -> &Edition {
        &self.editions[self.editions.len() - 1]
    }

    /// The edition in force.
    pub(crate) fn in_force(&self) -> Option<&Edition> {
        Some(self.last()).filter(|last| last.until == EventTime::MAX)
    }

    /// The first instant after the stretch of the last edition, where none is in force.
    pub(crate) fn ended(&self) -> Option<EventTime> {
        Some(self.last().until).filter(|until| *until < EventTime::MAX)
    }

    /// The edition that judges an instant.
    pub(crate) fn at(&self, at: EventTime) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.within(at, at).is_some())
    }

    /// The last instant that a fact at `at` can change.
    pub(crate) fn influence_end(&self, at: EventTime) -> EventTime {
        let ends = self.editions.iter().map(|edition| edition.program.influence_end(at));
        ends.max().unwrap_or(at)
    }

    /// Up to where a rule reads back from an instant, whichever edition judges it.
    pub(crate) fn reads_after(&self, at: EventTime) -> EventTime {
        let after = self.editions.iter().map(|edition| match edition.program.anchored {
            true => EventTime::MIN,
            false => at.minus(edition.program.look_back),
        });
        after.min().unwrap_or(at)
    }

    pub(crate) fn is_anchored(&self) -> bool {
        self.editions.iter().any(|edition| edition.program.anchored)
    }

    /// The longest gap that any edition bridges.
    pub(crate) fn keep_max(&self) -> Millis {
        self.editions.iter().map(|edition| edition.rule().keep).max().unwrap_or_default()
    }

    pub(crate) fn reads(&self, stream: Stream) -> bool {
        self.editions.iter().any(|edition| edition.program.reads(stream))
    }

    /// Whether violations of any edition are strikes on this ladder.
    pub(crate) fn strikes_on(&self, ladder: &str) -> bool {
        self.editions.iter().any(|edition| edition.strikes_on(ladder))
    }

    /// Whether violations of any edition are strikes on some ladder.
    pub(crate) fn strikes(&self) -> bool {
        self.editions.iter().any(|edition| edition.rule().ladder.is_some())
    }
}

impl LadderEdition {
    pub(crate) fn ladder(&self) -> &Ladder {
        &self.pack.ladders[self.place]
    }
}

impl Rulebook {
    /// The rules of a first pack, in force for all time.
    pub(crate) fn new(pack: Arc<Pack>) -> Self {
        let mut book = Self::empty(pack);
        book.put_in_force(EventTime::MIN);
        book
    }

    fn empty(pack: Arc<Pack>) -> Self {
        Self {
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
        self.classes.of(number, &self.pack, &programs)
    }

    pub(crate) fn class(&self, class: u32) -> &Class {
        self.classes.get(class)
    }

    /// Whether calls of a class of numbers can count for an edition at all.
    pub(crate) fn counts(&self, edition: &Edition, class: u32) -> bool {
        !self.is_of_pack_in_force(edition) || self.class(class).counts(edition.place)
    }

    /// When a number of this class is on each list of the edition's pack.
    pub(crate) fn lists<'a>(
        &'a self,
        edition: &Edition,
        class: u32,
        number: impl FnOnce() -> Number,
    ) -> Cow<'a, [Listed]> {
        if self.is_of_pack_in_force(edition) {
            return Cow::Borrowed(self.class(class).lists());
        }
        let number = number();
        Cow::Owned(edition.pack.lists.iter().map(|list| list.listed(&number)).collect())
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
    fn derive(&mut self) {
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
    }
}

/// What is worked out of each rule of the pack in force, in its order.
fn in_force<'a>(lines: &'a [Line], pack: &Arc<Pack>) -> Vec<&'a Program> {
    let mut editions: Vec<&Edition> = lines.iter().filter_map(Line::in_force).collect();
    editions.retain(|edition| Arc::ptr_eq(&edition.pack, pack));
    editions.sort_unstable_by_key(|edition| edition.place);
    editions.into_iter().map(|edition| &edition.program).collect()
}

/// The book as a snapshot holds it: packs by their hashes, rules by their names.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct WrittenBook {
    pack: [u8; 32],
    next_id: u32,
    lines: Vec<(RuleId, Vec<WrittenEdition>)>,
    ladders: Vec<(Box<str>, Vec<WrittenLadder>)>,
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
        }
    }

    /// The book that was written, with these packs.
    pub(crate) fn read(written: WrittenBook, packs: &[Arc<Pack>]) -> Result<Self, BookError> {
        let pack_of = |hash: [u8; 32]| {
            let found = packs.iter().find(|pack| pack.identity.hash.0 == hash);
            found.cloned().ok_or(BookError::PackMissing(ContentHash(hash)))
        };
        let mut book = Self::empty(pack_of(written.pack)?);
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
        sound(all && in_force.count() == self.pack.rules.len(), "its rules in force are not those of its pack")?;
        let follow = |a: &LadderEdition, b: &LadderEdition| a.until <= b.from;
        sound(
            self.ladders.values().all(|editions| editions.is_sorted_by(follow)),
            "its ladders do not follow each other",
        )
    }
}

#[cfg(test)]
#[path = "rulebook_tests.rs"]
mod tests;

//! Another pack in force: what goes on under which rule.
//!
//! Facts stay, so every rule of the new pack is warm at once. A rule of the same hash goes on as if nothing had happened,
//! whatever became of its name and its texts: ids are made of the hash. What a changed rule judged stays as it was: its
//! closed violations and their strikes remain its own, as those of a *former* rule, and the instants that they cover are
//! not judged again; its open ones go on, under the id that the new rule gives them. Those of a rule that is gone close.
//! Strikes stay on a ladder that is changed, and a suspension runs to its end also where its ladder is gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_cards::{LadderFile, Source};
use ringfence_cdr::{EventTime, Millis, PackedNumber};
use ringfence_rules::{Ladder, Pack, Rule};
use ringfence_timeline::Symbols;

use crate::former::{Former, Formers};
use crate::hot::TrackName;
use crate::number::{NumberState, Rest};
use crate::publish::{id_of, key_of};
use crate::published::Published;
use crate::shard::Shard;
use crate::track::{Peak, StoredValue, Track};

impl Shard {
    /// Puts another pack in force; call it between two commits. The next commit publishes what follows from it.
    pub fn switch(&mut self, pack: Arc<Pack>) {
        let old = std::mem::replace(&mut self.pack, pack);
        self.stored.extend(&self.pack, self.times.seen);
        let before = old.rules.iter().map(|rule| Former::of(rule, &old)).chain(self.former.entries().iter().cloned());
        let succession = Succession::new(before.collect(), old.rules.len(), &self.rules_in_use(), &self.pack);
        for state in self.numbers.iter_mut().flatten() {
            state.quiet_calls = 0;
            let number = state.number;
            if let Some(rest) = &mut state.rest {
                let goes_on = succession.follow_tracks(rest, number, &self.pack, &self.symbols);
                succession.follow_card(rest, &goes_on, &old.ladders, &self.pack.ladders);
            }
        }
        self.former = Formers::new(succession.former, &self.pack);
        self.derive_from_pack();
    }

    /// The numbers of all rules that have violations or strikes to their name.
    fn rules_in_use(&self) -> Vec<u16> {
        let mut rules: Vec<u16> = self.numbers.iter().flatten().flat_map(NumberState::rules).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}

impl NumberState {
    fn rules(&self) -> impl Iterator<Item = u16> {
        let card = self.rest.iter().filter_map(|rest| rest.card.as_ref());
        let strikes = card.flat_map(|card| card.files().flat_map(LadderFile::rules));
        self.tracks().iter().map(|track| track.rule).chain(strikes)
    }
}

/// What became of each rule.
struct Succession {
    /// The rules before, in their numbers.
    before: Vec<Former>,
    /// So many of them were in force, the others were former ones already.
    in_force: usize,
    places: Vec<Place>,
    /// Those that are in force no more and still needed.
    former: Vec<Former>,
}

#[derive(Clone, Copy)]
enum Place {
    /// It is in force, under this number.
    InForce(u16),
    /// It is a former rule of the first number, and its open violations go on under the second.
    Changed(u16, u16),
    /// It is a former rule of this number.
    Former(u16),
}

impl Succession {
    fn new(before: Vec<Former>, in_force: usize, in_use: &[u16], pack: &Pack) -> Self {
        let mut former = Vec::new();
        let mut places = Vec::new();
        for (at, rule) in before.iter().enumerate() {
            let of = |is_it: &dyn Fn(&Rule) -> bool| pack.rules.iter().position(is_it).map(|new| new as u16);
            let number = (pack.rules.len() + former.len()) as u16;
            let same = of(&|new| new.hash.0 == rule.hash);
            let changed = of(&|new| new.name == rule.name && new.key == rule.key()).filter(|_| at < in_force);
            let place = match (same, changed) {
                (Some(new), _) => Place::InForce(new),
                (None, Some(new)) => Place::Changed(number, new),
                (None, None) => Place::Former(number),
            };
            if !matches!(place, Place::InForce(_)) && in_use.binary_search(&(at as u16)).is_ok() {
                former.push(rule.clone());
            }
            places.push(place);
        }
        Self { before, in_force, places, former }
    }

    /// Renumbers the tracks of a number and says which violations go on under a changed rule: by rule and called number
    /// as before, from which instant on.
    fn follow_tracks(
        &self,
        rest: &mut Rest,
        number: PackedNumber,
        pack: &Pack,
        symbols: &Symbols,
    ) -> BTreeMap<TrackName, EventTime> {
        let mut goes_on = BTreeMap::new();
        let mut tracks: BTreeMap<TrackName, Track> = BTreeMap::new();
        let mut put = |track: Track| match tracks.entry((track.rule, track.called)) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(track);
            }
            std::collections::btree_map::Entry::Occupied(mut place) => place.get_mut().absorb(track),
        };
        for mut track in std::mem::take(&mut rest.tracks) {
            let name = (track.rule, track.called);
            match self.places[usize::from(track.rule)] {
                Place::InForce(new) => {
                    let was_former = usize::from(track.rule) >= self.in_force;
                    track.rule = new;
                    if was_former {
                        track.frozen_to = track.segments.last().map(|segment| segment.last);
                    }
                    put(track);
                }
                Place::Former(former) => {
                    track.rule = former;
                    track.end();
                    put(track);
                }
                Place::Changed(former, new) => {
                    let rule = &pack.rules[usize::from(new)];
                    let key = key_of(symbols, number, track.called);
                    let id = |published: &Published| id_of(rule, &key, published.opened_at());
                    if let Some(mut next) = track.split_open(id) {
                        goes_on.insert(name, next.published[0].opened_at());
                        next.rule = new;
                        let lets = lets_of(&self.before[usize::from(name.0)], rule);
                        next.segments.iter_mut().for_each(|segment| segment.peak.renamed(&lets));
                        put(next);
                    }
                    track.rule = former;
                    track.end();
                    put(track);
                }
            }
        }
        rest.tracks = tracks.into_values().collect();
        goes_on
    }

    fn follow_card(&self, rest: &mut Rest, goes_on: &BTreeMap<TrackName, EventTime>, old: &[Ladder], new: &[Ladder]) {
        let Some(card) = &mut rest.card else { return };
        let renumbered = |Source { rule, called }, _, last_at: EventTime| match self.places[usize::from(rule)] {
            Place::InForce(new) => new,
            Place::Changed(_, new) if goes_on.get(&(rule, called)).is_some_and(|from| last_at >= *from) => new,
            Place::Changed(former, _) | Place::Former(former) => former,
        };
        card.ladders.iter_mut().chain(card.left.values_mut()).for_each(|file| file.follow_rules(renumbered));
        let mut before: BTreeMap<&str, LadderFile> = BTreeMap::new();
        for (ladder, mut file) in old.iter().zip(std::mem::take(&mut card.ladders)) {
            match new.iter().find(|new| new.name == ladder.name) {
                Some(new) => {
                    file.follow_ladder(ladder, new);
                    before.insert(&ladder.name, file);
                }
                None => card.left.extend(file.left_behind().map(|file| (ladder.name.clone(), file))),
            }
        }
        let mut file_of = |ladder: &Ladder| {
            let left = &mut card.left;
            before.remove(&*ladder.name).or_else(|| Some(left.remove(&ladder.name)?.taken_up(ladder)))
        };
        card.ladders = new.iter().map(|ladder| file_of(ladder).unwrap_or_default()).collect();
    }
}

/// For each `let` of the new rule, its place among those of the old one.
fn lets_of(old: &Former, new: &Rule) -> Vec<Option<usize>> {
    new.lets.iter().map(|named| old.place_of_let(&named.name, named.unit)).collect()
}

impl Peak {
    /// Puts values in the order of a changed rule's `let`s; what the old rule did not name is undefined.
    fn renamed(&mut self, places: &[Option<usize>]) {
        let value = |place: &Option<usize>| -> StoredValue { self.lets.get((*place)?).copied().flatten() };
        self.lets = places.iter().map(value).collect();
    }
}

impl Track {
    /// Nothing of it goes on: what is open closes in its time.
    fn end(&mut self) {
        if let Some(last) = self.segments.last() {
            self.first_false.get_or_insert(last.last.plus(Millis(1)));
        }
    }

    /// Cuts off what is open, to go on under other ids; what was published of it is to be withdrawn here.
    fn split_open(&mut self, id: impl Fn(&Published) -> String) -> Option<Self> {
        let mut next = Self::new(self.rule, self.called);
        for published in self.published.iter_mut().filter(|published| !published.is_final()) {
            let id: Arc<str> = id(published).into();
            next.published.push(published.going_on_as(id.clone()));
            published.replaced_by = Some(id);
        }
        let from = next.published.first()?.opened_at();
        next.segments = self.segments.split_off(self.segments.partition_point(|segment| segment.first < from));
        next.frozen_to = next.segments.last().map(|segment| segment.last);
        (next.first_false, next.silent_at) = (self.first_false.take(), self.silent_at.take());
        Some(next)
    }

    /// Takes in what another track of the same rule and key judged and published.
    fn absorb(&mut self, other: Self) {
        let last = |track: &Self| track.segments.last().map(|segment| segment.last);
        if last(&other) > last(self) {
            (self.first_false, self.silent_at) = (other.first_false, other.silent_at);
        }
        self.frozen_to = self.frozen_to.max(other.frozen_to);
        self.segments.extend(other.segments);
        self.segments.sort_by_key(|segment| segment.first);
        for published in other.published {
            match self.published.iter_mut().find(|known| known.id == published.id) {
                Some(known) if known.is_pending => *known = published.taking_up(known),
                Some(known) => *known = known.taking_up(&published),
                None => self.published.push(published),
            }
        }
        self.published.sort_by_key(Published::opened_at);
    }
}

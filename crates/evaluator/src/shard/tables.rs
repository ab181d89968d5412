//! Other versions of the lists, from one commit to the next.
//!
//! A list says who somebody was at a time, so a new version holds for the past too: every fact of which it says something
//! else counts as changed, and what lies in its influence is judged again. What has settled stays. At most a pass over the
//! facts, and where rules look up callers alone, one over the numbers.

use ringfence_cdr::{EventTime, Millis};
use ringfence_rules::{Field, Tables};
use ringfence_timeline::{CallFact, ComplaintFact};

use super::shard::Shard;
use crate::facts::{Fact, FieldValue, Matcher};
use crate::rulebook::ListChange;

/// The facts of one number of which the lists say something else.
#[derive(Debug, Default)]
struct Changed {
    calls: Vec<CallFact>,
    complaints: Vec<EventTime>,
}

impl Shard {
    /// Takes these versions of lists for those of the same names; call it between two commits. The next commit publishes
    /// what follows from it. Lists that no rule can ask for are left.
    pub fn put_tables(&mut self, tables: &Tables) {
        let changes = self.book.put_tables(tables);
        if changes.is_empty() {
            return;
        }
        self.drop_caches();
        let from = changes.iter().map(ListChange::from).min().unwrap_or(EventTime::MAX);
        self.switched = Some(self.switched.map_or(from, |earlier| earlier.min(from)));
        for slot in 0..self.numbers.len() as u32 {
            let changed = self.changed_by(slot, &changes, from);
            if !changed.calls.is_empty() || !changed.complaints.is_empty() {
                self.touch_with(slot, &changed.calls, &changed.complaints);
            }
        }
    }

    /// The versions of the lists that it judges by.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        self.book.tables()
    }

    fn changed_by(&mut self, slot: u32, changes: &[ListChange], from: EventTime) -> Changed {
        let mut changed = Changed::default();
        let Some(state) = self.numbers[slot as usize].as_mut() else { return changed };
        // Of a number that was on no list, it was worked out how few calls can matter.
        state.quiet_calls = 0;
        let caller = self.symbols.number(state.number);
        let of_caller = |change: &ListChange| change.fields() == [Field::CallingNumber];
        if changes.iter().all(|change| of_caller(change) && !change.is_about(&caller)) {
            return changed;
        }
        let in_force = self.book.class(state.class).listed();
        let Some(edition) = self.book.lines().iter().find_map(|line| line.in_force()) else { return changed };
        let matcher = Matcher {
            pack: &edition.pack,
            symbols: &self.symbols,
            key: state.number,
            listed: in_force,
            lists: &edition.lists,
        };
        let is_changed = |fact: Fact<'_>| changes.iter().any(|change| says_other(&matcher, change, fact));
        if state.calls.last_at() >= Some(from) {
            let span = (from.minus(Millis(1)), EventTime::MAX);
            state.calls.decode_into(state.number, span, &mut changed.calls, &mut self.work);
            changed.calls.retain(|call| is_changed(Fact::Call(call)));
        }
        let complaints = state.extras.iter().flat_map(|extras| extras.complaints.all());
        let complaints = complaints.filter(|complaint: &&ComplaintFact| is_changed(Fact::Complaint(complaint)));
        changed.complaints = complaints.map(|complaint| complaint.at).collect();
        changed
    }
}

/// Whether a change says something else of a fact.
fn says_other(matcher: &Matcher<'_>, change: &ListChange, fact: Fact<'_>) -> bool {
    let number = |field: &Field| match matcher.value(*field, fact) {
        Some(FieldValue::Number(number)) => Some(matcher.symbols.number(number)),
        _ => None,
    };
    change.fields().iter().filter_map(number).any(|number| change.is_about_at(&number, fact.at()))
}

//! Taking admitted records in: from a decoded record to the facts of its number, and what the change touches.

use ringfence_cdr::{Cdr, Complaint, EventTime, Fingerprint, Millis};
use ringfence_timeline::{CallFact, ComplaintFact, ComplaintInsertion, DetailField, Insertion, Repeat, StoredPart};

use crate::commit::{Clerk, Context};
use crate::delivery::{Outcome, Standing};
use crate::shard::Shard;
use crate::stored::Fields;
use crate::touched::Span;

/// A record is late where event time had come this much further before it.
const LATE_AFTER: Millis = Millis(5 * Millis::MINUTE.0);

impl Shard {
    pub(crate) fn insert_call(&mut self, cdr: &Cdr, arrival: Option<EventTime>) -> Outcome {
        let slot = self.slot_of(&cdr.calling_number);
        let fact = self.fact_of(cdr, self.stored.now());
        let as_before = self.as_before(cdr);
        if let Some(part) = &cdr.part {
            // Told apart within one pair of numbers and a day, so the text itself is not kept.
            let reference = Fingerprint::of(&part.reference).0;
            let stored = |fact| StoredPart { reference, sequence_number: part.sequence_number, fact };
            let (part, as_before) = (stored(fact), as_before.map(stored));
            let parts = self.number(slot).and_then(|state| state.rest.as_ref()).map(|rest| &rest.parts);
            if as_before.is_some_and(|part| parts.is_some_and(|parts| parts.contains(&part))) {
                return Outcome::Duplicate;
            }
            return self.insert_part(slot, part, arrival);
        }
        let Some(state) = self.numbers[slot as usize].as_mut() else { return Outcome::Duplicate };
        match state.calls.insert(state.number, &fact, &mut self.work) {
            Insertion::Inserted => {
                self.ledger.facts += 1;
                self.call_changed(slot, &fact, true, arrival);
                Outcome::Inserted
            }
            Insertion::Exists(standing) if standing == fact || Some(standing) == as_before => Outcome::Duplicate,
            Insertion::Exists(standing) if fact.stands_over(&standing, &self.symbols) => {
                self.remove_fact(slot, &standing, arrival);
                self.insert_fact(slot, &fact, arrival);
                Outcome::ConflictingDuplicate(Standing::Later)
            }
            Insertion::Exists(_) => Outcome::ConflictingDuplicate(Standing::Earlier),
        }
    }

    fn insert_part(&mut self, slot: u32, part: StoredPart, arrival: Option<EventTime>) -> Outcome {
        let Some(state) = self.numbers[slot as usize].as_mut() else { return Outcome::Duplicate };
        let insertion = state.rest_mut().parts.insert(part, &self.symbols, &mut self.work);
        insertion.removed.iter().for_each(|fact| self.remove_fact(slot, fact, arrival));
        insertion.inserted.iter().for_each(|fact| self.insert_fact(slot, fact, arrival));
        let outcome = match (insertion.repeat, insertion.facts) {
            (Some(Repeat::Same), _) => Outcome::Duplicate,
            (Some(Repeat::Stands), _) => Outcome::ConflictingDuplicate(Standing::Later),
            (Some(Repeat::Falls), _) => Outcome::ConflictingDuplicate(Standing::Earlier),
            (None, 1) => Outcome::Inserted,
            (None, facts) => Outcome::Merged { facts_joined: u32::try_from(-facts).unwrap_or(0) },
        };
        // Every part that is no repeat is a fact or merged into one; facts that were joined count as merged.
        let new_parts = i64::from(insertion.repeat.is_none());
        if new_parts > 0 {
            self.touch(slot);
        }
        self.ledger.facts = self.ledger.facts.saturating_add_signed(insertion.facts);
        self.ledger.merged = self.ledger.merged.saturating_add_signed(new_parts - insertion.facts);
        outcome
    }

    fn insert_fact(&mut self, slot: u32, fact: &CallFact, arrival: Option<EventTime>) {
        if let Some(state) = self.numbers[slot as usize].as_mut() {
            state.calls.insert(state.number, fact, &mut self.work);
            self.call_changed(slot, fact, true, arrival);
        }
    }

    fn remove_fact(&mut self, slot: u32, fact: &CallFact, arrival: Option<EventTime>) {
        if let Some(state) = self.numbers[slot as usize].as_mut()
            && state.calls.remove(state.number, fact.at, fact.fingerprint, &mut self.work).is_some()
        {
            self.call_changed(slot, fact, false, arrival);
        }
    }

    fn call_changed(&mut self, slot: u32, fact: &CallFact, inserted: bool, arrival: Option<EventTime>) {
        if inserted && self.numbers[slot as usize].as_mut().is_some_and(|state| state.takes_quietly(fact.at)) {
            self.saw(fact.at);
            return;
        }
        let pairs = self.programs.judge_pairs();
        let touched = self.touch(slot);
        touched.calls = Span::and(touched.calls, Some(Span::at(fact.at)));
        if pairs {
            touched.called.push((fact.called_number, fact.at));
        }
        self.came(slot, fact.at, arrival);
        self.with_hot(slot, |clerk| if inserted { clerk.call_inserted(fact) } else { clerk.call_removed(fact) });
    }

    pub(crate) fn insert_complaint(&mut self, complaint: &Complaint, arrival: Option<EventTime>) -> Outcome {
        let slot = self.slot_of(&complaint.complained_number);
        let fact = self.complaint_fact(complaint);
        let Some(state) = self.numbers[slot as usize].as_mut() else { return Outcome::Duplicate };
        let insertion = state.rest_mut().complaints.insert(fact, &self.symbols, &mut self.work);
        let (outcome, replaced) = match insertion {
            ComplaintInsertion::Duplicate => return Outcome::Duplicate,
            ComplaintInsertion::Falls => return Outcome::ConflictingDuplicate(Standing::Earlier),
            ComplaintInsertion::Superseded => {
                self.ledger.merged += 1;
                self.touch(slot);
                return Outcome::Merged { facts_joined: 0 };
            }
            ComplaintInsertion::Corrected(other) => (Outcome::ConflictingDuplicate(Standing::Later), Some(other)),
            ComplaintInsertion::Replaced(earlier) => {
                self.ledger.merged += 1;
                (Outcome::Merged { facts_joined: 0 }, Some(earlier))
            }
            ComplaintInsertion::Inserted => {
                self.ledger.facts += 1;
                (Outcome::Inserted, None)
            }
        };
        let touched = self.touch(slot);
        let span = Span::and(Some(Span::at(fact.at)), replaced.map(|replaced| Span::at(replaced.at)));
        touched.complaints = Span::and(touched.complaints, span);
        self.came(slot, fact.at, arrival);
        self.with_hot(slot, |clerk| clerk.complaint_changed(replaced.as_ref(), &fact));
        outcome
    }

    /// The fact that a record made if it was read before a change of rules that reads more fields.
    fn as_before(&mut self, cdr: &Cdr) -> Option<CallFact> {
        let fields = self.stored.before(cdr.at)?;
        Some(self.fact_of(cdr, fields))
    }

    fn fact_of(&mut self, cdr: &Cdr, stored: Fields) -> CallFact {
        let texts = [
            &cdr.details.served_imei,
            &cdr.details.served_imsi,
            &cdr.details.cell,
            &cdr.details.service_type,
            &cdr.details.attestation,
        ];
        let mut details = [0; DetailField::COUNT];
        for (at, text) in texts.into_iter().enumerate() {
            if stored.details[at]
                && let Some(text) = text
            {
                details[at] = self.symbols.intern(text);
            }
        }
        CallFact {
            at: cdr.at,
            fingerprint: cdr.fingerprint,
            called_number: self.symbols.pack(&cdr.called_number),
            record_type: cdr.record_type,
            answered: cdr.answer.is_answered(),
            served: cdr.served == ringfence_cdr::Served::Yes,
            call_duration: cdr.call_duration.map(CallFact::stored_duration),
            cause_for_term: cdr.cause_for_term.filter(|_| stored.cause_for_term),
            diagnostics: cdr.diagnostics.filter(|_| stored.diagnostics),
            details: self.symbols.intern_details(details),
        }
    }

    fn complaint_fact(&mut self, complaint: &Complaint) -> ComplaintFact {
        let mut text = |text: &Option<Box<str>>| text.as_ref().map_or(0, |text| self.symbols.intern(text));
        let (category, channel) = (text(&complaint.category), text(&complaint.channel));
        ComplaintFact {
            at: complaint.at,
            fingerprint: complaint.fingerprint,
            complainant: complaint.complainant.as_ref().map(|number| self.symbols.pack(number)),
            delay: complaint.call_time.map(|call| complaint.at.since(call).0),
            category,
            channel,
            status: complaint.status,
            status_time: complaint.status_time,
        }
    }

    /// Moves on how far event time has come, and tells whether it had been well past this fact.
    fn saw(&mut self, at: EventTime) -> bool {
        let late = self.times.seen.since(at) > LATE_AFTER;
        self.times.seen = self.times.seen.max(at);
        self.late += u64::from(late);
        late
    }

    fn came(&mut self, slot: u32, at: EventTime, arrival: Option<EventTime>) {
        let late = self.saw(at);
        let arrived = arrival.unwrap_or(EventTime::MIN);
        let touched = self.touch(slot);
        touched.came.push((at, late));
        touched.arrived = touched.arrived.max(arrived);
    }

    /// Lets a busy number's views follow a change.
    fn with_hot(&mut self, slot: u32, follow: impl FnOnce(&mut Clerk<'_>)) {
        if let Some(state) = self.numbers[slot as usize].as_mut()
            && state.hot
            && let Some(hot) = self.hot.get_mut(slot)
        {
            let context = Context::new(&self.pack, &self.former, &self.programs, &self.symbols, &self.times);
            follow(&mut Clerk::new(&context, self.options.clock, state, hot, &mut self.work));
        }
    }
}

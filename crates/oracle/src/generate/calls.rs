//! Calls, their contradicting duplicates, and calls in parts.

use proptest::prelude::*;
use proptest::sample::select;
use ringfence_cdr::{
    Answer, Cdr, Details, EventTime, Fingerprint, Millis, Number, Part, RecordType, Served, Treatments,
};

use super::clocks;

/// The numbers that are judged: reserved for fiction.
pub(super) const CALLERS: [&str; 3] = ["+12025550101", "+12025550102", "anon"];
/// The numbers that are called: E.164, a short code, and an opaque text that does not fit in eight bytes.
pub(super) const CALLED: [&str; 5] = ["+12025550110", "+12025550111", "112", "8f14e45fceea167a", "+12025550101"];

/// What a call says beside its identity.
#[derive(Clone, Debug)]
pub(super) struct Content {
    called: &'static str,
    duration: Option<Millis>,
    answer: Answer,
    cause: Option<u16>,
    diagnostics: Option<u16>,
    record_type: Option<RecordType>,
    served: Served,
    cell: Option<&'static str>,
    attestation: Option<&'static str>,
}

/// One call as the network wrote it down: once, contradicting itself, or in parts, some of them written down as whole
/// calls as well.
#[derive(Clone, Debug)]
pub(super) enum CallHappening {
    /// One record, and others with its identity and other contents. `shared_id` gives it a record id that other
    /// calls have too.
    Whole { caller: &'static str, shared_id: bool, content: Content, conflicts: Vec<Content> },
    /// Parts, all to one called number. `one_id` gives all of them the record id of the call, `shared_id` one that other
    /// calls have too.
    Parts { caller: &'static str, shared_id: bool, one_id: bool, parts: Vec<PartContent> },
}

/// One part of a call.
#[derive(Clone, Debug)]
pub(super) struct PartContent {
    sequence_number: u32,
    /// Since the part before.
    since: Millis,
    content: Content,
    /// Another record with its identity and other contents.
    conflict: Option<Conflict>,
}

/// A record that claims to be a part that was written otherwise.
#[derive(Clone, Debug)]
struct Conflict {
    content: Content,
    /// Of a part; of `None` it says that it is a whole call.
    sequence_number: Option<u32>,
    /// Whether it names the call of its neighbours.
    own_reference: bool,
}

pub(super) fn caller() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(CALLERS[0]), 2 => Just(CALLERS[1]), 1 => Just(CALLERS[2])]
}

pub(super) fn content() -> impl Strategy<Value = Content> {
    let answer = select(vec![Answer::Answered, Answer::Unanswered, Answer::AssumedAnswered, Answer::AssumedUnanswered]);
    let duration = select(vec![None, Some(0), Some(1_000), Some(5_000), Some(10_000), Some(60_000)]);
    let (own, gateway) = (Some(RecordType::MoCall), Some(RecordType::IncGateway));
    let record_types = vec![own, own, own, own, gateway, None];
    let served = prop_oneof![4 => Just(Served::Yes), 1 => Just(Served::No)];
    (
        (select(&CALLED[..]), duration, answer),
        (select(vec![None, Some(0), Some(3), Some(4)]), select(vec![None, Some(16), Some(17)])),
        (select(record_types), served),
        (select(vec![None, Some("cell-1"), Some("cell-2")]), select(vec![None, Some("A"), Some("C")])),
    )
        .prop_map(
            |((called, duration, answer), (cause, diagnostics), (record_type, served), (cell, attestation))| {
                let duration = duration.map(Millis);
                Content { called, duration, answer, cause, diagnostics, record_type, served, cell, attestation }
            },
        )
}

pub(super) fn whole() -> impl Strategy<Value = CallHappening> {
    let conflicts = prop_oneof![
        8 => Just(Vec::new()),
        1 => prop::collection::vec(content(), 1..3),
    ];
    (caller(), prop::bool::weighted(0.1), content(), conflicts).prop_map(|(caller, shared_id, content, conflicts)| {
        CallHappening::Whole { caller, shared_id, content, conflicts }
    })
}

pub(super) fn in_parts() -> impl Strategy<Value = CallHappening> {
    let since = prop_oneof![
        2 => clocks::gap(),
        1 => select(vec![Millis::DAY, Millis(Millis::DAY.0 + 1), Millis(20 * Millis::HOUR.0)]),
    ];
    let conflict = (content(), prop::option::weighted(0.7, 1_u32..4), any::<bool>())
        .prop_map(|(content, sequence_number, own_reference)| Conflict { content, sequence_number, own_reference });
    let part = (1_u32..4, since, content(), prop::option::weighted(0.2, conflict)).prop_map(
        |(sequence_number, since, content, conflict)| PartContent { sequence_number, since, content, conflict },
    );
    let ids = (prop::bool::weighted(0.1), prop::bool::weighted(0.2));
    (caller(), ids, prop::collection::vec(part, 1..4)).prop_map(|(caller, (shared_id, one_id), mut parts)| {
        let called = parts[0].content.called;
        for part in &mut parts {
            part.content.called = called;
            // Half of the conflicts are about the called number too.
            part.conflict.iter_mut().filter(|conflict| conflict.own_reference).for_each(|conflict| {
                conflict.content.called = called;
            });
        }
        CallHappening::Parts { caller, shared_id, one_id, parts }
    })
}

impl CallHappening {
    /// The records of the `index`th happening of a world, the first of them at this time.
    pub(super) fn records(&self, index: usize, at: EventTime) -> Vec<Cdr> {
        match self {
            Self::Whole { caller, shared_id, content, conflicts } => {
                let id = if *shared_id { "shared".to_owned() } else { format!("call {index}") };
                let contents = std::iter::once(content).chain(conflicts);
                contents.map(|content| content.record(caller, at, &id, None)).collect()
            }
            Self::Parts { caller, shared_id, one_id, parts } => {
                let mut time = at;
                let mut records = Vec::new();
                for (place, part) in parts.iter().enumerate() {
                    if place > 0 {
                        time = time.plus(part.since);
                    }
                    let id = match (shared_id, one_id) {
                        (true, _) => "shared".to_owned(),
                        (_, true) => format!("call {index}"),
                        _ => format!("part {index}.{place}"),
                    };
                    // Two neighbours may be parts of one call.
                    let part_of = |reference: usize, sequence_number: u32| {
                        let reference = format!("switch-{reference}").into();
                        Some(Part { reference, sequence_number })
                    };
                    let own = part_of(index / 2, part.sequence_number);
                    records.push(part.content.record(caller, time, &id, own));
                    records.extend(part.conflict.iter().map(|Conflict { content, sequence_number, own_reference }| {
                        let reference = if *own_reference { index / 2 } else { index / 2 + 1 };
                        let part = sequence_number.and_then(|number| part_of(reference, number));
                        content.record(caller, time, &id, part)
                    }));
                }
                records
            }
        }
    }
}

impl Content {
    /// Who is called.
    pub(super) fn called(&self) -> &'static str {
        self.called
    }

    /// Calls another one.
    pub(super) fn call(&mut self, called: &'static str) {
        self.called = called;
    }

    pub(super) fn record(&self, caller: &str, at: EventTime, id: &str, part: Option<Part>) -> Cdr {
        let details = Details {
            cell: self.cell.map(Into::into),
            attestation: self.attestation.map(Into::into),
            ..Details::default()
        };
        Cdr {
            fingerprint: Fingerprint::of(id),
            record_type: self.record_type,
            calling_number: Number::new(caller),
            called_number: Number::new(self.called),
            at,
            arrival: None,
            call_duration: self.duration,
            answer: self.answer,
            cause_for_term: self.cause,
            diagnostics: self.diagnostics,
            served: self.served,
            part,
            leg: None,
            details,
            treatments: Treatments::default(),
        }
    }
}

//! Another pack at any commit: what is the same goes on, what changed is said once, and no act is repeated.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use ringfence_cdr::{Cdr, EventTime, Millis, Part};
use ringfence_evaluator::{Output, ShardOptions};
use ringfence_events::{ActAction, Event, Status, Suspension, Violation};
use ringfence_oracle::generate::{Arrivals, Shape, World, world};
use ringfence_oracle::{Delivered, Options, Oracle, PackWithLists, StandingStrike, StandingViolation, Succession};
use ringfence_rules::{Condition, ContentHash, Expression, Fraction, Mode, Pack, Rule};

use crate::form::{as_published_under, held_strikes, published};
use crate::found::{WARN, call, pack, slice, tick};
use crate::history::SAID_BEFORE;
use crate::run::Run;
use crate::steps::{CLOSING, LIVE, Reading, Step, end_of};
use crate::worlds;

/// Runs over steps with another pack from the step `at` on, restarted before and after the change where asked.
fn switched(before: &PackWithLists, after: &PackWithLists, steps: &[Step], at: usize, restarts: (bool, bool)) -> Run {
    let mut run = Run::new(before, ShardOptions { clock: LIVE, ..ShardOptions::default() });
    for (step_at, step) in steps.iter().enumerate() {
        if step_at == at {
            if restarts.0 {
                run.restart();
            }
            run.shard.switch(Arc::new(after.pack.clone()));
            if restarts.1 {
                run.restart();
            }
        }
        run.step(step);
    }
    run
}

/// Gives a pack that was edited an identity of its own.
fn known_as(pack: &mut Pack, edit: &[u8]) {
    let content = [&pack.identity.hash.0[..], edit].concat();
    pack.identity.hash = ContentHash::of(&content);
}

/// The same pack with other texts: not one hash of a rule differs.
fn retold(pack: &PackWithLists) -> PackWithLists {
    let mut pack = pack.clone();
    known_as(&mut pack, b"retold");
    for rule in &mut pack.rules {
        rule.title = "told better".into();
        rule.basis = "another paragraph".into();
    }
    pack
}

/// The same pack with every limit of one rule doubled or halved.
fn with_another_limit(pack: &PackWithLists, at: usize, doubled: bool) -> PackWithLists {
    let mut pack = pack.clone();
    let at = at % pack.rules.len();
    let rule = &mut pack.rules[at];
    let factor = Fraction::ratio(if doubled { 2 } else { 1 }, if doubled { 1 } else { 2 }).expect("a fraction");
    scale(&mut rule.when, factor);
    rule.hash = ContentHash::of(format!("{} {doubled}", rule.hash).as_bytes());
    known_as(&mut pack, b"another limit");
    pack
}

fn scale(condition: &mut Condition, factor: Fraction) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter_mut().for_each(|part| scale(part, factor)),
        Condition::Not(part) => scale(part, factor),
        Condition::Compare(comparison) => {
            if let Expression::Constant(limit) = &mut comparison.right {
                *limit = limit.times(factor).expect("a small limit");
            }
        }
    }
}

/// The same pack without one rule, or with it under another name.
fn without_a_rule(pack: &PackWithLists, at: usize, renamed: bool) -> PackWithLists {
    let mut pack = pack.clone();
    let at = at % pack.rules.len();
    let rule = pack.rules.remove(at);
    if renamed {
        pack.rules.push(Rule { name: format!("{}-renamed", rule.name).into(), ..rule });
    }
    known_as(&mut pack, b"without a rule");
    pack
}

/// What was said without the texts of rules.
fn facts_alone(run: &Run) -> Vec<String> {
    let told = |output: &Output| match &output.event {
        Event::Violation(violation) => {
            let violation = Violation { reason: String::new(), ..(**violation).clone() };
            serde_json::to_string(&violation).expect("serialises")
        }
        Event::Suspension(act) => {
            let mut act = (**act).clone();
            (act.reason, act.legal_basis) = (String::new(), "".into());
            serde_json::to_string(&act).expect("serialises")
        }
        Event::CardStatus(status) => serde_json::to_string(status).expect("serialises"),
    };
    run.outputs.iter().map(told).collect()
}

/// The pack with a step less on each ladder, the first or the last, or without any ladder.
fn with_other_ladders(pack: &PackWithLists, gone: bool, from_above: bool) -> PackWithLists {
    let mut pack = pack.clone();
    if gone {
        pack.ladders.clear();
        pack.rules.iter_mut().for_each(|rule| rule.ladder = None);
    }
    known_as(&mut pack, b"other ladders");
    for ladder in &mut pack.ladders {
        let at = if from_above { ladder.steps.len() - 1 } else { 0 };
        if ladder.steps.len() > 1 {
            ladder.steps.remove(at);
        }
    }
    pack
}

/// What holds of every change of rules: events follow each other as they must, and restarts change nothing.
fn holds_together(world: &World, after: &PackWithLists, steps: &[Step], at: usize) -> Result<Run, TestCaseError> {
    let run = switched(&world.pack, after, steps, at, (false, false));
    prop_assert_eq!(&run.history().broken, &Vec::<String>::new());
    for restarts in [(true, false), (false, true)] {
        let restarted = switched(&world.pack, after, steps, at, restarts);
        prop_assert_eq!(run.lines(), restarted.lines());
        prop_assert_eq!(run.shard.snapshot().expect("encodes"), restarted.shard.snapshot().expect("encodes"));
    }
    let open = run.history().standing().filter(|violation| violation.status != Status::Closed).count();
    prop_assert_eq!(open, 0);
    Ok(run)
}

/// An edit of a pack.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Limit { which: usize, doubled: bool },
    Without { which: usize },
    Renamed { which: usize },
    Keep { which: usize },
    Shadow { which: usize },
    Texts,
}

impl Edit {
    fn any() -> impl Strategy<Value = Self> {
        let which = 0..3usize;
        prop_oneof![
            (which.clone(), any::<bool>()).prop_map(|(which, doubled)| Self::Limit { which, doubled }),
            which.clone().prop_map(|which| Self::Without { which }),
            which.clone().prop_map(|which| Self::Renamed { which }),
            which.clone().prop_map(|which| Self::Keep { which }),
            which.prop_map(|which| Self::Shadow { which }),
            Just(Self::Texts),
        ]
    }

    fn of(self, pack: &PackWithLists) -> PackWithLists {
        let edited = |which: usize, edit: fn(&mut Rule)| {
            let mut pack = pack.clone();
            let at = which % pack.rules.len();
            edit(&mut pack.rules[at]);
            known_as(&mut pack, b"edited");
            pack
        };
        match self {
            Self::Limit { which, doubled } => with_another_limit(pack, which, doubled),
            Self::Without { which } => without_a_rule(pack, which, false),
            Self::Renamed { which } => without_a_rule(pack, which, true),
            Self::Keep { which } => edited(which, |rule| {
                rule.keep = rule.keep.plus(Millis(30 * Millis::MINUTE.0));
                rule.hash = ContentHash::of(&[&rule.hash.0[..], b"keep"].concat());
            }),
            Self::Shadow { which } => edited(which, |rule| rule.mode = Mode::Shadow),
            Self::Texts => retold(pack),
        }
    }
}

/// Each instant is judged by the pack in force at it, whenever its facts come.
fn m1_holds(
    world: &World,
    packs: &[(usize, PackWithLists)],
    records: &[Delivered],
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let mut succession = Succession::of(&world.pack);
    let mut run = Run::new(&world.pack, ShardOptions { clock: LIVE, ..ShardOptions::default() });
    let reading = steps.len() - CLOSING;
    let mut strikes_before_closing = None;
    for (at, step) in steps.iter().enumerate() {
        for (_, pack) in packs.iter().filter(|(step, _)| *step == at) {
            succession = succession.then(run.shard.shard_time().unwrap_or(EventTime::MIN), pack);
            run.shard.switch(Arc::new(pack.pack.clone()));
            if at % 2 == 0 {
                run.restart();
            }
        }
        run.step(step);
        if at + 1 == reading {
            strikes_before_closing = Some(held_strikes(&run));
        }
    }
    let ledger = Oracle::new(&world.pack, Options::live(&world.pack)).facts(records);
    let expected = succession.standing(&ledger, end_of(records));
    let all: Vec<&PackWithLists> = std::iter::once(&world.pack).chain(packs.iter().map(|(_, pack)| pack)).collect();
    let history = run.history();
    prop_assert_eq!(published(history.standing()), as_published_under(&all, expected.violations));
    prop_assert_eq!(&history.broken, &Vec::<String>::new());
    let held: Vec<StandingStrike> = strikes_before_closing.unwrap_or_default();
    let surplus: Vec<_> = held.into_iter().filter(|strike| !expected.strikes.contains(strike)).collect();
    prop_assert_eq!(surplus, Vec::new(), "of {:?}", expected.strikes);
    Ok(())
}

proptest! {
    #![proptest_config(worlds(400))]

    #[test]
    fn m1_instants_from_a_switch_on_are_judged_as_if_the_new_pack_had_always_been_there_and_earlier_ones_by_the_old(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        at in 0..20usize,
        edit in Edit::any(),
    ) {
        let records = arrivals.of(&world.records, &world.pack);
        let steps = reading.of(&records);
        prop_assume!(steps.len() > CLOSING);
        let at = at.min(steps.len() - CLOSING - 1);
        let after = edit.of(&world.pack);
        m1_holds(&world, &[(at, after)], &records, &steps)?;
    }

    #[test]
    fn m1_packs_that_follow_each_other_judge_each_its_own_stretch(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        at in prop::collection::vec(0..20usize, 2..4),
        edits in prop::collection::vec(Edit::any(), 2..4),
    ) {
        let records = arrivals.of(&world.records, &world.pack);
        let steps = reading.of(&records);
        prop_assume!(steps.len() > CLOSING);
        let mut at: Vec<usize> = at.into_iter().map(|at| at.min(steps.len() - CLOSING - 1)).collect();
        at.sort_unstable();
        let mut pack = world.pack.clone();
        let mut packs = Vec::new();
        for (at, edit) in at.into_iter().zip(edits) {
            if pack.rules.len() > 1 || !matches!(edit, Edit::Without { .. }) {
                pack = edit.of(&pack);
                packs.push((at, pack.clone()));
            }
        }
        m1_holds(&world, &packs, &records, &steps)?;
    }
}

proptest! {
    #![proptest_config(worlds(120))]

    #[test]
    fn r1_a_pack_with_other_texts_changes_nothing_that_is_said(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        at in 0..20usize,
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        let straight = Run::over(&world.pack, LIVE, &steps);
        let run = holds_together(&world, &retold(&world.pack), &steps, at)?;
        prop_assert_eq!(facts_alone(&straight), facts_alone(&run));
    }

    #[test]
    fn r1_a_pack_with_another_limit_repeats_no_act_and_leaves_other_rules_alone(
        world in world(Shape { ladders: false, ..Shape::default() }),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        at in 0..20usize,
        which in 0..3usize,
        doubled in any::<bool>(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        let after = with_another_limit(&world.pack, which, doubled);
        let run = holds_together(&world, &after, &steps, at)?;
        let changed = &world.pack.rules[which % world.pack.rules.len()].name;
        let of_others = |run: &Run| of_others(run, changed);
        prop_assert_eq!(of_others(&Run::over(&world.pack, LIVE, &steps)), of_others(&run));
    }

    #[test]
    fn r1_a_pack_with_another_limit_keeps_strikes_and_sequences(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        at in 0..20usize,
        which in 0..3usize,
        doubled in any::<bool>(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        holds_together(&world, &with_another_limit(&world.pack, which, doubled), &steps, at)?;
    }

    #[test]
    fn r1_a_pack_there_and_back_goes_on_under_the_first_ids(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        at in 0..20usize,
        which in 0..3usize,
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        let between = with_another_limit(&world.pack, which, true);
        let mut run = Run::new(&world.pack, ShardOptions { clock: LIVE, ..ShardOptions::default() });
        for (step_at, step) in steps.iter().enumerate() {
            if step_at == at {
                run.shard.switch(Arc::new(between.pack.clone()));
            } else if step_at == at + 2 {
                run.shard.switch(Arc::new(world.pack.pack.clone()));
            }
            run.step(step);
        }
        // Where a strike's violation is back under its first id before the other one was told, its card is told again.
        let mut broken = run.history().broken;
        broken.retain(|what| *what != SAID_BEFORE);
        prop_assert_eq!(broken, Vec::<String>::new());
    }

    #[test]
    fn r1_a_pack_without_a_rule_closes_what_is_open_of_it_and_keeps_its_strikes(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        at in 0..20usize,
        which in 0..3usize,
        renamed in any::<bool>(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        holds_together(&world, &without_a_rule(&world.pack, which, renamed), &steps, at)?;
    }

    #[test]
    fn r1_a_pack_with_other_ladders_repeats_no_act_and_leaves_nobody_barred(
        world in world(Shape::default()),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        at in 0..20usize,
        gone in any::<bool>(),
        from_above in any::<bool>(),
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        let after = with_other_ladders(&world.pack, gone, from_above);
        let run = holds_together(&world, &after, &steps, at)?;
        let history = run.history();
        let mut last: BTreeMap<(String, &str), ActAction> = BTreeMap::new();
        for act in history.acts().filter(|act| act.action != ActAction::Warn) {
            last.insert((act.card.to_string(), &act.ladder), act.action);
        }
        prop_assert!(last.values().all(|action| *action == ActAction::Reinstate));
    }

    #[test]
    fn r1_a_rule_more_leaves_the_others_alone(
        world in world(Shape { ladders: false, ..Shape::default() }),
        arrivals in Arrivals::any(),
        reading in Reading::any(),
        at in 0..20usize,
    ) {
        let steps = reading.of(&arrivals.of(&world.records, &world.pack));
        let before = without_a_rule(&world.pack, 0, false);
        // Which of two conflicting records stands is decided by the fields that are stored.
        if before.fields() != world.pack.fields() {
            return Ok(());
        }
        let run = switched(&before, &world.pack, &steps, at, (false, false));
        prop_assert_eq!(&run.history().broken, &Vec::<String>::new());
        let added = &world.pack.rules[0].name;
        let of_others = |run: &Run| of_others(run, added);
        prop_assert_eq!(of_others(&Run::over(&before, LIVE, &steps)), of_others(&run));
    }
}

/// What stands of all rules but one, by id and as published.
fn of_others(run: &Run, but: &str) -> Vec<(String, StandingViolation)> {
    let history = run.history();
    let others = history.standing().filter(|violation| &*violation.rule.id != but);
    others
        .flat_map(|violation| {
            published(std::iter::once(violation)).into_iter().map(|each| (violation.id.clone(), each))
        })
        .collect()
}

#[test]
fn a_record_read_again_after_a_change_of_rules_that_read_other_fields_is_a_repeat() {
    let plain = pack(WARN, &[("any", "count() over 1h", "value >= 5")]);
    let by_cause = pack(WARN, &[("any", "count() where causeForTerm == 3 over 1h", "value >= 5")]);
    let whole = Cdr { cause_for_term: Some(3), ..call(1, Millis(0)) };
    let part = Part { reference: "switch-1".into(), sequence_number: 1 };
    let part = Cdr { part: Some(part), cause_for_term: Some(3), ..call(2, Millis(0)) };
    let both = slice([(whole, Millis(0)), (part, Millis(0))]);
    for (before, after) in [(&plain, &by_cause), (&by_cause, &plain)] {
        let mut run = Run::new(before, ShardOptions { clock: LIVE, ..ShardOptions::default() });
        run.step(&both);
        run.shard.switch(Arc::new(after.pack.clone()));
        run.restart();
        run.step(&both);
        let ledger = run.shard.ledger();
        assert_eq!((ledger.duplicates, ledger.conflicting), (2, 0));
    }
}

/// Three calls within the hour, an hour after the start.
fn caught(before: &PackWithLists) -> Run {
    let mut run = Run::new(before, ShardOptions { clock: LIVE, ..ShardOptions::default() });
    let minutes = |minutes: i64| Millis(minutes * Millis::MINUTE.0);
    run.step(&slice((0..3).map(|id| (call(id, minutes(id.into())), minutes(id.into())))));
    run.step(&tick(minutes(5)));
    run
}

/// What was published since so many events, as rule hash or action, status and what it replaces or is replaced by.
fn said_since(run: &Run, known: usize) -> Vec<(String, String, bool, bool)> {
    let said = |output: &Output| match &output.event {
        Event::Violation(violation) => Some((
            violation.rule.hash.clone(),
            format!("{:?}", violation.status),
            violation.replaces.is_some(),
            violation.replaced_by.is_some(),
        )),
        Event::Suspension(act) => Some((act.sequence.to_string(), format!("{:?}", act.action), false, false)),
        Event::CardStatus(_) => None,
    };
    run.outputs[known..].iter().filter_map(said).collect()
}

const MINUTE: ringfence_cdr::Millis = ringfence_cdr::Millis::MINUTE;

fn minute(minutes: i64) -> Millis {
    Millis(minutes * MINUTE.0)
}

#[test]
fn a_violation_goes_on_under_the_id_of_the_changed_rule_once_that_holds_and_is_not_struck_again() {
    let before = pack(WARN, &[("busy", "count() over 1h", "value >= 3")]);
    let after = pack(WARN, &[("busy", "count() over 1h", "value >= 2")]);
    let mut run = caught(&before);
    let known = run.outputs.len();
    run.shard.switch(Arc::new(after.pack.clone()));
    run.step(&tick(minute(6)));
    assert_eq!(said_since(&run, known), [], "nothing follows from a change alone");
    run.step(&slice([(call(7, minute(7)), minute(7))]));
    run.step(&tick(minute(90)));
    let (old, new) = (before.rules[0].hash.to_string(), after.rules[0].hash.to_string());
    assert_eq!(
        said_since(&run, known),
        [
            (old, "Withdrawn".to_owned(), false, true),
            (new.clone(), "Opened".to_owned(), true, false),
            (new, "Closed".to_owned(), true, false),
        ]
    );
    let strikes = run.shard.strikes();
    assert_eq!(strikes.iter().map(|strike| &*strike.rule).collect::<Vec<_>>(), ["busy"]);
    assert_eq!(run.history().acts().count(), 1);
    let matches: Vec<u64> = run.history().standing().map(|violation| violation.matches).collect();
    assert_eq!(matches, [2]);
}

#[test]
fn a_violation_of_a_rule_that_was_changed_closes_as_its_own_where_the_changed_one_does_not_hold() {
    let before = pack(WARN, &[("busy", "count() over 1h", "value >= 3")]);
    let after = pack(WARN, &[("busy", "count() over 1h", "value >= 30")]);
    let mut run = caught(&before);
    let known = run.outputs.len();
    run.shard.switch(Arc::new(after.pack));
    run.step(&slice([(call(7, minute(7)), minute(7))]));
    run.step(&tick(minute(8)));
    let old = before.rules[0].hash.to_string();
    assert_eq!(said_since(&run, known), [(old, "Closed".to_owned(), false, false)]);
    assert_eq!(run.shard.strikes().len(), 1);
}

#[test]
fn a_rule_that_is_gone_closes_what_is_open_and_keeps_its_strike_and_name() {
    let before = pack(WARN, &[("busy", "count() over 1h", "value >= 3"), ("other", "count() over 1h", "value >= 9")]);
    let after = pack(WARN, &[("other", "count() over 1h", "value >= 9")]);
    let mut run = caught(&before);
    let known = run.outputs.len();
    run.shard.switch(Arc::new(after.pack));
    run.step(&tick(ringfence_cdr::Millis(6 * MINUTE.0)));
    let hash = before.rules[0].hash.to_string();
    assert_eq!(said_since(&run, known), [(hash, "Closed".to_owned(), false, false)]);
    let strikes = run.shard.strikes();
    assert_eq!(strikes.iter().map(|strike| &*strike.rule).collect::<Vec<_>>(), ["busy"]);
}

#[test]
fn a_record_from_before_a_change_is_judged_by_the_rule_of_its_time() {
    let before = pack(WARN, &[("busy", "count() over 1h", "value >= 3")]);
    let after = pack(WARN, &[("busy", "count() over 1h", "value >= 30")]);
    let mut run = Run::new(&before, ShardOptions { clock: LIVE, ..ShardOptions::default() });
    run.step(&slice((0..2).map(|id| (call(id, minute(id.into())), minute(id.into())))));
    run.step(&tick(minute(90)));
    assert_eq!(run.shard.standing().len(), 0);
    run.shard.switch(Arc::new(after.pack));
    run.restart();
    run.step(&slice([(call(9, Millis(30_000)), minute(91))]));
    run.step(&tick(minute(92)));
    let standing: Vec<_> = run.history().standing().map(|each| (each.rule.hash.clone(), each.status)).collect();
    assert_eq!(standing, [(before.rules[0].hash.to_string(), Status::Closed)]);
    assert_eq!(run.shard.strikes().len(), 1);
}

#[test]
fn a_rule_is_kept_until_its_stretch_has_settled_and_nothing_names_it() {
    let before = pack(WARN, &[("busy", "count() over 1h", "value >= 3")]);
    let after = pack(WARN, &[("busy", "count() over 1h", "value >= 30")]);
    let mut run = caught(&before);
    run.shard.switch(Arc::new(after.pack));
    run.step(&tick(minute(90)));
    assert_eq!(run.shard.packs().len(), 2);
    for day in 1..20 {
        run.step(&tick(Millis(day * Millis::DAY.0)));
        run.restart();
    }
    assert_eq!(run.shard.packs().len(), 1);
    let strikes = run.shard.strikes();
    assert_eq!(strikes.iter().map(|strike| &*strike.rule).collect::<Vec<_>>(), ["busy"], "a strike outlives its rule");
}

/// With a second step: three calls are two offences, and suspend the card for a day.
fn suspending() -> PackWithLists {
    let steps = "{subject: card, strikes: {over: 365d}, steps: [{at: 1, do: warn}, {at: 2, do: suspend, services: [outgoing], for: 1d}]}";
    pack(steps, &[("busy", "count() over 1h", "value >= 2"), ("busier", "count() over 1h", "value >= 3")])
}

fn without_ladders() -> PackWithLists {
    let mut pack = suspending();
    (pack.ladders, pack.rules) = (Vec::new(), Vec::new());
    known_as(&mut pack, b"without ladders");
    pack
}

/// The first pack with the ladders of another.
fn with_ladders_of(mut pack: PackWithLists, other: &PackWithLists) -> PackWithLists {
    pack.ladders = other.ladders.clone();
    known_as(&mut pack, b"other ladders");
    pack
}

/// Every act on the one card, with its services.
fn acts(run: &Run) -> Vec<(ActAction, Vec<String>)> {
    let services = |act: &Suspension| act.services.iter().map(|service| (*service).to_string()).collect();
    run.history().acts().map(|act| (act.action, services(act))).collect()
}

#[test]
fn a_suspension_runs_to_its_end_where_the_changed_ladder_has_no_such_step() {
    let warn = pack(WARN, &[("busy", "count() over 1h", "value >= 2")]);
    let mut run = caught(&suspending());
    run.shard.switch(Arc::new(with_ladders_of(suspending(), &warn).pack));
    run.step(&tick(Millis(6 * MINUTE.0)));
    run.restart();
    let outgoing = vec!["outgoing".to_owned()];
    assert_eq!(acts(&run), [(ActAction::Suspend, outgoing.clone())]);
    run.step(&tick(Millis(2 * Millis::DAY.0)));
    assert_eq!(acts(&run), [(ActAction::Suspend, outgoing.clone()), (ActAction::Reinstate, outgoing)]);
}

#[test]
fn a_suspension_runs_to_its_end_where_its_ladder_is_gone() {
    let mut run = caught(&suspending());
    run.shard.switch(Arc::new(without_ladders().pack));
    run.step(&tick(Millis(6 * MINUTE.0)));
    run.restart();
    run.shard.switch(Arc::new(without_ladders().pack));
    run.step(&tick(Millis(2 * Millis::DAY.0)));
    let outgoing = vec!["outgoing".to_owned()];
    assert_eq!(acts(&run), [(ActAction::Suspend, outgoing.clone()), (ActAction::Reinstate, outgoing)]);
    assert_eq!(run.history().broken, Vec::<String>::new());
}

#[test]
fn a_suspension_goes_on_where_its_ladder_was_gone_and_is_back() {
    let shorter = with_ladders_of(suspending(), &pack(WARN, &[("busy", "count() over 1h", "value >= 2")]));
    for back in [suspending(), shorter] {
        let mut run = caught(&suspending());
        run.shard.switch(Arc::new(without_ladders().pack));
        run.step(&tick(Millis(6 * MINUTE.0)));
        run.shard.switch(Arc::new(back.pack));
        run.step(&tick(Millis(7 * MINUTE.0)));
        run.restart();
        run.step(&tick(Millis(2 * Millis::DAY.0)));
        let acts: Vec<ActAction> = acts(&run).into_iter().map(|(action, _)| action).collect();
        assert_eq!(acts, [ActAction::Suspend, ActAction::Reinstate]);
        assert_eq!(run.history().broken, Vec::<String>::new());
    }
}

use ringfence_cdr::PackedNumber;
use ringfence_rules::{LadderSubject, RuleId, Sanction, Service, Step, Strikes};

use super::*;

const DAY: i64 = Millis::DAY.0;

fn ladder() -> Ladder {
    let suspend = |days| Sanction::Suspend { services: vec![Service::Outgoing], duration: Millis(days * DAY) };
    Ladder {
        name: "telemarketing".into(),
        subject: LadderSubject::Card,
        strikes: Strikes { over: Millis(365 * DAY), again: None },
        fresh: true,
        steps: vec![Step { at: 1, sanction: Sanction::Warn }, Step { at: 2, sanction: suspend(7) }],
        exit_clean: None,
    }
}

fn strike(line: u32, day: i64, step: u32) -> Strike {
    let at = EventTime(day * DAY);
    let rule = BrokenRule { name: "rule".into(), hash: [0; 32], title: "A rule".into(), basis: "none".into() };
    Strike {
        at,
        track: TrackId { line: RuleId(line), key: Key::Number(PackedNumber(1)) },
        rule: Arc::new(rule),
        opened_at: at,
        last_at: at.plus(Millis::HOUR),
        ordinal: 1,
        count: step,
        due: Due::at_count(&ladder(), step),
        due_until: Until::At(at),
    }
}

/// The file of a card with these strikes.
fn struck(strikes: Vec<Strike>) -> LadderFile {
    LadderFile { strikes, ..LadderFile::default() }
}

fn at(day: i64) -> ActTimes {
    ActTimes { now: EventTime(day * DAY), arrived: EventTime(day * DAY), impose_from: EventTime::MIN }
}

fn acts(file: &mut LadderFile, moment: ActTimes) -> Vec<(ActAction, i64)> {
    let mut commands = Vec::new();
    file.act(moment, &mut commands);
    commands.iter().map(|command| (command.action, command.not_before.0 / DAY)).collect()
}

#[test]
fn a_strike_is_dealt_with_once() {
    let mut file = struck(vec![strike(0, 1, 1)]);
    assert_eq!(acts(&mut file, at(1)), [(ActAction::Warn, 1)]);
    assert_eq!(acts(&mut file, at(2)), []);
}

#[test]
fn of_several_steps_at_once_only_the_highest_is_imposed() {
    let mut file = struck(vec![strike(0, 1, 1), strike(1, 2, 2)]);
    assert_eq!(acts(&mut file, at(3)), [(ActAction::Suspend, 3)]);
    assert_eq!(acts(&mut file, at(4)), []);
}

#[test]
fn a_suspension_runs_its_full_term_and_ends_by_itself() {
    let mut file = struck(vec![strike(0, 1, 2)]);
    assert_eq!(acts(&mut file, at(3)), [(ActAction::Suspend, 3)]);
    assert_eq!(file.wakes_at(), Some(EventTime(10 * DAY)));
    assert_eq!(acts(&mut file, at(9)), []);
    assert_eq!(acts(&mut file, at(12)), [(ActAction::Reinstate, 10)]);
}

#[test]
fn a_violation_that_late_facts_moved_is_not_punished_twice() {
    let mut file = struck(vec![strike(0, 1, 2)]);
    assert_eq!(acts(&mut file, at(1)), [(ActAction::Suspend, 1)]);
    let moved = EventTime(DAY - 1000);
    let (before, stood) = file.part(EventTime::MIN);
    let anew = stood.iter().map(|strike| Strike { at: moved, opened_at: moved, ..strike.clone() }).collect();
    assert!(file.stand(anew, before.len(), &stood, &[]));
    assert_eq!(acts(&mut file, at(2)), []);
}

#[test]
fn a_suspension_whose_strike_fell_is_ended() {
    let mut file = struck(vec![strike(0, 1, 2)]);
    acts(&mut file, at(1));
    file.strikes.clear();
    assert_eq!(acts(&mut file, at(2)), [(ActAction::Reinstate, 2)]);
    assert_eq!(acts(&mut file, at(9)), []);
}

#[test]
fn an_act_waits_for_the_arrival_of_the_record_that_made_its_strike() {
    let mut file = struck(vec![strike(0, 1, 1)]);
    let early = ActTimes { now: EventTime(DAY), arrived: EventTime(2 * DAY), impose_from: EventTime::MIN };
    assert_eq!(acts(&mut file, early), []);
    assert_eq!(file.wakes_at(), Some(EventTime(2 * DAY)));
    assert_eq!(acts(&mut file, ActTimes { arrived: EventTime(9 * DAY), ..at(2) }), [(ActAction::Warn, 2)]);
}

#[test]
fn nothing_is_imposed_for_strikes_older_than_the_engine() {
    let mut file = struck(vec![strike(0, 1, 2)]);
    let started = ActTimes { impose_from: EventTime(5 * DAY), ..at(6) };
    assert_eq!(acts(&mut file, started), []);
    file.strikes.push(strike(1, 7, 2));
    assert_eq!(acts(&mut file, ActTimes { impose_from: EventTime(5 * DAY), ..at(7) }), [(ActAction::Suspend, 7)]);
}

#[test]
fn a_strike_is_remembered_while_its_violation_is_held_or_facts_from_before_its_sanctions_end_are() {
    let ladder = Ladder { strikes: Strikes { over: Millis(DAY), again: None }, ..ladder() };
    let kept = |is_held: bool, held_from: i64| {
        let mut file = struck(vec![strike(0, 10, 1)]);
        file.forget_before(Some(&ladder), EventTime(20 * DAY), EventTime(held_from * DAY), |_| is_held);
        !file.strikes.is_empty()
    };
    assert!(kept(true, 15));
    assert!(kept(false, 10));
    assert!(!kept(false, 11));
}

#[test]
fn a_suspension_imposed_late_runs_its_term_after_its_strike_counts_no_more() {
    let ladder = Ladder { strikes: Strikes { over: Millis(DAY), again: None }, ..ladder() };
    let mut file = struck(vec![strike(0, 1, 2)]);
    assert_eq!(acts(&mut file, at(8)), [(ActAction::Suspend, 8)]);
    file.forget_before(Some(&ladder), EventTime(7 * DAY), EventTime(7 * DAY), |_| false);
    assert_eq!(acts(&mut file, at(9)), []);
    assert_eq!(acts(&mut file, at(15)), [(ActAction::Reinstate, 15)]);
}

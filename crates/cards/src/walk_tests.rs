use ringfence_cdr::{Key, PackedNumber};
use ringfence_rules::{LadderSubject, RuleId, Sanction, Service, Step, Strikes};

use super::*;

const DAY: i64 = Millis::DAY.0;

fn ladder(fresh: bool) -> Ladder {
    let suspend = |days| Sanction::Suspend { services: vec![Service::Outgoing], duration: Millis(days * DAY) };
    Ladder {
        name: "telemarketing".into(),
        subject: LadderSubject::Card,
        strikes: Strikes { over: Millis(365 * DAY), again: Some(Millis(DAY)) },
        fresh,
        steps: vec![
            Step { at: 1, sanction: Sanction::Warn },
            Step { at: 2, sanction: suspend(7) },
            Step { at: 4, sanction: suspend(30) },
        ],
        exit_clean: Some(Millis(90 * DAY)),
    }
}

fn offence(line: u32, opened_day: i64, last_day: i64) -> Offence {
    Offence {
        track: TrackId { line: RuleId(line), key: Key::Number(PackedNumber(1)) },
        rule: Arc::new(BrokenRule { name: "rule".into(), hash: [0; 32], title: "A rule".into(), basis: "none".into() }),
        opened_at: EventTime(opened_day * DAY),
        last_at: EventTime(last_day * DAY),
    }
}

/// Answers as for offences that hold at every hour; with `since`, an hour after it at the earliest.
fn hourly(offences: &[Offence], question: Question) -> Answer {
    let hours = |at: EventTime| EventTime((at.0 + Millis::HOUR.0 - 1).div_euclid(Millis::HOUR.0) * Millis::HOUR.0);
    let offence = &offences[question.offence];
    let at = hours(question.from.max(question.since.plus(Millis::HOUR)).max(offence.opened_at));
    match at {
        at if at > offence.last_at => Answer::Over,
        at if at > question.to => Answer::NoneBefore(at),
        at => Answer::Holds(at),
    }
}

fn walked(ladder: &Ladder, before: Vec<Strike>, offences: &[Offence], between: (i64, i64)) -> Vec<Strike> {
    let days = |day: i64| EventTime(day.saturating_mul(DAY));
    let mut walk = Walk::new(ladder, before, offences, (days(between.0), days(between.1)));
    while let Some(question) = walk.question() {
        walk.answer(hourly(offences, question));
    }
    walk.strikes()
}

/// Day, line, count and step of each strike.
fn struck(ladder: &Ladder, offences: &[Offence]) -> Vec<(i64, u32, u32, Option<u32>)> {
    let strikes = walked(ladder, Vec::new(), offences, (i64::MIN, i64::MAX));
    let told = |strike: &Strike| (strike.at.0 / DAY, strike.track.line.0, strike.count, strike.due.map(|due| due.step));
    strikes.iter().map(told).collect()
}

#[test]
fn an_offence_that_goes_on_is_one_strike_more_each_day_and_none_while_suspended() {
    assert_eq!(
        struck(&ladder(false), &[offence(0, 0, 10)]),
        [(0, 0, 1, Some(1)), (1, 0, 2, Some(2)), (8, 0, 3, Some(2))]
    );
}

#[test]
fn with_fresh_strikes_below_the_first_step_are_not_punished_and_count_on() {
    let patient = Ladder { steps: vec![Step { at: 2, sanction: Sanction::Warn }], ..ladder(true) };
    let at_once = [offence(0, 1, 1), offence(1, 1, 1), offence(2, 1, 1)];
    assert_eq!(struck(&patient, &at_once), [(1, 0, 1, None), (1, 1, 2, Some(2))]);
}

#[test]
fn with_fresh_a_first_offender_who_breaks_three_rules_with_one_call_is_warned_once() {
    let at_once = [offence(0, 1, 1), offence(1, 1, 1), offence(2, 1, 1)];
    assert_eq!(struck(&ladder(true), &at_once), [(1, 0, 1, Some(1))]);
    assert_eq!(struck(&ladder(false), &at_once).len(), 2, "the second suspends, so the third is not eligible");
}

#[test]
fn ninety_clean_days_lead_back_to_the_start() {
    let far_apart = [offence(0, 0, 0), offence(1, 90, 90), offence(2, 100, 100)];
    assert_eq!(struck(&ladder(false), &far_apart), [(0, 0, 1, Some(1)), (90, 1, 1, Some(1)), (100, 2, 2, Some(2))]);
    let too_near = [offence(0, 0, 0), offence(1, 89, 89)];
    assert_eq!(struck(&ladder(false), &too_near)[1], (89, 1, 2, Some(2)));
}

#[test]
fn clean_time_runs_from_the_end_of_the_sanction() {
    let offences = [offence(0, 0, 0), offence(1, 1, 1), offence(2, 97, 97), offence(3, 98, 98)];
    let strikes = struck(&ladder(false), &offences);
    assert_eq!(strikes[2], (97, 2, 3, Some(2)), "the suspension ended on day 8: 89 clean days");
}

#[test]
fn strikes_before_the_time_given_stay_as_they_are() {
    let offences = [offence(0, 0, 0), offence(1, 20, 20)];
    let strikes = walked(&ladder(false), Vec::new(), &offences, (i64::MIN, i64::MAX));
    let before: Vec<Strike> = strikes.iter().filter(|strike| strike.at < EventTime(10 * DAY)).cloned().collect();
    assert_eq!(walked(&ladder(false), before.clone(), &[], (10, i64::MAX)), before);
    assert_eq!(walked(&ladder(false), before, &offences, (10, i64::MAX)), strikes);
}

#[test]
fn instants_of_a_later_ladder_are_left_to_it() {
    let strict = Ladder { steps: vec![Step { at: 1, sanction: Sanction::Warn }], ..ladder(false) };
    let offences = [offence(0, 0, 5)];
    let early = walked(&ladder(false), Vec::new(), &offences, (i64::MIN, 1));
    assert_eq!(early.len(), 1);
    let strikes = walked(&strict, early, &offences, (1, i64::MAX));
    let steps: Vec<_> = strikes.iter().map(|strike| (strike.at.0 / DAY, strike.due.map(|due| due.step))).collect();
    assert_eq!(steps, [(0, Some(1)), (1, Some(1)), (2, Some(1)), (3, Some(1)), (4, Some(1)), (5, Some(1))]);
}

#[test]
fn offences_that_alternate_are_looked_at_once_for_each_instant() {
    let offences: Vec<Offence> = (0..50).map(|line| offence(line, 0, 100)).collect();
    let once = Ladder { strikes: Strikes { over: Millis(365 * DAY), again: None }, ..ladder(true) };
    let once = Ladder { steps: vec![Step { at: 1, sanction: Sanction::Warn }], ..once };
    let mut walk = Walk::new(&once, Vec::new(), &offences, (EventTime::MIN, EventTime::MAX));
    let mut asked = 0;
    while let Some(question) = walk.question() {
        asked += 1;
        walk.answer(hourly(&offences, question));
    }
    assert_eq!(walk.strikes().len(), 50);
    assert!(asked <= 50 * 51, "{asked} questions");
}

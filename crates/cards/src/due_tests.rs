use ringfence_cdr::Millis;
use ringfence_rules::{LadderSubject, Service, Step, Strikes};

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

fn offence(rule: u16, opened_day: i64, last_day: i64) -> Offence {
    let source = Source { rule, called: None };
    Offence { source, opened_at: EventTime(opened_day * DAY), last_at: EventTime(last_day * DAY) }
}

/// Offences that hold at every hour; with `since`, an hour after it at the earliest.
fn struck(ladder: &Ladder, offences: &[Offence]) -> Vec<(i64, u16, u32, Option<u8>)> {
    let mut strikes = Vec::new();
    walk(ladder, &mut strikes, EventTime::MIN, offences, |offence, not_before, since| {
        let at = not_before.max(since.plus(Millis::HOUR)).max(offence.opened_at);
        (at <= offence.last_at).then_some(at)
    });
    strikes.iter().map(|strike| (strike.at.0 / DAY, strike.source.rule, strike.count, strike.step)).collect()
}

#[test]
fn an_offence_that_goes_on_is_one_strike_more_each_day_and_none_while_suspended() {
    assert_eq!(
        struck(&ladder(false), &[offence(0, 0, 10)]),
        [(0, 0, 1, Some(0)), (1, 0, 2, Some(1)), (8, 0, 3, Some(1))]
    );
}

#[test]
fn with_fresh_strikes_below_the_first_step_are_not_punished_and_count_on() {
    let patient = Ladder { steps: vec![Step { at: 2, sanction: Sanction::Warn }], ..ladder(true) };
    let at_once = [offence(0, 1, 1), offence(1, 1, 1), offence(2, 1, 1)];
    assert_eq!(struck(&patient, &at_once), [(1, 0, 1, None), (1, 1, 2, Some(0))]);
}

#[test]
fn with_fresh_a_first_offender_who_breaks_three_rules_with_one_call_is_warned_once() {
    let at_once = [offence(0, 1, 1), offence(1, 1, 1), offence(2, 1, 1)];
    assert_eq!(struck(&ladder(true), &at_once), [(1, 0, 1, Some(0))]);
    assert_eq!(struck(&ladder(false), &at_once).len(), 2, "the second suspends, so the third is not eligible");
}

#[test]
fn ninety_clean_days_lead_back_to_the_start() {
    let far_apart = [offence(0, 0, 0), offence(1, 90, 90), offence(2, 100, 100)];
    assert_eq!(struck(&ladder(false), &far_apart), [(0, 0, 1, Some(0)), (90, 1, 1, Some(0)), (100, 2, 2, Some(1))]);
    let too_near = [offence(0, 0, 0), offence(1, 89, 89)];
    assert_eq!(struck(&ladder(false), &too_near)[1], (89, 1, 2, Some(1)));
}

#[test]
fn clean_time_runs_from_the_end_of_the_sanction() {
    let offences = [offence(0, 0, 0), offence(1, 1, 1), offence(2, 97, 97), offence(3, 98, 98)];
    let strikes = struck(&ladder(false), &offences);
    assert_eq!(strikes[2], (97, 2, 3, Some(1)), "the suspension ended on day 8: 89 clean days");
}

#[test]
fn strikes_before_the_time_given_stay_as_they_are() {
    let ladder = ladder(false);
    let mut strikes = Vec::new();
    let eligible = |offence: &Offence, not_before: EventTime, _: EventTime| Some(not_before.max(offence.opened_at));
    walk(&ladder, &mut strikes, EventTime::MIN, &[offence(0, 0, 0), offence(1, 20, 20)], eligible);
    let before = strikes.clone();
    walk(&ladder, &mut strikes, EventTime(10 * DAY), &[], eligible);
    assert_eq!(strikes, before[..1]);
}

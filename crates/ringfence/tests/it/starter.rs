//! The starter pack on ordinary people.

use std::collections::BTreeSet;

use ringfence_events::Severity;

use crate::nodobo;
use crate::run::{Desk, by_rule, shared, text};

#[test]
fn no_ordinary_phone_gets_a_strike_and_a_busy_day_is_all_that_is_noted() {
    let Some(path) = shared("data/nodobo-calls.csv.zst") else { return };
    let desk = Desk::new().with("by-id.yaml", nodobo::by_id());
    for (order, rows) in nodobo::orders(&text(&path)) {
        desk.write("calls.csv", rows);
        let outcome = desk.run("backtest --rules starter --dialect by-id.yaml --standing --cdr calls.csv");
        let violations = outcome.violations();
        assert_eq!(by_rule(&violations), [("plain-daily-volume", 7)].into(), "{order}");
        assert!(violations.iter().all(|violation| violation.severity == Severity::Info), "{order}");
        assert_eq!(outcome.strikes(), 0, "{order}");
    }
}

#[test]
fn the_same_phones_would_be_struck_if_they_were_telemarketing_cards() {
    let Some(path) = shared("data/nodobo-calls.csv.zst") else { return };
    let text = text(&path);
    let phones: BTreeSet<&str> = text.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    let cards =
        phones.iter().filter(|phone| !phone.is_empty()).fold("key\n".to_owned(), |list, phone| list + phone + "\n");
    let desk = Desk::new()
        .with("nodobo.yaml", nodobo::dialect("header: true", "{file}:{line}"))
        .with("cards.csv", cards)
        .with("nodobo.csv", &text);
    let outcome =
        desk.run("backtest --rules starter --dialect nodobo.yaml --cards cards.csv --standing --cdr nodobo.csv");
    let violations = outcome.violations();
    let rules = by_rule(&violations);
    for rule in ["burst-to-one-callee", "repeat-callee-day", "repeat-callee-month", "redial-at-once"] {
        assert!(rules.contains_key(rule), "{rules:?}");
    }
    assert!(outcome.strikes() > 0, "{}", outcome.err);
}

//! Five callers, two of whom do what windows on a grid do not see.

use ringfence_events::{Quantity, Severity, Status, Violation};

use crate::orders::Rows;
use crate::run::{Desk, number, shared, standing_form, text};

const RULE: &str = r#"rule: dial-blast
title: Many short calls to many people
basis: carrier policy 12, section 3
key: callingNumber
where: recordType == moCall
let:
  calls:   count() over 1h
  callees: distinct(calledNumber) over 1h
  short:   share(callDuration < 10s) over 1h
when:
  - calls > 100
  - callees >= 80
  - short >= 70%
severity: major
escalate:
  - {severity: critical, when: [short >= 85%]}
"#;

fn dialect(columns: &str, record_id: &str) -> String {
    format!(
        "dialect: five-callers\nformat: csv\ncolumns: {columns}\nzone: UTC\nnumbers: opaque\nfields:\n  \
         recordId: \"{record_id}\"\n  recordType: {{value: moCall}}\n  callingNumber: calling\n  calledNumber: called\n  \
         seizureTime: {{from: at, format: \"%Y-%m-%d %H:%M:%S%.f\"}}\n  callDuration: {{from: duration, unit: s}}\n"
    )
}

fn desk() -> Desk {
    Desk::new()
        .with("rule.yaml", RULE)
        .with("by-line.yaml", dialect("[at, calling, called, duration]", "{file}:{line}"))
        .with("by-id.yaml", dialect("[id, at, calling, called, duration]", "{id}"))
}

fn of<'v>(violations: &'v [Violation], key: &str) -> &'v Violation {
    let mut found = violations.iter().filter(|violation| violation.key == number(key));
    let violation = found.next().unwrap_or_else(|| panic!("no violation of {key}"));
    assert!(found.next().is_none(), "two violations of {key}");
    violation
}

#[test]
fn the_file_as_it_is_gives_the_exact_answers() {
    let Some(path) = shared("fixtures/five-callers.csv") else { return };
    let desk = desk();
    let command = format!("backtest --rules rule.yaml --dialect by-line.yaml --standing --cdr {}", path.display());
    let violations = desk.run(&command).violations();
    assert_eq!(violations.len(), 3, "B, C and K do nothing wrong");
    let (a, d, e) = (of(&violations, "A"), of(&violations, "D"), of(&violations, "E"));
    assert_eq!((a.matches, d.matches, e.matches), (20, 1, 20));
    let values = |violation: &Violation| violation.clauses.iter().map(|clause| clause.value).collect::<Vec<_>>();
    let count = Quantity::Integer;
    assert_eq!(values(a)[..2], [count(101), count(90)]);
    assert_eq!(values(d), [count(101), count(85), Quantity::fraction(722_772, 1_000_000)]);
    assert_eq!((a.severity, d.severity), (Severity::Major, Severity::Major));
    assert_eq!((a.late, d.late, e.late), (false, false, true), "half of E's calls came 20 minutes late");
    let twice = desk.run(&format!("{command} {}", path.display()));
    assert_eq!(twice.violations(), violations, "the same file again changes nothing");
    let rows = text(&path).lines().count();
    twice.err_has(&format!("read {}: facts {rows}, duplicates {rows}, merged 0, filtered 0, rejected 0", 2 * rows));
}

#[test]
fn any_order_and_repeats_give_the_same_answers_under_the_same_ids() {
    let Some(path) = shared("fixtures/five-callers.csv") else { return };
    let desk = desk();
    let text = text(&path);
    let orders = Rows::of(text.lines()).orders(|row| row.split(',').next().unwrap_or_default().to_owned());
    let mut first: Option<Vec<Violation>> = None;
    for (order, rows) in orders {
        desk.write("calls.csv", rows);
        let outcome = desk.run("backtest --rules rule.yaml --dialect by-id.yaml --standing --cdr calls.csv");
        let violations = outcome.violations();
        let late = of(&violations, "E").late;
        let expected = match order {
            "sorted" => Some(false),
            "shuffled" => None,
            _ => Some(true),
        };
        assert!(expected.is_none_or(|expected| expected == late), "{order}");
        // Evidence is part of the form, so the counted facts are the same too.
        let form = standing_form(&violations);
        assert_eq!(*first.get_or_insert(form.clone()), form, "{order}");
    }
    assert_eq!(first.map(|violations| violations.len()), Some(3));
}

#[test]
fn each_violation_is_published_once_and_closed_at_the_end() {
    let Some(path) = shared("fixtures/five-callers.csv") else { return };
    let command = "backtest --rules rule.yaml --dialect by-line.yaml --until 2026-01-02T00:00:00Z --cdr";
    let violations = desk().run(&format!("{command} {}", path.display())).violations();
    for key in ["A", "D", "E"] {
        let events = violations.iter().filter(|violation| violation.key == number(key));
        let statuses: Vec<Status> = events.map(|violation| violation.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == Status::Opened).count(), 1, "{key}: {statuses:?}");
        assert_eq!(statuses.last(), Some(&Status::Closed), "{key}: {statuses:?}");
        assert!(!statuses.contains(&Status::Withdrawn), "{key}: {statuses:?}");
    }
}

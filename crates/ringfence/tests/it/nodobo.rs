//! Real calls of 27 phones: the figures that come with the data.

use std::collections::BTreeSet;

use jiff::fmt::strtime;
use ringfence_events::Violation;

use crate::orders::Rows;
use crate::run::{Desk, shared, standing_form, text};

/// The columns of the file, and with an id in front.
pub(crate) const COLUMNS: &str = "user, other, direction, duration, timestamp";

/// A dialect of the file: outgoing rows as calls of the phone's own network.
pub(crate) fn dialect(layout: &str, record_id: &str) -> String {
    format!(
        "dialect: nodobo\nformat: csv\n{layout}\nnumbers: opaque\nfields:\n  recordId: \"{record_id}\"\n  \
         recordType: {{value: moCall}}\n  callingNumber: user\n  calledNumber: other\n  \
         seizureTime: {{from: timestamp, format: \"%a %b %d %H:%M:%S %z %Y\"}}\n  \
         callDuration: {{from: duration, unit: s}}\nonly: direction == \"Outgoing\"\n"
    )
}

/// The rows of the file in every order, for [`by_id`].
pub(crate) fn orders(text: &str) -> Vec<(&'static str, String)> {
    let at = |row: &str| {
        let written = row.rsplit(',').next().unwrap_or_default();
        let time = strtime::parse("%a %b %d %H:%M:%S %z %Y", written).and_then(|time| time.to_timestamp());
        time.map_or(i64::MAX, |time| time.as_second())
    };
    Rows::of(text.lines().skip(1)).orders(at)
}

/// The dialect of what [`orders`] gives.
pub(crate) fn by_id() -> String {
    dialect(&format!("columns: [id, {COLUMNS}]"), "{id}")
}

fn volume(name: &str, key: &str, window: &str, limit: u32) -> String {
    format!(
        "rule: {name}\ntitle: Volume\nbasis: the README of the data\nkey: {key}\nwhere: recordType == moCall\n\
         let: {{calls: count() over {window}}}\nwhen: [calls >= {limit}]\n"
    )
}

/// Rule, key, window, limit; then rows (sum of matches) and edges (violations).
const TABLE: [(&str, &str, &str, u32, u64, usize); 5] = [
    ("ten-an-hour", "callingNumber", "1h", 10, 652, 111),
    ("twenty-an-hour", "callingNumber", "1h", 20, 66, 10),
    ("fifty-a-day", "callingNumber", "24h", 50, 207, 16),
    ("three-to-one", "[callingNumber, calledNumber]", "24h", 3, 3_990, 741),
    ("five-to-one", "[callingNumber, calledNumber]", "24h", 5, 2_593, 356),
];

/// A pack of the table and of the two days, so that one run answers all.
fn desk() -> Desk {
    let pack = "pack: nodobo\nname: nodobo\nversion: \"1\"\ntitle: The README's table\ntimezone: UTC\n";
    let mut desk = Desk::new()
        .with("pack/pack.yaml", pack.replace("pack: nodobo\n", ""))
        .with("nodobo.yaml", dialect("header: true", "{file}:{line}"))
        .with("by-id.yaml", by_id())
        .with("pack/rules/utc-day.yaml", volume("utc-day", "callingNumber", "calendar day", 50))
        // The phones wrote +0000 in winter and +0100 in summer, which is the time of London: its calendar day is
        // the day that stands in the row.
        .with(
            "pack/rules/local-day.yaml",
            volume("local-day", "callingNumber", "calendar day in \"Europe/London\"", 50),
        );
    for (rule, key, window, limit, ..) in TABLE {
        desk = desk.with(&format!("pack/rules/{rule}.yaml"), volume(rule, key, window, limit));
    }
    desk
}

fn of<'v>(violations: &'v [Violation], rule: &str) -> Vec<&'v Violation> {
    violations.iter().filter(|violation| &*violation.rule.id == rule).collect()
}

fn has_the_figures(violations: &[Violation], order: &str) {
    for (rule, .., rows, edges) in TABLE {
        let found = of(violations, rule);
        let sum: u64 = found.iter().map(|violation| violation.matches).sum();
        assert_eq!((sum, found.len()), (rows, edges), "{rule}, {order}");
    }
    // A day's window empties at the day's end, so each day at or above the limit is a violation of its own.
    assert_eq!((of(violations, "utc-day").len(), of(violations, "local-day").len()), (4, 3), "{order}");
}

#[test]
fn the_file_as_it_is_gives_the_figures_of_its_readme() {
    let Some(path) = shared("data/nodobo-calls.csv.zst") else { return };
    let desk = desk();
    let command = format!("backtest --rules pack --dialect nodobo.yaml --standing --cdr {}", path.display());
    let outcome = desk.run(&command);
    let violations = outcome.violations();
    has_the_figures(&violations, "as it is");
    let order = |violation: &Violation| (violation.opened_at, violation.rule.id.clone(), violation.key.clone());
    assert!(violations.is_sorted_by_key(order), "by openedAt, rule, key");
    outcome.err_has("read 13031: facts 8039, duplicates 0, merged 0, filtered 4992, rejected 0");
    let twice = desk.run(&format!("{command} {}", path.display()));
    assert_eq!(twice.violations(), violations, "the same file again changes nothing");
    twice.err_has("read 26062: facts 8039, duplicates 8039, merged 0, filtered 9984, rejected 0");
}

#[test]
fn any_order_and_repeats_give_the_figures_and_the_same_ids() {
    let Some(path) = shared("data/nodobo-calls.csv.zst") else { return };
    let desk = desk();
    let mut first: Option<Vec<Violation>> = None;
    for (order, rows) in orders(&text(&path)) {
        desk.write("calls.csv", rows);
        let outcome = desk.run("backtest --rules pack --dialect by-id.yaml --standing --cdr calls.csv");
        let violations = outcome.violations();
        has_the_figures(&violations, order);
        let form = standing_form(&violations);
        assert_eq!(*first.get_or_insert(form.clone()), form, "{order}");
        let ids: BTreeSet<&str> = violations.iter().map(|violation| &*violation.id).collect();
        assert_eq!(ids.len(), violations.len(), "{order}");
    }
}

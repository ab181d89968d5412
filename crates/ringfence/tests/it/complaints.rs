//! A day of real complaints to the US Federal Trade Commission.

use std::collections::BTreeSet;

use ringfence_events::{KeyName, Quantity, Violation};
use serde_json::Value;

use crate::orders::Rows;
use crate::run::{Desk, shared, standing_form, text};

const RULE: &str = "rule: five-complaints\ntitle: Five complaints in a day\nbasis: the README of the data\n\
    key: callingNumber\nlet: {complaints: count() of complaints over calendar day in \"America/New_York\"}\n\
    when: [complaints >= 5]\n";

/// The built-in dialect for rows with an id in front and no header.
const BY_ID: &str = "dialect: by-id\nextends: ftc-complaints\ncolumns: [id, Company_Phone_Number, Created_Date, \
    Violation_Date, Consumer_City, Consumer_State, Consumer_Area_Code, Subject, Recorded_Message_Or_Robocall]\n\
    fields:\n  complaintId: id\n";

fn keys(violations: &[Violation]) -> BTreeSet<&KeyName> {
    violations.iter().map(|violation| &violation.key).collect()
}

#[test]
fn seventy_two_numbers_have_five_or_more_complaints_on_that_day() {
    let Some(path) = shared("data/ftc-complaints-2021-07-08.csv.zst") else { return };
    let desk = Desk::new().with("rule.yaml", RULE);
    let command = format!(
        "backtest --rules rule.yaml --dialect ftc-complaints --standing --dead-letters left-out.jsonl --coverage c.json \
         --complaints {}",
        path.display()
    );
    let outcome = desk.run(&command);
    let violations = outcome.violations();
    assert_eq!((violations.len(), keys(&violations).len()), (72, 72));
    assert!(violations.iter().all(|violation| violation.clauses[0].value == Quantity::Integer(5)));
    // Blanks, zeros and words for them are no numbers: they are dead letters, and nothing is lost.
    let letters: Vec<Value> =
        desk.text("left-out.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let number = |letter: &Value| letter["raw"].as_str().and_then(|raw| raw.split(',').next()).map(str::to_owned);
    let hidden = letters.iter().filter(|letter| letter["code"] == "hidden_number").filter_map(number);
    assert_eq!(hidden.collect::<BTreeSet<_>>(), ["", "0000000000", "none"].map(str::to_owned).into());
    let coverage: Value = serde_json::from_str(&desk.text("c.json")).expect("JSON");
    let count = |name: &str| coverage[name].as_u64().expect("a count");
    assert_eq!((count("read"), count("facts") + letters.len() as u64), (14_034, 14_034));
}

#[test]
fn any_order_and_repeats_find_the_same_numbers_under_the_same_ids() {
    let Some(path) = shared("data/ftc-complaints-2021-07-08.csv.zst") else { return };
    let desk = Desk::new().with("rule.yaml", RULE).with("by-id.yaml", BY_ID);
    let text = text(&path);
    let received = |row: &str| row.split(',').nth(1).unwrap_or_default().to_owned();
    let mut first: Option<Vec<Violation>> = None;
    for (order, rows) in Rows::of(text.lines().skip(1)).orders(received) {
        desk.write("complaints.csv", rows);
        let outcome =
            desk.run("backtest --rules rule.yaml --dialect by-id.yaml --standing --complaints complaints.csv");
        let violations = outcome.violations();
        assert_eq!((violations.len(), keys(&violations).len()), (72, 72), "{order}");
        assert!(violations.iter().all(|violation| violation.matches >= 1), "{order}");
        let form = standing_form(&violations);
        assert_eq!(*first.get_or_insert(form.clone()), form, "{order}");
    }
}

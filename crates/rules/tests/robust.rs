//! No text, however broken, makes the compiler panic; and each problem points into a file that is there.

mod support;

use proptest::prelude::*;
use ringfence_cdr::Numbering;
use ringfence_rules::{PackFiles, parse_pack, parse_rule_file};
use support::{PACK, sources};

const RULE: &str = r#"rule: one
title: Many short calls
key: callingNumber
where: recordType == moCall and calledNumber startsWith "+86"
except:
  - {name: emergency, if: "calledNumber in @emergency", ticket: T-1, until: 2027-06-30}
let:
  calls: count() over 1h
  short: share(callDuration < 10s) over 1h
  night: count() where time(calledNumber) in 21:00..09:00 over calendar day in "Asia/Shanghai"
  part: night / calls
when:
  - calls > $limit
  - any: [short >= $part, {not: night < 3}]
keep: $bridge
severity: major
escalate: [{severity: critical, when: [short >= 85%]}]
then: {ladder: telemarketing}
say: "{key} made {calls} calls"
tests:
  - {name: fires, feed: {calls: 120, callees: 90, short: 80%, over: 58m}, expect: {violations: 1, first_at: 101}}
"#;

/// Pieces that mean something in rules, to put where they do not belong.
const PIECES: [&str; 40] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    ":",
    "- ",
    "\n",
    "\n  ",
    "#",
    "&a ",
    "*a",
    "!t ",
    "|\n",
    ">\n",
    "%",
    "$",
    "@",
    "..",
    "==",
    ">=",
    "/",
    "* ",
    "not ",
    "and ",
    "over ",
    "where ",
    "in ",
    "count()",
    "1h",
    "70%",
    "21:00",
    "2026-12-01",
    "999999999999",
    "é",
    "\u{feff}",
    "\u{0}",
];

fn judged(sources: &PackFiles) {
    let found = match parse_pack(sources, &Numbering::Opaque) {
        Ok(compiled) => compiled.warnings,
        Err(found) => {
            assert!(!found.is_empty());
            found
        }
    };
    for problem in found {
        let text = problem.render(sources);
        assert!(text.starts_with(&format!("{}:{}:{}: ", problem.file, problem.line, problem.column)));
        let lines = sources.text(&problem.file).map_or(1, |text| text.split('\n').count());
        assert!(problem.line <= lines + 1, "line {} of {lines}", problem.line);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_compiled_or_refused(text in any::<String>()) {
        judged(&sources(&text));
        judged(&sources(RULE).with("pack.yaml", &text));
        judged(&sources(RULE).with("lists/emergency.csv", &text));
        drop(parse_rule_file(&PackFiles::new().with("one.yaml", &text), "one.yaml", &Numbering::Opaque));
    }

    #[test]
    fn any_expression_is_compiled_or_refused(text in "[a-z()<>=%$@\"0-9 .:/*+-]{0,60}") {
        let quoted = text.replace('\'', "''");
        judged(&sources(&RULE.replace("calls > $limit", &format!("'{quoted}'"))));
        judged(&sources(&RULE.replace("count() over 1h", &format!("'{quoted}'"))));
        judged(&sources(&RULE.replace("recordType == moCall", &text)));
    }

    #[test]
    fn a_mutated_rule_is_compiled_or_refused(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, prop::sample::select(&PIECES[..])), 1..5),
        in_pack in any::<bool>(),
    ) {
        let mut text: Vec<char> = if in_pack { PACK } else { RULE }.chars().collect();
        for (at, removed, piece) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + removed).min(text.len());
            text.splice(start..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        if in_pack { judged(&sources(RULE).with("pack.yaml", &text)) } else { judged(&sources(&text)) }
    }
}

#[test]
fn deep_and_long_texts_are_refused_quickly() {
    for text in ["(".repeat(100_000), "not ".repeat(100_000), "a + ".repeat(100_000), "[".repeat(100_000)] {
        judged(&sources(&RULE.replace("recordType == moCall", &format!("'{text}'"))));
        judged(&sources(&RULE.replace("calls > $limit", &format!("'{text} > 1'"))));
    }
    let lets: String = (1..60).map(|n| format!("  a{n}: a{} + a{}\n", n - 1, n - 1)).collect();
    let doubling = RULE.replace("let:\n", &format!("let:\n  a0: count() over 1h\n{lets}"));
    let found = parse_pack(&sources(&doubling), &Numbering::Opaque).expect_err("refused");
    assert!(found.iter().any(|problem| &*problem.message == "the calculation is too long"), "{found:?}");
}

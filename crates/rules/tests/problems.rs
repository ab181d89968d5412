//! Every kind of problem with the text that a person reads.

#![expect(clippy::too_many_lines, reason = "tables of problems and what is said of them")]
#![allow(
    clippy::needless_borrows_for_generic_args,
    clippy::borrow_deref_ref,
    clippy::needless_borrow,
    reason = "tables read better when all rows look alike"
)]

mod support;

use ringfence_rules::{Sources, parse_pack, parse_rule_file};
use support::{PACK, number, problems, problems_of, sources};

/// A rule without a problem; the cases below put theirs in.
const RULE: &str = r#"rule: one
key: callingNumber
where: recordType == moCall
let:
  calls: count() over 1h
  short: share(callDuration < 10s) over 1h
when:
  - calls > 100
  - short >= 70%
"#;

/// The lines `place: message` and `help: ...` of a rule in which a piece is replaced.
fn replaced(old: &str, new: &str) -> Vec<String> {
    assert!(RULE.contains(old), "{old}");
    short(&problems(&RULE.replacen(old, new, 1)))
}

/// Without the file's name and the quoted line.
fn short(text: &str) -> Vec<String> {
    let kept = text.lines().filter(|line| !line.contains(" | "));
    kept.map(|line| line.trim_start_matches("rules/one.yaml:").trim_start_matches("pack.yaml:").to_owned()).collect()
}

fn check(cases: &[(&str, &str, &[&str])]) {
    let mut wrong = String::new();
    for (old, new, expected) in cases {
        let found = replaced(old, new);
        if found != *expected {
            wrong.push_str(&format!("{old:?} to {new:?}\n  found    {found:#?}\n  expected {expected:#?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_problem_is_shown_with_its_line_a_caret_and_what_to_do() {
    assert_eq!(problems(RULE), "");
    let text = problems(&RULE.replace("- calls > 100", "-   cals > 100"));
    assert_eq!(
        text,
        "rules/one.yaml:8:7: error: unknown name `cals`\n    8 |   -   cals > 100\n      |       ^\nhelp: did you mean `calls`?\n"
    );
    let text = problems(&RULE.replace("count() over 1h", "\"count()\n     over 1x\""));
    assert_eq!(
        text,
        "rules/one.yaml:6:11: error: `x` is no unit of time\n    6 |      over 1x\"\n      |           ^\nhelp: units are ms, s, m (minutes), h, d (24 h) and w\n"
    );
}

#[test]
fn all_problems_are_reported_at_once_in_order_of_place() {
    let rule =
        "rule: One\nkey: caller\nwher: x\nwhere: recordTyp == moCall\nlet: {a: cont() over 1h}\nwhen: [a > 1, b > 2]\n";
    let places: Vec<String> = short(&problems(rule)).into_iter().filter(|line| !line.starts_with("help")).collect();
    assert_eq!(
        places,
        [
            "1:7: error: the rule's name must be in kebab-case, found `One`",
            "2:6: error: unknown key `caller`",
            "3:1: error: unknown key `wher` in a rule",
            "4:8: error: unknown field `recordTyp`",
            "5:10: error: unknown aggregate `cont`",
            "6:15: error: unknown name `b`",
        ]
    );
}

#[test]
fn keys_values_and_names() {
    check(&[
        ("rule: one", "rule:", &["1:1: error: `rule` has no value", "help: give it one, or remove the key"]),
        ("rule: one\n", "", &["1:1: error: `rule` is missing", "help: add `rule: dial-blast`"]),
        (
            "rule: one",
            "rule: Dial Blast",
            &["1:7: error: the rule's name must be in kebab-case, found `Dial Blast`", "help: write `dial-blast`"],
        ),
        (
            "where:",
            "were:",
            &[
                "1:7: warning: the rule counts records of every type",
                "help: add `where: recordType == moCall`: one call may make several records",
                "3:1: error: unknown key `were` in a rule",
                "help: did you mean `where`?",
            ][2..]
                .as_ref(),
        ),
        ("rule: one", "rule: one\nrule: two", &["2:1: error: the key `rule` is given twice", "help: keep one of them"]),
        (
            "rule: one",
            "rule: one\nseverity: grave",
            &["2:11: error: unknown severity `grave`", "help: known are info, warning, minor, major, critical"],
        ),
        (
            "rule: one",
            "rule: one\nmode: shadows",
            &["2:7: error: unknown mode `shadows`", "help: did you mean `shadow`?"],
        ),
        (
            "rule: one",
            "rule: one\nkeep: 15",
            &["2:7: error: `keep` needs a unit", "help: write ms, s, m (minutes), h, d (24 h) or w: 15m"],
        ),
        (
            "rule: one",
            "rule: one\neffective: {from: tomorrow}",
            &[
                "2:19: error: `from` is no date or instant",
                "help: write a date (2026-12-01) or an instant with its offset (2026-12-01T00:00:00+08:00)",
            ],
        ),
        (
            "rule: one",
            "rule: one\neffective: {from: 2026-12-02, until: 2026-12-01}",
            &["2:12: error: the rule ends before it begins: it can never hold", "help: write a later `until`"],
        ),
        (
            "rule: one",
            "rule: one\nthen: {ladder: telemarkting}",
            &["2:16: error: unknown ladder `telemarkting`", "help: did you mean `telemarketing`?"],
        ),
        (
            "rule: one",
            "rule: one\nsay: \"{cals} calls\"",
            &["2:8: error: unknown name `cals` in `say`", "help: did you mean `calls`?"],
        ),
        (
            "rule: one",
            "rule: one\nsay: \"{calls\"",
            &["2:7: error: the placeholder has no `}`", "help: write `{calls}`, or `{{` for a brace"],
        ),
        (
            "calls: count()",
            "in: count()",
            &[
                "5:3: error: `in` is no name for a value",
                "help: begin with a letter, go on with letters, digits and `_`: callees_1h",
                "8:5: error: unknown name `calls`",
                "help: known are in, short",
            ],
        ),
        (
            "key: callingNumber",
            "key: [callingNumber, called]",
            &[
                "2:6: error: unknown key `callingNumber, called`",
                "help: use `key: callingNumber` or `key: [callingNumber, calledNumber]`",
            ],
        ),
    ]);
}

#[test]
fn expressions() {
    check(&[
        (
            "count() over 1h",
            "count()",
            &[
                "5:17: error: a measure needs a window",
                "help: add `over 1h`, `over calendar day` or `over anchored 24h`",
            ],
        ),
        (
            "count() over 1h",
            "count() over 60",
            &["5:23: error: a length of time needs its unit", "help: write 10s, 15m (minutes), 1h, 7d or 2w"],
        ),
        (
            "count() over 1h",
            "count() over 0s",
            &["5:23: error: the length of time must be above zero", "help: write 15m, 1h, 7d"],
        ),
        (
            "count() over 1h",
            "count() over $limt",
            &["5:23: error: unknown parameter `$limt`", "help: did you mean `$limit`?"],
        ),
        (
            "count() over 1h",
            "count() of complaint over 1h",
            &["5:21: error: unknown stream `complaint`", "help: did you mean `complaints`?"],
        ),
        (
            "count() over 1h",
            "count() where complainant == \"x\" over 1h",
            &[
                "5:24: error: `complainant` is a field of a complaint, not of a call",
                "help: fields of a call are callingNumber, calledNumber, callDuration, answered, causeForTerm, diagnostics, recordType, servedIMEI, servedIMSI, cell, serviceType, attestation",
            ],
        ),
        (
            "count() over 1h",
            "count() over calendar day in \"Asia/Shangai\"",
            &["5:39: error: unknown time zone `Asia/Shangai`", "help: did you mean `Asia/Shanghai`?"],
        ),
        (
            "count() over 1h",
            "sum(calledNumber) over 1h",
            &[
                "5:14: error: `sum` applies to lengths of time, not to a phone number",
                "help: write sum(callDuration), or count: distinct(calledNumber)",
            ],
        ),
        (
            "count() over 1h",
            "callss + 1",
            &[
                "5:10: error: unknown name `callss`",
                "help: name the measure under `let`, or write it here: count() over 1h",
            ],
        ),
        (
            "callDuration < 10s",
            "callDuration < 10",
            &[
                "6:31: error: a length of time does not compare with a bare number",
                "help: write a unit: 500ms, 10s, 15m, 1h",
            ],
        ),
        (
            "callDuration < 10s",
            "callDuration < 10 s",
            &[
                "6:34: error: expected `and`, `or` or the end, found `s`",
                "help: write a unit right after its number: 10s, 15m, 1h, 7d",
            ],
        ),
        (
            "callDuration < 10s",
            "calledNumber in @emergncy",
            &["6:32: error: unknown list `@emergncy`", "help: did you mean `@emergency`?"],
        ),
        (
            "callDuration < 10s",
            "calledNumber == \"bad\"",
            &["6:32: error: this is no number: no digits in it", "help: write it as +8613..., or nationally"],
        ),
        (
            "callDuration < 10s",
            "calledNumber < \"1\"",
            &[
                "6:31: error: a phone number has no order: `<` does not apply",
                "help: compare with `==` or `!=`, or with `in [...]`",
            ],
        ),
        (
            "callDuration < 10s",
            "callDuration in 10s..5s",
            &["6:37: error: the range ends before it begins", "help: swap its ends"],
        ),
        (
            "callDuration < 10s",
            "cell == abc",
            &["6:24: error: a text does not compare with the word `abc`", "help: write the text in double quotes"],
        ),
        ("moCall", "moCal", &["3:22: error: `moCal` is no record type", "help: did you mean `moCall`?"]),
        ("calls > 100", "calls >> 100", &["8:12: error: expected a measure, a name or a literal, found `>`"]),
        ("calls > 100", "calls = 100", &["8:11: error: `=` is no operator", "help: compare with `==`"]),
        (
            "calls > 100",
            "100 > 50",
            &["8:5: error: the clause names no measure", "help: compare a measure: count() over 1h > 100"],
        ),
        (
            "calls > 100",
            "calls > 70%",
            &[
                "8:13: error: a count does not compare with a percentage",
                "help: percentages compare with share(...) and with quotients such as short / calls",
            ],
        ),
        (
            "short >= 70%",
            "short >= 0.7",
            &["9:14: error: a share does not compare with a bare number", "help: write a percentage: 70%"],
        ),
        (
            "short >= 70%",
            "gap() over 1h < 5",
            &[
                "9:21: error: a length of time does not compare with a bare number",
                "help: write its unit: 500ms, 10s, 15m, 1h, 7d",
            ],
        ),
        (
            "short >= 70%",
            "short + calls > 1",
            &["9:13: error: a count is not added to a share", "help: both sides need the same unit"],
        ),
        (
            "short >= 70%",
            "calls > 5 and short > 70%",
            &[
                "9:15: error: an entry of `when` is one comparison",
                "help: write each comparison as an entry of its own: all entries hold together, those under `any:` singly",
            ],
        ),
        ("- short >= 70%", "- any: []", &["9:10: error: `any` has no clause", "help: add one: - calls > 100"]),
        (
            "- short >= 70%",
            "- none: [calls > 5]",
            &["9:5: error: unknown key `none` in a condition", "help: known are any, all, not"],
        ),
        (
            "- short >= 70%",
            "- [calls > 5]",
            &[
                "9:5: error: a list within a list says not how its clauses join",
                "help: write `any: [...]` or `all: [...]`",
            ],
        ),
    ]);
}

#[test]
fn what_is_not_supported_yet_is_named_with_what_to_use_instead() {
    let later = |old: &str, new: &str| {
        let found = replaced(old, new);
        assert!(found.iter().any(|line| line.contains("not supported yet")), "{new}: {found:?}");
        assert!(found.iter().any(|line| line.starts_with("help: ")), "{new}: {found:?}");
        assert!(!found.iter().any(|line| line.contains("unknown")), "{new}: {found:?}");
    };
    for measure in [
        "count() of received over 1h",
        "count() of marks over 1h",
        "count() of violations over 1h",
        "sequential(calledNumber) over 1h",
        "concurrent() over 1h",
        "usual(count() over calendar day, 30d)",
        "periods(calls > 5, 6 calendar months)",
        "count() over blocks 30d from 2026-01-01",
        "count() over last 50",
        "distinct(date(calledNumber)) over 30d",
    ] {
        later("count() over 1h", measure);
    }
    for predicate in [
        "card.class == \"x\"",
        "subscriber.group == \"x\"",
        "extra.campaign == \"x\"",
        "age(card.activatedAt) < 1d",
        "region(calledNumber) == \"x\"",
        "[subscriber, calledNumber] in @emergency",
        "date(calledNumber) in @emergency",
    ] {
        later("callDuration < 10s", predicate);
    }
    for key in
        ["calledNumber", "subscriber", "servedIMEI", "subscriber.group", "extra.campaign", "[subscriber, calledNumber]"]
    {
        later("key: callingNumber", &format!("key: {key}"));
    }
    later("rule: one", "rule: one\nrefer: [police]");
    later("rule: one", "rule: one\nheadroom: 80%");
    let tests = sources(RULE).with("tests/all.yaml", "tests: []\n");
    assert!(problems_of(&tests).contains("not supported yet"));
}

#[test]
fn limits_gates_and_silence() {
    check(&[
        (
            "short >= 70%",
            "short > 100%",
            &["9:5: error: `short > 100%` can never hold", "help: check the limit and the operator"],
        ),
        (
            "calls > 100",
            "calls < 0",
            &[
                "8:5: error: `calls < 0` can never hold",
                "help: check the limit and the operator",
                "9:5: error: `short >= 70%` says nothing while there are few facts",
                "help: add a clause on a count over the same window: count() over 1h >= 20",
            ],
        ),
        (
            "short >= 70%",
            "elapsed(answered) over 1h >= 1h",
            &["9:5: error: `elapsed(answered) over 1h >= 1h` can never hold", "help: check the limit and the operator"],
        ),
        (
            "short >= 70%",
            "distinct(callingNumber) over 1h > 1",
            &[
                "9:5: error: `distinct(callingNumber) over 1h > 1` can never hold",
                "help: check the limit and the operator",
            ],
        ),
        (
            "short >= 70%",
            "calls >= 0",
            &[
                "9:5: warning: `calls >= 0` always holds where it is defined",
                "help: check the limit, or remove the clause",
                "9:5: warning: `calls >= 0` follows from `calls > 100`",
                "help: remove it, or check its limit",
            ],
        ),
        (
            "short >= 70%",
            "calls > 50",
            &["9:5: warning: `calls > 50` follows from `calls > 100`", "help: remove it, or check its limit"],
        ),
        (
            "calls > 100",
            "count() over 2h > 100",
            &[
                "9:5: error: `short >= 70%` says nothing while there are few facts",
                "help: add a clause on a count over the same window: count() over 1h >= 20",
            ],
        ),
        (
            "calls > 100",
            "any: [calls > 100, calls < 5]",
            &[
                "9:5: error: `short >= 70%` says nothing while there are few facts",
                "help: add a clause on a count over the same window: count() over 1h >= 20",
            ],
        ),
        (
            "short >= 70%",
            "count() of complaints over 30d / count() over 30d > 1%",
            &[
                "9:5: error: `count() of complaints over 30d / count() over 30d > 1%` says nothing while there are few facts",
                "help: add a clause on a count over the same window: count() over 30d >= 20",
            ],
        ),
        (
            "  - calls > 100\n  - short >= 70%",
            "  - calls < 5",
            &[
                "8:5: error: the rule would hold for a number that did nothing",
                "help: add a clause that needs facts: calls > 0",
            ],
        ),
        (
            "  - calls > 100\n  - short >= 70%",
            "  - not: calls > 5",
            &[
                "8:10: error: the rule would hold for a number that did nothing",
                "help: add a clause that needs facts: calls > 0",
            ],
        ),
        (
            "where: recordType == moCall\n",
            "",
            &[
                "1:7: warning: the rule counts records of every type",
                "help: add `where: recordType == moCall`: one call may make several records",
            ],
        ),
        (
            "key: callingNumber",
            "key: [callingNumber, calledNumber]\nescalate: [{severity: major, when: [count() of complaints over 1d > 1]}]",
            &[
                "3:48: error: a rule for pairs reads only calls",
                "help: judge complaints in a rule of their own with `key: callingNumber`",
            ],
        ),
        (
            "rule: one",
            "rule: one\nexcept: [{name: a, if: \"answered\"}]",
            &[
                "2:10: warning: the exception `a` does not say who allowed it",
                "help: add `ticket`",
                "2:10: warning: the exception `a` does not say when it ends",
                "help: add `until`",
            ],
        ),
    ]);
    let gated_by_rule = replaced("rule: one", "rule: one\nescalate: [{severity: major, when: [short >= 85%]}]");
    assert!(gated_by_rule.is_empty(), "{gated_by_rule:?}");
}

#[test]
fn tests_of_rules() {
    let test = |feed: &str, expect: &str| {
        let tests = format!("tests:\n  - {{name: a, feed: {{{feed}}}, expect: {{{expect}}}}}\n");
        let found = short(&problems(&format!("{RULE}{tests}")));
        found.into_iter().filter(|line| !line.starts_with("help")).collect::<Vec<_>>().join("; ")
    };
    let fed = |feed: &str| test(feed, "violations: 1");
    assert_eq!(
        fed(
            "calls: 120, callees: 90, short: 80%, answered: 50%, over: 58m, at: 09:00, complaints: 2, complainants: 1, listed: emergency, record_type: mtCall, short_under: 20s, repeat: 5"
        ),
        ""
    );
    assert_eq!(fed("repeat: 5, over: 1m"), "");
    assert_eq!(fed("calls: 5"), "11:21: error: `over` is missing");
    assert_eq!(fed("over: 5m"), "11:21: error: the feed has no fact");
    assert_eq!(
        fed("calls: 5, callees: 6, over: 5m"),
        "11:41: error: the calls do not suffice for so many called numbers"
    );
    assert_eq!(fed("calls: 5, shorts: 6%, over: 5m"), "11:32: error: unknown key `shorts` in a feed");
    assert_eq!(fed("calls: 5, short: 120%, over: 5m"), "11:39: error: `short` must be a share from 0% to 100%");
    assert_eq!(fed("calls: 5, gaps: 1s, over: 5m"), "11:32: error: `gaps` is not supported yet");
    assert_eq!(fed("calls: 5, listed: dnc, over: 5m"), "11:40: error: unknown list `dnc`");
    assert_eq!(
        test("calls: 5, over: 5m", "violations: 1, first_at: 6"),
        "11:5: error: the feed has only 5 facts: none is number 6"
    );
    assert_eq!(
        test("calls: 5, over: 5m", "violations: 0, near_miss: call"),
        "11:78: error: `near_miss` names no `let`: `call`"
    );
    assert_eq!(
        test("calls: 5, over: 5m", "violations: 1, strikes: 1"),
        "11:76: error: a rule without a ladder makes no strike"
    );
    let warned = ringfence_rules::parse_pack(&sources(RULE), &number).expect("compiles").warnings;
    let warned: Vec<&str> =
        warned.iter().map(|warning| &*warning.message).filter(|text| text.starts_with("no test")).collect();
    assert_eq!(warned, ["no test of the rule fires", "no test of the rule is a near miss"]);
}

fn pack(old: &str, new: &str) -> Vec<String> {
    assert!(PACK.contains(old), "{old}");
    short(&problems_of(&sources(RULE).with("pack.yaml", &PACK.replacen(old, new, 1))))
}

#[test]
fn the_packs_own_file() {
    assert_eq!(
        pack("name: policy", "name: Policy"),
        ["1:7: error: the pack's name must be in kebab-case, found `Policy`", "help: write `policy`"]
    );
    assert_eq!(
        pack("Asia/Shanghai", "Asia/Shangai"),
        ["3:11: error: unknown time zone `Asia/Shangai`", "help: did you mean `Asia/Shanghai`?"]
    );
    assert_eq!(
        pack("country: CN", "country: China"),
        ["4:10: error: `China` is no country code", "help: write two capital letters (ISO 3166): CN"]
    );
    assert_eq!(
        pack("limit: 100", "limit: 100x"),
        ["5:21: error: `x` is no unit of time", "help: units are ms, s, m (minutes), h, d (24 h) and w"]
    );
    assert_eq!(
        pack("subject: card", "subject: subscriber"),
        ["8:14: error: ladders of subscribers are not supported yet", "help: until then use `subject: card`"]
    );
    assert_eq!(
        pack("for: 7d", "until: re-verified"),
        ["13:52: error: `until` is not supported yet", "help: until then suspend for a time: `for: 30d`"]
    );
    assert_eq!(
        pack("do: warn", "do: revoke"),
        ["12:21: error: `do: revoke` is not supported yet", "help: until then suspend for long: `for: 365d`"]
    );
    assert_eq!(
        pack("do: warn", "do: warn, refer: [police]"),
        [
            "12:27: error: `refer` is not supported yet",
            "help: until then refer by hand what the violations topic shows"
        ]
    );
    assert_eq!(
        pack("at: 2", "at: 1"),
        ["13:9: error: the step at 1 stands after the one at 1", "help: write the steps by rising `at`, each once"]
    );
    assert_eq!(
        pack("[outgoing]", "[outgoin]"),
        ["13:41: error: unknown service `outgoin`", "help: did you mean `outgoing`?"]
    );
    assert_eq!(pack("over: 365d, ", ""), ["9:14: error: `over` is missing", "help: add `over: 365d`"]);
    assert!(problems_of(&Sources::new().with("rules/one.yaml", RULE)).contains("the pack has no pack.yaml"));
}

#[test]
fn names_of_rules_and_lists_are_unique_and_misplaced_files_are_named() {
    let twice = problems_of(&sources(RULE).with("rules/two.yaml", RULE));
    assert!(twice.contains("rules/two.yaml:1:7: error: the name `one` is taken by rules/one.yaml"), "{twice}");
    let same = problems_of(&sources(RULE).with("rules/two.yaml", &RULE.replace("rule: one", "rule: two")));
    assert!(same.contains("judges exactly as the one of rules/one.yaml does"), "{same}");
    let lists = problems_of(&sources(RULE).with_list("more/emergency.csv", "110\n"));
    assert!(lists.contains("the list `emergency` is also given by lists/emergency.csv"), "{lists}");
    let stray = problems_of(&sources(RULE).with("rules/sub/two.yaml", RULE).with("rule.yml", RULE));
    assert_eq!(stray.matches("warning: this file is not read").count(), 2, "{stray}");
}

#[test]
fn a_lists_numbers_never_reach_a_message() {
    let list = "key,validFrom,validTo\n+8617000000001,2026-01-01\nbad\n+8617000000002,yesterday\n+8617000000003,2026-01-02,x,y\n,2026-01-01\n";
    let text = problems_of(&sources(RULE).with("lists/dnc.csv", list));
    let messages: Vec<&str> = text.lines().filter(|line| line.contains("error")).collect();
    assert_eq!(
        messages,
        [
            "lists/dnc.csv:1:1: error: a column of the list is unknown",
            "lists/dnc.csv:3:1: error: the key is no number: no digits in it",
            "lists/dnc.csv:4:1: error: `validFrom` is no date or instant",
            "lists/dnc.csv:5:1: error: the line has too many columns",
            "lists/dnc.csv:6:1: error: the line has no number",
        ]
    );
    assert!(!text.contains("1700000000"), "{text}");
}

#[test]
fn a_rule_file_on_its_own_has_no_parameters() {
    let sources = Sources::new().with("one.yaml", &RULE.replace("100", "$limit"));
    let found = parse_rule_file(&sources, "one.yaml", &number).expect_err("refused");
    let help = "help: a rule file alone has no parameters: write the value, or check the whole pack";
    assert!(found[0].render(&sources).contains(help), "{found:?}");
    assert!(parse_pack(&Sources::new(), &number).is_err());
}

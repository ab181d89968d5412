//! Every kind of problem with the text that a person reads.
//!
//! The texts are goldens under `goldens/`: each case replaces a piece of a sound pack and shows what is said then.
//! `RINGFENCE_BLESS=1 cargo test -p ringfence-rules --test problems` writes them anew, to be read before a commit.

mod support;

use ringfence_cdr::Numbering;
use ringfence_rules::{PackFiles, parse_pack, parse_rule_file};
use support::{LIST, PACK, problems, problems_of, sources};

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

/// The text of a golden with what the compiler says now; panics where a case does not fit the pack.
fn golden(text: &str) -> String {
    let mut cases = text.split("\n=== ");
    let base = cases.next().unwrap_or_default().trim();
    let file = base.strip_prefix("in ").expect("the first line names the file");
    let original = match file {
        "pack.yaml" => PACK,
        "lists/emergency.csv" => LIST,
        _ => RULE,
    };
    let mut found = format!("{base}\n");
    for case in cases {
        let title = case.lines().next().unwrap_or_default();
        let (old, new) = title.split_once("  =>  ").expect("a case is `old  =>  new`");
        let (old, new) = (old.replace("\\n", "\n"), new.replace("\\n", "\n"));
        assert!(original.contains(&old), "{file} has no `{old}`");
        let text = problems_of(&sources(RULE).with(file, &original.replacen(&old, &new, 1)));
        assert!(!text.is_empty(), "nothing is wrong with {title}");
        found.push_str(&format!("\n=== {title}\n{text}"));
    }
    found
}

#[test]
fn every_problem_says_where_it_is_what_it_is_and_what_to_do() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let mut differing = Vec::new();
    for entry in std::fs::read_dir(directory).expect("the goldens are there") {
        let path = entry.expect("readable").path();
        let expected = std::fs::read_to_string(&path).expect("readable");
        let found = golden(&expected);
        if found == expected {
            continue;
        }
        if std::env::var_os("RINGFENCE_BLESS").is_some() {
            std::fs::write(&path, found).expect("writable");
        } else {
            let lines = found.lines().zip(expected.lines());
            let first = lines.clone().find(|(found, expected)| found != expected);
            differing.push(format!("{}: first found and expected: {first:#?}", path.display()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn what_is_not_supported_yet_says_so_and_what_to_use_instead() {
    let text = include_str!("goldens/not-yet.txt");
    for case in text.split("\n=== ").skip(1) {
        assert!(case.contains("not supported yet") && case.contains("\nhelp: "), "{case}");
        assert!(!case.contains("unknown"), "{case}");
    }
}

/// The lines without the file's name and the quoted line.
fn short(text: &str) -> Vec<String> {
    let kept = text.lines().filter(|line| !line.contains(" | "));
    kept.map(|line| line.trim_start_matches("rules/one.yaml:").to_owned()).collect()
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
fn a_key_that_no_call_may_ever_meet_is_a_warning() {
    let list = "key\n+8617000000001\n10086\n13800000000\n13800000001\n";
    let warned = |list: &str, numbering: &Numbering| {
        let sources = sources(RULE).with("lists/dnc.csv", list);
        let warnings = parse_pack(&sources, numbering).expect("compiles").warnings.into_iter();
        let about_list = warnings.filter(|warning| &*warning.file == "lists/dnc.csv");
        about_list.map(|warning| format!("{}: {}", warning.line, warning.message)).collect::<Vec<_>>()
    };
    let said = warned(list, &Numbering::International);
    assert_eq!(said, ["4: this key and 1 more have no country's code, so no call may ever meet them"]);
    let one = warned("key\n13800000000\n", &Numbering::International);
    assert_eq!(one, ["2: the key is no number with a country's code, so no call may ever meet it"]);
    assert!(warned(list, &Numbering::country("CN").expect("known")).is_empty());
    assert!(warned(list, &Numbering::Opaque).is_empty());
}

#[test]
fn a_lists_numbers_never_reach_a_message() {
    let list = "key,validFrom,validTo\n+8617000000001,2026-01-01\nanonymous\n+8617000000002,yesterday\n+8617000000003,2026-01-02,x,y\n,2026-01-01\n";
    let text = problems_of(&sources(RULE).with("lists/dnc.csv", list));
    let messages: Vec<&str> = text.lines().filter(|line| line.contains("error")).collect();
    assert_eq!(
        messages,
        [
            "lists/dnc.csv:1:1: error: a column of the list is unknown",
            "lists/dnc.csv:3:1: error: the key is a hidden number",
            "lists/dnc.csv:4:1: error: `validFrom` is no date or instant",
            "lists/dnc.csv:5:1: error: the line has more values than columns",
            "lists/dnc.csv:6:1: error: the line has no number",
        ]
    );
    assert!(!text.contains("1700000000"), "{text}");
}

#[test]
fn a_rule_file_on_its_own_has_no_parameters() {
    let sources = PackFiles::new().with("one.yaml", &RULE.replace("100", "$limit"));
    let found = parse_rule_file(&sources, "one.yaml", &Numbering::Opaque).expect_err("refused");
    let help = "help: a rule file alone has no parameters: write the value, or check the whole pack";
    assert!(found[0].render(&sources).contains(help), "{found:?}");
    assert!(parse_pack(&PackFiles::new(), &Numbering::Opaque).is_err());
}

#[test]
fn a_rule_without_tests_is_warned_of() {
    let warned = parse_pack(&sources(RULE), &Numbering::Opaque).expect("compiles").warnings;
    let warned: Vec<&str> =
        warned.iter().map(|warning| &*warning.message).filter(|text| text.starts_with("no test")).collect();
    assert_eq!(warned, ["no test of the rule fires", "no test of the rule is a near miss"]);
}

#[test]
fn a_feed_may_say_much() {
    let feed = "calls: 120, callees: 90, short: 80%, answered: 50%, over: 58m, at: 09:00, complaints: 2, complainants: 1, \
                listed: emergency, record_type: mtCall, short_under: 20s, repeat: 5";
    for feed in [feed, "repeat: 5, over: 1m"] {
        let tests = format!("tests:\n  - {{name: a, feed: {{{feed}}}, expect: {{violations: 1}}}}\n");
        assert_eq!(problems(&format!("{RULE}{tests}")), "");
    }
}

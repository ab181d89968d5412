//! Rules as the manual shows them, compiled.

mod support;

use ringfence_cdr::{EventTime, Millis, Number, Numbering, RecordType};
use ringfence_rules::{
    Aggregate, Condition, Expression, Field, Fraction, Key, Level, Listed, Mode, Operator, PackFiles, Predicate,
    Sanction, SayPart, Service, Severity, Stream, Unit, Window, country, parse_pack, parse_rule_file,
};
use support::{compiled, problems, sources};

/// The rule of the manual, without the keys that are not supported yet.
const DIAL_BLAST: &str = r#"rule: dial-blast                      # identity within the pack
title: Many short calls to many people
basis: carrier policy 12, section 3
mode: enforce
effective: {from: 2026-12-01T00:00:00+08:00, until: 2027-12-01}
key: callingNumber
where: recordType == moCall
except:
  - {name: emergency, if: "calledNumber in @emergency", ticket: REG-118, until: 2027-06-30}
let:
  calls:   count() over 1h
  callees: distinct(calledNumber) over 1h
  short:   share(callDuration < 10s) over 1h
when:                                 # all must hold
  - calls > 100
  - callees >= 80
  - short >= 70%
keep: 15m
severity: major
escalate:
  - {severity: critical, when: [short >= 85%]}
then: {ladder: telemarketing}
say: "{key} made {calls} calls to {callees} people in an hour, {short} of them under 10 s"
tests:
  - name: fires once, at call 101
    feed: {calls: 120, callees: 90, short: 80%, over: 58m}
    expect: {violations: 1, first_at: 101}
  - name: 100 is not more than 100
    feed: {calls: 100, callees: 90, short: 80%, over: 58m}
    expect: {violations: 0, near_miss: calls}
"#;

fn percent(value: i128) -> Fraction {
    Fraction::ratio(value, 100).expect("defined")
}

#[test]
fn the_rule_of_the_manual_compiles_to_what_it_says() {
    let compiled = compiled(DIAL_BLAST).expect("compiles");
    let rule = &compiled.pack.rules[0];
    assert_eq!(
        (&*rule.name, rule.key, rule.mode, rule.severity),
        ("dial-blast", Key::CallingNumber, Mode::Enforce, Severity::Major)
    );
    // 2026-12-01T00:00+08:00 and the first instant of 2027-12-01 in Shanghai
    assert_eq!(rule.effective_from, Some(EventTime(1_796_054_400_000)));
    assert_eq!(rule.effective_until, Some(EventTime(1_827_590_400_000)));
    assert_eq!(rule.keep, Millis(15 * 60_000));
    assert_eq!(rule.ladder, Some(0));
    assert_eq!(rule.measures.len(), 3);
    assert_eq!(rule.measures[0].window, Window::Sliding(Millis::HOUR));
    assert_eq!(rule.measures[1].aggregate, Aggregate::Distinct(Field::CalledNumber));
    assert_eq!(&*rule.measures[2].text, "share(callDuration < 10s) over 1h");
    assert!(rule.measures.iter().all(|measure| measure.stream == Stream::Calls && measure.filter == Predicate::True));
    let Predicate::All(parts) = &rule.counted else { panic!("{:?}", rule.counted) };
    assert!(matches!(&parts[1], Predicate::Not(except) if matches!(&**except,
        Predicate::All(both) if both[0] == Predicate::InList(Field::CalledNumber, 0) && matches!(both[1], Predicate::Before(_)))));
    let comparisons = rule.when.comparisons();
    let texts: Vec<(&str, &str)> = comparisons.iter().map(|one| (&*one.left_text, &*one.text)).collect();
    assert_eq!(texts, [("calls", "calls > 100"), ("callees", "callees >= 80"), ("short", "short >= 70%")]);
    assert_eq!(comparisons[2].right, Expression::Constant(percent(70)));
    assert!(matches!(&rule.escalate[0].when, Condition::All(parts) if parts.len() == 1));
    let say = &rule.say.as_ref().expect("a sentence").0;
    assert_eq!(say[..3], [SayPart::Key, SayPart::Text(" made ".into()), SayPart::Let(0)]);
    assert_eq!(compiled.tests.len(), 2);
    assert_eq!(compiled.tests[0].expect.first_at, Some(101));
    assert_eq!(compiled.tests[1].expect.near_miss.as_deref(), Some("calls"));
    assert_eq!(compiled.tests[0].feed.short, Some(percent(80)));
    assert_eq!(compiled.tests[0].feed.record_type, RecordType::MoCall);
    let warnings: Vec<&str> = compiled.warnings.iter().map(|warning| &*warning.message).collect();
    assert_eq!(warnings.len(), 3, "only the unused parameters: {warnings:?}");
}

#[test]
fn the_ladder_of_the_pack_is_read() {
    let compiled = compiled(DIAL_BLAST).expect("compiles");
    let ladder = &compiled.pack.ladders[0];
    assert_eq!(
        (&*ladder.name, ladder.fresh, ladder.exit_clean),
        ("telemarketing", true, Some(Millis(90 * Millis::DAY.0)))
    );
    assert_eq!(ladder.strikes.again, Some(Millis::DAY));
    assert_eq!(ladder.steps[0].sanction, Sanction::Warn);
    let week = Millis(7 * Millis::DAY.0);
    assert_eq!(ladder.steps[1].sanction, Sanction::Suspend { services: vec![Service::Outgoing], duration: week });
}

#[test]
fn the_five_callers_rule_is_a_pack_of_one_in_utc() {
    let text = "rule: five-callers\nkey: callingNumber\nwhere: recordType == moCall\nlet:\n  calls: count() over 1h\n  \
                callees: distinct(calledNumber) over 1h\n  short: share(callDuration < 10s) over 1h\nwhen: [calls > 100, \
                callees >= 80, short >= 70%]\nseverity: major\nthen: {ladder: telemarketing}\n";
    let sources = PackFiles::new().with("five-callers.yaml", text);
    let compiled = parse_rule_file(&sources, "five-callers.yaml", &Numbering::Opaque).expect("compiles");
    assert_eq!(&*compiled.pack.identity.name, "five-callers");
    assert_eq!(compiled.pack.zone.name(), "UTC");
    assert_eq!((compiled.pack.rules[0].ladder, compiled.pack.rules[0].keep), (None, Millis::ZERO));
    assert!(compiled.warnings.iter().any(|warning| warning.message.contains("has no ladder")));
    assert!(compiled.warnings.iter().all(|warning| warning.level == Level::Warning));
}

#[test]
fn every_aggregate_window_and_stream_compiles() {
    let rule = r#"rule: all
key: callingNumber
where: recordType == moCall and not (calledNumber startsWith "+8695" or serviceType in ["x", "y"])
let:
  a: sum(callDuration) where answered over calendar day
  b: mean(callDuration) over calendar week in "Europe/Paris"
  c: min(callDuration) over calendar month
  d: max(callDuration) over anchored 24h
  e: top(calledNumber) over 500ms
  f: unseen(calledNumber, 30d) over 1d
  g: gap() over 1h
  h: elapsed(answered) over 1h
  i: count() of complaints where status in [alleged, upheld] and delay < 30d over 30d
  j: mean(delay) of complaints over 30d
  k: count() where time(calledNumber) in 21:00..09:00 or weekday() in sat..sun or date() == 2026-10-01 over 1d
  l: i / f
  m: l + 1%
  n: a / d
when:
  - any: [e > 5, f > 5]
  - not: {any: [g < 1s, h > 1m]}
  - all: [i > 5, m > 2, n > 3]
  - d >= 1
"#;
    let text = problems(&rule.replace("  - d >= 1\n", ""));
    assert!(text.contains("`m > 2` says nothing while there are few facts"), "{text}");
    let rule = rule.replace("  - d >= 1\n", "  - f > 10\n  - n > 1\n  - count() over anchored 24h > 1\n");
    let compiled = compiled(&rule).unwrap_or_else(|_| panic!("{}", problems(&rule)));
    let rule = &compiled.pack.rules[0];
    assert_eq!(rule.measures.len(), 12, "the count inline is one more than the eleven of `let`, lets of lets add none");
    assert_eq!(rule.lets.len(), 14);
    assert_eq!(rule.lets[0].unit, Unit::Duration);
    assert_eq!(rule.lets[13].unit, Unit::Number);
    let Window::Calendar(_, zone) = &rule.measures[1].window else { panic!("no calendar") };
    assert_eq!(zone.name(), "Europe/Paris");
    let Window::Calendar(_, zone) = &rule.measures[0].window else { panic!("no calendar") };
    assert_eq!(zone.name(), "Asia/Shanghai");
}

#[test]
fn equal_measures_are_kept_once_and_parameters_are_resolved() {
    let rule = "rule: one\nkey: callingNumber\nwhere: recordType == moCall\nlet: {calls: count() over 1h}\nwhen:\n  - \
                calls > $limit\n  - count()   over 60m < 5000\n  - share(answered) over 1h >= $part\nkeep: 15m\n";
    let compiled = compiled(rule).unwrap_or_else(|_| panic!("{}", problems(rule)));
    let rule = &compiled.pack.rules[0];
    assert_eq!(rule.measures.len(), 2);
    let first = rule.when.comparisons()[0];
    assert_eq!((&first.right, &*first.text), (&Expression::Constant(Fraction::whole(100)), "calls > $limit"));
    assert_eq!(first.operator, Operator::Greater);
    assert_eq!(&*rule.when.comparisons()[1].left_text, "count() over 60m");
}

#[test]
fn a_pair_rule_reads_calls_and_a_rule_that_is_off_is_left_out() {
    let pair =
        "rule: pair\nkey: [callingNumber, calledNumber]\nwhere: recordType == moCall\nwhen: [count() over 1d > 5]\n";
    let off = "rule: a-off\nkey: callingNumber\nmode: off\nwhen: [count() over 1d > 5]\n";
    let compiled = parse_pack(&sources(pair).with("rules/off.yaml", off), &Numbering::Opaque).expect("compiles");
    assert_eq!(compiled.pack.rules.len(), 1);
    assert_eq!(compiled.pack.rules[0].key, Key::Pair);
    assert_eq!(compiled.off, ["a-off".into()]);
    assert_eq!(country(&sources(pair)).as_deref(), Some("CN"));
}

#[test]
fn lists_hold_intervals_and_what_stands_on_them_is_no_part_of_the_packs_hash() {
    let outside = "key\n+8617000000001\n";
    let rule = DIAL_BLAST.replace("@emergency", "@dnc");
    let with = sources(&rule).with_list("lists/dnc.csv", outside);
    let compiled = parse_pack(&with, &Numbering::Opaque).expect("compiles");
    assert_eq!(compiled.pack.identity.hash, sources(&rule).hash());
    assert_eq!(compiled.pack.lists, ["dnc".into(), "emergency".into()]);
    let emergency = compiled.tables.list("emergency").expect("shipped");
    let in_2026 = EventTime(1_790_000_000_000);
    assert!(emergency.contains(&Number::new("110"), EventTime(0)) && emergency.contains(&Number::new("119"), in_2026));
    assert!(!emergency.contains(&Number::new("119"), EventTime(0)));
    let dnc = compiled.tables.list("dnc").expect("given");
    assert_ne!(dnc.listed(&Number::new("+8617000000001")), Listed::Never);
    let edited = parse_pack(&sources(DIAL_BLAST).with("lists/emergency.csv", "key\n112\n"), &Numbering::Opaque)
        .expect("compiles");
    assert_eq!(edited.pack.identity.hash, sources(DIAL_BLAST).hash());
    assert_ne!(edited.tables.list("emergency").expect("shipped").version(), emergency.version());
    let another = sources(DIAL_BLAST).with("lists/one-more.csv", "key\n112\n");
    assert_ne!(another.hash(), sources(DIAL_BLAST).hash(), "a name that rules may use is one of the pack");
}

#[test]
fn a_list_of_the_pack_without_entries_is_filled_from_outside_once() {
    let rule = DIAL_BLAST.replace("@emergency", "@cards");
    let place = sources(&rule).with("lists/cards.csv", "# the carrier fills this\nkey\n");
    let empty = parse_pack(&place, &Numbering::Opaque).expect("compiles");
    assert_eq!(empty.tables.empty_lists_read_by(&empty.pack), [("cards", vec!["dial-blast"])]);
    let filled = place.clone().with_list("outside/cards.csv", "key\n+8617000000001\n");
    let compiled = parse_pack(&filled, &Numbering::Opaque).expect("compiles");
    assert_eq!(compiled.pack.identity.hash, place.hash());
    assert_eq!(compiled.tables.empty_lists_read_by(&compiled.pack), []);
    let cards = compiled.tables.list("cards").expect("given");
    assert_ne!(cards.listed(&Number::new("+8617000000001")), Listed::Never);
    let twice = parse_pack(&filled.with_list("other/cards.csv", "key\n+8617000000002\n"), &Numbering::Opaque);
    let problems = twice.expect_err("two lists of one name");
    assert!(
        problems.iter().any(|problem| problem.message.contains("the list `cards` is also given by other/cards.csv"))
    );
}

#[test]
fn lists_and_their_names_are_bounded() {
    let long = sources(DIAL_BLAST).with_list(&format!("{}.csv", "x".repeat(65)), "key\n");
    let many = (0..128).fold(sources(DIAL_BLAST), |all, at| all.with_list(&format!("list-{at}.csv"), "key\n"));
    let message = |sources| {
        let found = parse_pack(&sources, &Numbering::Opaque).expect_err("refused");
        let error = found.iter().find(|problem| problem.level == Level::Error).expect("an error");
        error.message.clone()
    };
    assert_eq!(&*message(long), "the list's name has 65 letters, more than 64");
    assert_eq!(&*message(many), "there are 129 lists, more than 128");
}

#[test]
fn a_rules_hash_covers_what_changes_a_verdict_and_nothing_else() {
    let hash = |text: &str| compiled(text).unwrap_or_else(|_| panic!("{}", problems(text))).pack.rules[0].hash;
    let same = [
        ("title: Many short calls to many people", "title: Other words"),
        ("basis: carrier policy 12, section 3", "basis: policy"),
        ("mode: enforce", "mode: shadow"),
        ("then: {ladder: telemarketing}\n", ""),
        ("say: \"{key}", "say: \"x {key}"),
        ("calls > 100", "calls   >   $limit"),
        ("count() over 1h", "count() over 60m"),
        ("70%", "70.0%"),
        ("calls > 100", "calls > 2 * 50"),
        ("REG-118", "REG-119"),
        ("name: fires once", "name: fires"),
        ("rule: dial-blast", "rule: dial-storm"),
    ];
    let different = [
        ("from: 2026-12-01", "from: 2026-12-02"),
        ("until: 2027-12-01", "until: 2027-12-02"),
        ("key: callingNumber", "key: [callingNumber, calledNumber]"),
        ("recordType == moCall", "recordType != moCall"),
        ("until: 2027-06-30", "until: 2027-07-30"),
        ("calledNumber in @emergency", "callingNumber in @emergency"),
        ("callDuration < 10s", "callDuration <= 10s"),
        ("calls > 100", "calls > 101"),
        ("calls > 100", "calls >= 100"),
        ("keep: 15m", "keep: 16m"),
        ("severity: major", "severity: minor"),
        ("short >= 85%", "short >= 86%"),
        ("severity: critical", "severity: major"),
    ];
    let first = hash(DIAL_BLAST);
    for (old, new) in same {
        assert!(DIAL_BLAST.contains(old));
        assert_eq!(hash(&DIAL_BLAST.replace(old, new)), first, "{old} to {new}");
    }
    for (old, new) in different {
        assert!(DIAL_BLAST.contains(old));
        let text = DIAL_BLAST
            .replace(old, new)
            .replace("callees >= 80", if new.starts_with("key: [") { "callees >= 1" } else { "callees >= 80" });
        assert_ne!(hash(&text), first, "{old} to {new}");
    }
    let zone = |zone: &str| {
        let pack = format!("name: p\nversion: 1\ntimezone: {zone}\nladders: {{}}\n");
        let rule =
            DIAL_BLAST.replace("then: {ladder: telemarketing}\n", "").replace("2027-12-01}", "2027-12-01T00:00:00Z}");
        parse_pack(&sources(&rule).with("pack.yaml", &pack), &Numbering::Opaque).expect("compiles").pack.rules[0].hash
    };
    assert_ne!(zone("Asia/Shanghai"), zone("Asia/Tokyo"));
}

#[test]
fn a_packs_hash_is_the_same_with_other_line_ends() {
    let rule = DIAL_BLAST.replace('\n', "\r\n");
    let (unix, windows) = (sources(DIAL_BLAST), sources(&rule));
    assert_eq!(unix.hash(), windows.hash());
    assert_ne!(unix.hash(), sources(&DIAL_BLAST.replace("100", "101")).hash());
    let hash = |sources: &PackFiles| parse_pack(sources, &Numbering::Opaque).expect("compiles").pack.rules[0].hash;
    assert_eq!(hash(&unix), hash(&windows));
}

#[test]
fn a_file_of_the_pack_refines_where_numbers_are() {
    let of_pack = |header: &str, plan: &str| {
        let header = format!("{}{header}\n", support::PACK);
        parse_pack(&sources(DIAL_BLAST).with("pack.yaml", &header).with("zones.txt", plan), &Numbering::Opaque)
    };
    let refined = of_pack("numberPlan: zones.txt", "1202|America/New_York\n").expect("compiles");
    let zones = |plan: &ringfence_cdr::NumberPlan| plan.zones(&Number::new("+12025550100")).len();
    assert_eq!(zones(&refined.pack.plan), 1);
    assert!(zones(&compiled(DIAL_BLAST).expect("compiles").pack.plan) > 1, "the United States have several zones");
    assert!(refined.warnings.iter().all(|warning| warning.file.as_ref() != "zones.txt"));
    let wrong = of_pack("numberPlan: zones.txt", "1202|America/Atlantis\n").expect_err("an unknown zone");
    let said = |problems: &[ringfence_rules::Diagnostic], message: &str| {
        assert!(problems.iter().any(|problem| &*problem.message == message), "{message}: {problems:?}");
    };
    said(&wrong, "zones.txt, line 1: `America/Atlantis` is no known time zone");
    let missing = of_pack("numberPlan: none.txt", "").expect_err("no such file");
    said(&missing, "the pack has no file `none.txt`");
}

//! `tests` of a rule.

use ringfence_cdr::{Millis, RecordType};

use super::reader::{Fields, Reader};
use super::scope::Scope;
use crate::suggestion::suggestion;
use crate::syntax::{Constant, constant};
use crate::{Expect, Feed, Fraction, RuleTest};
use ringfence_cdr::yaml::{Content, Node};

const FEED: [&str; 13] = [
    "calls",
    "callees",
    "repeat",
    "short",
    "short_under",
    "answered",
    "over",
    "at",
    "complaints",
    "complainants",
    "listed",
    "record_type",
    "recordType",
];
const SPREAD: &str = "until then spread the facts evenly with `over`";
const FEED_LATER: [(&str, &str); 8] = [
    ("gaps", SPREAD),
    ("hours", "until then say when the first call is: at: 09:00"),
    ("cards", "until then put the number on a list: listed: telemarketing-cards"),
    ("delay", SPREAD),
    ("facts", "until then describe the facts: {calls: 101, callees: 90, over: 58m}"),
    ("shuffle", SPREAD),
    ("restart", SPREAD),
    ("lists", "until then name the lists under `listed`"),
];
const EXPECT_LATER: [(&str, &str); 5] = [
    ("values", "until then test limits with `first_at` and `near_miss`"),
    ("late", "until then test the number of violations"),
    ("severity", "until then test the second level as a rule of its own"),
    ("steps", "until then test the number of strikes"),
    ("ladder", "until then test the number of strikes"),
];
/// The most facts of a test.
const FACTS_MAX: u32 = 1_000_000;
/// The length of the short calls in a feed.
const SHORT_CALL: Millis = Millis(5_000);

/// Reads the tests of a rule.
pub(crate) fn tests(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    node: &Node,
    rule: &str,
    lets: &[&str],
    has_ladder: bool,
) -> Vec<RuleTest> {
    let mut tests: Vec<RuleTest> = Vec::new();
    for node in reader.list(node, "`tests`") {
        let Some(fields) = reader.fields(node, "a test", &["name", "feed", "expect"], &[]) else { continue };
        let name = reader.required(&fields, "name", "fires once, at call 101");
        let label = name.and_then(|node| reader.text(node, "a test's name")).unwrap_or_default();
        if let Some(node) = name.filter(|_| tests.iter().any(|test| &*test.name == label)) {
            reader.error(node, format!("the test `{label}` is given twice"), "give one of them another name");
        }
        let feed = reader.required(&fields, "feed", "{calls: 120, callees: 90, over: 58m}");
        let feed = feed.and_then(|node| feed_of(reader, scope, node));
        let expected = reader.required(&fields, "expect", "{violations: 1, first_at: 101}");
        let expect = expected.and_then(|node| expect_of(reader, node, lets, has_ladder));
        if let (Some(feed), Some(expect)) = (feed, expect) {
            let facts = feed.calls + feed.complaints;
            if expect.first_at.is_some_and(|first| first > facts) {
                let message =
                    format!("the feed has only {facts} facts: none is number {}", expect.first_at.unwrap_or(0));
                reader.error(expected.unwrap_or(node), message, "feed more, or expect it earlier");
            }
            tests.push(RuleTest { rule: rule.into(), name: label.into(), feed, expect });
        }
    }
    tests
}

fn feed_of(reader: &mut Reader<'_>, scope: &Scope<'_>, node: &Node) -> Option<Feed> {
    let fields = reader.fields(node, "a feed", &FEED, &FEED_LATER)?;
    let before = reader.found.len();
    let mut whole = |key: &str, least: u32| {
        fields.get(key).and_then(|node| reader.whole(node, &format!("`{key}`"), least..=FACTS_MAX))
    };
    let repeat = whole("repeat", 1);
    let calls = whole("calls", 0);
    let callees = whole("callees", 1);
    let complaints = whole("complaints", 0).unwrap_or(0);
    let complainants = whole("complainants", 1);
    let over = reader.required(&fields, "over", "58m").and_then(|node| reader.duration(node, "`over`"));
    let short_under = fields.get("short_under").and_then(|node| reader.duration(node, "`short_under`"));
    let record_types = RecordType::ALL.map(|record_type| (record_type.name(), record_type));
    let record_type = fields.get("record_type").or_else(|| fields.get("recordType"));
    let feed = Feed {
        calls: calls.or(repeat).unwrap_or(0),
        // `repeat` alone: so many calls to one number.
        callees: callees.or(if calls.is_none() && repeat.is_some() { Some(1) } else { None }),
        repeat,
        short: fields.get("short").and_then(|node| share(reader, node, "`short`")),
        short_under: short_under.unwrap_or(Millis(10_000)),
        answered: fields.get("answered").and_then(|node| share(reader, node, "`answered`")),
        over: over.unwrap_or(Millis::ZERO),
        at: fields.get("at").and_then(|node| time(reader, node)),
        complaints,
        complainants,
        listed: listed(reader, scope, &fields),
        record_type: record_type
            .and_then(|node| reader.word(node, "record type", &record_types))
            .unwrap_or(RecordType::MoCall),
    };
    fits(reader, node, &fields, &feed);
    (reader.found.len() == before).then_some(feed)
}

/// Whether the parts of a feed fit each other.
fn fits(reader: &mut Reader<'_>, node: &Node, fields: &Fields<'_>, feed: &Feed) {
    let mut check = |wrong: bool, key: &str, message: &str, help: &str| {
        if wrong {
            reader.error(fields.get(key).unwrap_or(node), message, help);
        }
    };
    let nothing = "add calls or complaints: {calls: 120, over: 58m}";
    check(feed.calls == 0 && feed.complaints == 0, "feed", "the feed has no fact", nothing);
    let many = "the calls do not suffice for so many called numbers";
    check(feed.callees.is_some_and(|callees| callees > feed.calls.max(1)), "callees", many, "lower `callees`");
    let repeat = feed.repeat.unwrap_or(0);
    let rest = feed.calls.saturating_sub(repeat);
    check(repeat > feed.calls, "repeat", "`repeat` is a part of `calls`", "lower it, or raise `calls`");
    let misfit = feed.repeat.is_some() && feed.callees.is_some_and(|callees| callees.saturating_sub(1) > rest);
    check(
        misfit,
        "repeat",
        "the other calls do not suffice for the other called numbers",
        "lower `repeat` or `callees`",
    );
    let many = "the complaints do not suffice for so many complainants";
    let complainants = feed.complainants.is_some_and(|complainants| complainants > feed.complaints);
    check(complainants, "complainants", many, "lower `complainants`");
    let long = "the short calls of a feed last 5 s";
    check(feed.short_under <= SHORT_CALL, "short_under", long, "write a limit above 5s");
}

fn share(reader: &mut Reader<'_>, node: &Node, what: &str) -> Option<Fraction> {
    let text = reader.text(node, what)?;
    match reader.parsed(node, constant(text))? {
        Constant::Percent(share) if share <= Fraction::whole(1) => Some(share),
        _ => {
            reader.error(node, format!("{what} must be a share from 0% to 100%"), "write it with its sign: 80%");
            None
        }
    }
}

fn time(reader: &mut Reader<'_>, node: &Node) -> Option<jiff::civil::Time> {
    let text = reader.text(node, "`at`")?;
    match reader.parsed(node, constant(text))? {
        Constant::Time(time) => Some(time),
        _ => {
            reader.error(node, "`at` must be a time of day", "write it in the pack's zone: 09:00");
            None
        }
    }
}

fn listed(reader: &mut Reader<'_>, scope: &Scope<'_>, fields: &Fields<'_>) -> Vec<usize> {
    let Some(node) = fields.get("listed") else { return Vec::new() };
    let nodes = match &node.content {
        Content::Sequence(nodes) => &nodes[..],
        _ => std::slice::from_ref(node),
    };
    let mut lists = Vec::new();
    for node in nodes {
        let Some(text) = reader.text(node, "`listed`") else { continue };
        let name = text.trim_start_matches('@');
        match scope.list(name) {
            Some(list) => lists.push(list),
            None => {
                let help = suggestion(name, scope.lists.iter().map(|list| &**list));
                reader.error(node, format!("unknown list `{name}`"), help);
            }
        }
    }
    lists
}

fn expect_of(reader: &mut Reader<'_>, node: &Node, lets: &[&str], has_ladder: bool) -> Option<Expect> {
    let known = ["violations", "first_at", "near_miss", "strikes"];
    let fields = reader.fields(node, "an expectation", &known, &EXPECT_LATER)?;
    let before = reader.found.len();
    let violations = reader.required(&fields, "violations", "1");
    let violations = violations.and_then(|node| reader.whole(node, "`violations`", 0..=FACTS_MAX));
    let first_at = fields.get("first_at").map(|node| (node, reader.whole(node, "`first_at`", 1..=FACTS_MAX)));
    if let Some((node, _)) = first_at.filter(|_| violations == Some(0)) {
        reader.error(node, "without a violation there is no first one", "remove `first_at`");
    }
    let near_miss = fields.get("near_miss").and_then(|node| Some((node, reader.text(node, "`near_miss`")?)));
    if let Some((node, name)) = near_miss {
        if !lets.contains(&name) {
            let help = suggestion(name, lets.iter().copied());
            reader.error(node, format!("`near_miss` names no `let`: `{name}`"), help);
        } else if violations.is_some_and(|violations| violations > 0) {
            reader.error(node, "a rule that fires does not miss", "remove `near_miss`, or expect `violations: 0`");
        }
    }
    let strikes = fields.get("strikes").and_then(|node| Some((node, reader.whole(node, "`strikes`", 0..=FACTS_MAX)?)));
    if let Some((node, _)) = strikes.filter(|(_, strikes)| !has_ladder && *strikes > 0) {
        reader.error(node, "a rule without a ladder makes no strike", "add `then: {ladder: ...}`");
    }
    let expect = Expect {
        violations: violations.unwrap_or(0),
        first_at: first_at.and_then(|(_, first)| first),
        near_miss: near_miss.map(|(_, name)| name.into()),
        strikes: strikes.map(|(_, strikes)| strikes),
    };
    (reader.found.len() == before).then_some(expect)
}

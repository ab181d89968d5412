//! One rule file.

use ringfence_cdr::{EventTime, Millis};

use super::condition::{Placed, conditions};
use super::expression::{ExpressionCompiler, Names};
use super::name::name;
use super::places::Places;
use super::predicate::PredicateCompiler;
use super::reader::{Fields, Reader};
use super::scope::Scope;
use super::{feed, lint, say};
use crate::canonical::rule_hash;
use crate::syntax::{predicate, term};
use crate::{ContentHash, Escalation, Key, Let, Level, Mode, Predicate, Rule, RuleTest, Severity, Stream};
use ringfence_cdr::yaml::{Content, Mark, Node};

const KEYS: [&str; 15] = [
    "rule",
    "title",
    "basis",
    "mode",
    "effective",
    "key",
    "where",
    "except",
    "let",
    "when",
    "keep",
    "severity",
    "escalate",
    "then",
    "say",
];
const TESTS: &str = "tests";

const LATER: [(&str, &str); 2] = [
    ("refer", "until then refer by hand what the violations topic shows; remove the key"),
    ("headroom", "until then write a second rule with `mode: shadow` and lower limits; remove the key"),
];

/// Words that mean something in expressions, so that no `let` may be called so.
const RESERVED: [&str; 9] = ["key", "and", "or", "not", "in", "over", "of", "where", "startsWith"];

/// A rule with what is not judged by.
pub(crate) struct RuleParts {
    pub(crate) rule: Rule,
    /// It is checked like any other, and not judged.
    pub(crate) is_off: bool,
    pub(crate) tests: Vec<RuleTest>,
    /// Where its name stands.
    pub(crate) name_at: Mark,
}

/// What an exception says besides its condition.
struct Exceptions {
    predicates: Vec<Predicate>,
}

/// Reads a rule file; `None` once an error was reported.
pub(crate) fn read(reader: &mut Reader<'_>, scope: &Scope<'_>) -> Option<RuleParts> {
    let before = errors(reader);
    let root = reader.root()?;
    let known: Vec<&str> = KEYS.iter().copied().chain([TESTS]).collect();
    let fields = reader.fields(&root, "a rule", &known, &LATER)?;
    let rule_name = reader.required(&fields, "rule", "dial-blast");
    let name_at = rule_name.map_or(root.start, |node| node.start);
    let rule_name = rule_name.and_then(|node| name(reader, node, "the rule's name"));
    let mut names =
        Names { scope, key: key(reader, &fields), measures: Vec::new(), lets: Vec::new(), below: Vec::new() };
    let counted = counted(reader, scope, &fields);
    let lets = lets(reader, &mut names, &fields);
    let when = reader.required(&fields, "when", "[calls > 100]");
    let when = when.and_then(|node| conditions(reader, &mut names, node, "when"));
    let escalate = escalate(reader, &mut names, &fields);
    let (effective_from, effective_until) = effective(reader, scope, &fields);
    let keep = fields.get("keep").and_then(|node| reader.duration(node, "`keep`")).unwrap_or(Millis::ZERO);
    let severities = Severity::ALL.map(|severity| (severity.name(), severity));
    let severity = fields.get("severity").and_then(|node| reader.word(node, "severity", &severities));
    let modes = [("off", None)].into_iter().chain(Mode::ALL.map(|mode| (mode.name(), Some(mode))));
    let modes: Vec<(&str, Option<Mode>)> = modes.collect();
    let mode = fields.get("mode").and_then(|node| reader.word(node, "mode", &modes)).unwrap_or(Some(Mode::Enforce));
    let let_names: Vec<&str> = names.lets.iter().map(|(name, _)| &**name).collect();
    let say = fields.get("say").and_then(|node| say::say(reader, node, &let_names));
    let ladder = ladder(reader, scope, &fields);
    let title = text(reader, &fields, "title").or_else(|| rule_name.clone()).unwrap_or_default();
    let basis = text(reader, &fields, "basis").unwrap_or_default();
    let lets_named: Vec<&str> = lets.iter().map(|named| &*named.name).collect();
    let has_ladder = fields.get("then").is_some();
    let tests = match fields.get(TESTS) {
        Some(node) => {
            feed::tests(reader, scope, node, rule_name.as_deref().unwrap_or_default(), &lets_named, has_ladder)
        }
        None => Vec::new(),
    };
    if errors(reader) > before {
        return None;
    }
    let Placed { condition: when, places } = when?;
    let mut rule = Rule {
        name: rule_name?,
        title,
        basis,
        hash: ContentHash([0; 32]),
        mode: mode.unwrap_or(Mode::Enforce),
        effective_from,
        effective_until,
        key: names.key,
        counted: counted?,
        measures: names.measures,
        lets,
        when,
        keep,
        severity: severity.unwrap_or(Severity::Warning),
        escalate: escalate
            .iter()
            .map(|(severity, placed)| Escalation { severity: *severity, when: placed.condition.clone() })
            .collect(),
        ladder,
        say,
    };
    rule.hash = rule_hash(&rule, scope.zone, scope.lists);
    let escalate_places: Vec<Vec<Mark>> = escalate.into_iter().map(|(_, placed)| placed.places).collect();
    let counted = fields.entry("where").or_else(|| fields.entry("except")).map(|(key, _)| key.start);
    let places = Places { name: name_at, counted, when: places, escalate: escalate_places };
    lint::check(reader, &rule, &places, &tests);
    (errors(reader) == before).then_some(RuleParts { rule, is_off: mode.is_none(), tests, name_at })
}

fn errors(reader: &Reader<'_>) -> usize {
    reader.found.iter().filter(|problem| problem.level == Level::Error).count()
}

fn text(reader: &mut Reader<'_>, fields: &Fields<'_>, key: &str) -> Option<Box<str>> {
    fields.get(key).and_then(|node| reader.text(node, &format!("`{key}`"))).map(Into::into)
}

fn key(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Key {
    let Some(node) = reader.required(fields, "key", "callingNumber") else { return Key::CallingNumber };
    let parts: Vec<Option<&str>> = match &node.content {
        Content::Sequence(nodes) => nodes.iter().map(Node::scalar).collect(),
        _ => vec![node.scalar()],
    };
    match &parts[..] {
        [Some("callingNumber")] => return Key::CallingNumber,
        [Some("callingNumber"), Some("calledNumber")] => return Key::Pair,
        _ => {}
    }
    let later = |part: &&str| matches!(*part, "calledNumber" | "subscriber" | "servedIMEI") || part.contains('.');
    let written: Vec<&str> = parts.iter().map(|part| part.unwrap_or("...")).collect();
    let usable = "use `key: callingNumber` or `key: [callingNumber, calledNumber]`";
    let (message, help) = match written.iter().find(|part| later(part)) {
        Some(part) => (format!("the key `{part}` is not supported yet"), usable.to_owned()),
        None => {
            let near = ringfence_cdr::nearest(&written.join(", "), ["callingNumber"]);
            let help = near.map_or_else(|| usable.to_owned(), |near| format!("did you mean `{near}`?"));
            (format!("unknown key `{}`", written.join(", ")), help)
        }
    };
    reader.report(node.start, Level::Error, "key", message, help);
    Key::CallingNumber
}

/// The rule's `where` and none of its exceptions.
fn counted(reader: &mut Reader<'_>, scope: &Scope<'_>, fields: &Fields<'_>) -> Option<Predicate> {
    let filter = match fields.get("where") {
        Some(node) => of_calls(reader, scope, node, "`where`"),
        None => Some(Predicate::True),
    };
    let except = match fields.get("except") {
        Some(node) => exceptions(reader, scope, node)?,
        None => Exceptions { predicates: Vec::new() },
    };
    let filter = filter?;
    if except.predicates.is_empty() {
        return Some(filter);
    }
    let mut parts = match filter {
        Predicate::True => Vec::new(),
        filter => vec![filter],
    };
    parts.extend(except.predicates.into_iter().map(|predicate| Predicate::Not(Box::new(predicate))));
    Some(if parts.len() == 1 { parts.remove(0) } else { Predicate::All(parts) })
}

fn of_calls(reader: &mut Reader<'_>, scope: &Scope<'_>, node: &Node, what: &str) -> Option<Predicate> {
    let text = reader.text(node, what)?;
    let parsed = reader.parsed(node, predicate(text))?;
    PredicateCompiler { reader, scope, node, stream: Stream::Calls }.predicate(&parsed)
}

fn exceptions(reader: &mut Reader<'_>, scope: &Scope<'_>, node: &Node) -> Option<Exceptions> {
    let mut predicates = Some(Vec::new());
    let mut seen: Vec<&str> = Vec::new();
    for node in reader.list(node, "`except`") {
        let Some(fields) = reader.fields(node, "an exception", &["name", "if", "ticket", "until"], &[]) else {
            predicates = None;
            continue;
        };
        let named = reader.required(&fields, "name", "emergency");
        let label = named.and_then(Node::scalar).unwrap_or_default();
        if let Some(node) = named
            && name(reader, node, "an exception's name").is_some()
        {
            if seen.contains(&label) {
                reader.error(node, format!("the exception `{label}` is given twice"), "give one of them another name");
            }
            seen.push(label);
        }
        let condition = reader.required(&fields, "if", "calledNumber in @emergency");
        let condition = condition.and_then(|node| of_calls(reader, scope, node, "`if`"));
        text(reader, &fields, "ticket");
        let until = fields.get("until").map(|node| reader.instant(node, "`until`", scope.zone));
        for (key, why) in [("ticket", "who allowed it"), ("until", "when it ends")] {
            if fields.entry(key).is_none() {
                let message = format!("the exception `{label}` does not say {why}");
                reader.report(node.start, Level::Warning, label, message, format!("add `{key}`"));
            }
        }
        match (condition, until) {
            (Some(condition), None) => predicates.as_mut().map(|all| all.push(condition)),
            (Some(condition), Some(Some(until))) => {
                predicates.as_mut().map(|all| all.push(Predicate::All(vec![condition, Predicate::Before(until)])))
            }
            _ => {
                predicates = None;
                None
            }
        };
    }
    predicates.map(|predicates| Exceptions { predicates })
}

fn lets(reader: &mut Reader<'_>, names: &mut Names<'_>, fields: &Fields<'_>) -> Vec<Let> {
    let Some(fields) = fields.get("let").and_then(|node| reader.any_fields(node, "let")) else { return Vec::new() };
    let mut lets = Vec::new();
    let written: Vec<&str> = fields.iter().map(|(name, ..)| name).collect();
    for (at, (name, key, node)) in fields.iter().enumerate() {
        names.below = written[at + 1..].iter().map(|name| (*name).into()).collect();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name || RESERVED.contains(&name) {
            let help = "begin with a letter, go on with letters, digits and `_`: callees_1h";
            reader.error(key, format!("`{name}` is no name for a value"), help);
        }
        let typed = reader.text(node, "the value of a `let`").and_then(|text| reader.parsed(node, term(text)));
        let typed = typed.and_then(|term| ExpressionCompiler { reader, names, node }.term(&term));
        if let Some(typed) = &typed {
            lets.push(Let { name: name.into(), expression: typed.expression.clone(), unit: typed.kind.unit() });
        }
        names.lets.push((name.into(), typed));
    }
    lets
}

fn escalate(reader: &mut Reader<'_>, names: &mut Names<'_>, fields: &Fields<'_>) -> Vec<(Severity, Placed)> {
    let Some(node) = fields.get("escalate") else { return Vec::new() };
    let severities = Severity::ALL.map(|severity| (severity.name(), severity));
    let mut levels = Vec::new();
    for node in reader.list(node, "`escalate`") {
        let Some(fields) = reader.fields(node, "a second level", &["severity", "when"], &[]) else { continue };
        let severity = reader.required(&fields, "severity", "critical");
        let severity = severity.and_then(|node| reader.word(node, "severity", &severities));
        let when = reader.required(&fields, "when", "[calls > 500]");
        let when = when.and_then(|node| conditions(reader, names, node, "when"));
        levels.extend(severity.zip(when));
    }
    levels
}

fn effective(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    fields: &Fields<'_>,
) -> (Option<EventTime>, Option<EventTime>) {
    let Some(node) = fields.get("effective") else { return (None, None) };
    let Some(inner) = reader.fields(node, "effective", &["from", "until"], &[]) else { return (None, None) };
    let from = inner.get("from").and_then(|node| reader.instant(node, "`from`", scope.zone));
    let until = inner.get("until").and_then(|node| reader.instant(node, "`until`", scope.zone));
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        reader.error(node, "the rule ends before it begins: it can never hold", "write a later `until`");
    }
    (from, until)
}

fn ladder(reader: &mut Reader<'_>, scope: &Scope<'_>, fields: &Fields<'_>) -> Option<usize> {
    let node = fields.get("then")?;
    let inner = reader.fields(node, "then", &["ladder"], &[])?;
    let node = reader.required(&inner, "ladder", "telemarketing")?;
    let wanted = reader.text(node, "the ladder")?;
    let Some(ladders) = scope.ladders else {
        let help = "to see strikes, give the pack's directory";
        reader.warn(node, "a rule file on its own has no ladder: its violations are no strikes", help);
        return None;
    };
    let found = ladders.iter().position(|ladder| &*ladder.name == wanted);
    if found.is_none() {
        let help = if ladders.is_empty() {
            "define it in pack.yaml under `ladders`".to_owned()
        } else {
            crate::suggestion::suggestion(wanted, ladders.iter().map(|ladder| &*ladder.name))
        };
        reader.error(node, format!("unknown ladder `{wanted}`"), help);
    }
    found
}

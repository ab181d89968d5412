//! `ladders:` of a pack.

use ringfence_cdr::Millis;

use super::name::name;
use super::reader::{Fields, Reader};
use crate::{Ladder, LadderSubject, Level, Sanction, Service, Step, Strikes};
use ringfence_cdr::yaml::Node;

const LATER_IN_STEPS: [(&str, &str); 2] = [
    ("until", "until then suspend for a time: `for: 30d`"),
    ("refer", "until then refer by hand what the violations topic shows"),
];

#[derive(Clone, Copy)]
enum Act {
    Warn,
    Suspend,
    Later(&'static str),
}

const ACTS: [(&str, Act); 4] = [
    ("warn", Act::Warn),
    ("suspend", Act::Suspend),
    ("cap", Act::Later("until then warn, or suspend for a short time")),
    ("revoke", Act::Later("until then suspend for long: `for: 365d`")),
];

/// Reads every ladder. One that is wrong keeps its place, so that rules which name it are not wrong as well.
pub(crate) fn read(reader: &mut Reader<'_>, node: &Node) -> Vec<Ladder> {
    let Some(fields) = reader.any_fields(node, "ladders") else { return Vec::new() };
    let mut ladders = Vec::new();
    for (written, key, value) in fields.iter() {
        name(reader, key, "a ladder's name");
        let mut ladder = Ladder {
            name: written.into(),
            subject: LadderSubject::Card,
            strikes: Strikes { over: Millis::DAY, again: None },
            fresh: false,
            steps: Vec::new(),
            exit_clean: None,
        };
        fill(reader, value, &mut ladder);
        ladders.push(ladder);
    }
    ladders
}

fn fill(reader: &mut Reader<'_>, node: &Node, ladder: &mut Ladder) {
    let known = ["subject", "strikes", "fresh", "steps", "exit"];
    let Some(fields) = reader.fields(node, "a ladder", &known, &[]) else { return };
    if let Some(node) = reader.required(&fields, "subject", "card") {
        match node.scalar() {
            Some("subscriber") => {
                reader.error(node, "ladders of subscribers are not supported yet", "until then use `subject: card`");
            }
            _ => drop(reader.word(node, "subject of a ladder", &[("card", ())])),
        }
    }
    if let Some(node) = reader.required(&fields, "strikes", "{over: 365d, again: 24h}") {
        strikes(reader, node, &mut ladder.strikes);
    }
    if let Some(node) = fields.get("fresh") {
        ladder.fresh = reader.word(node, "value of `fresh`", &[("true", true), ("false", false)]).unwrap_or(false);
    }
    if let Some(node) = reader.required(&fields, "steps", "[{at: 1, do: warn}]") {
        ladder.steps = steps(reader, node);
    }
    if let Some(node) = fields.get("exit")
        && let Some(fields) = reader.fields(node, "exit", &["clean"], &[])
        && let Some(clean) = reader.required(&fields, "clean", "90d")
    {
        ladder.exit_clean = reader.positive_duration(clean, "the clean time");
    }
}

fn strikes(reader: &mut Reader<'_>, node: &Node, strikes: &mut Strikes) {
    let Some(fields) = reader.fields(node, "strikes", &["over", "again"], &[]) else { return };
    if let Some(over) = reader.required(&fields, "over", "365d") {
        strikes.over = reader.positive_duration(over, "the time a strike counts").unwrap_or(strikes.over);
    }
    strikes.again = fields.get("again").and_then(|node| reader.positive_duration(node, "`again`"));
}

fn steps(reader: &mut Reader<'_>, node: &Node) -> Vec<Step> {
    let nodes = reader.list(node, "steps");
    if nodes.is_empty() && matches!(node.content, ringfence_cdr::yaml::Content::Sequence(_)) {
        reader.error(node, "the ladder has no step", "add one: {at: 1, do: warn}");
    }
    let mut steps: Vec<Step> = Vec::new();
    for node in nodes {
        let Some(step) = step(reader, node) else { continue };
        if let Some(last) = steps.last().filter(|last| last.at >= step.at) {
            let message = format!("the step at {} stands after the one at {}", step.at, last.at);
            reader.error(node, message, "write the steps by rising `at`, each once");
        }
        steps.push(step);
    }
    steps
}

fn step(reader: &mut Reader<'_>, node: &Node) -> Option<Step> {
    let fields = reader.fields(node, "a step", &["at", "do", "services", "for"], &LATER_IN_STEPS)?;
    let at = reader.required(&fields, "at", "1");
    let at = at.and_then(|node| reader.whole(node, "`at`", 1..=10_000));
    let act = reader.required(&fields, "do", "warn")?;
    let sanction = match reader.word(act, "sanction", &ACTS)? {
        Act::Warn => {
            for key in ["services", "for"] {
                if let Some((key_node, _)) = fields.entry(key) {
                    reader.error(key_node, format!("a warning has no `{key}`"), "remove it, or write `do: suspend`");
                }
            }
            Some(Sanction::Warn)
        }
        Act::Suspend => suspension(reader, &fields),
        Act::Later(instead) => {
            let word = act.scalar().unwrap_or_default();
            reader.error(act, format!("`do: {word}` is not supported yet"), instead);
            None
        }
    };
    Some(Step { at: at?, sanction: sanction? })
}

fn suspension(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Sanction> {
    let services = reader.required(fields, "services", "[outgoing]").map(|node| services(reader, node));
    if fields.entry("until").is_some() && fields.entry("for").is_none() {
        return None; // reported: the end of a suspension cannot be a condition yet
    }
    let duration = reader.required(fields, "for", "7d");
    let duration = duration.and_then(|node| reader.positive_duration(node, "the suspension"));
    Some(Sanction::Suspend { services: services?, duration: duration? })
}

fn services(reader: &mut Reader<'_>, node: &Node) -> Vec<Service> {
    let choices = Service::ALL.map(|service| (service.name(), service));
    let mut services: Vec<Service> = Vec::new();
    let nodes = reader.list(node, "services");
    for node in nodes {
        match reader.word(node, "service", &choices) {
            Some(service) if services.contains(&service) => {
                reader.error(node, format!("the service `{}` is named twice", service.name()), "name it once");
            }
            Some(service) => services.push(service),
            None => {}
        }
    }
    if nodes.is_empty() && matches!(node.content, ringfence_cdr::yaml::Content::Sequence(_)) {
        reader.report(node.start, Level::Error, "services", "no service is barred", "name one: [outgoing]");
    }
    services.sort_unstable();
    services
}

//! `pack.yaml`.

use std::sync::Arc;

use ringfence_cdr::{Millis, NumberPlan};

use super::ladders;
use super::name::name;
use super::parameters::Parameters;
use super::reader::{Reader, about_file};
use crate::{Diagnostic, Horizon, Ladder, Level, Pack, PackFiles, Zone};
use ringfence_cdr::yaml::{Content, Node};

const KEYS: [&str; 12] = [
    "name",
    "version",
    "title",
    "jurisdiction",
    "timezone",
    "country",
    "numberPlan",
    "parameters",
    "horizon",
    "lateness",
    "skew",
    "ladders",
];

/// What pack.yaml says; with defaults where it is wrong, so that the rules are checked all the same.
pub(crate) struct Header {
    pub(crate) name: Box<str>,
    pub(crate) version: Box<str>,
    pub(crate) title: Box<str>,
    pub(crate) jurisdiction: Option<Box<str>>,
    pub(crate) zone: Zone,
    pub(crate) country: Option<Box<str>>,
    pub(crate) plan: Arc<NumberPlan>,
    /// The file that refines it.
    pub(crate) plan_file: Option<Box<str>>,
    pub(crate) parameters: Parameters,
    pub(crate) horizon: Horizon,
    pub(crate) lateness: Millis,
    pub(crate) skew: Millis,
    pub(crate) ladders: Vec<Ladder>,
}

/// Reads pack.yaml.
pub(crate) fn read(sources: &PackFiles, found: &mut Vec<Diagnostic>) -> Header {
    let mut header = Header {
        name: "".into(),
        version: "".into(),
        title: "".into(),
        jurisdiction: None,
        zone: Zone::utc(),
        country: None,
        plan: Arc::default(),
        plan_file: None,
        parameters: Parameters::default(),
        horizon: Horizon::default(),
        lateness: Pack::LATENESS_DEFAULT,
        skew: Pack::SKEW_DEFAULT,
        ladders: Vec::new(),
    };
    let Some(text) = sources.text("pack.yaml") else {
        let help = "a pack is a directory with pack.yaml, rules/*.yaml and lists/*.csv";
        found.push(about_file("pack.yaml", Level::Error, "the pack has no pack.yaml", help));
        return header;
    };
    let mut reader = Reader::new("pack.yaml", text);
    if let Some(root) = reader.root() {
        fill(&mut reader, &root, sources, &mut header);
    }
    found.append(&mut reader.found);
    header
}

fn fill(reader: &mut Reader<'_>, root: &Node, sources: &PackFiles, header: &mut Header) {
    let Some(fields) = reader.fields(root, "pack.yaml", &KEYS, &[]) else { return };
    if let Some(node) = reader.required(&fields, "name", "carrier-policy") {
        header.name = name(reader, node, "the pack's name").unwrap_or_default();
    }
    if let Some(node) = reader.required(&fields, "version", "\"1\"") {
        header.version = reader.text(node, "the version").unwrap_or_default().into();
    }
    if let Some(node) = fields.get("title") {
        header.title = reader.text(node, "the title").unwrap_or_default().into();
    }
    if let Some(node) = fields.get("jurisdiction") {
        header.jurisdiction = reader.text(node, "the jurisdiction").map(Into::into);
    }
    if let Some(node) = reader.required(&fields, "timezone", "Asia/Shanghai") {
        header.zone = reader.zone(node, "the time zone").unwrap_or_else(Zone::utc);
    }
    if let Some(node) = fields.get("country") {
        header.country = country(reader, node);
    }
    if let Some(node) = fields.get("numberPlan") {
        header.plan = plan(reader, node, sources).unwrap_or_default();
        header.plan_file = reader.text(node, "the number plan").map(Into::into);
    }
    if let Some(node) = fields.get("parameters") {
        header.parameters = Parameters::read(reader, node);
    }
    if let Some(node) = fields.get("horizon") {
        header.horizon = horizon(reader, node);
    }
    if let Some(node) = fields.get("lateness") {
        header.lateness = reader.duration(node, "the lateness").unwrap_or(header.lateness);
    }
    if let Some(node) = fields.get("skew") {
        header.skew = reader.duration(node, "the skew").unwrap_or(header.skew);
    }
    if let Some(node) = fields.get("ladders") {
        header.ladders = ladders::read(reader, node);
    }
}

fn country(reader: &mut Reader<'_>, node: &Node) -> Option<Box<str>> {
    let text = reader.text(node, "the country")?;
    if text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase()) {
        return Some(text.into());
    }
    reader.error(node, format!("`{text}` is no country code"), "write two capital letters (ISO 3166): CN");
    None
}

/// The built-in plan, refined by a file of the pack.
fn plan(reader: &mut Reader<'_>, node: &Node, sources: &PackFiles) -> Option<Arc<NumberPlan>> {
    let path = reader.text(node, "the number plan")?;
    let Some(text) = sources.text(path) else {
        let help = "name a file of the pack, relative to pack.yaml, with lines such as `86755|Asia/Shanghai`";
        reader.error(node, format!("the pack has no file `{path}`"), help);
        return None;
    };
    match NumberPlan::with_prefixes(text) {
        Ok(plan) => Some(Arc::new(plan)),
        Err(faults) => {
            for fault in faults {
                let help =
                    "a line is a prefix, `|` and time zones joined by `&`: 1208|America/Boise&America/Los_Angeles";
                reader.error(node, format!("{path}, {fault}"), help);
            }
            None
        }
    }
}

fn horizon(reader: &mut Reader<'_>, node: &Node) -> Horizon {
    if !matches!(node.content, Content::Mapping(_)) {
        return Horizon { calls: reader.duration(node, "the horizon"), complaints: None };
    }
    let Some(fields) = reader.fields(node, "horizon", &["calls", "complaints"], &[]) else {
        return Horizon::default();
    };
    let mut length = |name: &str| fields.get(name).and_then(|node| reader.duration(node, "the horizon"));
    Horizon { calls: length("calls"), complaints: length("complaints") }
}

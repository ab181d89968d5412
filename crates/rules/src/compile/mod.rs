//! From the texts of a pack to what the evaluator judges by.

mod clauses;
mod condition;
mod expression;
mod feed;
mod header;
mod ladders;
mod lint;
mod lists;
mod literal;
mod measure;
mod name;
mod parameters;
mod places;
mod predicate;
mod reader;
mod rule;
mod say;
mod scope;
mod times;
mod weekdays;

use ringfence_cdr::Numbering;

use crate::{Diagnostic, Level, Pack, PackFiles, PackIdentity, RuleTest, Tables};
use parameters::Parameters;
use reader::Reader;
use rule::RuleParts;
use scope::Scope;

pub use parameters::Parameter;

/// The country of a pack; problems of pack.yaml are reported when it is compiled.
#[must_use]
pub fn country(sources: &PackFiles) -> Option<Box<str>> {
    header::read(sources, &mut Vec::new()).country
}

/// A pack with what is not judged by.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What the evaluator judges by.
    pub pack: Pack,
    /// What stands on its lists, and on those that were given to it.
    pub tables: Tables,
    /// The names of the rules with `mode: off`, in order; they are not in the pack, nor are their tests.
    pub off: Vec<Box<str>>,
    /// The tests that the rules declare, by rule and in the order written.
    pub tests: Vec<RuleTest>,
    /// The pack's parameters with the values in use, in the order of their names.
    pub parameters: Vec<Parameter>,
    /// For which jurisdiction the pack is written.
    pub jurisdiction: Option<Box<str>>,
    /// What someone should look at.
    pub warnings: Vec<Diagnostic>,
}

/// Compiles whatever the texts are: a pack directory, or the one file of a rule. The numbers that they write are read as
/// `numbering` says, by default as those of the pack's country.
///
/// # Errors
/// Every problem of every file, in the order of place, the warnings among them.
pub fn compile(sources: &PackFiles, numbering: Option<&Numbering>) -> Result<Compiled, Vec<Diagnostic>> {
    let of_country = match country(sources).map(|code| Numbering::country(&code)) {
        None => Numbering::International,
        Some(Ok(of_country)) => of_country,
        Some(Err(error)) => {
            let help = "write the two capital letters of ISO 3166: CN";
            return Err(vec![reader::about_file("pack.yaml", Level::Error, &error.to_string(), help)]);
        }
    };
    let numbering = numbering.unwrap_or(&of_country);
    let mut files = sources.files().map(|(path, _)| path);
    match (files.next(), files.next()) {
        (Some(path), None) if path != "pack.yaml" && !path.contains('/') => parse_rule_file(sources, path, numbering),
        _ => parse_pack(sources, numbering),
    }
}

/// Compiles the texts of a pack directory. The numbers that they write are read as `numbering` says.
///
/// # Errors
/// Every problem of every file, in the order of place, the warnings among them.
pub fn parse_pack(sources: &PackFiles, numbering: &Numbering) -> Result<Compiled, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let header = header::read(sources, &mut found);
    let tables = lists::read(sources, &header.zone, numbering, &mut found);
    let lists = names_of(&tables);
    let scope = Scope {
        zone: &header.zone,
        lists: &lists,
        ladders: Some(&header.ladders),
        parameters: &header.parameters,
        numbering,
    };
    let mut rules = Vec::new();
    for (path, text) in sources.files().filter(|(path, _)| is_rule(path)) {
        let mut reader = Reader::new(path, text);
        rules.extend(rule::read(&mut reader, &scope).map(|parts| (path, parts)));
        found.append(&mut reader.found);
    }
    if !sources.files().any(|(path, _)| is_rule(path)) {
        found.push(reader::about_file("pack.yaml", Level::Error, "the pack has no rule", "add one as rules/NAME.yaml"));
    }
    unread_files(sources, header.plan_file.as_deref(), &mut found);
    names_used_twice(sources, &rules, &mut found);
    same_rule_twice(sources, &rules, &mut found);
    header.parameters.warn_unused(sources, &mut found);
    let identity = PackIdentity { name: header.name, version: header.version, hash: sources.hash() };
    let pack = Pack {
        identity,
        title: header.title,
        zone: header.zone,
        country: header.country,
        plan: header.plan,
        lateness: header.lateness,
        skew: header.skew,
        horizon: header.horizon,
        ladders: header.ladders,
        lists,
        rules: Vec::new(),
    };
    let compiled = Compiled {
        pack,
        tables,
        off: Vec::new(),
        tests: Vec::new(),
        parameters: header.parameters.listed(),
        jurisdiction: header.jurisdiction,
        warnings: found,
    };
    finish(compiled, rules.into_iter().map(|(_, parts)| parts).collect())
}

/// Compiles a single rule file: a pack of one, in UTC and without ladders (its violations are no strikes).
///
/// # Errors
/// Every problem, in the order of place, the warnings among them.
pub fn parse_rule_file(sources: &PackFiles, path: &str, numbering: &Numbering) -> Result<Compiled, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let zone = crate::Zone::utc();
    let tables = lists::read(sources, &zone, numbering, &mut found);
    let lists = names_of(&tables);
    let parameters = Parameters::default();
    let scope = Scope { zone: &zone, lists: &lists, ladders: None, parameters: &parameters, numbering };
    let mut reader = Reader::new(path, sources.text(path).unwrap_or_default());
    let parts = rule::read(&mut reader, &scope);
    found.append(&mut reader.found);
    let name: Box<str> = parts.as_ref().map_or_else(|| path.into(), |parts| parts.rule.name.clone());
    let title = parts.as_ref().map(|parts| parts.rule.title.clone()).unwrap_or_default();
    let pack = Pack {
        identity: PackIdentity { name, version: "0".into(), hash: sources.hash() },
        title,
        zone: zone.clone(),
        country: None,
        plan: std::sync::Arc::default(),
        lateness: Pack::LATENESS_DEFAULT,
        skew: Pack::SKEW_DEFAULT,
        horizon: crate::Horizon::default(),
        ladders: Vec::new(),
        lists,
        rules: Vec::new(),
    };
    let compiled = Compiled {
        pack,
        tables,
        off: Vec::new(),
        tests: Vec::new(),
        parameters: Vec::new(),
        jurisdiction: None,
        warnings: found,
    };
    finish(compiled, parts.into_iter().collect())
}

/// What was read, with its rules, unless anything is wrong.
fn finish(mut compiled: Compiled, mut rules: Vec<RuleParts>) -> Result<Compiled, Vec<Diagnostic>> {
    let found = &mut compiled.warnings;
    found.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    found.dedup();
    if found.iter().any(|problem| problem.level == Level::Error) {
        return Err(compiled.warnings);
    }
    rules.sort_by(|a, b| a.rule.name.cmp(&b.rule.name));
    let (off, mut on): (Vec<RuleParts>, Vec<RuleParts>) = rules.into_iter().partition(|parts| parts.is_off);
    compiled.off = off.into_iter().map(|parts| parts.rule.name).collect();
    compiled.tests = on.iter_mut().flat_map(|parts| std::mem::take(&mut parts.tests)).collect();
    compiled.pack.rules = on.into_iter().map(|parts| parts.rule).collect();
    Ok(compiled)
}

fn names_of(tables: &Tables) -> Vec<Box<str>> {
    tables.lists().map(|list| list.name.clone()).collect()
}

fn is_rule(path: &str) -> bool {
    path.strip_prefix("rules/").is_some_and(|name| name.ends_with(".yaml") && !name.contains('/'))
}

fn names_used_twice(sources: &PackFiles, rules: &[(&str, RuleParts)], found: &mut Vec<Diagnostic>) {
    for (at, (path, parts)) in rules.iter().enumerate() {
        let earlier = rules[..at].iter().find(|(_, other)| other.rule.name == parts.rule.name);
        if let Some((other, _)) = earlier {
            let mut reader = Reader::new(path, sources.text(path).unwrap_or_default());
            let message = format!("the name `{}` is taken by {other}", parts.rule.name);
            reader.report(parts.name_at, Level::Error, &parts.rule.name, message, "give one of them another name");
            found.append(&mut reader.found);
        }
    }
}

/// A violation's id comes from the rule's hash: two rules that judge alike would publish the same ids.
fn same_rule_twice(sources: &PackFiles, rules: &[(&str, RuleParts)], found: &mut Vec<Diagnostic>) {
    for (at, (path, parts)) in rules.iter().enumerate().filter(|(_, (_, parts))| !parts.is_off) {
        let same = |other: &RuleParts| other.rule.hash == parts.rule.hash && other.rule.name != parts.rule.name;
        if let Some((other, _)) = rules[..at].iter().find(|(_, other)| !other.is_off && same(other)) {
            let mut reader = Reader::new(path, sources.text(path).unwrap_or_default());
            let message = format!("the rule judges exactly as the one of {other} does");
            reader.report(
                parts.name_at,
                Level::Error,
                &parts.rule.name,
                message,
                "remove one, or turn it off: mode: off",
            );
            found.append(&mut reader.found);
        }
    }
}

/// Files in places where nothing is looked for are likely misplaced.
fn unread_files(sources: &PackFiles, plan: Option<&str>, found: &mut Vec<Diagnostic>) {
    for (path, _) in sources.files() {
        let in_tests = path.starts_with("tests/") && path.ends_with(".yaml");
        if in_tests {
            let help = "until then put tests into the rule's own file, under `tests`";
            found.push(reader::about_file(path, Level::Error, "tests that span rules are not supported yet", help));
        } else if path != "pack.yaml" && Some(path) != plan && !is_rule(path) && !PackFiles::is_list(path) {
            let help = "rules are read from rules/*.yaml, lists from lists/*.csv";
            found.push(reader::about_file(path, Level::Warning, "this file is not read", help));
        }
    }
}

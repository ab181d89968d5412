//! What the tests of this crate share.
#![allow(dead_code, reason = "each test program uses its own part of it")]

use ringfence_cdr::Numbering;
use ringfence_rules::{Compiled, Diagnostic, PackFiles, parse_pack};

/// The header of the tests' packs: a ladder and parameters.
pub(crate) const PACK: &str = r#"name: policy
version: "1"
timezone: Asia/Shanghai
country: CN
parameters: {limit: 100, part: 70%, bridge: 15m}
ladders:
  telemarketing:
    subject: card
    strikes: {over: 365d, again: 24h}
    fresh: true
    steps:
      - {at: 1, do: warn}
      - {at: 2, do: suspend, services: [outgoing], for: 7d}
    exit: {clean: 90d}
"#;

/// The list of the tests' packs.
pub(crate) const LIST: &str = "key,validFrom,validUntil\n110\n119,2026-01-01,2027-01-01\n";

/// A pack of one rule with a ladder, a list and parameters.
pub(crate) fn sources(rule: &str) -> PackFiles {
    PackFiles::new().with("pack.yaml", PACK).with("rules/one.yaml", rule).with("lists/emergency.csv", LIST)
}

/// The pack of one rule.
pub(crate) fn compiled(rule: &str) -> Result<Compiled, Vec<Diagnostic>> {
    parse_pack(&sources(rule), &Numbering::Opaque)
}

/// Every problem of these sources as rendered, but warnings on unused parameters and missing tests.
pub(crate) fn problems_of(sources: &PackFiles) -> String {
    let found = match parse_pack(sources, &Numbering::Opaque) {
        Ok(compiled) => compiled.warnings,
        Err(found) => found,
    };
    let beside =
        |problem: &&Diagnostic| !problem.message.starts_with("no rule uses") && !problem.message.starts_with("no test");
    found.iter().filter(beside).map(|problem| problem.render(sources)).collect::<Vec<_>>().join("")
}

/// Every problem of a pack of one rule.
pub(crate) fn problems(rule: &str) -> String {
    problems_of(&sources(rule))
}

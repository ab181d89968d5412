//! The event that tells of a violation.

use ringfence_cards::violation_id;
use ringfence_cdr::{EventTime, Key, Number};
use ringfence_events::{Clause, Evidence, EvidenceRecord, KeyName, Quantity, RuleReference, Severity, Violation, hex};
use ringfence_rules::Rule;
use ringfence_timeline::Symbols;

use super::published::Published;
use super::reason::reason;
use crate::judging::{Context, Opening, Peak, unstored};
use crate::output::{quantity, scope};
use crate::rulebook::Edition;

/// The event that tells of a violation: under the rule that judged its last instant, with what the one that judged its
/// first found. Its evidence is named, but where the revision `since` has it.
pub(crate) fn violation(context: &Context<'_>, key: &KeyName, published: &Published, since: Option<u32>) -> Violation {
    let content = &published.content;
    let opening = &published.opening;
    let edition = context.book.edition(published.rule);
    let opened_by = context.rule(opening.rule);
    let rule = edition.rule();
    Violation {
        id: published.id.to_string(),
        revision: published.revision,
        rule: rule_reference(edition),
        scope: scope(rule.key),
        key: key.clone(),
        status: published.status,
        severity: Severity::ALL[usize::from(content.severity).min(Severity::ALL.len() - 1)],
        opened_at: content.opened_at,
        last_at: content.last_at,
        updated_at: published.updated_at,
        closed_at: content.closed_at,
        clauses: clauses(opened_by, opening, content.opened_at),
        evidence: Evidence {
            records: since.is_none().then(|| {
                let named = opening.records.iter();
                named.map(|(at, fingerprint)| EvidenceRecord { at: *at, fingerprint: *fingerprint }).collect()
            }),
            since,
            digest: hex(&opening.digest),
            total: opening.total,
        },
        matches: content.matches,
        peak: shown_peak(context.rule(content.peak.rule), &content.peak),
        data_complete: content.data_complete,
        late: published.late,
        approximate: content.approximate,
        replaced_by: published.replaced_by.as_deref().map(str::to_owned),
        replaces: published.replaces.as_deref().map(str::to_owned),
        reason: reason(opened_by, key, opening),
    }
}

fn rule_reference(edition: &Edition) -> RuleReference {
    let rule = edition.rule();
    let version = edition.pack.identity.version.clone();
    RuleReference { id: rule.name.clone(), version, hash: hex(&rule.hash.0), mode: rule.mode }
}

fn shown_peak(rule: &Rule, peak: &Peak) -> Vec<(Box<str>, Quantity)> {
    let values = rule.lets.iter().zip(&peak.lets);
    values.map(|(named, value)| (named.name.clone(), quantity(unstored(*value), named.unit))).collect()
}

fn clauses(rule: &Rule, opening: &Opening, opened_at: EventTime) -> Vec<Clause> {
    let comparisons = rule.when.comparisons();
    let clauses = comparisons.iter().zip(&opening.clauses);
    clauses
        .map(|(comparison, (value, limit, from))| Clause {
            measure: comparison.left_text.clone(),
            value: quantity(unstored(*value), comparison.unit),
            operator: comparison.operator,
            limit: quantity(unstored(*limit), comparison.unit),
            from: *from,
            to: opened_at,
        })
        .collect()
}

/// The key as outsiders see it.
pub(crate) fn key_name(symbols: &Symbols, key: Key) -> KeyName {
    let calling = symbols.number(key.number());
    match key.called() {
        None => KeyName::Number(calling),
        Some(called) => KeyName::Pair(calling, symbols.number(called)),
    }
}

/// The id of a rule's violation for a key.
pub(super) fn id_of(rule: &Rule, key: &KeyName, opened_at: EventTime) -> String {
    let texts: Vec<String> = match key {
        KeyName::Number(number) => vec![number.to_string()],
        KeyName::Pair(calling, called) => [calling, called].map(Number::to_string).to_vec(),
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    violation_id(&rule.hash.0, &texts, opened_at)
}

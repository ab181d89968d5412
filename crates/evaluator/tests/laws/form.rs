//! What stands, in the oracle's words: exactly as the shard holds it, and as it was published.

use ringfence_evaluator::{Shard, quantity};
use ringfence_events::{KeyName, Quantity, Status as Published, Violation};
use ringfence_oracle::{Exact, PackWithLists, StandingClause, StandingForm, StandingStrike, StandingViolation, Status};
use ringfence_rules::{Fraction, Pack, Rule, Unit};

/// What a shard holds, with exact values. The steps due follow from the strikes and are left out.
pub(crate) fn held(shard: &Shard) -> StandingForm {
    let mut form = StandingForm::default();
    for episode in shard.episodes() {
        let rule = rule_of(shard.pack(), &episode.rule);
        let comparisons = rule.when.comparisons();
        form.violations.push(StandingViolation {
            opened_at: episode.opened_at,
            rule: episode.rule.to_string(),
            key: texts(&episode.key),
            rule_hash: rule.hash.to_string(),
            mode: rule.mode.name().to_owned(),
            status: if episode.closed_at.is_some() { Status::Closed } else { Status::Open },
            severity: episode.severity.name().to_owned(),
            last_at: episode.last_at,
            closed_at: episode.closed_at,
            matches: episode.matches,
            peak: rule
                .lets
                .iter()
                .zip(&episode.peak)
                .map(|(named, value)| (named.name.to_string(), Exact::of(*value)))
                .collect(),
            clauses: comparisons
                .iter()
                .zip(&episode.clauses)
                .map(|(comparison, (value, limit))| StandingClause {
                    measure: comparison.left_text.to_string(),
                    value: Exact::of(*value),
                    operator: comparison.operator.name().to_owned(),
                    limit: Exact::of(*limit),
                })
                .collect(),
        });
    }
    form.strikes = strikes(shard);
    form.sort();
    form
}

/// The strikes of a run's shard.
pub(crate) fn held_strikes(run: &crate::run::Run) -> Vec<StandingStrike> {
    strikes(&run.shard)
}

fn strikes(shard: &Shard) -> Vec<StandingStrike> {
    let strikes = shard.strikes().into_iter();
    strikes
        .map(|strike| StandingStrike {
            ladder: strike.ladder.to_string(),
            subject: strike.card.to_string(),
            at: strike.at,
            rule: strike.rule.to_string(),
            key: texts(&strike.key),
            opened_at: strike.opened_at,
            counting: strike.count,
            step: strike.step,
            ends: strike.step.map(|_| strike.due_until),
        })
        .collect()
}

/// The oracle's form without the steps due, as a shard can hold it.
pub(crate) fn without_due(form: StandingForm) -> StandingForm {
    StandingForm { due: Vec::new(), ..form }
}

/// Violations as they were published, in order, with values as outsiders see them.
pub(crate) fn published<'a>(violations: impl Iterator<Item = &'a Violation>) -> Vec<StandingViolation> {
    let mut form = StandingForm {
        violations: violations
            .map(|violation| StandingViolation {
                opened_at: violation.opened_at,
                rule: violation.rule.id.to_string(),
                key: texts(&violation.key),
                rule_hash: violation.rule.hash.clone(),
                mode: violation.rule.mode.name().to_owned(),
                status: if violation.status == Published::Closed { Status::Closed } else { Status::Open },
                severity: violation.severity.name().to_owned(),
                last_at: violation.last_at,
                closed_at: violation.closed_at,
                matches: violation.matches,
                peak: violation.peak.iter().map(|(name, value)| (name.to_string(), shown(*value))).collect(),
                clauses: violation
                    .clauses
                    .iter()
                    .map(|clause| StandingClause {
                        measure: clause.measure.to_string(),
                        value: shown(clause.value),
                        operator: clause.operator.name().to_owned(),
                        limit: shown(clause.limit),
                    })
                    .collect(),
            })
            .collect(),
        ..StandingForm::default()
    };
    form.sort();
    form.violations
}

/// Exact violations with values as outsiders see them.
pub(crate) fn as_published(pack: &PackWithLists, violations: Vec<StandingViolation>) -> Vec<StandingViolation> {
    as_published_under(&[pack], violations)
}

/// The same where packs followed each other that give values of one name one unit.
pub(crate) fn as_published_under(
    packs: &[&PackWithLists],
    mut violations: Vec<StandingViolation>,
) -> Vec<StandingViolation> {
    for violation in &mut violations {
        let of_pack = |pack: &&PackWithLists| pack.rules.iter().any(|rule| *rule.name == violation.rule);
        let rule = rule_of(packs.iter().find(|pack| of_pack(pack)).expect("a pack with the rule"), &violation.rule);
        for ((_, value), named) in violation.peak.iter_mut().zip(&rule.lets) {
            *value = rounded(value.as_ref(), named.unit);
        }
        for (clause, comparison) in violation.clauses.iter_mut().zip(rule.when.comparisons()) {
            clause.value = rounded(clause.value.as_ref(), comparison.unit);
            clause.limit = rounded(clause.limit.as_ref(), comparison.unit);
        }
    }
    violations
}

fn rule_of<'a>(pack: &'a Pack, name: &str) -> &'a Rule {
    pack.rules.iter().find(|rule| &*rule.name == name).expect("a rule of the pack")
}

fn rounded(value: Option<&Exact>, unit: Unit) -> Option<Exact> {
    let value = value.map(|Exact(text)| {
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        let part = |text: &str| text.parse::<i128>().expect("a whole number");
        Fraction::ratio(part(numerator), part(denominator)).expect("a fraction")
    });
    shown(quantity(value, unit))
}

fn shown(value: Quantity) -> Option<Exact> {
    match value {
        Quantity::Integer(value) => Some(Exact(value.to_string())),
        Quantity::Decimal(value) => Some(Exact(value.to_string())),
        Quantity::Undefined => None,
    }
}

fn texts(key: &KeyName) -> Vec<String> {
    match key {
        KeyName::Number(number) => vec![number.to_string()],
        KeyName::Pair(calling, called) => vec![calling.to_string(), called.to_string()],
    }
}

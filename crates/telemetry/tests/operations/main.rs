//! What operations is given under `deploy/` speaks of metrics that exist, and of all of them.

mod alerts;
mod dashboard;
mod expression;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use expression::Expression;
use ringfence_cdr::RejectCode;
use ringfence_events::{ActAction, Mode, Severity, Status};
use ringfence_telemetry::{FAMILIES, Family, FamilyKind, ShardPhase};

/// By the name of a series the labels that it may have.
type Known = BTreeMap<String, BTreeSet<String>>;

fn deploy(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy")).join(path)
}

/// The series that a family is exposed as.
fn series_of(family: &Family) -> Vec<String> {
    let parts: &[&str] = match family.kind {
        FamilyKind::Counter | FamilyKind::Gauge => &[""],
        FamilyKind::Histogram | FamilyKind::LongHistogram => &["_bucket", "_sum", "_count"],
    };
    parts.iter().map(|part| format!("{}{part}", family.name)).collect()
}

/// Every series of the product as Prometheus stores it, and what Prometheus says of its targets.
fn known_series() -> Known {
    let of_target = BTreeSet::from(["job".to_owned(), "instance".to_owned()]);
    let mut known = Known::from([("up".to_owned(), of_target.clone())]);
    for family in FAMILIES {
        for series in series_of(family) {
            let mut labels = of_target.clone();
            labels.extend(family.labels.iter().map(|label| (*label).to_owned()));
            labels.extend(series.ends_with("_bucket").then(|| "le".to_owned()));
            known.insert(series, labels);
        }
    }
    known
}

/// The values that a label of the product may have, where they are a fixed set: the words of the events, and a few of the
/// engine's own.
fn known_values(label: &str) -> Option<Vec<&'static str>> {
    match label {
        "status" => Some(Status::ALL.map(Status::name).to_vec()),
        "severity" => Some(Severity::ALL.map(Severity::name).to_vec()),
        "mode" => Some(Mode::ALL.map(Mode::name).to_vec()),
        "action" => Some(ActAction::ALL.map(ActAction::name).to_vec()),
        "code" => Some(RejectCode::ALL.iter().map(|code| code.name()).collect()),
        "state" => Some(ShardPhase::ALL.map(ShardPhase::name).to_vec()),
        _ => None,
    }
}

/// Everything that is wrong with the names in an expression.
fn problems(expression: &Expression, known: &Known) -> Vec<String> {
    let mut found = Vec::new();
    let mut all = BTreeSet::new();
    for (series, matchers) in &expression.metrics {
        let Some(labels) = known.get(series) else {
            found.push(format!("there is no metric {series}"));
            continue;
        };
        for matcher in matchers {
            let label = &matcher.label;
            if !labels.contains(label) {
                found.push(format!("{series} has no label {label}"));
            } else if let Some(values) = known_values(label) {
                let strange = matcher.words().filter(|word| !values.contains(word));
                found.extend(strange.map(|word| format!("{label} of {series} is never {word}")));
            }
        }
        all.extend(labels);
    }
    let strange = expression.grouping.iter().filter(|label| !all.contains(label));
    found.extend(strange.map(|label| format!("nothing that is read has the label {label}")));
    found
}

/// The labels that the result of an expression has: those of its first `by`, or any of the metrics that it reads.
fn result_labels(expression: &Expression, known: &Known) -> BTreeSet<String> {
    match &expression.first_by {
        Some(labels) => labels.iter().cloned().collect(),
        None => expression.metrics.iter().filter_map(|(series, _)| known.get(series)).flatten().cloned().collect(),
    }
}

#[test]
fn every_family_is_on_the_dashboard_or_in_an_alert() {
    let alerts = alerts::rules().into_iter().map(|rule| Expression::read(&rule.expr));
    let read = alerts.chain(dashboard::expressions()).flat_map(|expression| expression.metrics);
    let used: BTreeSet<String> = read.map(|(series, _)| series).collect();
    let is_used = |family: &&Family| series_of(family).iter().any(|series| used.contains(series));
    let unused: Vec<_> = FAMILIES.iter().filter(|family| !is_used(family)).map(|family| family.name).collect();
    assert!(unused.is_empty(), "nobody sees {unused:?}");
}

#[test]
fn a_wrong_name_or_label_is_found() {
    let check = |text| problems(&Expression::read(text), &known_series());
    assert_eq!(check("rate(ringfence_commits_total{owner=\"x\"}[5m])"), Vec::<String>::new());
    assert_eq!(check("sum by (le) (rate(ringfence_commit_seconds_bucket[5m]))"), Vec::<String>::new());
    assert_eq!(check("ringfence_commits"), ["there is no metric ringfence_commits"]);
    assert_eq!(check("ringfence_commit_seconds"), ["there is no metric ringfence_commit_seconds"]);
    assert_eq!(check("ringfence_commits_total_sum"), ["there is no metric ringfence_commits_total_sum"]);
    assert_eq!(check("ringfence_commits_total{topic=\"x\"}"), ["ringfence_commits_total has no label topic"]);
    assert_eq!(check("sum by (rule) (ringfence_numbers)"), ["nothing that is read has the label rule"]);
    assert_eq!(check("ringfence_violations_total{status=~\"opened|withdrawn\"}"), Vec::<String>::new());
    assert_eq!(
        check("ringfence_violations_total{status=\"open\",mode!=\"enforced\"}"),
        ["status of ringfence_violations_total is never open", "mode of ringfence_violations_total is never enforced"]
    );
}

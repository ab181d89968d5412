//! The alert rules, their tests, and the scrape configuration. Whether they fire when they should is promtool's to say.

use std::collections::{BTreeMap, BTreeSet};

use config::{Config, File, FileFormat};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::expression::Expression;
use crate::{Known, deploy, known_series, problems, result_labels};

/// A rule: an alert, or a series that is recorded.
#[derive(Debug, Deserialize)]
pub(crate) struct Rule {
    alert: Option<String>,
    record: Option<String>,
    pub(crate) expr: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct RuleFile {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct TestFile {
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    input_series: Vec<Series>,
    promql_expr_test: Vec<Check>,
}

#[derive(Deserialize)]
struct Series {
    series: String,
}

#[derive(Deserialize)]
struct Check {
    expr: String,
    exp_samples: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    labels: String,
}

#[derive(Deserialize)]
struct ScrapeFile {
    rule_files: Vec<String>,
}

/// Reads YAML with the reader that the engine reads its configuration with.
fn read<T: DeserializeOwned>(name: &str) -> T {
    let file = File::from(deploy("prometheus").join(name)).format(FileFormat::Yaml);
    let read = Config::builder().add_source(file).build().and_then(Config::try_deserialize);
    read.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The files whose names begin so, in order.
fn files(prefix: &str) -> Vec<String> {
    let entries = std::fs::read_dir(deploy("prometheus")).expect("deploy/prometheus is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort();
    assert!(!names.is_empty(), "no {prefix} files");
    names
}

/// Every rule of every file.
pub(crate) fn rules() -> Vec<Rule> {
    let groups = files("rules-").into_iter().flat_map(|name| read::<RuleFile>(&name).groups);
    groups.flat_map(|group| group.rules).collect()
}

fn tests() -> Vec<Test> {
    files("test-").into_iter().flat_map(|name| read::<TestFile>(&name).tests).collect()
}

/// What rules may read: series of the product, and what is recorded of them.
fn known(rules: &[Rule]) -> Known {
    let mut known = known_series();
    for rule in rules {
        if let Some(record) = &rule.record {
            known.insert(record.clone(), result_labels(&Expression::read(&rule.expr), &known));
        }
    }
    known
}

#[test]
fn rules_read_metrics_and_labels_that_exist() {
    let rules = rules();
    let known = known(&rules);
    for rule in &rules {
        let found = problems(&Expression::read(&rule.expr), &known);
        assert!(found.is_empty(), "{rule:?}: {found:?}");
    }
}

#[test]
fn an_alert_says_how_bad_it_is_and_what_to_do() {
    let rules = rules();
    let known = known(&rules);
    for rule in rules.iter().filter(|rule| rule.alert.is_some()) {
        let severity = rule.labels.get("severity").map(String::as_str);
        assert!(matches!(severity, Some("critical" | "warning")), "{rule:?}");
        assert!(rule.annotations.keys().eq(["description", "summary"]), "{rule:?}");
        let labels = result_labels(&Expression::read(&rule.expr), &known);
        for text in rule.annotations.values() {
            for label in text.split("$labels.").skip(1) {
                let end = label.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
                let label = &label[..end.unwrap_or(label.len())];
                assert!(labels.contains(label), "{rule:?} has no label {label}");
            }
        }
    }
}

#[test]
fn each_alert_is_seen_to_fire_on_series_that_the_product_has() {
    let rules = rules();
    let known = known(&rules);
    let mut fired = BTreeSet::new();
    for test in tests() {
        for series in &test.input_series {
            let found = problems(&Expression::read(&series.series), &known);
            assert!(found.is_empty(), "{}: {found:?}", series.series);
        }
        for check in test.promql_expr_test {
            assert!(check.expr.starts_with("ALERTS{"), "{}", check.expr);
            let firing = check.exp_samples.into_iter().filter(|sample| sample.labels.contains("alertstate=\"firing\""));
            fired.extend(firing.filter_map(|sample| Some(sample.labels.split('"').nth(1)?.to_owned())));
        }
    }
    let alerts: BTreeSet<String> = rules.into_iter().filter_map(|rule| rule.alert).collect();
    assert_eq!(alerts, fired);
}

#[test]
fn the_scrape_example_loads_every_rule_file() {
    let mut named = read::<ScrapeFile>("scrape.yaml").rule_files;
    named.sort();
    assert_eq!(named, files("rules-"));
}

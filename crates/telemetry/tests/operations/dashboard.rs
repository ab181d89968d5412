//! The dashboard of Grafana: what it reads, and that it is put together soundly.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::expression::Expression;
use crate::{deploy, known_series, problems, result_labels};

fn dashboard() -> Value {
    let text = std::fs::read_to_string(deploy("grafana/ringfence.json")).expect("deploy/grafana/ringfence.json");
    serde_json::from_str(&text).expect("is JSON")
}

fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {value}"))
}

/// What every panel and every variable of the dashboard reads.
pub(crate) fn expressions() -> Vec<Expression> {
    let dashboard = dashboard();
    let targets = items(&dashboard, "/panels").iter().flat_map(|panel| items(panel, "/targets"));
    let panels = targets.map(|target| Expression::read(text(target, "/expr")));
    let variables = items(&dashboard, "/templating/list").iter().filter(|list| list["type"] == "query");
    panels.chain(variables.map(|list| read_variable(text(list, "/query/query")))).collect()
}

/// `label_values(METRIC, LABEL)` is a function of Grafana.
fn read_variable(query: &str) -> Expression {
    let inner = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
    let (series, label) = inner.and_then(|inner| inner.rsplit_once(", ")).expect("label_values(METRIC, LABEL)");
    let mut expression = Expression::read(series);
    expression.grouping.insert(label.to_owned());
    expression
}

#[test]
fn panels_and_variables_read_metrics_and_labels_that_exist() {
    for expression in expressions() {
        let found = problems(&expression, &known_series());
        assert!(found.is_empty(), "{expression:?}: {found:?}");
    }
}

#[test]
fn legends_and_columns_name_labels_that_the_result_has() {
    let dashboard = dashboard();
    for panel in items(&dashboard, "/panels") {
        for target in items(panel, "/targets") {
            let known = result_labels(&Expression::read(text(target, "/expr")), &known_series());
            let legend = text(target, "/legendFormat").split("{{").skip(1);
            let in_legend = legend.map(|rest| rest.split("}}").next().unwrap_or(rest));
            let columns = items(panel, "/transformations/0/options/include/names").iter().filter_map(Value::as_str);
            for label in in_legend.chain(columns) {
                assert!(known.contains(label), "{}: {label} is not in {known:?}", text(panel, "/title"));
            }
        }
    }
}

#[test]
fn panels_have_ids_of_their_own_and_places_of_their_own() {
    let dashboard = dashboard();
    let (mut ids, mut cells) = (BTreeSet::new(), BTreeSet::new());
    for panel in items(&dashboard, "/panels") {
        assert!(ids.insert(panel["id"].as_u64()), "{} has another's id", text(panel, "/title"));
        let of = |side: &str| panel["gridPos"][side].as_u64().expect("a place");
        assert!(of("x") + of("w") <= 24, "{} goes over the edge", text(panel, "/title"));
        for row in of("y")..of("y") + of("h") {
            for column in of("x")..of("x") + of("w") {
                assert!(cells.insert((row, column)), "{} covers another", text(panel, "/title"));
            }
        }
    }
}

#[test]
fn panels_say_what_they_show_in_which_unit_from_the_chosen_source() {
    let dashboard = dashboard();
    for panel in items(&dashboard, "/panels").iter().filter(|panel| panel["type"] != "row") {
        let title = text(panel, "/title");
        assert!(!text(panel, "/description").is_empty(), "{title}");
        assert!(panel["type"] == "table" || !text(panel, "/fieldConfig/defaults/unit").is_empty(), "{title}");
        let mut letters = BTreeSet::new();
        for target in items(panel, "/targets") {
            assert!(letters.insert(text(target, "/refId")), "{title}");
            assert_eq!(text(target, "/datasource/uid"), "${datasource}", "{title}");
        }
        assert_eq!(text(panel, "/datasource/uid"), "${datasource}", "{title}");
    }
    let variables = items(&dashboard, "/templating/list");
    assert!(variables.iter().any(|list| list["type"] == "datasource" && list["name"] == "datasource"));
}

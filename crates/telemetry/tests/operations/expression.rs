//! What a PromQL expression reads: its metrics, the labels it asks of each, and those it groups and joins by.
//!
//! promtool knows the grammar; here it is enough to know the words. An expression of Grafana, with its variables, is
//! read as well.

use std::collections::BTreeSet;

/// The words that a list of labels follows.
const GROUPINGS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
/// The words that stand between operands.
const OPERATORS: [&str; 5] = ["and", "or", "unless", "offset", "bool"];

/// What an expression reads.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Expression {
    /// Each metric, with the labels that its matchers name.
    pub(crate) metrics: Vec<(String, Vec<String>)>,
    /// The labels that anything is grouped or joined by.
    pub(crate) grouping: BTreeSet<String>,
    /// The labels of the first `by`, which are those of the result; none where nothing is aggregated.
    pub(crate) first_by: Option<Vec<String>>,
}

impl Expression {
    pub(crate) fn read(text: &str) -> Self {
        let mut expression = Self::default();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first == '"' {
                rest = after_text(rest);
            } else if is_word_start(first) {
                let (word, after) = split_word(rest);
                rest = expression.read_word(word, after.trim_start());
            } else if first.is_ascii_digit() || first == '$' {
                // A number, a length of time, or a variable.
                rest = split_word(&rest[1..]).1;
            } else {
                rest = &rest[first.len_utf8()..];
            }
        }
        expression
    }

    /// Takes a word with what belongs to it, and returns what follows.
    fn read_word<'a>(&mut self, word: &str, after: &'a str) -> &'a str {
        if GROUPINGS.contains(&word) && after.starts_with('(') {
            let (list, rest) = after[1..].split_once(')').expect("a list of labels ends");
            let labels: Vec<String> = list.split(',').map(|label| label.trim().to_owned()).collect();
            self.grouping.extend(labels.iter().cloned());
            if word == "by" && self.first_by.is_none() {
                self.first_by = Some(labels);
            }
            return rest;
        }
        let is_function = after.starts_with('(');
        if is_function || OPERATORS.contains(&word) || GROUPINGS.contains(&word) || stands_before_grouping(after) {
            return after;
        }
        let (labels, rest) = match after.strip_prefix('{') {
            Some(matchers) => read_matchers(matchers),
            None => (Vec::new(), after),
        };
        self.metrics.push((word.to_owned(), labels));
        rest
    }
}

/// `sum by (job) (...)`: the function's name stands before its grouping.
fn stands_before_grouping(after: &str) -> bool {
    let (next, _) = split_word(after);
    next == "by" || next == "without"
}

/// The labels that matchers name, and what follows their closing brace.
fn read_matchers(text: &str) -> (Vec<String>, &str) {
    let mut labels = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '}' {
            return (labels, &rest[1..]);
        } else if first == '"' {
            rest = after_text(rest);
        } else if is_word_start(first) {
            let (label, after) = split_word(rest);
            labels.push(label.to_owned());
            rest = after;
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    panic!("no end of the matchers {text}");
}

/// What follows a text in double quotes.
fn after_text(text: &str) -> &str {
    let end = text[1..].find('"').unwrap_or_else(|| panic!("no end of the text {text}"));
    &text[end + 2..]
}

fn is_word_start(letter: char) -> bool {
    letter.is_ascii_alphabetic() || matches!(letter, '_' | ':')
}

fn split_word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|letter: char| !is_word_start(letter) && !letter.is_ascii_digit()).unwrap_or(text.len()))
}

#[test]
fn metrics_matchers_and_groupings_are_found() {
    let found = Expression::read(
        "histogram_quantile(0.99, sum by (job, le) (rate(a_bucket{job=~\"$job\",x!=\"by (y) {z}\"}[$__rate]))) > 1\n\
         unless on (job) max by (topic) (job:b:sum offset 1w) or 0 * c",
    );
    let labels = vec!["job".to_owned(), "x".to_owned()];
    assert_eq!(
        found.metrics,
        [("a_bucket".to_owned(), labels), ("job:b:sum".to_owned(), Vec::new()), ("c".to_owned(), Vec::new())]
    );
    assert_eq!(found.grouping, ["job", "le", "topic"].map(str::to_owned).into());
    assert_eq!(found.first_by, Some(vec!["job".to_owned(), "le".to_owned()]));
}

//! What a PromQL expression reads: its metrics, the labels it asks of each and the values it asks for, and the labels that
//! it groups and joins by.
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
    /// Each metric, with its matchers.
    pub(crate) metrics: Vec<(String, Vec<Matcher>)>,
    /// The labels that anything is grouped or joined by.
    pub(crate) grouping: BTreeSet<String>,
    /// The labels of the first `by`, which are those of the result; none where nothing is aggregated.
    pub(crate) first_by: Option<Vec<String>>,
}

/// What is asked of a label: `status=~"opened|closed"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matcher {
    pub(crate) label: String,
    /// The text that it is compared with, or the expression that it has to match.
    pub(crate) value: String,
}

impl Matcher {
    /// The values that are asked for by their whole names: not those of a variable or of another expression.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let is_word = |word: &&str| word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        self.value.split('|').filter(move |word| !word.is_empty() && is_word(word))
    }
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
        let (matchers, rest) = match after.strip_prefix('{') {
            Some(text) => read_matchers(text),
            None => (Vec::new(), after),
        };
        self.metrics.push((word.to_owned(), matchers));
        rest
    }
}

/// `sum by (job) (...)`: the function's name stands before its grouping.
fn stands_before_grouping(after: &str) -> bool {
    let (next, _) = split_word(after);
    next == "by" || next == "without"
}

/// Matchers, and what follows their closing brace.
fn read_matchers(text: &str) -> (Vec<Matcher>, &str) {
    let mut matchers: Vec<Matcher> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '}' {
            return (matchers, &rest[1..]);
        } else if first == '"' {
            let after = after_text(rest);
            let last = matchers.last_mut().expect("a label before its value");
            last.value = rest[1..rest.len() - after.len() - 1].to_owned();
            rest = after;
        } else if is_word_start(first) {
            let (label, after) = split_word(rest);
            matchers.push(Matcher { label: label.to_owned(), value: String::new() });
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
    let matcher = |label: &str, value: &str| Matcher { label: label.to_owned(), value: value.to_owned() };
    let matchers = vec![matcher("job", "$job"), matcher("x", "by (y) {z}")];
    assert_eq!(
        found.metrics,
        [("a_bucket".to_owned(), matchers), ("job:b:sum".to_owned(), Vec::new()), ("c".to_owned(), Vec::new())]
    );
    assert_eq!(matcher("status", "opened|closed").words().collect::<Vec<_>>(), ["opened", "closed"]);
    assert_eq!(matcher("topic", "$topic|telecom.*").words().count(), 0);
    assert_eq!(found.grouping, ["job", "le", "topic"].map(str::to_owned).into());
    assert_eq!(found.first_by, Some(vec!["job".to_owned(), "le".to_owned()]));
}

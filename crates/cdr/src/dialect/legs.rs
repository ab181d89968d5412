//! What the records of one attempt share where a switch writes one for each end that it rang.
//!
//! `legs: [uniqueid]` names columns; of an element such as `bleg_uuid|uuid` the first that is not empty speaks. Their texts
//! together are the key, of which a fingerprint is kept: it tells attempts apart within one pair of numbers and a day.

use super::problem::Problems;
use crate::Fingerprint;
use crate::yaml::{Content, Mark, Node};

/// Between the texts of a key: in none of them.
const SEPARATOR: char = '\u{1f}';

/// The columns of a key. `C` is how a column is named: by its name, once bound to a file by its index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Legs<C> {
    /// Each with its choices.
    elements: Vec<Vec<C>>,
}

impl Legs<String> {
    /// The columns that `legs:` names, and the place of each.
    pub(super) fn parse(node: &Node, problems: &mut Problems) -> (Self, Vec<Mark>) {
        let (mut legs, mut places) = (Self::default(), Vec::new());
        let Content::Sequence(nodes) = &node.content else {
            problems.add(node.start, "`legs` is a list of columns, such as [uniqueid] or [\"bleg_uuid|uuid\"]");
            return (legs, places);
        };
        if nodes.is_empty() {
            problems.add(node.start, "`legs` names no column, so no record would be a leg");
        }
        for node in nodes {
            legs.elements.push(Vec::new());
            let mut offset = 0;
            for column in node.scalar().unwrap_or_default().split('|') {
                let blanks = column.chars().take_while(|character| character.is_whitespace()).count();
                let at = node.text_start().right_by(offset + blanks);
                offset += column.chars().count() + 1;
                match column.trim() {
                    "" => problems.add(at, "expected a column here, or several with `|` between them"),
                    column if legs.columns().any(|other| other == column) => {
                        problems.add(at, format!("the column `{column}` is named twice"));
                    }
                    column => {
                        legs.elements.last_mut().into_iter().for_each(|choices| choices.push(column.to_owned()));
                        places.push(at);
                    }
                }
            }
        }
        (legs, places)
    }

    /// The columns that it needs.
    pub(super) fn columns(&self) -> impl Iterator<Item = &String> {
        self.elements.iter().flatten()
    }

    /// With the columns of a file; those that it lacks are empty.
    pub(super) fn bind(&self, index: impl Fn(&str) -> Option<usize>) -> Legs<usize> {
        let bound = |choices: &Vec<String>| choices.iter().filter_map(|name| index(name)).collect();
        Legs { elements: self.elements.iter().map(bound).collect() }
    }
}

impl Legs<usize> {
    /// The key of a row; none where all of its columns are empty.
    pub(super) fn key<'a>(&self, column: impl Fn(usize) -> &'a str) -> Option<Fingerprint> {
        let text = |choices: &Vec<usize>| {
            let mut texts = choices.iter().map(|index| column(*index).trim());
            texts.find(|text| !text.is_empty()).unwrap_or_default()
        };
        if let [choices] = self.elements.as_slice() {
            return Some(text(choices)).filter(|text| !text.is_empty()).map(Fingerprint::of);
        }
        let mut key = String::new();
        let mut is_empty = true;
        for (place, text) in self.elements.iter().map(text).enumerate() {
            if place > 0 {
                key.push(SEPARATOR);
            }
            is_empty &= text.is_empty();
            key.push_str(text);
        }
        (!is_empty).then(|| Fingerprint::of(&key))
    }
}

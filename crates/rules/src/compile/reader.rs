//! Reading one file's tree: typed access to keys, and the collection of what is wrong.

use std::ops::Range;

use crate::suggestion::suggestion;
use crate::syntax::SyntaxError;
use crate::{Diagnostic, Level};
use ringfence_cdr::yaml::{Content, Limits, Mark, Node, read};

/// A rule or a pack file is a few kilobytes.
const LIMITS: Limits = Limits { length_kib: 1024, nodes: 50_000, depth: 32 };

/// A file under reading.
pub(crate) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// What was found so far.
    pub(crate) found: Vec<Diagnostic>,
}

/// The keys of a mapping.
pub(crate) struct Fields<'n> {
    /// The mapping.
    pub(crate) node: &'n Node,
    entries: Vec<(&'n str, &'n Node, &'n Node)>,
}

impl<'n> Fields<'n> {
    /// The value of a key; a key without a value counts as not given.
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        self.entry(name).map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    /// A key with its value.
    pub(crate) fn entry(&self, name: &str) -> Option<(&'n Node, &'n Node)> {
        self.entries.iter().find(|(key, ..)| *key == name).map(|(_, key, value)| (*key, *value))
    }

    /// Every key with its name and value, in the order written.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'n str, &'n Node, &'n Node)> {
        self.entries.iter().copied()
    }
}

/// A problem of a file as a whole.
pub(crate) fn about_file(file: &str, level: Level, message: &str, help: &str) -> Diagnostic {
    Diagnostic {
        file: file.into(),
        line: 1,
        column: 1,
        level,
        clause: "".into(),
        message: message.into(),
        help: help.into(),
        quotable: false,
    }
}

impl<'a> Reader<'a> {
    /// A reader of this file.
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// The file's tree; its faults are reported.
    pub(crate) fn root(&mut self) -> Option<Node> {
        let (root, faults) = read(self.text, LIMITS);
        let broken = !faults.is_empty();
        for fault in faults {
            self.report(fault.at, Level::Error, "", fault.message, fault.help);
        }
        if root.is_none() && !broken {
            self.found.push(about_file(self.file, Level::Error, "the file is empty", "write it, or remove the file"));
        }
        root
    }

    /// Reports a problem at a place.
    pub(crate) fn report(
        &mut self,
        at: Mark,
        level: Level,
        clause: &str,
        message: impl Into<Box<str>>,
        help: impl Into<Box<str>>,
    ) {
        self.found.push(Diagnostic {
            file: self.file.into(),
            line: at.line.max(1),
            column: at.column.max(1),
            level,
            clause: clause.into(),
            message: message.into(),
            help: help.into(),
            quotable: true,
        });
    }

    /// Reports an error at a node.
    pub(crate) fn error(&mut self, node: &Node, message: impl Into<Box<str>>, help: impl Into<Box<str>>) {
        self.report(node.start, Level::Error, node.scalar().unwrap_or_default(), message, help);
    }

    /// Reports a warning at a node.
    pub(crate) fn warn(&mut self, node: &Node, message: impl Into<Box<str>>, help: impl Into<Box<str>>) {
        self.report(node.start, Level::Warning, node.scalar().unwrap_or_default(), message, help);
    }

    /// Reports an error inside a scalar.
    pub(crate) fn error_in(
        &mut self,
        node: &Node,
        span: &Range<usize>,
        message: impl Into<Box<str>>,
        help: impl Into<Box<str>>,
    ) {
        let at = node.locate(self.text, span.start);
        self.report(at, Level::Error, node.scalar().unwrap_or_default(), message, help);
    }

    /// What an expression parses to; its syntax error is reported.
    pub(crate) fn parsed<T>(&mut self, node: &Node, parsed: Result<T, SyntaxError>) -> Option<T> {
        parsed.map_err(|error| self.error_in(node, &error.span, error.message, error.help)).ok()
    }

    /// A scalar's text; anything else is an error.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match node.scalar() {
            Some(text) if !node.is_empty() => Some(text),
            _ => {
                self.error(node, format!("{what} must be a text, found {}", node.kind()), "");
                None
            }
        }
    }

    /// A sequence's nodes; anything else is an error.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.content {
            Content::Sequence(nodes) => nodes,
            _ => {
                self.error(
                    node,
                    format!("{what} must be a list, found {}", node.kind()),
                    "write `- ` before each entry",
                );
                &[]
            }
        }
    }

    /// A mapping's keys, which must all be known. `later` are keys of the language that cannot be used yet, each
    /// with what to do instead.
    pub(crate) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&str],
        later: &[(&str, &str)],
    ) -> Option<Fields<'n>> {
        let fields = self.any_fields(node, what)?;
        for (name, key, value) in fields.iter() {
            if known.contains(&name) {
                if value.is_empty() {
                    self.error(key, format!("`{name}` has no value"), "give it one, or remove the key");
                }
                continue;
            }
            match later.iter().find(|(later, _)| *later == name) {
                Some((_, instead)) => self.error(key, format!("`{name}` is not supported yet"), *instead),
                None => {
                    let help = suggestion(name, known.iter().copied());
                    self.error(key, format!("unknown key `{name}` in {what}"), help);
                }
            }
        }
        Some(fields)
    }

    /// A mapping's keys, whatever their names.
    pub(crate) fn any_fields<'n>(&mut self, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        let Content::Mapping(entries) = &node.content else {
            self.error(node, format!("{what} must be a mapping, found {}", node.kind()), "write `key: value` lines");
            return None;
        };
        let entries =
            entries.iter().filter_map(|entry| Some((entry.key.scalar()?, &entry.key, &entry.value))).collect();
        Some(Fields { node, entries })
    }

    /// The value of a key that must be given.
    pub(crate) fn required<'n>(&mut self, fields: &Fields<'n>, name: &str, example: &str) -> Option<&'n Node> {
        if fields.entry(name).is_none() {
            let help = format!("add `{name}: {example}`");
            self.report(fields.node.start, Level::Error, name, format!("`{name}` is missing"), help);
        }
        fields.get(name)
    }

    /// A whole number within bounds.
    pub(crate) fn whole(&mut self, node: &Node, what: &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let text = self.text(node, what)?;
        let number = text.parse::<u32>().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let message = format!("{what} must be a whole number from {} to {}", range.start(), range.end());
            self.error(node, message, "");
        }
        number
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let help = suggestion(text, words.iter().map(|(word, _)| *word));
            self.error(node, format!("unknown {what} `{text}`"), help);
        }
        found.map(|(_, value)| *value)
    }
}

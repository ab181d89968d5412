//! From a dialect file to a [`Dialect`], with every problem of the file.

mod fields;
mod settings;

use super::field::Target;
use super::files::BUILT_IN;
use super::problem::{Problems, unknown};
use super::template::TextSource;
use super::{Columns, Conversion, Dialect, DialectError, Format};
use crate::RecordKind;
use crate::yaml::{self, Content, Entry, Limits, Mark, Node};

const KEYS: [&str; 19] = [
    "dialect",
    "kind",
    "extends",
    "format",
    "header",
    "columns",
    "delimiter",
    "encoding",
    "missing",
    "quote",
    "zone",
    "ambiguous",
    "times",
    "numbers",
    "served",
    "counts",
    "legs",
    "fields",
    "only",
];

const LIMITS: Limits = Limits { length_kib: 256, nodes: 20_000, depth: 16 };

/// `built_in` marks the fields of dialects that come with the product, and `known` are those that a file may extend.
pub(super) fn compile(
    file: &str,
    text: &str,
    built_in: bool,
    known: &dyn Fn(&str) -> Option<Dialect>,
) -> Result<Dialect, DialectError> {
    let mut compiler = Compiler { problems: Problems::default(), built_in, known };
    let dialect = compiler.root(text).and_then(|root| compiler.dialect(&root));
    match (compiler.problems.into_error(file), dialect) {
        (None, Some(dialect)) => Ok(dialect),
        (Some(error), _) => Err(error),
        (None, None) => {
            let mut problems = Problems::default();
            problems.add(Mark::START, "this is no dialect");
            Err(problems.into_error(file).unwrap_or(DialectError { file: file.to_owned(), problems: Vec::new() }))
        }
    }
}

struct Compiler<'a> {
    problems: Problems,
    built_in: bool,
    known: &'a dyn Fn(&str) -> Option<Dialect>,
}

impl Compiler<'_> {
    /// The file's tree; its faults are among the problems.
    fn root(&mut self, text: &str) -> Option<Node> {
        let (root, faults) = yaml::read(text, LIMITS);
        if root.is_none() && faults.is_empty() {
            self.problems.add(Mark::START, "the file is empty");
        }
        for fault in faults {
            self.problems.add(fault.at, format!("{}: {}", fault.message, fault.help));
        }
        root
    }

    fn dialect(&mut self, root: &Node) -> Option<Dialect> {
        let Content::Mapping(entries) = &root.content else {
            self.problems.add(root.start, "a dialect is a mapping of keys such as `dialect:`, `format:` and `fields:`");
            return None;
        };
        let value = |key: &str| entries.iter().find(|entry| entry.key.scalar() == Some(key)).map(|entry| &entry.value);
        let mut dialect = self.base(value("extends"), value("kind"));
        if value("dialect").is_none() {
            self.problems.add(root.start, "`dialect:` is missing: give the dialect a name");
        }
        // The kind decides what the fields are, so it comes before them, whatever the order in the file.
        for Entry { key, value } in entries {
            let name = key.scalar().unwrap_or_default();
            match name {
                "dialect" => dialect.name = self.text(value, "a name").unwrap_or_default().to_owned(),
                "kind" | "extends" => {}
                "format" => self.format(value, &mut dialect),
                "header" => self.header(value, &mut dialect),
                "columns" => self.columns(value, &mut dialect),
                "delimiter" => self.delimiter(value, &mut dialect),
                "encoding" => self.encoding(value, &mut dialect),
                "missing" => self.missing(value, &mut dialect),
                "quote" => self.quote(value, &mut dialect),
                "zone" => self.zone(value, &mut dialect),
                "ambiguous" => self.ambiguous(value, &mut dialect),
                "times" => self.times(value, &mut dialect),
                "numbers" => self.numbers(value, &mut dialect),
                "served" | "counts" | "legs" if dialect.kind != RecordKind::Cdr => {
                    self.problems
                        .add(key.start, format!("`{name}` speaks of calls: a {} has none", dialect.kind.name()));
                }
                "served" => self.served(value, &mut dialect),
                "counts" => self.counts(value, &mut dialect),
                "legs" => self.legs(value, &mut dialect),
                "fields" => self.fields(value, &mut dialect),
                "only" => self.only(value, &mut dialect),
                "extra" => self.problems.add(key.start, "extra fields are not supported yet"),
                _ => self.problems.add(key.start, unknown("key", name, KEYS)),
            }
        }
        if let (Some("true"), Some(columns)) = (value("header").and_then(Node::scalar), value("columns")) {
            self.problems.add(columns.start, "`columns` and `header: true` exclude each other: keep one");
        }
        self.whole(root.start, &dialect);
        Some(dialect)
    }

    /// What the file builds on: a built-in dialect, or nothing but the defaults.
    fn base(&mut self, extends: Option<&Node>, kind: Option<&Node>) -> Dialect {
        let own_kind = kind.and_then(|kind| self.kind(kind));
        let base = extends.and_then(|extends| {
            let name = self.text(extends, "the name of a built-in dialect")?;
            let base = (self.known)(name);
            if base.is_none() {
                self.problems.add(extends.start, unknown("dialect", name, BUILT_IN));
            }
            base.map(|base| Dialect { extends: Some(name.to_owned()), ..base })
        });
        let Some(base) = base else {
            let nothing = Dialect::canonical(own_kind.unwrap_or(RecordKind::Cdr), Format::Csv);
            return Dialect { fields: Vec::new(), ..nothing };
        };
        if let (Some(kind), Some(own_kind)) = (kind, own_kind)
            && own_kind != base.kind
        {
            let message = format!("`{}` is a dialect of kind {}", base.name, base.kind.name());
            self.problems.add(kind.start, message);
        }
        base
    }

    fn kind(&mut self, node: &Node) -> Option<RecordKind> {
        match self.text(node, "cdr or complaint")? {
            "cdr" => Some(RecordKind::Cdr),
            "complaint" => Some(RecordKind::Complaint),
            name @ ("registry" | "list") => {
                self.problems.add(node.start, format!("dialects of kind {name} are not supported yet"));
                None
            }
            name => {
                self.problems.add(node.start, unknown("kind", name, ["cdr", "complaint", "registry", "list"]));
                None
            }
        }
    }

    /// The text of a node; where it is none, says what was expected.
    fn text<'a>(&mut self, node: &'a Node, expected: &str) -> Option<&'a str> {
        match node.scalar() {
            Some(text) if !text.is_empty() => Some(text),
            _ => {
                self.problems.add(node.start, format!("expected {expected} here"));
                None
            }
        }
    }

    /// What can only be said of the whole: no required field is missing, local times have a zone, columns have names.
    fn whole(&mut self, at: Mark, dialect: &Dialect) {
        let has = |target| dialect.fields.iter().any(|mapping| mapping.field.target == target);
        for field in dialect.kind.fields().iter().filter(|field| field.required && !has(field.target)) {
            self.problems.add(at, format!("the field `{}` is required and not mapped", field.name));
        }
        if dialect.kind == RecordKind::Cdr && !has(Target::SeizureTime) && !has(Target::AnswerTime) {
            self.problems.add(at, "one of the fields `seizureTime` and `answerTime` is required and not mapped");
        }
        for mapping in &dialect.fields {
            let is_local = matches!(&mapping.conversion, Conversion::Time(format) if format.is_local());
            if dialect.zone.is_none() && is_local {
                let message =
                    format!("`{}` is a time without an offset: give the `zone` of the file", mapping.field.name);
                let own = mapping.built_in == self.built_in;
                self.problems.add(if own { mapping.at } else { at }, message);
            }
        }
        let (Columns::Named(names) | Columns::Either(names)) = &dialect.columns else { return };
        if dialect.format == Format::Csv {
            self.named(at, dialect, names);
        }
    }

    /// Where the file names its columns itself, what it maps must be among them.
    fn named(&mut self, at: Mark, dialect: &Dialect, names: &[String]) {
        if names.is_empty() {
            self.problems.add(at, "without a header the file needs `columns: [...]`");
            return;
        }
        let zone = dialect.zone.iter().flat_map(TextSource::columns);
        for column in zone.filter(|column| !names.contains(column)) {
            self.problems.add(at, unknown("column", column, names.iter().map(String::as_str)));
        }
        for mapping in dialect.fields.iter().filter(|mapping| mapping.built_in == self.built_in) {
            for column in mapping.source.columns().filter(|column| !names.contains(column)) {
                self.problems.add(mapping.at, unknown("column", column, names.iter().map(String::as_str)));
            }
        }
        let legs = dialect.legs.iter().filter(|key| key.built_in == self.built_in);
        let named = legs.flat_map(|key| key.columns.columns().zip(&key.places));
        for (column, at) in named.filter(|(column, _)| !names.contains(column)) {
            self.problems.add(*at, unknown("column", column, names.iter().map(String::as_str)));
        }
    }
}

//! From a dialect file to a [`Dialect`], with every problem of the file.

use jiff::tz::TimeZoneDatabase;

use super::convert::{TimeFormat, Unit};
use super::field::{Field, Shape, Target};
use super::only::Only;
use super::problem::{Mark, Problems, nearest, unknown};
use super::template::Source;
use super::yaml::{self, Content, Node};
use super::{BUILT_IN, Columns, Conversion, Dialect, DialectError, Encoding, Format, Kind, Mapping};
use crate::{Numbering, RecordType, RecordTypes, time_zone};

const KEYS: [&str; 14] = [
    "dialect",
    "kind",
    "extends",
    "format",
    "header",
    "columns",
    "delimiter",
    "encoding",
    "zone",
    "numbers",
    "served",
    "counts",
    "fields",
    "only",
];
const SPEC_KEYS: [&str; 5] = ["value", "from", "format", "unit", "equals"];

/// `built_in` marks the fields of dialects that come with the product.
pub(super) fn compile(file: &str, text: &str, built_in: bool) -> Result<Dialect, DialectError> {
    let mut compiler = Compiler { problems: Problems::default(), built_in };
    let dialect = yaml::read(text, &mut compiler.problems).and_then(|root| compiler.dialect(&root));
    match (compiler.problems.into_error(file), dialect) {
        (None, Some(dialect)) => Ok(dialect),
        (Some(error), _) => Err(error),
        (None, None) => {
            let mut problems = Problems::default();
            problems.add(Mark { line: 1, column: 1 }, "this is no dialect");
            Err(problems.into_error(file).unwrap_or(DialectError { file: file.to_owned(), problems: Vec::new() }))
        }
    }
}

struct Compiler {
    problems: Problems,
    built_in: bool,
}

impl Compiler {
    fn dialect(&mut self, root: &Node) -> Option<Dialect> {
        let Content::Map(entries) = &root.content else {
            self.problems.add(root.at, "a dialect is a mapping of keys such as `dialect:`, `format:` and `fields:`");
            return None;
        };
        let value = |key: &str| entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value);
        let mut dialect = self.base(value("extends"), value("kind"));
        if value("dialect").is_none() {
            self.problems.add(root.at, "`dialect:` is missing: give the dialect a name");
        }
        // The kind decides what the fields are, so it comes before them, whatever the order in the file.
        for (key, value) in entries {
            let name = key.text().unwrap_or_default();
            match name {
                "dialect" => dialect.name = self.text(value, "a name").unwrap_or_default().to_owned(),
                "kind" | "extends" => {}
                "format" => self.format(value, &mut dialect),
                "header" => self.header(value, &mut dialect),
                "columns" => self.columns(value, &mut dialect),
                "delimiter" => self.delimiter(value, &mut dialect),
                "encoding" => self.encoding(value, &mut dialect),
                "zone" => self.zone(value, &mut dialect),
                "numbers" => self.numbers(value, &mut dialect),
                "served" | "counts" if dialect.kind != Kind::Cdr => {
                    self.problems.add(key.at, format!("`{name}` speaks of calls: a {} has none", dialect.kind.name()));
                }
                "served" => self.served(value, &mut dialect),
                "counts" => self.counts(value, &mut dialect),
                "fields" => self.fields(value, &mut dialect),
                "only" => self.only(value, &mut dialect),
                "extra" => self.problems.add(key.at, "extra fields are not supported yet"),
                _ => self.problems.add(key.at, unknown("key", name, KEYS)),
            }
        }
        if let (Some("true"), Some(columns)) = (value("header").and_then(Node::text), value("columns")) {
            self.problems.add(columns.at, "`columns` and `header: true` exclude each other: keep one");
        }
        self.whole(root.at, &dialect);
        Some(dialect)
    }

    /// What the file builds on: a built-in dialect, or nothing but the defaults.
    fn base(&mut self, extends: Option<&Node>, kind: Option<&Node>) -> Dialect {
        let own_kind = kind.and_then(|kind| self.kind(kind));
        let base = extends.and_then(|extends| {
            let name = self.text(extends, "the name of a built-in dialect")?;
            let base = Dialect::built_in(name);
            if base.is_none() {
                self.problems.add(extends.at, unknown("dialect", name, BUILT_IN));
            }
            base
        });
        let Some(base) = base else {
            let nothing = Dialect::canonical(own_kind.unwrap_or(Kind::Cdr), Format::Csv);
            return Dialect { fields: Vec::new(), ..nothing };
        };
        if let (Some(kind), Some(own_kind)) = (kind, own_kind)
            && own_kind != base.kind
        {
            let message = format!("`{}` is a dialect of kind {}", base.name, base.kind.name());
            self.problems.add(kind.at, message);
        }
        base
    }

    fn kind(&mut self, node: &Node) -> Option<Kind> {
        match self.text(node, "cdr or complaint")? {
            "cdr" => Some(Kind::Cdr),
            "complaint" => Some(Kind::Complaint),
            name @ ("registry" | "list") => {
                self.problems.add(node.at, format!("dialects of kind {name} are not supported yet"));
                None
            }
            name => {
                self.problems.add(node.at, unknown("kind", name, ["cdr", "complaint", "registry", "list"]));
                None
            }
        }
    }

    /// The text of a node; where it is none, says what was expected.
    fn text<'a>(&mut self, node: &'a Node, expected: &str) -> Option<&'a str> {
        match node.text() {
            Some(text) if !text.is_empty() => Some(text),
            _ => {
                self.problems.add(node.at, format!("expected {expected} here"));
                None
            }
        }
    }

    fn format(&mut self, node: &Node, dialect: &mut Dialect) {
        match self.text(node, "csv or jsonl") {
            Some("csv") => dialect.format = Format::Csv,
            Some("jsonl") => dialect.format = Format::Jsonl,
            Some(name) => self.problems.add(node.at, unknown("format", name, ["csv", "jsonl"])),
            None => {}
        }
    }

    fn header(&mut self, node: &Node, dialect: &mut Dialect) {
        match self.text(node, "true or false") {
            Some("true") => dialect.columns = Columns::Header,
            // Without a header the names come from `columns`, of this file or of the dialect that it extends.
            Some("false") if dialect.columns == Columns::Header => dialect.columns = Columns::Named(Vec::new()),
            Some("false") | None => {}
            Some(_) => self.problems.add(node.at, "`header` is true or false"),
        }
    }

    fn columns(&mut self, node: &Node, dialect: &mut Dialect) {
        let Content::List(nodes) = &node.content else {
            self.problems.add(node.at, "`columns` is a list of names, such as [a, b, c]");
            return;
        };
        let mut names: Vec<String> = Vec::new();
        for column in nodes {
            // An empty name is a column that nobody asks for.
            let name = column.text().unwrap_or_default();
            if column.text().is_none() {
                self.problems.add(column.at, "expected the name of a column here");
            } else if !name.is_empty() && names.iter().any(|other| other == name) {
                self.problems.add(column.at, format!("the column `{name}` is named twice"));
            }
            names.push(name.to_owned());
        }
        dialect.columns = Columns::Named(names);
    }

    fn delimiter(&mut self, node: &Node, dialect: &mut Dialect) {
        match self.text(node, "one character").map(str::as_bytes) {
            Some([byte]) if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(byte) => {
                dialect.delimiter = *byte;
            }
            Some(br"\t") => dialect.delimiter = b'\t',
            Some(_) => {
                self.problems.add(node.at, "a delimiter is one character such as \",\", \";\", \"|\" or \"\\t\"")
            }
            None => {}
        }
    }

    fn encoding(&mut self, node: &Node, dialect: &mut Dialect) {
        match self.text(node, "utf-8 or gb18030").map(str::to_ascii_lowercase).as_deref() {
            Some("utf-8" | "utf8") => dialect.encoding = Encoding::Utf8,
            Some("gb18030" | "gbk" | "gb2312") => dialect.encoding = Encoding::Gb18030,
            Some(name) => self.problems.add(node.at, unknown("encoding", name, ["utf-8", "gb18030"])),
            None => {}
        }
    }

    fn zone(&mut self, node: &Node, dialect: &mut Dialect) {
        let Some(name) = self.text(node, "a time zone such as Asia/Shanghai") else { return };
        match time_zone(name) {
            Some(zone) => dialect.zone = Some(zone),
            None => {
                let known: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
                let near = nearest(name, known.iter().map(String::as_str));
                let near = near.map_or(String::new(), |near| format!(": did you mean `{near}`?"));
                self.problems.add(node.at, format!("unknown time zone `{name}`{near}"));
            }
        }
    }

    fn numbers(&mut self, node: &Node, dialect: &mut Dialect) {
        let fault = match &node.content {
            Content::Text { text, .. } if text == "opaque" => {
                dialect.numbering = Numbering::Opaque;
                return;
            }
            Content::Map(entries) => match entries.as_slice() {
                [(key, code)] if key.text() == Some("country") && code.text().is_some() => {
                    match Numbering::country(code.text().unwrap_or_default()) {
                        Ok(numbering) => {
                            dialect.numbering = numbering;
                            return;
                        }
                        Err(error) => return self.problems.add(code.at, error.to_string()),
                    }
                }
                _ => "expected {country: CN} here",
            },
            _ => "`numbers` is `opaque` or {country: CN}",
        };
        self.problems.add(node.at, fault);
    }

    fn served(&mut self, node: &Node, dialect: &mut Dialect) {
        match node.text() {
            Some("calling") => dialect.served_calling = true,
            _ if node.is_empty() => dialect.served_calling = false,
            _ => self.problems.add(node.at, "`served` is `calling` or left out"),
        }
    }

    fn counts(&mut self, node: &Node, dialect: &mut Dialect) {
        dialect.counted = RecordTypes::ALL;
        if node.is_empty() {
            return;
        }
        let Content::List(nodes) = &node.content else {
            self.problems.add(node.at, "`counts` is a list of record types, such as [moCall, forwarded]");
            return;
        };
        if nodes.is_empty() {
            self.problems.add(node.at, "`counts` names no record type, so no call would count");
        }
        let mut counted = Vec::new();
        for node in nodes {
            let Some(name) = self.text(node, "a record type such as moCall") else { continue };
            match RecordType::from_name(name) {
                Some(record_type) => counted.push(record_type),
                None => {
                    let message = unknown("record type", name, RecordType::ALL.map(RecordType::name));
                    self.problems.add(node.at, message);
                }
            }
        }
        dialect.counted = counted.into_iter().collect();
    }

    fn only(&mut self, node: &Node, dialect: &mut Dialect) {
        dialect.only = None;
        if node.is_empty() {
            return;
        }
        if let Some(text) = self.text(node, "a condition such as direction == \"Outgoing\"") {
            dialect.only = Only::parse(text, node.text_at(), &mut self.problems);
        }
    }

    fn fields(&mut self, node: &Node, dialect: &mut Dialect) {
        let Content::Map(entries) = &node.content else {
            self.problems.add(node.at, "`fields` is a mapping from the contract's names to columns");
            return;
        };
        for (key, value) in entries {
            let name = key.text().unwrap_or_default();
            let fields = dialect.kind.fields();
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                let what = format!("field of a {}", dialect.kind.name());
                self.problems.add(key.at, unknown(&what, name, fields.iter().map(|field| field.name)));
                continue;
            };
            dialect.fields.retain(|mapping| mapping.field != field);
            if value.is_empty() {
                continue; // of the extended dialect, and not wanted
            }
            if let Some(mapping) = self.mapping(field, value) {
                dialect.fields.push(mapping);
            }
        }
        dialect.fields.sort_by_key(|mapping| mapping.field.target);
    }

    fn mapping(&mut self, field: &'static Field, node: &Node) -> Option<Mapping> {
        let mut mapping = Mapping {
            field,
            source: Source::Absent,
            conversion: Conversion::of(field.shape),
            built_in: self.built_in,
            at: node.at,
        };
        match &node.content {
            Content::Text { text, .. } => {
                mapping.source = Source::parse(text, node.text_at(), &mut self.problems);
            }
            Content::Map(entries) => self.spec(entries, &mut mapping),
            Content::List(_) => {
                self.problems.add(node.at, "expected a column, a template, {value: ...} or {from: ...} here");
                return None;
            }
        }
        if mapping.source == Source::Absent {
            self.problems.add(node.at, "`from` or `value` is missing");
            return None;
        }
        self.constant(&mapping);
        Some(mapping)
    }

    fn spec(&mut self, entries: &[(Node, Node)], mapping: &mut Mapping) {
        for (key, value) in entries {
            let name = key.text().unwrap_or_default();
            if !SPEC_KEYS.contains(&name) {
                self.problems.add(key.at, unknown("key", name, SPEC_KEYS));
                continue;
            }
            let Some(text) = self.text(value, "a text") else { continue };
            if matches!(name, "value" | "from") && mapping.source != Source::Absent {
                self.problems.add(key.at, "`from` and `value` exclude each other: keep one");
            }
            match (name, mapping.field.shape) {
                ("value", _) => mapping.source = Source::Constant(text.to_owned()),
                ("from", _) => mapping.source = Source::parse(text, value.text_at(), &mut self.problems),
                ("format", Shape::Time) => match TimeFormat::parse(text) {
                    Ok(format) => mapping.conversion = Conversion::Time(format),
                    Err(message) => self.problems.add(value.at, message),
                },
                ("unit", Shape::Length) => match Unit::from_name(text) {
                    Some(unit) => mapping.conversion = Conversion::Length(unit),
                    None => self.problems.add(value.at, unknown("unit", text, Unit::NAMES)),
                },
                ("equals", Shape::Flag) => mapping.conversion = Conversion::Equals(text.to_owned()),
                _ => {
                    let message = format!("`{name}` does not go with `{}`", mapping.field.name);
                    self.problems.add(key.at, message);
                }
            }
        }
    }

    /// A constant that cannot be read would reject every row.
    fn constant(&mut self, mapping: &Mapping) {
        let Source::Constant(text) = &mapping.source else { return };
        if let Err(reject) = mapping.conversion.check(mapping.field, text) {
            self.problems.add(mapping.at, reject);
        }
    }

    /// What can only be said of the whole: no required field is missing, local times have a zone, columns have names.
    fn whole(&mut self, at: Mark, dialect: &Dialect) {
        let has = |target| dialect.fields.iter().any(|mapping| mapping.field.target == target);
        for field in dialect.kind.fields().iter().filter(|field| field.required && !has(field.target)) {
            self.problems.add(at, format!("the field `{}` is required and not mapped", field.name));
        }
        if dialect.kind == Kind::Cdr && !has(Target::SeizureTime) && !has(Target::AnswerTime) {
            self.problems.add(at, "one of the fields `seizureTime` and `answerTime` is required and not mapped");
        }
        for mapping in &dialect.fields {
            if dialect.zone.is_none() && matches!(mapping.conversion, Conversion::Time(TimeFormat::Local(_))) {
                let message =
                    format!("`{}` is a time without an offset: give the `zone` of the file", mapping.field.name);
                let own = mapping.built_in == self.built_in;
                self.problems.add(if own { mapping.at } else { at }, message);
            }
        }
        let Columns::Named(names) = &dialect.columns else { return };
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
        for mapping in dialect.fields.iter().filter(|mapping| mapping.built_in == self.built_in) {
            for column in mapping.source.columns().filter(|column| !names.contains(column)) {
                self.problems.add(mapping.at, unknown("column", column, names.iter().map(String::as_str)));
            }
        }
    }
}

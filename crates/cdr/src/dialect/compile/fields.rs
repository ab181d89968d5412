//! `fields:`, from the contract's names to where their texts come from and how they are read.

use super::Compiler;
use crate::dialect::convert::Unit;
use crate::dialect::field::{ReadAs, RecordField};
use crate::dialect::problem::unknown;
use crate::dialect::template::TextSource;
use crate::dialect::time_format::TimeFormat;
use crate::dialect::{Conversion, Dialect, Mapping};
use crate::yaml::{Content, Entry, Node};

const SPEC_KEYS: [&str; 5] = ["value", "from", "format", "unit", "equals"];

impl Compiler<'_> {
    pub(super) fn fields(&mut self, node: &Node, dialect: &mut Dialect) {
        let Content::Mapping(entries) = &node.content else {
            self.problems.add(node.start, "`fields` is a mapping from the contract's names to columns");
            return;
        };
        for Entry { key, value } in entries {
            let name = key.scalar().unwrap_or_default();
            let fields = dialect.kind.fields();
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                let what = format!("field of a {}", dialect.kind.name());
                self.problems.add(key.start, unknown(&what, name, fields.iter().map(|field| field.name)));
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

    fn mapping(&mut self, field: &'static RecordField, node: &Node) -> Option<Mapping> {
        let mut mapping = Mapping {
            field,
            source: TextSource::Absent,
            conversion: Conversion::of(field.read_as),
            built_in: self.built_in,
            at: node.start,
        };
        match &node.content {
            Content::Scalar(text, _) => {
                mapping.source = TextSource::parse(text, node.text_start(), &mut self.problems);
            }
            Content::Mapping(entries) => self.spec(entries, &mut mapping),
            Content::Sequence(_) => {
                self.problems.add(node.start, "expected a column, a template, {value: ...} or {from: ...} here");
                return None;
            }
        }
        if mapping.source == TextSource::Absent {
            self.problems.add(node.start, "`from` or `value` is missing");
            return None;
        }
        self.constant(&mapping);
        Some(mapping)
    }

    fn spec(&mut self, entries: &[Entry], mapping: &mut Mapping) {
        for Entry { key, value } in entries {
            let name = key.scalar().unwrap_or_default();
            if !SPEC_KEYS.contains(&name) {
                self.problems.add(key.start, unknown("key", name, SPEC_KEYS));
                continue;
            }
            if let ("format", Content::Sequence(nodes), ReadAs::Time) = (name, &value.content, mapping.field.read_as) {
                let formats = nodes.iter().filter_map(|node| self.time_format(node)).collect();
                mapping.conversion = Conversion::Time(TimeFormat::AnyOf(formats));
                continue;
            }
            let Some(text) = self.text(value, "a text") else { continue };
            if matches!(name, "value" | "from") && mapping.source != TextSource::Absent {
                self.problems.add(key.start, "`from` and `value` exclude each other: keep one");
            }
            match (name, mapping.field.read_as) {
                ("value", _) => mapping.source = TextSource::Constant(text.to_owned()),
                ("from", _) => mapping.source = TextSource::parse(text, value.text_start(), &mut self.problems),
                ("format", ReadAs::Time) => {
                    if let Some(format) = self.time_format(value) {
                        mapping.conversion = Conversion::Time(format);
                    }
                }
                ("unit", ReadAs::Length) => match Unit::from_name(text) {
                    Some(unit) => mapping.conversion = Conversion::Length(unit),
                    None => self.problems.add(value.start, unknown("unit", text, Unit::NAMES)),
                },
                ("equals", ReadAs::Flag) => mapping.conversion = Conversion::Equals(text.to_owned()),
                _ => {
                    let message = format!("`{name}` does not go with `{}`", mapping.field.name);
                    self.problems.add(key.start, message);
                }
            }
        }
    }

    fn time_format(&mut self, node: &Node) -> Option<TimeFormat> {
        let text = self.text(node, "the format of a time")?;
        TimeFormat::parse(text).map_err(|message| self.problems.add(node.start, message)).ok()
    }

    /// A constant that cannot be read would reject every row.
    fn constant(&mut self, mapping: &Mapping) {
        let TextSource::Constant(text) = &mapping.source else { return };
        if let Err(reject) = mapping.conversion.check(mapping.field, text) {
            self.problems.add(mapping.at, reject);
        }
    }
}

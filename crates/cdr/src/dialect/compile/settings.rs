//! The keys of a dialect but for its fields: how files are laid out, and what holds for all of their records.

use jiff::tz::TimeZoneDatabase;

use super::Compiler;
use crate::dialect::legs::Legs;
use crate::dialect::local::Ambiguous;
use crate::dialect::only::Only;
use crate::dialect::problem::unknown;
use crate::dialect::template::TextSource;
use crate::dialect::{Columns, Dialect, Encoding, Format, LegKey};
use crate::yaml::{Content, Entry, Node};
use crate::{Numbering, PlausibleTimes, RecordType, RecordTypes, nearest, zones};

impl Compiler<'_> {
    pub(super) fn format(&mut self, node: &Node, dialect: &mut Dialect) {
        match self.text(node, "csv, jsonl or avro") {
            Some("csv") => dialect.format = Format::Csv,
            Some("jsonl") => dialect.format = Format::Jsonl,
            Some("avro") => dialect.format = Format::Avro,
            Some(name) => self.problems.add(node.start, unknown("format", name, ["csv", "jsonl", "avro"])),
            None => {}
        }
    }

    pub(super) fn header(&mut self, node: &Node, dialect: &mut Dialect) {
        let said = self.text(node, "true, false or optional");
        // Without a header the names come from `columns`, of this file or of the dialect that it extends.
        let named = match std::mem::replace(&mut dialect.columns, Columns::Header) {
            Columns::Header if matches!(said, Some("false" | "optional")) => Vec::new(),
            Columns::Header => return,
            Columns::Named(names) | Columns::Either(names) => names,
        };
        match said {
            Some("true") => {}
            Some("optional") => dialect.columns = Columns::Either(named),
            Some("false") | None => dialect.columns = Columns::Named(named),
            Some(_) => self.problems.add(node.start, "`header` is true, false or optional"),
        }
    }

    pub(super) fn columns(&mut self, node: &Node, dialect: &mut Dialect) {
        let Content::Sequence(nodes) = &node.content else {
            self.problems.add(node.start, "`columns` is a list of names, such as [a, b, c]");
            return;
        };
        let mut names: Vec<String> = Vec::new();
        for column in nodes {
            // An empty name is a column that nobody asks for.
            let name = column.scalar().unwrap_or_default();
            if column.scalar().is_none() {
                self.problems.add(column.start, "expected the name of a column here");
            } else if !name.is_empty() && names.iter().any(|other| other == name) {
                self.problems.add(column.start, format!("the column `{name}` is named twice"));
            }
            names.push(name.to_owned());
        }
        dialect.columns = match dialect.columns {
            Columns::Either(_) => Columns::Either(names),
            Columns::Header | Columns::Named(_) => Columns::Named(names),
        };
    }

    pub(super) fn delimiter(&mut self, node: &Node, dialect: &mut Dialect) {
        match self.text(node, "one character").map(str::as_bytes) {
            Some([byte]) if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(byte) => {
                dialect.delimiter = *byte;
            }
            Some(br"\t") => dialect.delimiter = b'\t',
            Some(_) => {
                self.problems.add(node.start, "a delimiter is one character such as \",\", \";\", \"|\" or \"\\t\"")
            }
            None => {}
        }
    }

    pub(super) fn encoding(&mut self, node: &Node, dialect: &mut Dialect) {
        let Some(label) = self.text(node, "an encoding such as utf-8") else { return };
        match Encoding::of_label(label) {
            Ok(encoding) => dialect.encoding = encoding,
            Err(fault) => self.problems.add(node.start, fault),
        }
    }

    pub(super) fn missing(&mut self, node: &Node, dialect: &mut Dialect) {
        match node.scalar() {
            Some("absent") => dialect.missing_absent = true,
            _ if node.is_empty() => dialect.missing_absent = false,
            _ => self.problems.add(node.start, "`missing` is `absent` or left out"),
        }
    }

    pub(super) fn quote(&mut self, node: &Node, dialect: &mut Dialect) {
        match self.text(node, "double or none") {
            Some("double") => dialect.has_quotes = true,
            Some("none") => dialect.has_quotes = false,
            Some(name) => self.problems.add(node.start, unknown("quote", name, ["double", "none"])),
            None => {}
        }
    }

    pub(super) fn zone(&mut self, node: &Node, dialect: &mut Dialect) {
        if let Content::Mapping(entries) = &node.content {
            return match entries.as_slice() {
                [Entry { key, value }] if key.scalar() == Some("from") => {
                    if let Some(text) = self.text(value, "the column that names the zone") {
                        dialect.zone = Some(TextSource::parse(text, value.text_start(), &mut self.problems));
                    }
                }
                _ => self.problems.add(node.start, "`zone` is a time zone such as Asia/Shanghai, or {from: COLUMN}"),
            };
        }
        let Some(name) = self.text(node, "a time zone such as Asia/Shanghai, or {from: COLUMN}") else { return };
        match zones::find(name) {
            Some(_) => dialect.zone = Some(TextSource::Constant(name.to_owned())),
            None => {
                let known: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
                let near = nearest(name, known.iter().map(String::as_str));
                let near = near.map_or(String::new(), |near| format!(": did you mean `{near}`?"));
                self.problems.add(node.start, format!("unknown time zone `{name}`{near}"));
            }
        }
    }

    pub(super) fn ambiguous(&mut self, node: &Node, dialect: &mut Dialect) {
        match node.scalar() {
            Some("earlier") => dialect.ambiguous = Ambiguous::Earlier,
            Some("later") => dialect.ambiguous = Ambiguous::Later,
            Some("reject") => dialect.ambiguous = Ambiguous::Reject,
            _ => self.problems.add(node.start, "`ambiguous` is earlier, later or reject: which of two times is meant"),
        }
    }

    pub(super) fn times(&mut self, node: &Node, dialect: &mut Dialect) {
        let Content::Mapping(entries) = &node.content else {
            self.problems.add(node.start, "`times` is {earliest: 1971-01-01, latest: 2199-12-31}, or one of the two");
            return;
        };
        let (mut earliest, mut latest) = (dialect.times.earliest(), dialect.times.latest());
        for Entry { key, value } in entries {
            let name = key.scalar().unwrap_or_default();
            let bound = match name {
                "earliest" => &mut earliest,
                "latest" => &mut latest,
                _ => {
                    self.problems.add(key.start, unknown("key", name, ["earliest", "latest"]));
                    continue;
                }
            };
            match value.scalar().and_then(|text| PlausibleTimes::bound(text, name == "latest")) {
                Some(time) => *bound = time,
                None => self.problems.add(value.start, "expected a date, or a time such as 2026-01-01T00:00:00+08:00"),
            }
        }
        match PlausibleTimes::new(earliest, latest) {
            Some(times) => dialect.times = times,
            None => self.problems.add(node.start, "`earliest` lies after `latest`: no time would be between"),
        }
    }

    pub(super) fn numbers(&mut self, node: &Node, dialect: &mut Dialect) {
        let fault = match &node.content {
            Content::Scalar(text, _) if text == "opaque" => {
                dialect.numbering = Numbering::Opaque;
                return;
            }
            Content::Mapping(entries) => match entries.as_slice() {
                [Entry { key, value: code }] if key.scalar() == Some("country") && code.scalar().is_some() => {
                    match Numbering::country(code.scalar().unwrap_or_default()) {
                        Ok(numbering) => {
                            dialect.numbering = numbering;
                            return;
                        }
                        Err(error) => return self.problems.add(code.start, error.to_string()),
                    }
                }
                _ => "expected {country: CN} here",
            },
            _ => "`numbers` is `opaque` or {country: CN}",
        };
        self.problems.add(node.start, fault);
    }

    pub(super) fn served(&mut self, node: &Node, dialect: &mut Dialect) {
        match node.scalar() {
            Some("calling") => dialect.served_calling = true,
            _ if node.is_empty() => dialect.served_calling = false,
            _ => self.problems.add(node.start, "`served` is `calling` or left out"),
        }
    }

    pub(super) fn counts(&mut self, node: &Node, dialect: &mut Dialect) {
        dialect.counted = RecordTypes::ALL;
        if node.is_empty() {
            return;
        }
        let Content::Sequence(nodes) = &node.content else {
            self.problems.add(node.start, "`counts` is a list of record types, such as [moCall, forwarded]");
            return;
        };
        if nodes.is_empty() {
            self.problems.add(node.start, "`counts` names no record type, so no call would count");
        }
        let mut counted = Vec::new();
        for node in nodes {
            let Some(name) = self.text(node, "a record type such as moCall") else { continue };
            match RecordType::from_name(name) {
                Some(record_type) => counted.push(record_type),
                None => {
                    let message = unknown("record type", name, RecordType::ALL.map(RecordType::name));
                    self.problems.add(node.start, message);
                }
            }
        }
        dialect.counted = counted.into_iter().collect();
    }

    pub(super) fn legs(&mut self, node: &Node, dialect: &mut Dialect) {
        dialect.legs = None;
        if !node.is_empty() {
            let (columns, places) = Legs::parse(node, &mut self.problems);
            dialect.legs = Some(LegKey { columns, places, built_in: self.built_in });
        }
    }

    pub(super) fn only(&mut self, node: &Node, dialect: &mut Dialect) {
        dialect.only = None;
        if node.is_empty() {
            return;
        }
        if let Some(text) = self.text(node, "a condition such as direction == \"Outgoing\"") {
            dialect.only = Only::parse(text, node.text_start(), &mut self.problems);
        }
    }
}

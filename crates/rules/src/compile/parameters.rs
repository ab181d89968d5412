//! `parameters` of a pack: limits that a carrier sets without editing rules.
//!
//! ```yaml
//! parameters:
//!   calls_per_hour: {default: 60, description: above the provincial monitor's limit}   # `value:` overrides it
//!   short_call: 10s                                                                    # or the value alone
//! ```

use std::cell::Cell;

use super::reader::{Fields, Reader};
use crate::syntax::{Constant, constant};
use crate::{Diagnostic, Level, PackFiles};
use ringfence_cdr::yaml::{Content, Mark, Node};

/// A parameter as it is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, without the `$`.
    pub name: Box<str>,
    /// The value in use, as written.
    pub value: Box<str>,
    /// What the pack gives by default, as written.
    pub default: Box<str>,
    /// What it means and where the default comes from.
    pub description: Box<str>,
}

/// The parameters of a pack.
#[derive(Default)]
pub(crate) struct Parameters(Vec<Declared>);

struct Declared {
    parameter: Parameter,
    /// `None` where the value is wrong, which was reported.
    value: Option<Constant>,
    at: Mark,
    used: Cell<bool>,
}

impl Parameters {
    /// Reads the mapping.
    pub(crate) fn read(reader: &mut Reader<'_>, node: &Node) -> Self {
        let Some(fields) = reader.any_fields(node, "parameters") else { return Self::default() };
        let mut declared: Vec<Declared> =
            fields.iter().filter_map(|(name, key, value)| declared(reader, name, key, value)).collect();
        declared.sort_by(|a, b| a.parameter.name.cmp(&b.parameter.name));
        Self(declared)
    }

    /// The value of a parameter: `None` where there is no such parameter, `Some(None)` where its value is wrong.
    pub(crate) fn value(&self, name: &str) -> Option<Option<&Constant>> {
        let found = self.0.iter().find(|declared| &*declared.parameter.name == name)?;
        found.used.set(true);
        Some(found.value.as_ref())
    }

    /// Every name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|declared| &*declared.parameter.name)
    }

    /// For reports.
    pub(crate) fn listed(&self) -> Vec<Parameter> {
        self.0.iter().map(|declared| declared.parameter.clone()).collect()
    }

    /// A parameter that no rule uses is likely a slip.
    pub(crate) fn warn_unused(&self, sources: &PackFiles, found: &mut Vec<Diagnostic>) {
        let mut reader = Reader::new("pack.yaml", sources.text("pack.yaml").unwrap_or_default());
        for declared in self.0.iter().filter(|declared| !declared.used.get()) {
            let name = &*declared.parameter.name;
            let message = format!("no rule uses the parameter `{name}`");
            reader.report(
                declared.at,
                Level::Warning,
                name,
                message,
                format!("remove it, or write `${name}` in a rule"),
            );
        }
        found.append(&mut reader.found);
    }
}

fn declared(reader: &mut Reader<'_>, name: &str, key: &Node, node: &Node) -> Option<Declared> {
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        let help = "names of parameters have letters, digits and `_`: calls_per_hour";
        reader.error(key, format!("`{name}` is no name of a parameter"), help);
        return None;
    }
    let (default, value, description) = match &node.content {
        Content::Mapping(_) => {
            let fields = reader.fields(node, "a parameter", &["default", "value", "description"], &[])?;
            described(reader, &fields)?
        }
        _ => (node, node, ""),
    };
    let mut literal = |node: &Node| {
        let text = reader.text(node, "a parameter's value")?;
        let parsed = reader.parsed(node, constant(text))?;
        Some((text.to_owned(), parsed))
    };
    let default = literal(default)?;
    let value = literal(value);
    let parameter = Parameter {
        name: name.into(),
        value: value.as_ref().map_or_else(|| "".into(), |(text, _)| text.as_str().into()),
        default: default.0.as_str().into(),
        description: description.into(),
    };
    Some(Declared { parameter, value: value.map(|(_, value)| value), at: key.start, used: Cell::new(false) })
}

/// The default, the value in use and the description.
fn described<'n>(reader: &mut Reader<'_>, fields: &Fields<'n>) -> Option<(&'n Node, &'n Node, &'n str)> {
    let default = reader.required(fields, "default", "100")?;
    let value = fields.get("value").unwrap_or(default);
    let description = match fields.get("description") {
        Some(node) => reader.text(node, "a description")?,
        None => "",
    };
    Some((default, value, description))
}

//! The dialect of a source: a built-in one, or a file.
//!
//! Some things may be said by the dialect or by the source: how numbers are written, whose records these are, which of
//! them count, when they can have been. Neither overrides the other in silence. What one of them says holds; where both say something they must say
//! the same.

use std::io;
use std::path::Path;

use ringfence_cdr::dialect::{BUILT_IN, Dialect, DialectTexts};
use ringfence_cdr::{Numbering, RecordType, RecordTypes};
use ringfence_task::{Source, SourceNumbers};

use super::tree::Section;

/// The contract's own JSON, of calls and of complaints.
const CONTRACT: &str = "json";

/// The dialect that a source names.
pub(super) struct Named {
    texts: DialectTexts,
    dialect: Dialect,
}

/// The dialect that a source names, other than the contract's own JSON.
pub(super) fn read(section: &mut Section<'_>, base: &Path) -> Option<Named> {
    let schema = section.text("schema");
    let name = section.text("dialect").filter(|name| name != CONTRACT);
    let Some(name) = name else {
        if schema.is_some() {
            section.refuse("schema", "is of messages of Avro: give the source a dialect with `format: avro`");
        }
        return None;
    };
    match named(&name, schema.as_deref(), base) {
        Ok(named) => Some(named),
        Err((key, reason)) => {
            section.refuse(key, reason);
            None
        }
    }
}

/// The dialect of this name with the schema of this file, or which of the two is at fault, and why.
fn named(name: &str, schema: Option<&str>, base: &Path) -> Result<Named, (&'static str, String)> {
    let of_dialect = |reason: String| ("dialect", reason);
    let of_schema = |reason: String| ("schema", reason);
    let mut texts = match DialectTexts::built_in(name) {
        Some(texts) => texts,
        None => of_file(name, base).map_err(of_dialect)?,
    };
    let mut dialect = texts.compile().map_err(|error| of_dialect(error.to_string()))?;
    if let Some(file) = schema {
        if !dialect.needs_schema() {
            return Err(of_schema(format!(
                "is of messages of Avro, and the dialect `{}` reads others",
                dialect.name()
            )));
        }
        let read = std::fs::read_to_string(base.join(file));
        let text = read.map_err(|error| of_schema(format!("names a file that cannot be read: {error}")))?;
        dialect = dialect.with_schema(&text).map_err(|error| of_schema(format!("cannot be used: {error}")))?;
        texts = texts.with_schema(&text);
    }
    dialect.bind_messages().map_err(|error| of_dialect(error.to_string()))?;
    Ok(Named { texts, dialect })
}

fn of_file(name: &str, base: &Path) -> Result<DialectTexts, String> {
    let text = std::fs::read_to_string(base.join(name)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            let known = BUILT_IN.join(", ");
            format!("is `{name}`, which is no file, from the directory of this one on, and none of the built-in dialects {known}")
        }
        _ => format!("names a file that cannot be read: {error}"),
    })?;
    DialectTexts::of_file(name, &text).map_err(|error| format!("cannot be used:\n{error}"))
}

impl Named {
    /// Joins what the dialect says with what the source says.
    pub(super) fn join(self, source: &mut Source, section: &Section<'_>) {
        let Self { texts, dialect } = self;
        let name = dialect.name();
        let refuse = |key: &str, what: &str| {
            let advice = "say it once, or extend the dialect by one that says otherwise";
            section.refuse(key, format!("is not what its dialect `{name}` says ({what}): {advice}"));
        };
        if dialect.kind() != source.kind {
            let message =
                format!("is {}, and its dialect `{name}` reads {}s", source.kind.name(), dialect.kind().name());
            section.refuse("kind", message);
        }
        if let Some((said, text)) = numbers_of(&dialect) {
            match source.numbers {
                SourceNumbers::Pack => source.numbers = said,
                ref own if *own == said => {}
                _ => refuse("numbers", &text),
            }
        }
        source.served |= dialect.serves_calling();
        let counted = dialect.counted();
        if counted != RecordTypes::ALL {
            let said: Vec<RecordType> =
                RecordType::ALL.into_iter().filter(|one| counted.contains(Some(*one))).collect();
            if source.counts.is_empty() {
                source.counts = said;
            } else if source.counts.iter().copied().collect::<RecordTypes>() != counted {
                let names: Vec<&str> = said.into_iter().map(RecordType::name).collect();
                refuse("counts", &names.join(", "));
            }
        }
        let times = dialect.times();
        if source.times.is_usual() {
            source.times = times;
        } else if !times.is_usual() && times != source.times {
            refuse("times", &format!("{} to {}", times.earliest(), times.latest()));
        }
        source.dialect = Some(texts);
    }
}

/// How numbers are written, where the dialect says it, and how it is said.
fn numbers_of(dialect: &Dialect) -> Option<(SourceNumbers, String)> {
    match dialect.numbering() {
        Numbering::International => None,
        Numbering::Opaque => Some((SourceNumbers::Opaque, "opaque".to_owned())),
        Numbering::Country(country) => {
            let code = country.code();
            Some((SourceNumbers::Country(code.clone()), format!("{{country: {code}}}")))
        }
    }
}

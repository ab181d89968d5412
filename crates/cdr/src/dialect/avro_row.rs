//! Messages of Avro that a dialect asks values of: which it asks for, and what is said where there are none.

use std::sync::Arc;

use super::problem::BindError;
use super::template::TextSource;
use super::time_format::TimeFormat;
use super::{Conversion, Dialect, Format};
use crate::avro::{Fault, Plan, Schema, Use};
use crate::{Reject, RejectCode, SchemaError};

impl Dialect {
    /// The same dialect, of messages that were written with this schema (the text of an `.avsc` file).
    ///
    /// # Errors
    /// Where the text is no schema.
    pub fn with_schema(self, text: &str) -> Result<Self, SchemaError> {
        Ok(Self { schema: Some(Arc::new(Schema::parse(text)?)), ..self })
    }

    /// Whether its messages need a schema to be read.
    #[must_use]
    pub fn needs_schema(&self) -> bool {
        self.format == Format::Avro
    }

    /// The way to the values of these names.
    pub(super) fn plan(&self, names: &[String]) -> Result<Plan, BindError> {
        let misfit = |missing| BindError { dialect: self.name.clone(), missing };
        let Some(schema) = &self.schema else {
            let missing = "Avro is read by the schema that wrote it: give the source `schema: FILE.avsc`";
            return Err(misfit(vec![missing.to_owned()]));
        };
        Plan::new((**schema).clone(), names, &|name| self.uses(name)).map_err(misfit)
    }

    /// Of these names those that the schema has.
    pub(super) fn names_in_schema(&self, names: Vec<String>) -> Vec<String> {
        match &self.schema {
            Some(schema) => names.into_iter().filter(|name| schema.has(name)).collect(),
            None => names,
        }
    }

    fn uses(&self, name: &str) -> Vec<Use> {
        let of_name = self.fields.iter().filter(|mapping| mapping.source.columns().any(|column| column == name));
        let uses = of_name.map(|mapping| match (&mapping.source, &mapping.conversion) {
            (TextSource::Column(_), Conversion::Time(format)) => {
                Use::Time { has_format: *format != TimeFormat::Contract }
            }
            (TextSource::Column(_), Conversion::Length(_)) => Use::Length,
            _ => Use::Text,
        });
        uses.collect()
    }
}

/// The reject of a message that is no datum of its schema.
#[cold]
pub(super) fn no_datum(message: &[u8], fault: Fault) -> Reject {
    let detail = match fault {
        Fault::Short => "the message ends before its datum does: it is cut short, or another schema wrote it",
        Fault::Long => "there is something behind the datum: another schema wrote it",
        Fault::Number => "a length, a branch or a symbol that the schema has not: another schema wrote it",
        Fault::Text => "a text that is no UTF-8: another schema wrote it",
        Fault::Much => "more values, or deeper ones, than a message may have",
    };
    let reject = Reject::new(RejectCode::BadAvro, detail);
    match message {
        [0, _, _, _, _, ..] => reject.with_advice("it may begin with the id of a schema registry, which is not read"),
        [0xc3, 0x01, ..] => {
            reject.with_advice("it may be written as a single object, with a fingerprint, which is not read")
        }
        _ => reject,
    }
}

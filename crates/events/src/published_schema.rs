//! The JSON Schemas of the events, made from their types.
//!
//! They describe what is written: a field that may be absent is not required, and none is ever null but where it says so.
//! Fields may be added in a later release; readers leave alone what they do not know.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use crate::{CardStatus, DeadLetter, Suspension, Violation};

/// A schema as it is published under `docs/schemas`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedSchema {
    /// The file's name.
    pub file: &'static str,
    /// Its whole text.
    pub text: String,
}

/// The schema of everything that subscribers receive.
#[must_use]
pub fn schemas() -> [PublishedSchema; 4] {
    [
        published::<Violation>("violation.json"),
        published::<Suspension>("suspension.json"),
        published::<CardStatus>("card-status.json"),
        published::<DeadLetter>("dead-letter.json"),
    ]
}

fn published<T: JsonSchema>(file: &'static str) -> PublishedSchema {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    PublishedSchema { file, text: format!("{:#}\n", schema.as_value()) }
}

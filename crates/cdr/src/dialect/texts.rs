//! A dialect as the texts that make it, so that it can be made again.
//!
//! What was read by a dialect is read again after a restart, when its file may be another and, with a newer release, the
//! built-in one that it extends may be too. So both texts go where records may have to be read again.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::files::text_of;
use super::{Dialect, DialectError};

/// The texts that make a dialect.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DialectTexts {
    /// The name of the file, for the places of what is wrong.
    name: String,
    /// The text of the file; none of a built-in dialect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The built-in dialect that it is or extends; none where that is the contract's, which has no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<Base>,
    /// The schema that wrote messages of Avro.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
}

/// A built-in dialect.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Base {
    name: String,
    text: String,
}

impl DialectTexts {
    /// Those of a built-in dialect; none where there is no such one, and of the contract's own.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        Some(Self { name: name.to_owned(), file: None, base: Some(Base::of(name)?), schema: None })
    }

    /// Those of a dialect file; `name` is that of the file, for the places of problems.
    ///
    /// # Errors
    /// [`DialectError`] with everything that is wrong in it.
    pub fn of_file(name: &str, text: &str) -> Result<Self, DialectError> {
        let base = Dialect::compile(name, text)?.extends.as_deref().and_then(Base::of);
        Ok(Self { name: name.to_owned(), file: Some(text.to_owned()), base, schema: None })
    }

    /// The same with the schema that wrote the messages.
    #[must_use]
    pub fn with_schema(self, schema: &str) -> Self {
        Self { schema: Some(schema.to_owned()), ..self }
    }

    /// How many bytes they take as JSON.
    #[must_use]
    pub fn bytes(&self) -> usize {
        serde_json::to_string(self).map_or(usize::MAX, |json| json.len())
    }

    /// The dialect.
    ///
    /// # Errors
    /// Where this release does not compile texts that another one did.
    pub fn compile(&self) -> Result<Dialect, DialectError> {
        let dialect = self.without_schema()?;
        let Some(schema) = &self.schema else { return Ok(dialect) };
        dialect.with_schema(schema).map_err(|error| DialectError::whole(&self.name, error.to_string()))
    }

    fn without_schema(&self) -> Result<Dialect, DialectError> {
        match (&self.file, &self.base) {
            (None, Some(base)) => base.compile(),
            (file, base) => {
                let known = |name: &str| match base {
                    Some(base) if base.name == name => base.compile().ok(),
                    _ => Dialect::built_in(name),
                };
                Dialect::extending(&self.name, file.as_deref().unwrap_or_default(), &known)
            }
        }
    }
}

impl Base {
    fn of(name: &str) -> Option<Self> {
        Some(Self { name: name.to_owned(), text: text_of(name)?.to_owned() })
    }

    fn compile(&self) -> Result<Dialect, DialectError> {
        Dialect::shipped(&self.name, &self.text)
    }
}

impl fmt::Debug for DialectTexts {
    /// Never the texts: they fill pages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DialectTexts").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "dialect: own\nextends: asterisk\nzone: Asia/Shanghai\n";

    /// As a snapshot carries them.
    fn stored(texts: &DialectTexts) -> DialectTexts {
        serde_json::from_str(&serde_json::to_string(texts).expect("is written")).expect("reads")
    }

    fn name_and_columns(texts: &DialectTexts) -> (String, usize) {
        let dialect = stored(texts).compile().expect("compiles");
        (dialect.name().to_owned(), dialect.bind(&[]).expect("has columns").columns())
    }

    #[test]
    fn a_dialect_is_made_again_from_its_texts() {
        let built_in = DialectTexts::built_in("asterisk").expect("is built in");
        assert_eq!(name_and_columns(&built_in), ("asterisk".to_owned(), 21));
        let own = DialectTexts::of_file("own.yaml", OWN).expect("compiles");
        assert_eq!(name_and_columns(&own), ("own".to_owned(), 21));
        let calls = DialectTexts::of_file("own.yaml", "dialect: own\nextends: json\nnumbers: opaque\n");
        assert_eq!(name_and_columns(&calls.expect("compiles")).0, "own");
    }

    #[test]
    fn what_a_file_extends_is_what_it_was_whatever_the_release_has_now() {
        let mut own = DialectTexts::of_file("own.yaml", OWN).expect("compiles");
        let base = own.base.as_mut().expect("extends one");
        base.text = base.text.replace("sequence]", "sequence, added]");
        assert_eq!(name_and_columns(&own).1, 22);
    }

    #[test]
    fn there_are_no_texts_of_what_is_no_dialect() {
        assert!(DialectTexts::built_in("json").is_none(), "the contract's own has no text");
        assert!(DialectTexts::built_in("unheard-of").is_none());
        let error = DialectTexts::of_file("own.yaml", "dialect: own\n").expect_err("maps no field");
        assert!(error.to_string().starts_with("own.yaml:1:1: "), "{error}");
    }
}

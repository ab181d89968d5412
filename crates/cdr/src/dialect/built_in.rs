//! The dialects that come with the product, and those of the contract itself.

use super::compile::compile;
use super::convert::TimeFormat;
use super::field::ReadAs;
use super::files::{CONTRACT, FILES};
use super::template::TextSource;
use super::{Columns, Conversion, Dialect, DialectError, Encoding, Format, Mapping, Unit};
use crate::yaml::Mark;
use crate::{Numbering, RecordKind, RecordTypes};

impl Dialect {
    /// Compiles a dialect file; `file` is its name, for the places of problems.
    ///
    /// # Errors
    /// [`DialectError`] with everything that is wrong in it.
    pub fn compile(file: &str, text: &str) -> Result<Self, DialectError> {
        compile(file, text, false)
    }

    /// The built-in dialect of this name.
    ///
    /// In a built-in dialect a file may lack the columns of fields that are not required.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        if name == CONTRACT {
            return Some(Self::canonical(RecordKind::Cdr, Format::Jsonl));
        }
        let (name, text) = FILES.iter().find(|(known, _)| *known == name)?;
        compile(name, text, true).ok()
    }

    /// The dialect of files whose columns, or JSON keys, have the contract's names.
    #[must_use]
    pub fn canonical(kind: RecordKind, format: Format) -> Self {
        let fields = kind.fields().iter().map(|field| Mapping {
            field,
            source: TextSource::Column(field.name.to_owned()),
            conversion: Conversion::of(field.read_as),
            built_in: true,
            at: Mark::default(),
        });
        Self {
            name: match format {
                Format::Csv => "csv".to_owned(),
                Format::Jsonl => CONTRACT.to_owned(),
            },
            kind,
            format,
            columns: Columns::Header,
            delimiter: b',',
            encoding: Encoding::UTF_8,
            missing_absent: false,
            zone: None,
            numbering: Numbering::International,
            served_calling: false,
            counted: RecordTypes::ALL,
            fields: fields.collect(),
            only: None,
        }
    }
}

impl Conversion {
    /// How the contract writes fields that are so read.
    pub(super) fn of(read_as: ReadAs) -> Self {
        match read_as {
            ReadAs::Text => Self::Text,
            ReadAs::Time => Self::Time(TimeFormat::Contract),
            ReadAs::Length => Self::Length(Unit::Seconds),
            ReadAs::Whole => Self::Whole,
            ReadAs::Flag => Self::Flag,
            ReadAs::RecordType => Self::RecordType,
            ReadAs::Status => Self::Status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::BUILT_IN;
    use super::*;

    #[test]
    fn every_built_in_dialect_compiles_under_its_own_name() {
        for (name, text) in FILES {
            let dialect = compile(name, text, true).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(dialect.name(), name);
        }
        assert!(BUILT_IN.iter().all(|name| Dialect::built_in(name).is_some_and(|dialect| dialect.name() == *name)));
    }
}

//! The dialects that come with the product, and those of the contract itself.

use super::compile::compile;
use super::field::ReadAs;
use super::files::{CONTRACT, PAIRS, text_of};
use super::local::Ambiguous;
use super::template::TextSource;
use super::time_format::TimeFormat;
use super::{Columns, Conversion, Dialect, DialectError, Encoding, Format, Mapping, Unit};
use crate::yaml::Mark;
use crate::{Numbering, PlausibleTimes, RecordKind, RecordTypes};

impl Dialect {
    /// Compiles a dialect file; `file` is its name, for the places of problems.
    ///
    /// # Errors
    /// [`DialectError`] with everything that is wrong in it.
    pub fn compile(file: &str, text: &str) -> Result<Self, DialectError> {
        compile(file, text, false, &Self::built_in)
    }

    /// The built-in dialect of this name.
    ///
    /// In a built-in dialect a file may lack the columns of fields that are not required.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        if name == CONTRACT {
            return Some(Self::canonical(RecordKind::Cdr, Format::Jsonl));
        }
        Self::shipped(name, text_of(name)?).ok()
    }

    /// The same; of a system whose JSON and CSV are two built-in dialects, that of this layout. So `freeswitch` reads both.
    #[must_use]
    pub fn of_format(self, format: Format) -> Self {
        let is_own = self.extends.is_some() || self.fields.iter().any(|mapping| !mapping.built_in);
        let of_pair = |(csv, json): (&'static str, &'static str)| match format {
            _ if is_own || format == self.format => None,
            Format::Jsonl if csv == self.name => Some(json),
            Format::Csv if json == self.name => Some(csv),
            Format::Jsonl | Format::Csv | Format::Avro => None,
        };
        let other = PAIRS.into_iter().find_map(of_pair).and_then(Self::built_in);
        match other {
            Some(other) => Self { numbering: self.numbering, ..other },
            None => self,
        }
    }

    /// The same, where these are the dialects that it may extend.
    pub(super) fn extending(
        file: &str,
        text: &str,
        known: &dyn Fn(&str) -> Option<Self>,
    ) -> Result<Self, DialectError> {
        compile(file, text, false, known)
    }

    /// A dialect of this name that came with a release.
    pub(super) fn shipped(name: &str, text: &str) -> Result<Self, DialectError> {
        compile(name, text, true, &Self::built_in)
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
                Format::Jsonl | Format::Avro => CONTRACT.to_owned(),
            },
            extends: None,
            kind,
            format,
            schema: None,
            columns: Columns::Header,
            delimiter: b',',
            encoding: Encoding::UTF_8,
            has_quotes: true,
            missing_absent: false,
            zone: None,
            ambiguous: Ambiguous::Earlier,
            times: PlausibleTimes::USUAL,
            numbering: Numbering::International,
            served_calling: false,
            counted: RecordTypes::ALL,
            fields: fields.collect(),
            legs: None,
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
            ReadAs::Cause => Self::Cause,
            ReadAs::Flag => Self::Flag,
            ReadAs::RecordType => Self::RecordType,
            ReadAs::Status => Self::Status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::BUILT_IN;
    use super::super::files::{FILES, built_in_text};
    use super::*;

    #[test]
    fn every_built_in_dialect_compiles_under_its_own_name() {
        for (name, text) in FILES {
            let dialect = Dialect::shipped(name, text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(dialect.name(), name);
        }
        assert!(BUILT_IN.iter().all(|name| Dialect::built_in(name).is_some_and(|dialect| dialect.name() == *name)));
    }

    #[test]
    fn a_system_with_two_layouts_is_read_in_both_by_one_name() {
        let named = |name: &str, format| {
            let dialect = Dialect::built_in(name).expect("is built in").of_format(format);
            (dialect.name().to_owned(), dialect.format())
        };
        for (csv, json) in PAIRS {
            for name in [csv, json] {
                assert_eq!(named(name, Format::Csv), (csv.to_owned(), Format::Csv));
                assert_eq!(named(name, Format::Jsonl), (json.to_owned(), Format::Jsonl));
            }
        }
        assert_eq!(named("asterisk", Format::Jsonl).1, Format::Csv, "it has one layout");
        let own = Dialect::compile("own.yaml", "dialect: freeswitch\nextends: freeswitch\n").expect("compiles");
        assert_eq!(own.of_format(Format::Jsonl).format(), Format::Csv, "an own one is what it says");
    }

    #[test]
    fn the_contracts_own_file_is_what_is_read_without_one() {
        let text = built_in_text(CONTRACT).expect("has a file");
        let (file, own) = (Dialect::shipped(CONTRACT, text).expect("compiles"), Dialect::built_in(CONTRACT));
        let said = |dialect: &Dialect| {
            let fields = dialect.fields.iter().map(|field| (field.field.target, field.source.clone()));
            (dialect.name.clone(), dialect.kind, dialect.format, fields.collect::<Vec<_>>())
        };
        assert_eq!(Some(said(&file)), own.as_ref().map(said));
        assert_eq!(
            format!("{:?}", file.bind(&[])),
            format!("{:?}", own.map(|own| own.bind(&[])).expect("is built in"))
        );
    }
}

//! The texts of a row to a record, by the fields that a dialect maps.

use std::borrow::Cow;

use super::convert;
use super::field::{RecordField, Target};
use super::legs::Legs;
use super::local::{Ambiguous, LocalTimes, RowZone};
use super::only::Only;
use super::place::{Medium, Place};
use super::problem::BindError;
use super::template::TextSource;
use super::{Columns, Conversion, Dialect, Format};
use crate::epoch::EpochUnit;
use crate::fields::invalid;
use crate::{
    CdrContext, CdrFields, ComplaintFields, ComplaintStatus, EventTime, Leg, Millis, Record, RecordKind, RecordType,
    Reject, Treatments, cause, nearest, seconds,
};

/// Makes records of the texts of rows.
#[derive(Clone, Debug)]
pub(super) struct FieldReader {
    kind: RecordKind,
    context: CdrContext,
    zone: Zone,
    ambiguous: Ambiguous,
    fields: Vec<Bound>,
    legs: Option<Legs<usize>>,
    only: Option<Only<usize>>,
}

/// Where the zone of a row's local times comes from.
#[derive(Clone, Debug)]
enum Zone {
    /// It is one for all, or none.
    Same(RowZone),
    /// The row names it.
    Named(TextSource<usize>),
}

#[derive(Clone, Debug)]
struct Bound {
    field: &'static RecordField,
    source: TextSource<usize>,
    conversion: Conversion,
    /// The columns that it is made of, for hints.
    columns: Option<Box<str>>,
}

impl FieldReader {
    /// Fits the dialect to a row with texts of these names.
    pub(super) fn bind(dialect: &Dialect, names: &[String], medium: Medium) -> Result<Self, BindError> {
        let index = |wanted: &str| names.iter().position(|name| name == wanted);
        let mut missing = dialect.missing(names);
        missing.extend(dialect.misplaced(medium));
        let only = dialect.only.as_ref().map(|only| only.bind(&index));
        if !missing.is_empty() || only == Some(None) {
            return Err(BindError { dialect: dialect.name.clone(), missing });
        }
        let fields = dialect.fields.iter().map(|mapping| Bound {
            field: mapping.field,
            source: mapping.source.bind(index),
            conversion: mapping.conversion.clone(),
            columns: mapping.source.columns_said(),
        });
        let fields = fields.filter(|bound| bound.source != TextSource::Absent).collect();
        let legs = dialect.legs.as_ref().map(|key| key.columns.bind(index));
        let context = CdrContext {
            numbering: dialect.numbering.clone(),
            served_calling: dialect.served_calling,
            counted: dialect.counted,
            times: dialect.times,
            duration_unit: dialect.duration_unit(),
        };
        let zone = Zone::of(dialect.zone.as_ref(), index);
        let (kind, ambiguous) = (dialect.kind, dialect.ambiguous);
        Ok(Self { kind, context, zone, ambiguous, fields, legs, only: only.flatten() })
    }

    pub(super) fn kind(&self) -> RecordKind {
        self.kind
    }

    pub(super) fn context(&self) -> &CdrContext {
        &self.context
    }

    /// The record that a row makes whose texts `column` gives; `None` where it is filtered.
    pub(super) fn decode<'a>(
        &'a self,
        column: &impl Fn(usize) -> &'a str,
        place: Place<'_>,
    ) -> Result<Option<Record>, Reject> {
        if self.only.as_ref().is_some_and(|only| !only.holds(column)) {
            return Ok(None);
        }
        let texts = self.texts(column, place);
        let local = LocalTimes::new(self.zone.of_row(column, place), self.ambiguous);
        self.record(&texts, &local, column).map_err(|reject| self.explained(reject, &texts))
    }

    fn record<'a>(
        &'a self,
        texts: &[Cow<'_, str>],
        local: &LocalTimes<'_>,
        column: &impl Fn(usize) -> &'a str,
    ) -> Result<Option<Record>, Reject> {
        match self.kind {
            RecordKind::Cdr => {
                let fields = self.gathered::<CdrFields<'_>>(texts, local)?;
                let Some(mut call) = fields.decode(&self.context)? else { return Ok(None) };
                let key = self.legs.as_ref().and_then(|legs| legs.key(column));
                call.leg = key.map(|key| Leg { key, ended: fields.ended(&call, &self.context) });
                Ok(Some(Record::Call(call)))
            }
            RecordKind::Complaint => self
                .gathered::<ComplaintFields<'_>>(texts, local)?
                .decode(&self.context)
                .map(|complaint| Some(Record::Complaint(complaint))),
        }
    }

    /// What is read of a row and differs in another.
    pub(super) fn difference<'a>(
        &'a self,
        column: &impl Fn(usize) -> &'a str,
        other: &impl Fn(usize) -> &'a str,
        place: Place<'_>,
    ) -> Option<&'static str> {
        if let Some(only) = &self.only {
            if only.columns().any(|at| column(*at) != other(*at)) {
                return Some("a column that `only` reads");
            }
            if !only.holds(column) {
                return None;
            }
        }
        let leg = |of: &dyn Fn(usize) -> &'a str| self.legs.as_ref().map(|legs| legs.key(of));
        if leg(column) != leg(other) {
            return Some("a column that `legs` names");
        }
        if let Zone::Named(source) = &self.zone
            && source.text(column, place) != source.text(other, place)
        {
            return Some("the column that names the zone");
        }
        let (texts, others) = (self.texts(column, place), self.texts(other, place));
        let differs = self.fields.iter().zip(texts.iter().zip(&others)).find(|(_, (text, other))| text != other);
        differs.map(|(bound, _)| bound.field.name)
    }

    /// The reject with the columns of its field, and what they look like.
    #[cold]
    fn explained(&self, reject: Reject, texts: &[Cow<'_, str>]) -> Reject {
        let Some(field) = reject.field() else { return reject };
        match self.fields.iter().zip(texts).find(|(bound, _)| bound.field.name == field) {
            Some((bound, text)) => {
                let unit = bound.conversion.epoch_unit();
                reject.written(bound.columns.as_deref(), text).in_other_unit(unit, text, self.context.times)
            }
            None => reject,
        }
    }

    /// The texts of the fields that it maps.
    pub(super) fn texts<'a>(&'a self, column: &impl Fn(usize) -> &'a str, place: Place<'_>) -> Vec<Cow<'a, str>> {
        self.fields.iter().map(|bound| bound.source.text(column, place)).collect()
    }

    /// The record that these texts make.
    #[inline]
    pub(super) fn gathered<'a, R: Gather<'a>>(
        &'a self,
        texts: &'a [Cow<'_, str>],
        local: &'a LocalTimes<'a>,
    ) -> Result<R, Reject> {
        let mut record = R::default();
        for (bound, text) in self.fields.iter().zip(texts) {
            record.put(&Text { bound, text, local })?;
        }
        record.treated(local.treatments());
        Ok(record)
    }
}

impl Zone {
    fn of(source: Option<&TextSource<String>>, index: impl Fn(&str) -> Option<usize> + Copy) -> Self {
        match source {
            None => Self::Same(RowZone::None),
            Some(TextSource::Constant(name)) => Self::Same(RowZone::named(name)),
            Some(source) => Self::Named(source.bind(index)),
        }
    }

    fn of_row<'a>(&'a self, column: &impl Fn(usize) -> &'a str, place: Place<'_>) -> Cow<'a, RowZone> {
        match self {
            Self::Same(zone) => Cow::Borrowed(zone),
            Self::Named(source) => Cow::Owned(RowZone::named(&source.text(column, place))),
        }
    }
}

impl Dialect {
    /// What the texts of a row of a file with this header are called.
    pub(super) fn names(&self, header: &[&str]) -> Vec<String> {
        match (self.format, &self.columns) {
            (Format::Jsonl, _) => self.columns_named(),
            (Format::Avro, _) => self.names_in_schema(self.columns_named()),
            (Format::Csv, Columns::Named(names) | Columns::Either(names)) => names.clone(),
            (Format::Csv, Columns::Header) => header.iter().map(|name| name.trim().to_owned()).collect(),
        }
    }

    /// The same for a file whose first row has these names, where they may be a header and name what is read.
    #[must_use]
    pub fn headed(&self, names: &[String]) -> Option<Self> {
        (self.may_have_header() && self.missing(names).is_empty())
            .then(|| Self { columns: Columns::Header, ..self.clone() })
    }

    /// The unit in which durations are written, where they are.
    fn duration_unit(&self) -> Millis {
        let mut lengths = self.fields.iter().filter(|mapping| mapping.field.target == Target::CallDuration);
        lengths.find_map(|mapping| mapping.conversion.unit()).unwrap_or(Millis::SECOND)
    }

    /// Whether it is the contract's own JSON, which has a faster decoder.
    pub(super) fn is_contract(&self) -> bool {
        self.only.is_none()
            && self.legs.is_none()
            && self.fields.len() == self.kind.fields().len()
            && self.fields.iter().all(|mapping| {
                mapping.source == TextSource::Column(mapping.field.name.to_owned())
                    && mapping.conversion == Conversion::of(mapping.field.read_as)
            })
    }

    /// Every column that it names, once.
    fn columns_named(&self) -> Vec<String> {
        let mut names: Vec<String> = self.fields.iter().flat_map(|mapping| mapping.source.columns().cloned()).collect();
        names.extend(self.legs.iter().flat_map(|key| key.columns.columns().cloned()));
        if let Some(only) = &self.only {
            names.extend(only.columns().cloned());
        }
        names.extend(self.zone.iter().flat_map(TextSource::columns).cloned());
        names.sort();
        names.dedup();
        names
    }

    /// One sentence per part of a place that a template names and these records have not.
    fn misplaced(&self, medium: Medium) -> impl Iterator<Item = String> {
        self.fields.iter().flat_map(move |mapping| {
            let strange = mapping.source.places().filter(move |name| name.medium() != medium);
            strange.map(move |name| format!("in the template of `{}`, {}", mapping.field.name, medium.refuses(name)))
        })
    }

    /// One sentence per column that a file with these columns lacks.
    fn missing(&self, names: &[String]) -> Vec<String> {
        let lacks = |column: &&String| !names.contains(column);
        let said = |wanted: &str, user: &str| {
            // A first row that is no header may hold phone numbers: only what looks like the wanted name is quoted.
            let near = nearest(wanted, names.iter().map(String::as_str));
            let near = near.filter(|name| name.chars().any(char::is_alphabetic));
            let near = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
            let lacks = if self.needs_schema() { "the schema has no value" } else { "the file has no column" };
            format!("{lacks} `{wanted}` (for {user}){near}")
        };
        let mut missing = Vec::new();
        if let Some(zone) = &self.zone {
            missing.extend(zone.columns().filter(lacks).map(|column| said(column, "zone")));
        }
        for mapping in self.fields.iter().filter(|mapping| mapping.field.required || !mapping.built_in) {
            missing.extend(mapping.source.needed().filter(lacks).map(|column| said(column, mapping.field.name)));
        }
        let times = [Target::SeizureTime, Target::AnswerTime];
        let mut times = self.fields.iter().filter(|mapping| times.contains(&mapping.field.target)).peekable();
        if self.kind == RecordKind::Cdr && times.peek().is_some() {
            let lacking: Vec<_> = times.map(|mapping| mapping.source.needed().find(lacks)).collect();
            if let Some(Some(column)) = lacking.iter().all(Option::is_some).then(|| lacking[0]) {
                missing.push(said(column, "seizureTime, or another for answerTime"));
            }
        }
        let legs = self.legs.iter().filter(|key| !key.built_in).flat_map(|key| key.columns.columns());
        missing.extend(legs.filter(lacks).map(|column| said(column, "legs")));
        let columns = self.only.iter().flat_map(Only::columns);
        missing.extend(columns.filter(lacks).map(|column| said(column, "only")));
        missing.sort();
        missing.dedup();
        missing
    }
}

/// The text of one field of one row.
pub(super) struct Text<'a> {
    bound: &'a Bound,
    text: &'a str,
    local: &'a LocalTimes<'a>,
}

/// A record that is made of texts.
pub(super) trait Gather<'a>: Default {
    /// Puts a text where it belongs.
    fn put(&mut self, text: &Text<'a>) -> Result<(), Reject>;

    /// Notes how texts were read, where not plainly.
    fn treated(&mut self, treatments: Treatments);
}

macro_rules! gather {
    ($record:ident { $($field:ident $place:ident $held:ident $name:literal $_rule:tt;)* }) => {
        impl<'a> Gather<'a> for $record<'a> {
            #[inline]
            fn put(&mut self, text: &Text<'a>) -> Result<(), Reject> {
                match text.bound.field.target {
                    $(Target::$field => self.$place = text.$held()?,)*
                    // Of the other kind; a dialect maps fields of its own alone.
                    _ => {}
                }
                Ok(())
            }

            fn treated(&mut self, treatments: Treatments) {
                self.treatments = treatments;
            }
        }
    };
}

call_fields!(gather CdrFields);
complaint_fields!(gather ComplaintFields);

/// What the table of fields says that a field holds.
impl<'a> Text<'a> {
    fn required(&self) -> Result<&'a str, Reject> {
        Ok(self.text)
    }

    fn text(&self) -> Result<Option<&'a str>, Reject> {
        Ok(self.optional())
    }

    fn optional(&self) -> Option<&'a str> {
        Some(self.text).filter(|text| !text.is_empty())
    }

    fn invalid(&self, expected: &str) -> Reject {
        invalid(self.bound.field.name, expected)
    }

    /// What `read` makes of the text; nothing where it is empty.
    fn convert<T>(&self, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Reject> {
        self.optional().map(|text| read(text).ok_or_else(|| self.invalid(expected))).transpose()
    }

    fn time(&self) -> Result<Option<EventTime>, Reject> {
        let Conversion::Time(format) = &self.bound.conversion else { return Ok(None) };
        let Some(text) = self.optional() else { return Ok(None) };
        format.read(text, self.local).map(Some).map_err(|fault| fault.reject(self.bound.field.name, format.expected()))
    }

    fn required_time(&self) -> Result<Option<EventTime>, Reject> {
        self.time()
    }

    fn seconds(&self) -> Result<Option<Millis>, Reject> {
        let Conversion::Length(unit) = self.bound.conversion else { return Ok(None) };
        self.convert(unit.expected(), |text| unit.read(text))
    }

    fn flag(&self) -> Result<Option<bool>, Reject> {
        match &self.bound.conversion {
            Conversion::Equals(wanted) => Ok(Some(self.text == wanted)),
            _ => self.convert("true or false", convert::flag),
        }
    }

    fn whole(&self) -> Result<Option<u16>, Reject> {
        self.integer()
    }

    fn cause(&self) -> Result<Option<u16>, Reject> {
        self.convert(cause::EXPECTED, cause::from_text)
    }

    fn count(&self) -> Result<Option<u32>, Reject> {
        self.integer()
    }

    fn integer<T: std::str::FromStr>(&self) -> Result<Option<T>, Reject> {
        self.convert("a whole number in its range", |text| text.parse().ok())
    }

    fn record_type(&self) -> Result<Option<RecordType>, Reject> {
        self.convert("a known record type", RecordType::from_record)
    }

    fn status(&self) -> Result<ComplaintStatus, Reject> {
        Ok(self.convert(ComplaintStatus::EXPECTED, ComplaintStatus::from_name)?.unwrap_or_default())
    }
}

impl Conversion {
    /// In what a number that is a time is counted.
    fn epoch_unit(&self) -> Option<EpochUnit> {
        match self {
            Self::Time(format) => format.epoch_unit(),
            _ => None,
        }
    }

    /// The unit of a length.
    fn unit(&self) -> Option<Millis> {
        match self {
            Self::Length(unit) => Some(unit.length()),
            _ => None,
        }
    }

    /// Whether a constant can be read, else why not.
    pub(super) fn check(&self, field: &'static RecordField, text: &str) -> Result<(), String> {
        let fault = |expected: &str| Err(format!("`{}` is not {expected}", field.name));
        match self {
            Self::Text | Self::Equals(_) => Ok(()),
            Self::Time(format) if format.is_local() => Ok(()),
            Self::Time(format)
                if format.read(text, &LocalTimes::new(Cow::Owned(RowZone::None), Ambiguous::Earlier)).is_err() =>
            {
                fault(format.expected())
            }
            Self::Length(unit) if !unit.read(text).is_some_and(seconds::can_be) => fault(unit.expected()),
            Self::Whole if text.parse::<u16>().is_err() => fault("a whole number in its range"),
            Self::Cause if cause::from_text(text).is_none() => fault(cause::EXPECTED),
            Self::Flag if convert::flag(text).is_none() => fault("true or false"),
            Self::RecordType if RecordType::from_record(text).is_none() => {
                Err(super::problem::unknown("record type", text, RecordType::ALL.map(RecordType::name)))
            }
            Self::Status if ComplaintStatus::from_name(text).is_none() => {
                Err(super::problem::unknown("status", text, ComplaintStatus::ALL.map(ComplaintStatus::name)))
            }
            Self::Time(_)
            | Self::Length(_)
            | Self::Whole
            | Self::Cause
            | Self::Flag
            | Self::RecordType
            | Self::Status => Ok(()),
        }
    }
}

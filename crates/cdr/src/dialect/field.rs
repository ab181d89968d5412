//! The fields that a dialect can map, as the contract names them.

use crate::RecordKind;

impl RecordKind {
    /// The names of the fields that records of this kind have.
    pub fn field_names(self) -> impl Iterator<Item = &'static str> {
        self.fields().iter().map(|field| field.name)
    }

    /// The fields that records of this kind have.
    pub(super) fn fields(self) -> &'static [RecordField] {
        match self {
            Self::Cdr => CDR,
            Self::Complaint => COMPLAINT,
        }
    }
}

/// What a field holds, which decides how its text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadAs {
    Text,
    Time,
    Length,
    Whole,
    Cause,
    Flag,
    RecordType,
    Status,
}

/// One field of the contract.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RecordField {
    pub(super) target: Target,
    pub(super) name: &'static str,
    pub(super) read_as: ReadAs,
    /// A file without it is of no use; `seizureTime` and `answerTime` stand in for each other.
    pub(super) required: bool,
}

/// How the text of a field is read, and whether it is required.
macro_rules! read_as {
    (required) => {
        (ReadAs::Text, true)
    };
    (text) => {
        (ReadAs::Text, false)
    };
    (required_time) => {
        (ReadAs::Time, true)
    };
    (time) => {
        (ReadAs::Time, false)
    };
    (seconds) => {
        (ReadAs::Length, false)
    };
    (flag) => {
        (ReadAs::Flag, false)
    };
    (whole) => {
        (ReadAs::Whole, false)
    };
    (cause) => {
        (ReadAs::Cause, false)
    };
    (count) => {
        (ReadAs::Whole, false)
    };
    (record_type) => {
        (ReadAs::RecordType, false)
    };
    (status) => {
        (ReadAs::Status, false)
    };
}

macro_rules! targets {
    ($({ $($field:ident $place:ident $held:ident $name:literal $_rule:tt;)* })*) => {
        /// Where in a record a text goes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Target {
            $($($field,)*)*
        }
    };
}

macro_rules! fields {
    ($table:ident { $($field:ident $place:ident $held:ident $name:literal $_rule:tt;)* }) => {
        const $table: &[RecordField] = &[$(RecordField {
            target: Target::$field,
            name: $name,
            read_as: read_as!($held).0,
            required: read_as!($held).1,
        },)*];
    };
}

call_fields!(complaint_fields targets);
call_fields!(fields CDR);
complaint_fields!(fields COMPLAINT);

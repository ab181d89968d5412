//! The fields of a fact: what a rule may ask of a call or a complaint.
//!
//! They are those rows of the table of fields that say what they are to a rule.

use std::fmt;

use crate::{DetailField, Details};

/// The type of a field, and of what a rule compares it with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// A phone number; compares with text.
    Number,
    /// A text.
    Text,
    /// A length of time.
    Duration,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A record type.
    RecordType,
    /// A complaint's status.
    Status,
    /// A time of day.
    Time,
    /// A day of the week.
    Weekday,
    /// A calendar date.
    Date,
}

/// The name of a field in a rule: that of the record, where no other is given.
macro_rules! rule_name {
    ($name:literal) => {
        $name
    };
    ($name:literal $rule_name:literal) => {
        $rule_name
    };
}

macro_rules! facts {
    ($({ $($field:ident $place:ident $held:ident $name:literal
        [$($number:literal $type:ident $(detail $at:literal)? $(named $rule_name:literal)?)?];)* })*) => {
        /// A field of a call or of a complaint; `callingNumber` of a complaint is the number complained of, the key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field {
            $($($(
                #[doc = concat!("`", rule_name!($name $($rule_name)?), "`.")]
                $field = $number,
            )?)*)*
        }

        impl Field {
            const COUNT: usize = [$($($($number,)?)*)*].len();
            /// Every field, in the order of their numbers.
            pub const ALL: [Self; Self::COUNT] = in_order![$($($(given!($number Self::$field),)?)*)*];

            /// What its row says: name, type, and which detail it is.
            fn row(self) -> (&'static str, FieldType, Option<DetailField>) {
                match self {
                    $($($(Self::$field => (
                        rule_name!($name $($rule_name)?),
                        FieldType::$type,
                        None $(.or(Some(DetailField::ALL[$at])))?,
                    ),)?)*)*
                }
            }
        }
    };
}

macro_rules! complaints {
    ({ $($field:ident $place:ident $held:ident $name:literal [$($number:literal $($_rule:tt)*)?];)* }) => {
        impl Field {
            /// Whether it is a field of complaints alone.
            fn is_of_complaints_alone(self) -> bool {
                match self {
                    $($(given!($number Self::$field) => true,)?)*
                    _ => false,
                }
            }
        }
    };
}

macro_rules! details {
    ({ $($field:ident $place:ident $held:ident $name:literal
        [$($number:literal $type:ident $(detail $at:literal)?)?];)* }) => {
        impl DetailField {
            /// The same, as a field that a rule can name.
            #[must_use]
            pub fn field(self) -> Field {
                match self {
                    $($($(given!($at Self::$field) => Field::$field,)?)?)*
                }
            }
        }
    };
}

call_fields!(complaint_fields facts);
call_fields!(details);
complaint_fields!(complaints);

impl Field {
    /// The name in a rule.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The type of its values.
    #[must_use]
    pub fn field_type(self) -> FieldType {
        self.row().1
    }

    /// Which rare text of a call it is; `None` for what is kept of every call, and for complaints.
    #[must_use]
    pub fn detail(self) -> Option<DetailField> {
        self.row().2
    }

    /// Whether calls have this field.
    #[must_use]
    pub fn of_calls(self) -> bool {
        !self.is_of_complaints_alone()
    }

    /// Whether complaints have this field; `callingNumber` is then the number complained of.
    #[must_use]
    pub fn of_complaints(self) -> bool {
        self.is_of_complaints_alone() || self == Self::CallingNumber
    }
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = DetailField::ALL.into_iter().filter(|field| self.get(*field).is_some());
        f.debug_set().entries(there.map(|field| field.field().name())).finish()
    }
}

//! The texts of a call that few records have.

macro_rules! details {
    ({ $($field:ident $place:ident $held:ident $name:literal
        [$($number:literal $type:ident $(detail $at:literal)?)?];)* }) => {
        /// Texts of a call that few records have. Empty boxes cost nothing to carry.
        ///
        /// `Debug` names the fields that are there and never prints them: an IMSI is a person's.
        #[derive(Clone, Default, PartialEq)]
        pub struct Details {
            $($($(
                #[doc = concat!("`", $name, "`, at place ", $at, " among the details.")]
                pub $place: Option<Box<str>>,
            )?)?)*
        }

        /// A field of [`Details`], by its place among them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum DetailField {
            $($($(#[doc = concat!("`", $name, "`.")] $field = $at,)?)?)*
        }

        impl DetailField {
            /// How many there are.
            pub const COUNT: usize = [$($($($at,)?)?)*].len();
            /// All of them, in the order of their places.
            pub const ALL: [Self; Self::COUNT] = in_order![$($($(given!($at Self::$field),)?)?)*];
        }

        impl Details {
            /// The text of a field, `None` where the record had none.
            #[must_use]
            pub fn get(&self, field: DetailField) -> Option<&str> {
                match field {
                    $($($(given!($at DetailField::$field) => self.$place.as_deref(),)?)?)*
                }
            }
        }
    };
}

call_fields!(details);

//! Canonical JSON to calls and complaints.

use super::Scalar;
use super::object::{Fields, parse};
use crate::{Cdr, CdrContext, CdrFields, Complaint, ComplaintFields, Numbering, Record, RecordKind, Reject};

/// Decodes one record of a kind; `None` where it is a call whose type does not count at this source.
///
/// # Errors
/// A [`Reject`] where the bytes are no JSON object, a required field is absent or a field is not what it should be.
#[inline]
pub fn decode(kind: RecordKind, record: &[u8], context: &CdrContext) -> Result<Option<Record>, Reject> {
    match kind {
        RecordKind::Cdr => Ok(decode_cdr(record, context)?.map(Record::Call)),
        RecordKind::Complaint => decode_complaint(record, &context.numbering).map(|it| Some(Record::Complaint(it))),
    }
}

/// Decodes one record; `None` where its record type does not count at this source.
///
/// # Errors
/// A [`Reject`] where the bytes are no JSON object, a required field is absent or a field is not what it should be.
#[inline]
pub fn decode_cdr(record: &[u8], context: &CdrContext) -> Result<Option<Cdr>, Reject> {
    let mut wire = CdrWire::default();
    parse(record, &mut wire)?;
    wire.fields().and_then(|fields| fields.decode(context)).map_err(|reject| wire.explained(reject))
}

/// Decodes one complaint.
///
/// # Errors
/// As [`decode_cdr`].
pub fn decode_complaint(record: &[u8], numbering: &Numbering) -> Result<Complaint, Reject> {
    let mut wire = ComplaintWire::default();
    parse(record, &mut wire)?;
    wire.fields().and_then(|fields| fields.decode(numbering)).map_err(|reject| wire.explained(reject))
}

macro_rules! wire {
    ($wire:ident $record:ident { $($_field:ident $place:ident $held:ident $name:literal $_rule:tt;)* }) => {
        #[derive(Default)]
        pub(crate) struct $wire<'a> {
            $($place: Scalar<'a>,)*
        }

        impl<'a> Fields<'a> for $wire<'a> {
            #[inline]
            fn place(&mut self, name: &str) -> Option<&mut Scalar<'a>> {
                Some(match name {
                    $($name => &mut self.$place,)*
                    _ => return None,
                })
            }
        }

        impl $wire<'_> {
            /// The reject with what its field looks like.
            #[cold]
            fn explained(&self, reject: Reject) -> Reject {
                match reject.field() {
                    $(Some($name) => reject.written(None, &self.$place.written()),)*
                    _ => reject,
                }
            }

            pub(crate) fn fields(&self) -> Result<$record<'_>, Reject> {
                Ok($record { $($place: self.$place.$held($name)?,)* })
            }
        }
    };
}

call_fields!(wire CdrWire CdrFields);
complaint_fields!(wire ComplaintWire ComplaintFields);

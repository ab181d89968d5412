//! Canonical JSON to calls and complaints.

use super::object::{Fields, NoObject, parse, parse_plainly, take_numbers_as_texts};
use super::{Scalar, fault, replaced};
use crate::dialect::Encoding;
use crate::epoch::EpochUnit;
use crate::{
    Cdr, CdrContext, CdrFields, Complaint, ComplaintFields, Record, RecordKind, Reject, Treatment, Treatments,
};

/// Decodes one record of a kind; `None` where it is a call whose type does not count at this source.
///
/// # Errors
/// A [`Reject`] where the bytes are no JSON object, a required field is absent or a field is not what it should be.
#[inline]
pub fn decode(kind: RecordKind, record: &[u8], context: &CdrContext) -> Result<Option<Record>, Reject> {
    match kind {
        RecordKind::Cdr => Ok(decode_cdr(record, context)?.map(Record::Call)),
        RecordKind::Complaint => decode_complaint(record, context).map(|it| Some(Record::Complaint(it))),
    }
}

/// Decodes one record; `None` where its record type does not count at this source.
///
/// # Errors
/// A [`Reject`] where the bytes are no JSON object, a required field is absent or a field is not what it should be.
#[inline]
pub fn decode_cdr(record: &[u8], context: &CdrContext) -> Result<Option<Cdr>, Reject> {
    let mut wire = CdrWire::default();
    match parse(record, &mut wire) {
        Ok(()) => wire.decode(record, context),
        Err(NoObject) => replaced_cdr(record, Encoding::UTF_8, context),
    }
}

/// Decodes one complaint.
///
/// # Errors
/// As [`decode_cdr`].
pub fn decode_complaint(record: &[u8], context: &CdrContext) -> Result<Complaint, Reject> {
    let mut wire = ComplaintWire::default();
    match parse(record, &mut wire) {
        Ok(()) => wire.decode(record, context),
        Err(NoObject) => replaced_complaint(record, Encoding::UTF_8, context),
    }
}

/// A second, slower reading of a record that was not taken at once: with what is no text in it replaced, it is taken where
/// that reached no field.
#[cold]
pub(crate) fn decode_replaced(
    kind: RecordKind,
    record: &[u8],
    encoding: Encoding,
    context: &CdrContext,
) -> Result<Option<Record>, Reject> {
    match kind {
        RecordKind::Cdr => Ok(replaced_cdr(record, encoding, context)?.map(Record::Call)),
        RecordKind::Complaint => replaced_complaint(record, encoding, context).map(|it| Some(Record::Complaint(it))),
    }
}

#[cold]
fn replaced_cdr(record: &[u8], encoding: Encoding, context: &CdrContext) -> Result<Option<Cdr>, Reject> {
    let texts = replaced(record, encoding);
    let mut call = untouched::<CdrWire<'_>>(&texts, encoding)?.decode(texts[0].as_bytes(), context)?;
    if texts[0] != texts[1] {
        call.iter_mut().for_each(|call| call.treatments.note(Treatment::ReplacedBytes));
    }
    Ok(call)
}

#[cold]
fn replaced_complaint(record: &[u8], encoding: Encoding, context: &CdrContext) -> Result<Complaint, Reject> {
    let texts = replaced(record, encoding);
    let mut complaint = untouched::<ComplaintWire<'_>>(&texts, encoding)?.decode(texts[0].as_bytes(), context)?;
    if texts[0] != texts[1] {
        complaint.treatments.note(Treatment::ReplacedBytes);
    }
    Ok(complaint)
}

/// The fields of a record whose faults were replaced in two ways, where they are the same in both.
fn untouched<'a, W: Fields<'a>>(texts: &'a [String; 2], encoding: Encoding) -> Result<W, Reject> {
    let [mut wire, mut other] = [W::default(), W::default()];
    for (text, wire) in texts.iter().zip([&mut wire, &mut other]) {
        parse_plainly(text, wire).map_err(|_| fault(text, |key| W::default().place(key).is_some()))?;
    }
    match wire.difference(&other) {
        Some(field) => Err(encoding.refusal(field)),
        None => Ok(wire),
    }
}

impl<'a> CdrWire<'a> {
    /// The call of a record that was parsed.
    #[inline]
    fn decode(&mut self, record: &'a [u8], context: &CdrContext) -> Result<Option<Cdr>, Reject> {
        if let Ok(fields) = self.fields() {
            return fields.decode(context).map_err(|reject| self.explained(reject, context));
        }
        take_numbers_as_texts(record, self);
        self.fields().and_then(|fields| fields.decode(context)).map_err(|reject| self.explained(reject, context))
    }
}

impl<'a> ComplaintWire<'a> {
    /// The complaint of a record that was parsed.
    fn decode(&mut self, record: &'a [u8], context: &CdrContext) -> Result<Complaint, Reject> {
        if let Ok(fields) = self.fields() {
            return fields.decode(context).map_err(|reject| self.explained(reject, context));
        }
        take_numbers_as_texts(record, self);
        self.fields().and_then(|fields| fields.decode(context)).map_err(|reject| self.explained(reject, context))
    }
}

/// Whether a field holds a text.
macro_rules! is_text {
    (required) => {
        true
    };
    (text) => {
        true
    };
    ($other:ident) => {
        false
    };
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

            fn place_of_text(&mut self, name: &str) -> Option<&mut Scalar<'a>> {
                match name {
                    $($name if is_text!($held) => Some(&mut self.$place),)*
                    _ => None,
                }
            }

            #[inline]
            fn take_numbers_as_texts(&mut self) -> bool {
                let mut are_whole = true;
                $(if is_text!($held) {
                    are_whole &= self.$place.take_digits();
                })*
                are_whole
            }

            fn difference(&self, other: &Self) -> Option<&'static str> {
                $(if self.$place != other.$place {
                    return Some($name);
                })*
                None
            }
        }

        impl $wire<'_> {
            /// The reject with what its field looks like.
            #[cold]
            fn explained(&self, reject: Reject, context: &CdrContext) -> Reject {
                let field = match reject.field() {
                    $(Some($name) => &self.$place,)*
                    _ => return reject,
                };
                let unit = matches!(field, Scalar::Whole(_)).then_some(EpochUnit::Millis);
                reject.written(None, &field.written()).in_other_unit(unit, &field.written(), context.times)
            }

            pub(crate) fn fields(&self) -> Result<$record<'_>, Reject> {
                Ok($record { $($place: self.$place.$held($name)?,)* treatments: Treatments::default() })
            }
        }
    };
}

call_fields!(wire CdrWire CdrFields);
complaint_fields!(wire ComplaintWire ComplaintFields);

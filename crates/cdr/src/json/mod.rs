//! The canonical JSON of call detail records and complaints: names of TS 32.298 in camelCase.
//!
//! ```json
//! {"recordId":"msc7-1","recordType":"moCall","callingNumber":"+8613800000000","calledNumber":"+8613900000000",
//!  "seizureTime":"2026-01-01T09:00:00.000+08:00","callDuration":12.5,"causeForTerm":0}
//! ```
//!
//! Times are RFC 3339 with an offset or epoch milliseconds, durations seconds with decimals down to the millisecond;
//! `null` and an empty text are an absent field, unknown fields are skipped whatever their text, a field given twice
//! refuses the record. What is wrong is said with the field's name and never with its content, which may be a phone number.
//! Reading borrows what it can from the bytes and does not stop at a value of the wrong type, so that the field can be
//! named.

mod decode;
mod encode;
mod fault;
mod mended;
mod object;
mod scalar;

pub(crate) use decode::decode_replaced;
pub use decode::{decode, decode_cdr, decode_complaint};
pub use encode::{encode_cdr, encode_complaint};
pub(crate) use fault::fault;
pub(crate) use mended::{REPLACEMENTS, replaced};
use scalar::Scalar;

#[cfg(test)]
pub(crate) use decode::{CdrWire, ComplaintWire};
#[cfg(test)]
pub(crate) use object::parse;
#[cfg(test)]
mod tests;

//! Canonical JSON: the records of the contract, read and written.
//!
//! Reading borrows what it can from the bytes and does not stop at a field of the wrong type, so that the reject names
//! the field. Unknown fields are skipped. Where a key is given twice, the record is malformed.

mod decode;
mod encode;
mod scalar;

pub use decode::{decode_cdr, decode_complaint};
pub use encode::{encode_cdr, encode_complaint};
use scalar::Scalar;

#[cfg(test)]
mod tests;

//! Bytes that look like a record and are none, each for a known reason.

use ringfence_cdr::RejectCode;

use crate::party::Party;
use crate::record::CallRecord;

/// Bytes that are no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Garbage {
    /// Whose number the producer keyed it by.
    pub key: Party,
    /// The bytes, without a line's end.
    pub bytes: Vec<u8>,
    /// Why they are no record.
    pub code: RejectCode,
}

/// What can be wrong with a record of a world.
pub(crate) const SPOILED: [RejectCode; 5] = [
    RejectCode::BadJson,
    RejectCode::HiddenNumber,
    RejectCode::MissingField,
    RejectCode::InvalidNumber,
    RejectCode::InvalidField,
];

/// The record's bytes, spoiled so that they deserve this code. Codes that no single record can deserve by its bytes
/// alone give the first of [`SPOILED`].
pub(crate) fn spoil(record: &CallRecord, code: RejectCode) -> Vec<u8> {
    let whole = record.to_string();
    let called = format!("\"calledNumber\":\"{}\"", record.called_number);
    match code {
        RejectCode::HiddenNumber => {
            let calling = format!("\"callingNumber\":\"{}\"", record.calling_number);
            whole.replacen(&calling, "\"callingNumber\":\"anonymous\"", 1)
        }
        RejectCode::MissingField => whole.replacen(&format!("{called},"), "", 1),
        RejectCode::InvalidNumber => whole.replacen(&called, "\"calledNumber\":\"+86154#not*a@number\"", 1),
        RejectCode::InvalidField => whole.replacen("\"callDuration\":", "\"callDuration\":\"a while\",\"ringing\":", 1),
        // The file ended in the middle of the record.
        _ => whole[..whole.len() / 2].to_owned(),
    }
    .into_bytes()
}

//! A canonical JSON complaint.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_cdr::CdrContext;
use ringfence_cdr::json::decode_complaint;

fuzz_target!(|record: &[u8]| {
    drop(decode_complaint(record, &CdrContext::default()));
});

//! A canonical JSON call.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_cdr::CdrContext;
use ringfence_cdr::json::decode_cdr;

fuzz_target!(|record: &[u8]| {
    drop(decode_cdr(record, &CdrContext::default()));
});

//! A journal record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_task::JournalRecord;

fuzz_target!(|bytes: &[u8]| {
    drop(JournalRecord::read(bytes));
});

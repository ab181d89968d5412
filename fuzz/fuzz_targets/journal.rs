//! A journal record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_consumer::kafka::JournalEnd;
use ringfence_engine::JournalRecord;

fuzz_target!(|bytes: &[u8]| {
    drop(JournalRecord::read(bytes));
});

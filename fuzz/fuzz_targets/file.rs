//! A file of records; its first byte picks the format.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use ringfence_cdr::dialect::{BUILT_IN, Dialect};
use ringfence_consumer::files::FileRecords;

fuzz_target!(|bytes: &[u8]| {
    let Some((format, bytes)) = bytes.split_first() else { return };
    let name = BUILT_IN[usize::from(*format) % BUILT_IN.len()];
    let dialect = Dialect::built_in(name).expect("is built in");
    let records = FileRecords::from_reader("fuzz", Cursor::new(bytes.to_vec()), dialect).expect("opens");
    assert!(records.count() <= bytes.len() + 1);
});

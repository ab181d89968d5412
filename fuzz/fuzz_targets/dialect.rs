//! A dialect file, and after a line `---` a header and a row for it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_cdr::dialect::{Dialect, Place};

fuzz_target!(|text: &str| {
    let (dialect, row) = text.split_once("\n---\n").unwrap_or((text, ""));
    let Ok(dialect) = Dialect::compile("fuzz.yaml", dialect) else { return };
    let (header, row) = row.split_once('\n').unwrap_or(("", row));
    let columns: Vec<&str> = header.split(',').collect();
    if let Ok(reader) = dialect.bind(&columns) {
        drop(reader.decode(row.as_bytes(), Place::Line { file: "fuzz.csv", line: 2 }));
    }
});

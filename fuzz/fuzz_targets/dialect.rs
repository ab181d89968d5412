//! A dialect file, and after a line `---` a row for it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_cdr::dialect::Dialect;

fuzz_target!(|text: &str| {
    let (dialect, row) = text.split_once("\n---\n").unwrap_or((text, ""));
    let Ok(dialect) = Dialect::compile("fuzz.yaml", dialect) else { return };
    let columns: Vec<&str> = row.lines().next().unwrap_or_default().split(',').collect();
    let texts: Vec<&str> = row.lines().nth(1).unwrap_or_default().split(',').collect();
    if let Ok(reader) = dialect.bind(&columns) {
        drop(reader.read(&texts, "fuzz.csv", 1));
        drop(reader.read_json(row.as_bytes(), "fuzz.jsonl", 1));
    }
});

//! Small archives of calls of one number.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::run::Desk;

/// Three calls within an hour are a violation.
pub(crate) const RULE: &str = "rule: three\ntitle: Three calls\nbasis: a test\nkey: callingNumber\n\
    let: {calls: count() over 1h}\nwhen: [calls >= 3]\n";
pub(crate) const HEADER: &str = "recordId,recordType,callingNumber,calledNumber,seizureTime,callDuration\n";

/// A call of the first minutes of 2026, made at this minute.
pub(crate) fn row(id: &str, minute: u32) -> String {
    format!("{id},moCall,+8617100000001,+8617200000001,2026-01-01T00:{minute:02}:00Z,5\n")
}

pub(crate) fn rows(ids: std::ops::Range<u32>) -> String {
    ids.fold(HEADER.to_owned(), |rows, id| rows + &row(&format!("r{id}"), id % 60))
}

pub(crate) fn json_line(id: &str, minute: u32) -> String {
    format!(
        "{{\"recordId\":\"{id}\",\"callingNumber\":\"+8617100000001\",\"calledNumber\":\"10086\",\
         \"seizureTime\":\"2026-01-01T00:{minute:02}:00Z\",\"callDuration\":5}}\n"
    )
}

pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("in memory");
    encoder.finish().expect("in memory")
}

pub(crate) fn desk() -> Desk {
    Desk::new().with("rule.yaml", RULE)
}

//! Whatever a journal record's bytes are: it is read or refused.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use ringfence_task::JournalRecord;

const RECORD: &str = r#"{"format":5,"release":"0.1.0","judging":1,"releases":{"timeZones":"2025b","zonesOfCountries":"2025b","numberPlan":"9"},"shard":{"scope":"number","partition":3},"sequence":17,"owner":"ringfence.group.node-1.0","lineage":{"cluster":"c","topics":{"cdr":"id"}},"pack":"hash","sources":"other","imposeFrom":-9223372036854775808,"inputs":[{"topic":"cdr","next":250},{"topic":"complaints","next":6,"atEnd":true}],"entries":[{"rulebook":"hash"},{"tables":{"spared":"version"}},{"clock":[1699999999900,1699999999900]},{"slice":[0,100,250]},{"slice":[1,5,6]}],"tick":1700000000000,"events":2}"#;
const PIECES: [&str; 10] = ["\"", "{", "}", "[", "]", ",", ":", "-1", "99999999999999999999", "null"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn any_bytes_are_a_journal_record_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(JournalRecord::read(&bytes));
    }

    #[test]
    fn a_mutated_journal_record_is_read_or_refused(
        edits in prop::collection::vec((any::<Index>(), 0..6_usize, select(&PIECES[..])), 1..4),
    ) {
        let mut bytes = RECORD.as_bytes().to_vec();
        for (at, removed, piece) in edits {
            let start = at.index(bytes.len() + 1);
            let end = (start + removed).min(bytes.len());
            bytes.splice(start..end, piece.bytes());
        }
        if let Ok(record) = JournalRecord::read(&bytes) {
            prop_assert!(record.slices().count() <= record.entries.len());
        }
    }
}

#[test]
fn the_record_that_is_mutated_is_one() {
    assert!(JournalRecord::read(RECORD.as_bytes()).is_ok());
}

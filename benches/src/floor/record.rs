//! The canonical call record, borrowed from the bytes it is read from.

use serde::Deserialize;

/// What the benchmark's records hold. All of it is read and checked, as an engine would, not only what the rule needs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsed because reading a record is part of the cost")]
pub(crate) struct CallRecord<'a> {
    record_id: &'a str,
    record_type: &'a str,
    recording_entity: &'a str,
    pub(crate) calling_number: &'a str,
    called_number: &'a str,
    pub(crate) seizure_time: i64,
    answer_time: Option<i64>,
    call_duration: u32,
    cause_for_term: u8,
}

impl<'a> CallRecord<'a> {
    /// Reads a record; nothing but JSON of this shape is one.
    pub(crate) fn of(json: &'a [u8]) -> Option<Self> {
        sonic_rs::from_slice(json).ok()
    }

    /// The digits of the calling number as one integer: the key of its state.
    pub(crate) fn calling_digits(&self) -> Option<u64> {
        self.calling_number.strip_prefix('+')?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::CallRecord;
    use crate::traffic::TrafficShape;

    #[test]
    fn every_record_of_the_stream_is_read() {
        let shape = TrafficShape::default();
        let (mut key, mut json) = (Vec::new(), Vec::new());
        for index in (0..shape.records).step_by(40_000) {
            let call = shape.call(index);
            call.write_key(&mut key);
            call.write_json(&mut json);
            let read = CallRecord::of(&json).expect("canonical JSON");
            assert_eq!(read.calling_number.as_bytes(), key);
            assert_eq!(u64::try_from(read.seizure_time).ok(), Some(call.seizure_ms));
            assert!(read.calling_digits().is_some());
        }
    }

    #[test]
    fn what_is_no_call_record_is_refused() {
        assert!(CallRecord::of(b"{}").is_none());
        assert!(CallRecord::of(b"not json").is_none());
    }
}

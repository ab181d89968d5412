//! Decoding the JSON of call records: the product's decoder beside plain parsers that fill a struct.

use ringfence_cdr::{CdrContext, Numbering, json};

use crate::Error;
use crate::floor::record::CallRecord;
use crate::judging::{nanos_per, thread_cpu};
use crate::traffic::TrafficShape;

/// Records as they lie in a topic.
#[derive(Debug)]
pub struct Records {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

/// A way to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoder {
    /// `ringfence_cdr::json`: every field checked, both numbers normalised, the record id hashed.
    Ringfence,
    /// `sonic-rs` into a struct of borrowed fields, as the floor does it.
    SonicRs,
    /// `serde_json` into the same.
    SerdeJson,
}

impl Decoder {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Ringfence, Self::SonicRs, Self::SerdeJson];

    /// The name in a table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ringfence => "ringfence, decoded and checked",
            Self::SonicRs => "sonic-rs into a struct",
            Self::SerdeJson => "serde_json into a struct",
        }
    }
}

impl Records {
    /// The first `count` records of a stream.
    #[must_use]
    pub fn of(shape: &TrafficShape, count: u64) -> Self {
        let mut records = Self { bytes: Vec::new(), ends: Vec::new() };
        let mut json = Vec::new();
        for index in 0..count {
            shape.call(index).write_json(&mut json);
            records.bytes.extend_from_slice(&json);
            records.ends.push(records.bytes.len());
        }
        records
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(&0).chain(&self.ends);
        begins.zip(&self.ends).map(|(begin, end)| &self.bytes[*begin..*end])
    }

    /// The average size of a record.
    #[must_use]
    pub fn average_bytes(&self) -> usize {
        self.bytes.len() / self.ends.len().max(1)
    }

    /// Decodes all and returns the processor time for each in ns, and the sum of their times to compare.
    ///
    /// # Errors
    /// If a record does not decode.
    pub fn decode(&self, decoder: Decoder) -> Result<(f64, i64), Error> {
        let numbering = Numbering::country("CN").map_err(|error| Error::Unmet(error.to_string()))?;
        let context = CdrContext { numbering, ..CdrContext::default() };
        let refused = || Error::Unmet(format!("{} refuses a record", decoder.name()));
        let mut sum = 0_i64;
        let began = thread_cpu();
        for record in self.iter() {
            let at = match decoder {
                Decoder::Ringfence => {
                    let cdr = json::decode_cdr(record, &context).ok().flatten().ok_or_else(refused)?;
                    std::hint::black_box(&cdr).at.0
                }
                Decoder::SonicRs => std::hint::black_box(CallRecord::of(record).ok_or_else(refused)?).seizure_time,
                Decoder::SerdeJson => {
                    let call: CallRecord<'_> = serde_json::from_slice(record).map_err(|_| refused())?;
                    std::hint::black_box(call).seizure_time
                }
            };
            sum = sum.wrapping_add(at);
        }
        Ok((nanos_per(thread_cpu() - began, self.ends.len() as u64), sum))
    }
}

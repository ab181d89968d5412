//! What the floor writes: one small record for each stretch of too many calls.

use std::fmt::Write;

use rdkafka::producer::{BaseProducer, BaseRecord};
use ringfence_kafka_for_tests::Cluster;

use crate::Error;

/// A number that called too often, and since when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Violation {
    /// The digits of the calling number.
    pub(super) calling: u64,
    /// The call that was one too many, in milliseconds since 1970.
    pub(super) opened_ms: i64,
}

impl Violation {
    /// Sends the violation, keyed by its number. The Kafka timestamp is the time of writing.
    pub(super) fn send(&self, producer: &BaseProducer, topic: &str, text: &mut String) -> Result<(), Error> {
        text.clear();
        let (calling, opened_ms) = (self.calling, self.opened_ms);
        let key = format!("+{calling}");
        write!(text, "{{\"callingNumber\":\"+{calling}\",\"openedAt\":{opened_ms}}}")
            .map_err(|_| Error::Unmet("an output could not be formatted".to_owned()))?;
        producer
            .send(BaseRecord::to(topic).key(&key).payload(text.as_str()))
            .map_err(|(error, _)| Error::kafka("write an output")(error))
    }
}

/// What a `read_committed` reader finds in a topic of outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outputs {
    /// How many there are.
    pub count: usize,
    /// How many numbers they name.
    pub numbers: usize,
    /// A sum of hashes of their keys and values, so the same in whatever order they were written.
    pub hash: u64,
}

/// Reads a topic of outputs as an outsider does.
///
/// # Errors
/// If the topic cannot be read.
pub fn read_outputs(cluster: &Cluster, topic: &str) -> Result<Outputs, Error> {
    let records = cluster.read_all(topic)?;
    let numbers: std::collections::BTreeSet<_> = records.iter().map(|record| &record.key).collect();
    let hash = records
        .iter()
        .map(|record| {
            let key = record.key.iter().flatten();
            fnv1a(key.chain(record.value.iter().flatten()))
        })
        .fold(0, u64::wrapping_add);
    Ok(Outputs { count: records.len(), numbers: numbers.len(), hash })
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo): the same on every machine and in every release.
fn fnv1a<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::fnv1a;

    #[test]
    fn the_hash_is_the_published_one() {
        // From the test vectors of the algorithm's authors.
        assert_eq!(fnv1a(b"".iter()), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar".iter()), 0x8594_4171_f739_67e8);
    }
}

//! Which partition a number belongs to.
//!
//! Clients differ in how they hash keys (librdkafka: CRC-32, Java: murmur2), and one number in two partitions halves
//! every count in silence. So the engine works out each record's partition anew, from the number in its body.

use ringfence_cdr::Number;

/// How the producers of an input choose partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// How they write the number as the key.
    pub form: KeyForm,
    /// How they hash the key.
    pub partitioner: Partitioner,
}

/// How a number is written as the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// With `+` and country code. Short codes and opaque numbers stand as they are.
    E164,
    /// Without the country code where it is this one; any other number as in [`KeyForm::E164`].
    National {
        /// The digits of the country code.
        calling_code: Box<str>,
    },
    /// As it stands in the record, which is the number itself only where numbers are opaque.
    Raw,
}

/// How keys are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partitioner {
    /// The default of Java's clients.
    Murmur2,
    /// The default of librdkafka's clients.
    Crc32,
}

/// The longest text of a number, with its sign.
const TEXT_MAX: usize = Number::LENGTH_MAX + 1;

impl Keys {
    /// The partition to which a record about this number belongs.
    #[must_use]
    pub fn partition_of(&self, number: &Number, partitions: i32) -> i32 {
        let mut buffer = [0; TEXT_MAX];
        let long;
        let text = match e164_text(number, &mut buffer) {
            Some(text) => text,
            None => {
                long = number.to_string();
                long.as_bytes()
            }
        };
        let key = match &self.form {
            KeyForm::E164 | KeyForm::Raw => text,
            KeyForm::National { calling_code } => without_calling_code(text, calling_code),
        };
        self.partitioner.partition_of(key, partitions)
    }
}

/// The text of an E.164 number, written into the buffer: this runs for every record and must not allocate.
fn e164_text<'a>(number: &Number, buffer: &'a mut [u8; TEXT_MAX]) -> Option<&'a [u8]> {
    let Number::Packed(packed) = number else { return None };
    let (mut digits, count) = packed.e164()?;
    let length = count as usize + 1;
    for place in buffer[1..length].iter_mut().rev() {
        *place = b'0' + (digits % 10) as u8;
        digits /= 10;
    }
    buffer[0] = b'+';
    Some(&buffer[..length])
}

fn without_calling_code<'a>(text: &'a [u8], calling_code: &str) -> &'a [u8] {
    let national = text.strip_prefix(b"+").and_then(|digits| digits.strip_prefix(calling_code.as_bytes()));
    national.unwrap_or(text)
}

impl Partitioner {
    /// The partition of a key among so many.
    #[must_use]
    pub fn partition_of(self, key: &[u8], partitions: i32) -> i32 {
        let partitions = partitions.max(1);
        match self {
            Self::Murmur2 => (murmur2(key) & 0x7fff_ffff) as i32 % partitions,
            Self::Crc32 => (crc32fast::hash(key) % partitions.unsigned_abs()) as i32,
        }
    }
}

/// MurmurHash2, 32 bits, with the seed of Kafka's clients.
fn murmur2(key: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const MULTIPLIER: u32 = 0x5bd1_e995;
    const SHIFT: u32 = 24;
    let mix = |word: u32| {
        let word = word.wrapping_mul(MULTIPLIER);
        (word ^ (word >> SHIFT)).wrapping_mul(MULTIPLIER)
    };
    let (words, rest) = key.as_chunks::<4>();
    let mut hash = SEED ^ key.len() as u32;
    for word in words {
        hash = hash.wrapping_mul(MULTIPLIER) ^ mix(u32::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        let last = rest.iter().rev().fold(0, |last, byte| (last << 8) | u32::from(*byte));
        hash = (hash ^ last).wrapping_mul(MULTIPLIER);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(MULTIPLIER);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use ringfence_cdr::Number;

    use super::{KeyForm, Keys, Partitioner, murmur2};

    /// From Kafka's own `UtilsTest`.
    #[test]
    fn murmur2_is_that_of_java_clients() {
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()) as i32, hash, "{key}");
        }
    }

    #[test]
    fn crc32_is_that_of_librdkafka() {
        // CRC-32 of "123456789" is cbf43926.
        assert_eq!(Partitioner::Crc32.partition_of(b"123456789", 1_000), (0xcbf4_3926_u32 % 1_000) as i32);
    }

    #[test]
    fn the_form_of_the_key_decides_the_text_that_is_hashed() {
        let check = |form: KeyForm, number: &str, key: &str| {
            let keys = Keys { form, partitioner: Partitioner::Murmur2 };
            let expected = Partitioner::Murmur2.partition_of(key.as_bytes(), 997);
            assert_eq!(keys.partition_of(&Number::new(number), 997), expected, "{key}");
        };
        let national = || KeyForm::National { calling_code: "86".into() };
        check(KeyForm::E164, "+8613000000001", "+8613000000001");
        check(KeyForm::E164, "+00000012", "+00000012");
        check(KeyForm::E164, "10086", "10086");
        check(KeyForm::E164, "a-longer-opaque-number-of-some-test", "a-longer-opaque-number-of-some-test");
        check(KeyForm::Raw, "007", "007");
        check(national(), "+8613000000001", "13000000001");
        check(national(), "+4930000000001", "+4930000000001");
        check(national(), "8600", "8600");
    }

    #[test]
    fn every_partition_is_within_range() {
        for partitions in [0, 1, 2, 3, 16, 997] {
            for number in 0..1_000 {
                let number = Number::new(&format!("+86130{number:08}"));
                for partitioner in [Partitioner::Murmur2, Partitioner::Crc32] {
                    let keys = Keys { form: KeyForm::E164, partitioner };
                    assert!((0..partitions.max(1)).contains(&keys.partition_of(&number, partitions)));
                }
            }
        }
    }
}

//! The byte form of a call.
//!
//! Facts of a chunk follow each other in order of time; each is written relative to the one before it:
//!
//! ```text
//! varint   delta << 2 | in milliseconds << 1 | new shape     time since the fact before, in seconds where whole
//! [u8]     shape                                             only where it differs from the fact before
//! 4 bytes  fingerprint
//! varint   zigzag(called number - calling number)            neighbours in a number plan are near: 5 bytes
//! [varint] duration                                          seconds << 1, or milliseconds << 1 | 1
//! [varint] cause, diagnostics, details                       where the shape says so; the first two plus one
//! ```
//!
//! A shape is `record type (10 for none) << 4 | answered << 3 | served << 2 | has duration << 1 | has more`.

use ringfence_cdr::{EventTime, Fingerprint, PackedNumber, RecordType};

use crate::CallFact;

/// What the next fact is written relative to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Previous {
    pub(crate) at: i64,
    pub(crate) shape: u8,
}

/// A shape that no fact has, so that the first of a chunk writes its own.
pub(crate) const NO_SHAPE: u8 = 0xff;

/// What time and shape of a fact take, about, whatever lies before it: a distance of up to six days in whole seconds,
/// or of nine minutes in milliseconds, and the shape.
pub(crate) const RELATIVE_BYTES: usize = 4;

/// Behind the last record type.
const NO_RECORD_TYPE: u8 = RecordType::ALL.len() as u8;
const ANSWERED: u8 = 1 << 3;
const SERVED: u8 = 1 << 2;
const HAS_DURATION: u8 = 1 << 1;
const HAS_MORE: u8 = 1;

/// A fact as it is written after another one. Facts come in order of time.
#[derive(Debug)]
pub(crate) struct Encoded {
    bytes: [u8; Self::BYTES_MAX],
    length: usize,
    /// How many of the bytes say time and shape.
    relative: usize,
    next: Previous,
}

impl Encoded {
    /// Two varints of up to ten bytes, four of up to five, shape and fingerprint.
    const BYTES_MAX: usize = 48;

    pub(crate) fn new(previous: Previous, key: PackedNumber, fact: &CallFact) -> Self {
        let shape = shape_of(fact);
        let next = Previous { at: fact.at.0, shape };
        let mut encoded = Self { bytes: [0; Self::BYTES_MAX], length: 0, relative: 0, next };
        let delta = fact.at.0.wrapping_sub(previous.at) as u64;
        let (units, in_millis) = if delta.is_multiple_of(1000) { (delta / 1000, 0) } else { (delta, 1) };
        encoded.push_head(units, (in_millis << 1) | u8::from(shape != previous.shape));
        if shape != previous.shape {
            encoded.push(&[shape]);
        }
        encoded.relative = encoded.length;
        encoded.push(&fact.fingerprint.0.to_le_bytes());
        encoded.push_varint(zigzag(fact.called_number.0.wrapping_sub(key.0) as i64));
        if let Some(duration) = fact.call_duration {
            let whole = duration.is_multiple_of(1000);
            let value = if whole { u64::from(duration / 1000) << 1 } else { (u64::from(duration) << 1) | 1 };
            encoded.push_varint(value);
        }
        if shape & HAS_MORE != 0 {
            encoded.push_varint(fact.cause_for_term.map_or(0, |cause| u64::from(cause) + 1));
            encoded.push_varint(fact.diagnostics.map_or(0, |cause| u64::from(cause) + 1));
            encoded.push_varint(u64::from(fact.details));
        }
        encoded
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// How many of the bytes are the same whatever fact is before.
    pub(crate) fn own_bytes(&self) -> usize {
        self.length - self.relative
    }

    /// How many of the bytes depend on the fact before: those that say time and shape.
    pub(crate) fn relative_bytes(&self) -> usize {
        self.relative
    }

    /// What the next fact is relative to.
    pub(crate) fn next(&self) -> Previous {
        self.next
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// A varint with two flags below it, so of up to 66 bits.
    fn push_head(&mut self, units: u64, flags: u8) {
        let first = ((units & 0x1f) as u8) << 2 | flags;
        match units >> 5 {
            0 => self.push(&[first]),
            more => {
                self.push(&[first | 0x80]);
                self.push_varint(more);
            }
        }
    }

    fn push_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(&[(value as u8) | 0x80]);
            value >>= 7;
        }
        self.push(&[value as u8]);
    }
}

fn shape_of(fact: &CallFact) -> u8 {
    let more = fact.cause_for_term.is_some() || fact.diagnostics.is_some() || fact.details != 0;
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    (fact.record_type.map_or(NO_RECORD_TYPE, |record_type| record_type as u8) << 4)
        | flag(fact.answered, ANSWERED)
        | flag(fact.served, SERVED)
        | flag(fact.call_duration.is_some(), HAS_DURATION)
        | flag(more, HAS_MORE)
}

/// Reads the facts of a chunk one by one.
#[derive(Clone, Debug)]
pub(crate) struct Decoder<'a> {
    bytes: &'a [u8],
    previous: Previous,
    key: PackedNumber,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8], base: i64, key: PackedNumber) -> Self {
        Self { bytes, previous: Previous { at: base, shape: NO_SHAPE }, key }
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len()
    }

    /// What the next fact is relative to.
    pub(crate) fn previous(&self) -> Previous {
        self.previous
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
            shift += 7;
            if shift > 63 {
                return None;
            }
        }
    }

    /// A varint of up to 66 bits: the delta of a time has two flags below it.
    fn head(&mut self) -> Option<(u64, bool, bool)> {
        let first = self.byte()?;
        let (in_millis, new_shape) = (first & 2 != 0, first & 1 != 0);
        let mut units = u64::from((first & 0x7f) >> 2);
        let mut shift = 5;
        let mut more = first & 0x80 != 0;
        while more {
            let byte = self.byte()?;
            units |= u64::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            more = byte & 0x80 != 0;
        }
        Some((units, in_millis, new_shape))
    }
}

impl Iterator for Decoder<'_> {
    type Item = CallFact;

    fn next(&mut self) -> Option<CallFact> {
        let (units, in_millis, new_shape) = self.head()?;
        let delta = if in_millis { units } else { units.wrapping_mul(1000) };
        let shape = if new_shape { self.byte()? } else { self.previous.shape };
        let at = self.previous.at.wrapping_add(delta as i64);
        let (fingerprint, rest) = self.bytes.split_first_chunk::<4>()?;
        self.bytes = rest;
        let called = self.key.0.wrapping_add(unzigzag(self.varint()?) as u64);
        let call_duration = match shape & HAS_DURATION != 0 {
            true => Some(self.varint()?)
                .map(|value| if value & 1 == 0 { (value >> 1).wrapping_mul(1000) } else { value >> 1 }),
            false => None,
        };
        let (cause, diagnostics, details) = match shape & HAS_MORE != 0 {
            true => (self.varint()?, self.varint()?, self.varint()?),
            false => (0, 0, 0),
        };
        self.previous = Previous { at, shape };
        Some(CallFact {
            at: EventTime(at),
            fingerprint: Fingerprint(u32::from_le_bytes(*fingerprint)),
            called_number: PackedNumber(called),
            record_type: RecordType::ALL.get(usize::from(shape >> 4)).copied(),
            answered: shape & ANSWERED != 0,
            served: shape & SERVED != 0,
            call_duration: call_duration.map(|duration| duration as u32),
            cause_for_term: cause.checked_sub(1).map(|cause| cause as u16),
            diagnostics: diagnostics.checked_sub(1).map(|cause| cause as u16),
            details: details as u32,
        })
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

//! The bytes of a datum, read from the front.

use std::borrow::Cow;

use super::schema::{Clock, Schema, Type, TypeId};

/// How deep values may stand in each other: a type may hold itself.
const DEPTH_MAX: usize = 64;
/// Values that take no bytes are counted beyond those of the message.
const VALUES_MORE: usize = 10_000;

/// Why the bytes are no datum of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It ends before all of it has been read.
    Short,
    /// Something is behind it.
    Long,
    /// A number, a length, a branch or a symbol that there is none of.
    Number,
    /// A text that is no UTF-8.
    Text,
    /// More values, or deeper ones, than are read.
    Much,
}

/// What is left of a datum.
pub(super) struct Datum<'a> {
    bytes: &'a [u8],
    values_left: usize,
}

impl<'a> Datum<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, values_left: bytes.len() + VALUES_MORE }
    }

    pub(super) fn end(self) -> Result<(), Fault> {
        if self.bytes.is_empty() { Ok(()) } else { Err(Fault::Long) }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(Fault::Short)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// A number of `int` or `long`: zigzag, seven bits a byte.
    pub(super) fn whole(&mut self) -> Result<i64, Fault> {
        let mut read: u64 = 0;
        for (at, byte) in self.bytes.iter().enumerate() {
            let bits = u64::from(byte & 0x7f);
            if at == 9 && bits > 1 {
                return Err(Fault::Number);
            }
            read |= bits << (7 * at);
            if byte & 0x80 == 0 {
                self.bytes = &self.bytes[at + 1..];
                return Ok((read >> 1) as i64 ^ -((read & 1) as i64));
            }
            if at == 9 {
                return Err(Fault::Number);
            }
        }
        Err(Fault::Short)
    }

    fn length(&mut self) -> Result<usize, Fault> {
        usize::try_from(self.whole()?).map_err(|_| Fault::Number)
    }

    fn counted(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.length()?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Fault> {
        simdutf8::basic::from_utf8(self.counted()?).map_err(|_| Fault::Text)
    }

    pub(super) fn branch<T: Copy>(&mut self, branches: &[T]) -> Result<T, Fault> {
        branches.get(self.length()?).copied().ok_or(Fault::Number)
    }

    /// The place of a branch among so many.
    pub(super) fn branch_at(&mut self, count: usize) -> Result<usize, Fault> {
        Some(self.length()?).filter(|at| *at < count).ok_or(Fault::Number)
    }

    /// The blocks of a list or a map: how many values come next, zero at the end, and how many bytes they have where that
    /// is written.
    pub(super) fn block(&mut self) -> Result<(usize, Option<usize>), Fault> {
        let count = self.whole()?;
        let bytes = if count < 0 { Some(self.length()?) } else { None };
        Ok((usize::try_from(count.unsigned_abs()).map_err(|_| Fault::Number)?, bytes))
    }

    /// Notes that a value is read.
    pub(super) fn count(&mut self) -> Result<(), Fault> {
        self.values_left = self.values_left.checked_sub(1).ok_or(Fault::Much)?;
        Ok(())
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self, schema: &Schema, id: TypeId, depth: usize) -> Result<(), Fault> {
        if depth > DEPTH_MAX {
            return Err(Fault::Much);
        }
        self.count()?;
        match schema.get(id) {
            Type::Null => {}
            Type::Boolean => drop(self.take(1)?),
            Type::Whole(_) => drop(self.whole()?),
            Type::Enum(symbols) => drop(self.branch_at(symbols.len())?),
            Type::Float => drop(self.take(4)?),
            Type::Double => drop(self.take(8)?),
            Type::Bytes(_) | Type::Text => drop(self.counted()?),
            Type::Fixed(size, _) => drop(self.take(*size)?),
            Type::Union(branches) => {
                let branch = self.branch(branches)?;
                self.skip(schema, branch, depth + 1)?;
            }
            Type::Record(fields) => {
                for (_, field) in fields {
                    self.skip(schema, *field, depth + 1)?;
                }
            }
            Type::List(of) => self.skip_blocks(|datum| datum.skip(schema, *of, depth + 1))?,
            Type::Map(of) => self.skip_blocks(|datum| {
                datum.counted()?;
                datum.skip(schema, *of, depth + 1)
            })?,
        }
        Ok(())
    }

    fn skip_blocks(&mut self, mut skip: impl FnMut(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        loop {
            match self.block()? {
                (0, _) => return Ok(()),
                (_, Some(bytes)) => drop(self.take(bytes)?),
                (count, None) => {
                    for _ in 0..count {
                        skip(self)?;
                    }
                }
            }
        }
    }

    /// A value as a text; nothing where it is null.
    pub(super) fn value(&mut self, schema: &Schema, id: TypeId) -> Result<Option<Cow<'a, str>>, Fault> {
        self.count()?;
        Ok(Some(match schema.get(id) {
            Type::Null => return Ok(None),
            Type::Boolean => Cow::Borrowed(if self.take(1)? == [0] { "false" } else { "true" }),
            Type::Whole(Some(Clock::Timestamp { parts })) => Cow::Owned(self.whole()?.div_euclid(*parts).to_string()),
            Type::Whole(Some(Clock::Local) | None) => Cow::Owned(self.whole()?.to_string()),
            Type::Float => Cow::Owned(f32::from_le_bytes(self.array()?).to_string()),
            Type::Double => Cow::Owned(f64::from_le_bytes(self.array()?).to_string()),
            Type::Text | Type::Bytes(None) => Cow::Borrowed(self.text()?),
            Type::Bytes(Some(scale)) => Cow::Owned(decimal(self.counted()?, *scale)?),
            Type::Fixed(size, Some(scale)) => Cow::Owned(decimal(self.take(*size)?, *scale)?),
            Type::Fixed(size, None) => {
                Cow::Owned(self.take(*size)?.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            }
            Type::Enum(symbols) => {
                let at = self.branch_at(symbols.len())?;
                Cow::Owned(symbols[at].to_string())
            }
            // No plan asks for one.
            Type::List(_) | Type::Map(_) | Type::Union(_) | Type::Record(_) => return Err(Fault::Number),
        }))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.take(N)?.try_into().map_err(|_| Fault::Short)
    }
}

/// The digits of a decimal: a whole number in two's complement, the first byte first, without zeros behind the point that
/// say nothing.
fn decimal(bytes: &[u8], scale: u32) -> Result<String, Fault> {
    const WIDTH: usize = size_of::<i128>();
    if bytes.len() > WIDTH || bytes.is_empty() {
        return Err(Fault::Number);
    }
    let fill = if bytes[0] & 0x80 == 0 { 0 } else { 0xff };
    let mut wide = [fill; WIDTH];
    wide[WIDTH - bytes.len()..].copy_from_slice(bytes);
    let unscaled = i128::from_be_bytes(wide);
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
    let fraction = fraction.trim_end_matches('0');
    let sign = if unscaled < 0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{sign}{whole}{point}{fraction}"))
}

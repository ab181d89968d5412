//! One JSON object into the places of its known fields.
//!
//! The fields of a record are some 500 bytes; they are filled where they lie, because moving them about costs as much
//! as parsing them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::str;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Scalar;

/// `sonic-rs` skips unknown values by recursion without a limit, so a record with more opening brackets than this, which
/// could be nested deep enough to end the process, goes to the slower parser that has one.
pub(super) const BRACKETS_MAX: usize = 256;

/// The known fields of a kind of record.
pub(crate) trait Fields<'a>: Default {
    /// The place of the field of this name, `None` for an unknown one.
    fn place(&mut self, name: &str) -> Option<&mut Scalar<'a>>;

    /// The same, of a field that holds a text.
    fn place_of_text(&mut self, name: &str) -> Option<&mut Scalar<'a>>;

    /// Makes the digits of numbers that stand where a text should the text. False where there are numbers that only the
    /// record has in full.
    fn take_numbers_as_texts(&mut self) -> bool;

    /// The first field that is not the same in another record.
    fn difference(&self, other: &Self) -> Option<&'static str>;
}

/// Bytes that are no such object; [`fault`](super::fault) says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoObject;

/// Parses one object.
#[inline]
pub(crate) fn parse<'a, T: Fields<'a>>(record: &'a [u8], fields: &mut T) -> Result<(), NoObject> {
    let text = simdutf8::basic::from_utf8(record).map_err(|_| NoObject)?;
    if memchr::memchr2_iter(b'[', b'{', record).nth(BRACKETS_MAX).is_none() {
        let mut parser = sonic_rs::Deserializer::from_str(text);
        parser.deserialize_map(Fill(fields, PhantomData)).and_then(|()| parser.end()).map_err(|_| NoObject)
    } else {
        parse_plainly(text, fields).map_err(|_| NoObject)
    }
}

/// The same by a parser that knows a limit of depth.
pub(super) fn parse_plainly<'a, T: Fields<'a>>(text: &'a str, fields: &mut T) -> Result<(), serde_json::Error> {
    let mut parser = serde_json::Deserializer::from_str(text);
    parser.deserialize_map(Fill(fields, PhantomData))?;
    parser.end()
}

/// Takes numbers that stand where a text should for their texts. Nearly no record has any, so it is done where a field
/// turned out to be none.
#[cold]
pub(super) fn take_numbers_as_texts<'a, T: Fields<'a>>(record: &'a [u8], fields: &mut T) {
    if !fields.take_numbers_as_texts()
        && let Ok(text) = str::from_utf8(record)
        && put_numbers_as_written(text, fields).is_err()
    {
        debug_assert!(false, "what was parsed is parsed again");
    }
}

/// Puts the numbers that stand where a text should into their places as they are written: no other number could hold a
/// fraction, an exponent or twenty digits, and an id is what was written.
fn put_numbers_as_written<'a, T: Fields<'a>>(text: &'a str, fields: &mut T) -> Result<(), serde_json::Error> {
    let values: BTreeMap<Cow<'_, str>, &'a RawValue> = serde_json::from_str(text)?;
    for (key, value) in values {
        if let Some(place @ Scalar::Decimal(_)) = fields.place_of_text(&key) {
            *place = Scalar::Text(Cow::Borrowed(value.get()));
        }
    }
    Ok(())
}

struct Fill<'f, 'a, T>(&'f mut T, PhantomData<&'a ()>);

impl<'a, T: Fields<'a>> Visitor<'a> for Fill<'_, 'a, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    #[inline]
    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Key(&mut *self.0, PhantomData))? {
            match place {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(place) if matches!(place, Scalar::Absent) => *place = map.next_value()?,
                Some(_) => return Err(A::Error::custom("a field is given twice")),
            }
        }
        Ok(())
    }
}

/// A key, as the place of its field.
struct Key<'f, 'a, T>(&'f mut T, PhantomData<&'a ()>);

impl<'f, 'a: 'f, T: Fields<'a>> DeserializeSeed<'a> for Key<'f, 'a, T> {
    type Value = Option<&'f mut Scalar<'a>>;

    #[inline]
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'f, 'a: 'f, T: Fields<'a>> Visitor<'a> for Key<'f, 'a, T> {
    type Value = Option<&'f mut Scalar<'a>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.place(name))
    }
}

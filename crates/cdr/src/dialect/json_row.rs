//! The keys of a JSON line that a dialect asks for, as texts.
//!
//! A name is a key of the object or, with dots, of an object inside it: `variables.uuid`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{Reject, RejectCode};

/// The keys wanted of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    name: String,
    /// Which text is that of this key itself.
    slot: Option<usize>,
    inside: Keys,
}

impl Keys {
    pub(super) fn new(names: &[String]) -> Self {
        let mut keys = Self::default();
        for (slot, name) in names.iter().enumerate() {
            keys.insert(name, slot);
        }
        keys
    }

    /// Both readings of a name with a dot are looked for: as one key, and as a path.
    fn insert(&mut self, name: &str, slot: usize) {
        self.key(name).slot = Some(slot);
        if let Some((first, rest)) = name.split_once('.') {
            self.key(first).inside.insert(rest, slot);
        }
    }

    fn key(&mut self, name: &str) -> &mut Key {
        let at = self.0.iter().position(|key| key.name == name).unwrap_or_else(|| {
            self.0.push(Key { name: name.to_owned(), slot: None, inside: Self::default() });
            self.0.len() - 1
        });
        &mut self.0[at]
    }

    /// The texts of an object's keys, `count` in number, empty where a key is not there.
    pub(super) fn texts(&self, record: &[u8], count: usize) -> Result<Vec<String>, Reject> {
        let mut texts = vec![String::new(); count];
        let mut deserializer = serde_json::Deserializer::from_slice(record);
        let read = Object { keys: self, texts: &mut texts }.deserialize(&mut deserializer);
        read.and_then(|()| deserializer.end()).map_err(|error| {
            // The parser's own message may quote the record.
            let detail =
                format!("not a JSON object, or with a list or an object for a field, at byte {}", error.column());
            Reject::new(RejectCode::Malformed, detail)
        })?;
        Ok(texts)
    }
}

struct Object<'a> {
    keys: &'a Keys,
    texts: &'a mut [String],
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Wanted(self.keys))? {
            match key {
                Some(key) => map.next_value_seed(Value { key, texts: &mut *self.texts })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Finds a key without keeping its text.
struct Wanted<'a>(&'a Keys);

impl<'de, 'a> DeserializeSeed<'de> for Wanted<'a> {
    type Value = Option<&'a Key>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for Wanted<'a> {
    type Value = Option<&'a Key>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.0.iter().find(|key| key.name == name))
    }
}

struct Value<'a> {
    key: &'a Key,
    texts: &'a mut [String],
}

impl Value<'_> {
    fn put(self, text: impl Into<String>) {
        if let Some(place) = self.key.slot.and_then(|slot| self.texts.get_mut(slot)) {
            *place = text.into();
        }
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true or false")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(text);
        Ok(())
    }

    fn visit_i64<E>(self, whole: i64) -> Result<(), E> {
        self.put(whole.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, whole: u64) -> Result<(), E> {
        self.put(whole.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, decimal: f64) -> Result<(), E> {
        self.put(decimal.to_string());
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.put(if flag { "true" } else { "false" });
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        if self.key.inside.0.is_empty() {
            return Err(serde::de::Error::custom("an object for a field"));
        }
        Object { keys: &self.key.inside, texts: self.texts }.visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(serde::de::Error::custom("a list for a field"))
    }
}

//! The keys of a JSON line that a dialect asks for, as texts.
//!
//! A name is a key of the object or, with dots, of an object inside it: `variables.uuid`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

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

    /// The texts of an object's keys, `count` in number; `None` where a key is not there, or null.
    pub(super) fn texts(&self, object: &str, count: usize) -> Result<Vec<Option<String>>, NoTexts> {
        let (mut texts, mut fault) = (vec![None; count], None);
        let mut deserializer = serde_json::Deserializer::from_str(object);
        let read = Object { keys: self, texts: &mut texts, fault: &mut fault }.deserialize(&mut deserializer);
        match read.and_then(|()| deserializer.end()) {
            Ok(()) => Ok(texts),
            Err(_) => Err(fault.unwrap_or(NoTexts::Text)),
        }
    }
}

/// Why an object has no texts for the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoTexts {
    /// It is no object, or not all of it is text.
    Text,
    /// This key is given twice.
    Twice(usize),
    /// This key holds a list or an object.
    Compound(usize),
}

struct Object<'a> {
    keys: &'a Keys,
    texts: &'a mut [Option<String>],
    fault: &'a mut Option<NoTexts>,
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
                Some(key) => map.next_value_seed(Value { key, texts: &mut *self.texts, fault: &mut *self.fault })?,
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
    texts: &'a mut [Option<String>],
    fault: &'a mut Option<NoTexts>,
}

impl Value<'_> {
    fn put<E: Error>(self, text: impl Into<String>) -> Result<(), E> {
        let Some(slot) = self.key.slot else { return Ok(()) };
        match self.texts.get_mut(slot) {
            Some(place @ None) => *place = Some(text.into()),
            Some(Some(_)) => return Err(self.refuse(NoTexts::Twice(slot))),
            None => {}
        }
        Ok(())
    }

    /// Ends the reading for this reason.
    fn refuse<E: Error>(self, fault: NoTexts) -> E {
        *self.fault = Some(fault);
        E::custom("a key cannot be read")
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

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.put(text)
    }

    fn visit_i64<E: Error>(self, whole: i64) -> Result<(), E> {
        self.put(whole.to_string())
    }

    fn visit_u64<E: Error>(self, whole: u64) -> Result<(), E> {
        self.put(whole.to_string())
    }

    fn visit_f64<E: Error>(self, decimal: f64) -> Result<(), E> {
        self.put(decimal.to_string())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.put(if flag { "true" } else { "false" })
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { key, texts, fault } = self;
        match key.slot {
            // What is asked for lies inside; the key itself may be asked for as well, in other records.
            _ if !key.inside.0.is_empty() => Object { keys: &key.inside, texts, fault }.visit_map(map),
            Some(slot) => Err(Value { key, texts, fault }.refuse(NoTexts::Compound(slot))),
            None => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(())
            }
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        match self.key.slot {
            Some(slot) => Err(self.refuse(NoTexts::Compound(slot))),
            None => {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(())
            }
        }
    }
}

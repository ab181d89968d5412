//! The keys of a JSON line that a dialect asks for, as texts.
//!
//! A name is a key of the object or, with dots, of an object inside it: `variables.uuid`. In a list it is a place, from 0:
//! `callflow.0.caller_profile`. A number is the text that is written: no other type would hold each id and each fraction.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

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

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let written = <&RawValue>::deserialize(deserializer)?.get();
        match written.as_bytes() {
            [b'{', ..] => self.object(written),
            [b'[', ..] => self.list(written),
            [b'"', ..] => {
                let text: Cow<'_, str> = parsed(written)?;
                self.put(text)
            }
            b"null" => Ok(()),
            // A number as it is written, true or false.
            _ => self.put(written),
        }
    }
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

    /// What is asked for may lie inside; the key itself may be asked for as well, in other records.
    fn object<E: Error>(self, written: &str) -> Result<(), E> {
        let Self { key, texts, fault } = self;
        if key.inside.0.is_empty() {
            return Value { key, texts, fault }.compound();
        }
        let mut inside = serde_json::Deserializer::from_str(written);
        Object { keys: &key.inside, texts, fault }
            .deserialize(&mut inside)
            .map_err(|_| E::custom("a value cannot be read"))
    }

    /// The elements of a list are known by their places, from 0.
    fn list<E: Error>(self, written: &str) -> Result<(), E> {
        let Self { key, texts, fault } = self;
        if key.inside.0.is_empty() {
            return Value { key, texts, fault }.compound();
        }
        let elements: Vec<&RawValue> = parsed(written)?;
        for key in &key.inside.0 {
            let element = key.name.parse::<usize>().ok().and_then(|at| elements.get(at));
            if let Some(element) = element {
                let mut element = serde_json::Deserializer::from_str(element.get());
                let value = Value { key, texts: &mut *texts, fault: &mut *fault };
                value.deserialize(&mut element).map_err(|_| E::custom("a value cannot be read"))?;
            }
        }
        Ok(())
    }

    fn compound<E: Error>(self) -> Result<(), E> {
        match self.key.slot {
            Some(slot) => Err(self.refuse(NoTexts::Compound(slot))),
            None => Ok(()),
        }
    }

    /// Ends the reading for this reason.
    fn refuse<E: Error>(self, fault: NoTexts) -> E {
        *self.fault = Some(fault);
        E::custom("a key cannot be read")
    }
}

/// The parser's own message may quote the record.
fn parsed<'a, T: Deserialize<'a>, E: Error>(written: &'a str) -> Result<T, E> {
    serde_json::from_str(written).map_err(|_| E::custom("a value cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(names: &[&str], object: &str) -> Result<Vec<Option<String>>, NoTexts> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Keys::new(&names).texts(object, names.len())
    }

    fn found(names: &[&str], object: &str) -> Vec<Option<String>> {
        texts(names, object).expect("an object")
    }

    #[test]
    fn numbers_are_what_is_written() {
        let object = r#"{"id":123456789012345678901234567890,"cost":1.50,"big":6e3,"minus":-0,"yes":true,"no":null}"#;
        let said = ["123456789012345678901234567890", "1.50", "6e3", "-0", "true"].map(|text| Some(text.to_owned()));
        assert_eq!(found(&["id", "cost", "big", "minus", "yes"], object), said);
        assert_eq!(found(&["no", "none"], object), [None, None]);
    }

    #[test]
    fn paths_lead_into_objects_and_to_places_of_lists() {
        let object = r#"{"a":{"b":"1","c":{"d":2}},"flow":[{"to":"x"},{"to":"y"}],"a.b":"3"}"#;
        let said = |texts: &[&str]| texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>();
        assert_eq!(found(&["a.c.d", "flow.0.to", "flow.1.to"], object), said(&["2", "x", "y"]));
        assert_eq!(found(&["flow.2.to", "flow.x", "a.c.d.e"], object), [None, None, None]);
        assert_eq!(texts(&["flow"], object), Err(NoTexts::Compound(0)));
        assert_eq!(texts(&["a.b"], object), Err(NoTexts::Twice(0)), "as a key, and as a path");
        assert_eq!(texts(&["a"], "[1]"), Err(NoTexts::Text));
        assert_eq!(texts(&["a"], r#"{"a":"\ud83d"}"#), Err(NoTexts::Text));
    }
}

//! Why a text is no record: found by a second, slower look at what was not taken.
//!
//! Nothing here is on the path of a record that is taken. What the parsers themselves say is not used, for it quotes the
//! record.

use std::fmt;

use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};

use crate::{Reject, RejectCode};

/// What other languages write for a number that is none.
const NO_NUMBERS: [&str; 4] = ["NaN", "Infinity", "inf", "nan"];

/// Why a text that no parser takes for an object with these keys, each of them once, is none.
pub(crate) fn fault(text: &str, is_key: impl Fn(&str) -> bool) -> Reject {
    let blanks = text.len() - text.trim_ascii_start().len();
    match text.as_bytes().get(blanks) {
        None => return Reject::new(RejectCode::BadJson, "there is nothing but blanks"),
        Some(b'{') => {}
        Some(first) => return not_an_object(*first),
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => behind(text, values.byte_offset()).unwrap_or_else(|| of_keys(text, is_key)),
        Some(Err(error)) => syntax(text, &error),
        None => bad_json(text, 0, "there is nothing"),
    }
}

fn not_an_object(first: u8) -> Reject {
    let what = match first {
        b'[' => "it is a list",
        b'"' => "it is a text",
        b'-' | b'0'..=b'9' => "it begins as a number does",
        _ => "it does not begin with a brace",
    };
    Reject::new(RejectCode::NotAnObject, format!("no JSON object: {what}"))
}

/// What is behind the object that ends at `end`.
fn behind(text: &str, end: usize) -> Option<Reject> {
    let rest = text.get(end..)?;
    let blanks = rest.len() - rest.trim_ascii_start().len();
    if blanks == rest.len() {
        return None;
    }
    let what = if rest.trim_ascii_start().starts_with('{') { "another object" } else { "something" };
    let at = character(text, end + blanks);
    Some(Reject::new(RejectCode::TrailingText, format!("there is {what} behind the object, from character {at} on")))
}

fn syntax(text: &str, error: &serde_json::Error) -> Reject {
    let at = offset(text, error);
    let (before, rest) = (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
    let word = at - before.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
    let is_word = |known: &str| text[word..].starts_with(known);
    if let Some(known) = NO_NUMBERS.into_iter().find(|known| is_word(known)) {
        let detail = format!("{known} is no number of JSON, at character {}", character(text, word));
        return Reject::new(RejectCode::NotANumber, detail);
    }
    let what = match rest.bytes().next() {
        _ if error.is_eof() => "cut short: the object is not closed",
        Some(b'}' | b']') if before.trim_ascii_end().ends_with(',') => "a comma before a closing bracket",
        _ if error.to_string().starts_with("control character") => "a line end or control character in a text",
        _ => "no JSON",
    };
    bad_json(text, at, what)
}

fn bad_json(text: &str, at: usize, what: &str) -> Reject {
    Reject::new(RejectCode::BadJson, format!("{what}, at character {}", character(text, at)))
}

/// Of an object whose text is JSON: a key that is given twice, else a value that is out of all range.
fn of_keys(text: &str, is_key: impl Fn(&str) -> bool) -> Reject {
    let mut keys = Keys(Vec::new());
    let read = serde_json::Deserializer::from_str(text).deserialize_map(&mut keys);
    let twice = keys.0.iter().enumerate().find(|(at, key)| is_key(key) && keys.0[..*at].contains(key));
    match (twice, read) {
        (Some((_, key)), _) => Reject::new(RejectCode::DuplicateKey, format!("{key} is given twice")),
        (None, Err(error)) => bad_json(text, offset(text, &error), "a key that cannot be read"),
        (None, Ok(())) => Reject::new(RejectCode::BadJson, "a number is beyond all that is read"),
    }
}

/// The keys of an object that are not null.
struct Keys(Vec<String>);

impl<'de> Visitor<'de> for &mut Keys {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<String, Option<IgnoredAny>>()? {
            self.0.extend(value.map(|_| key));
        }
        Ok(())
    }
}

/// Where in the text the parser stopped.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = (line + error.column().saturating_sub(1)).min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Which character of the text begins at this byte, from 1.
fn character(text: &str, at: usize) -> usize {
    text.get(..at).map_or(0, |before| before.chars().count()) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_own_reason_and_place() {
        for (text, expected) in [
            ("  ", "bad_json: there is nothing but blanks"),
            ("[{}]", "not_an_object: no JSON object: it is a list"),
            ("\"x\"", "not_an_object: no JSON object: it is a text"),
            ("15550100001", "not_an_object: no JSON object: it begins as a number does"),
            ("name,number", "not_an_object: no JSON object: it does not begin with a brace"),
            ("{\"a\":1} {\"a\":2}", "trailing_text: there is another object behind the object, from character 9 on"),
            ("{\"a\":1}x", "trailing_text: there is something behind the object, from character 8 on"),
            ("{\"a\":NaN,\"b\":1}", "not_a_number: NaN is no number of JSON, at character 6"),
            ("{\"a\":-Infinity}", "not_a_number: Infinity is no number of JSON, at character 7"),
            ("{\"é\":[1,{\"b\":nan}]}", "not_a_number: nan is no number of JSON, at character 14"),
            ("{\"a\":1,}", "bad_json: a comma before a closing bracket, at character 8"),
            ("{\"a\":[1,\n]}", "bad_json: a comma before a closing bracket, at character 10"),
            ("{\"a\":1", "bad_json: cut short: the object is not closed, at character 6"),
            ("{\"a\":\"x", "bad_json: cut short: the object is not closed, at character 7"),
            ("{\"a\":\"x\ny\"}", "bad_json: a line end or control character in a text, at character 7"),
            ("{\"a\" 1}", "bad_json: no JSON, at character 6"),
            ("{'a':1}", "bad_json: no JSON, at character 2"),
            ("{\"a\":1,\"b\":2,\"a\":3}", "duplicate_key: a is given twice"),
            ("{\"a\":1e999}", "bad_json: a number is beyond all that is read"),
        ] {
            assert_eq!(fault(text, |key| key == "a").to_string(), expected, "{text}");
        }
    }
}

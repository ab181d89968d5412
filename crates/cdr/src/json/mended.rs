//! Bytes and escapes that are no text, in fields that nobody reads.
//!
//! What a caller calls himself must not take his call out of the count. So a record that is no text everywhere is read
//! with its faults replaced; and where a replacement is part of a field that is read, the record is refused. To know that,
//! nothing needs to be marked: the record is read twice, with two different replacements, and a field that was reached by
//! one of them differs.

use std::borrow::Cow;

use crate::dialect::Encoding;

/// The two replacements. What they are does not matter, but that they are two and no signs of JSON or CSV.
pub(crate) const REPLACEMENTS: [char; 2] = ['\u{fffd}', '\u{25a1}'];

/// A JSON text twice, with what is no text in it replaced in one way and in the other; two equal texts where all of it
/// is text.
pub(crate) fn replaced(record: &[u8], encoding: Encoding) -> [String; 2] {
    REPLACEMENTS.map(|replacement| {
        let text = encoding.replaced(record, replacement);
        without_lone_surrogates(&text, replacement).into_owned()
    })
}

/// The text with each escape of half a surrogate pair replaced: `\ud83d` alone is no character.
fn without_lone_surrogates(text: &str, replacement: char) -> Cow<'_, str> {
    let (mut mended, mut copied, mut from) = (String::new(), 0, 0);
    while let Some(at) = memchr::memchr(b'\\', &text.as_bytes()[from..]).map(|at| from + at) {
        let length = match (unit(text, at), unit(text, at + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(0xd800..0xe000), _) => {
                mended.push_str(&text[copied..at]);
                mended.push(replacement);
                copied = at + 6;
                6
            }
            _ => 2,
        };
        // Behind a backslash there may be a character of several bytes, or nothing.
        from = (at + length).min(text.len());
    }
    match mended.is_empty() && copied == 0 {
        true => Cow::Borrowed(text),
        false => Cow::Owned(mended + &text[copied..]),
    }
}

/// The unit of UTF-16 that an escape at this place names.
fn unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_surrogate_pairs_are_replaced_and_pairs_are_not() {
        for (text, expected) in [
            (r#"{"a":"\ud83d"}"#, r#"{"a":"?"}"#),
            (r#"\ude00\ud83d\ude00\ud83d"#, r#"?\ud83d\ude00?"#),
            (r#"\ud83d\ud83d\ude00x\uD83D"#, r#"?\ud83d\ude00x?"#),
            (r#"\\ud83d \\\ud83d \n\u00e9 é\é \"#, r#"\\ud83d \\? \n\u00e9 é\é \"#),
            (r#"\ud8zz \ud8"#, r#"\ud8zz \ud8"#),
            ("", ""),
        ] {
            assert_eq!(without_lone_surrogates(text, '?'), expected);
        }
    }

    #[test]
    fn two_readings_differ_where_something_was_replaced_and_nowhere_else() {
        let [first, second] = replaced(b"{\"a\":\"M\xfcller\",\"b\":\"\xef\xbf\xbd\"}", Encoding::UTF_8);
        assert_eq!(first, "{\"a\":\"M\u{fffd}ller\",\"b\":\"\u{fffd}\"}");
        assert_eq!(second, "{\"a\":\"M\u{25a1}ller\",\"b\":\"\u{fffd}\"}");
        let [first, second] = replaced("{\"a\":\"Müller\"}".as_bytes(), Encoding::UTF_8);
        assert_eq!(first, second);
    }
}

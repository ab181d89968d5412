//! Where an element of a JSON list ends.
//!
//! Only borders are looked for; whether the element is a record is decided where it is read. What is broken in one must
//! not take the others with it, where the next one can be told:
//!
//! ```text
//! [{"a":1,            a brace is missing: what begins behind a comma within an object is the next element
//!  {"a":2},
//!  {"a":"3},          a quote is missing, for no text has a line end in it: the element goes on to the line that begins
//!   "b":1},           with a brace no further to the right than its own
//!  {"a":4}]
//! ```

/// The deepest nesting in which objects and lists are told apart.
const DEPTH_MAX: u32 = u128::BITS;

/// Goes through the bytes of one element, which may come in pieces.
#[derive(Debug)]
pub(super) struct ElementScan {
    /// One bit for each open bracket, the innermost the lowest: set for an object.
    objects: u128,
    depth: u32,
    /// Brackets open beyond the deepest nesting that is looked at.
    deeper: u32,
    place: Place,
    /// The last byte outside of texts that is no blank.
    previous: u8,
    /// How far from the beginning of its line the element begins.
    indent: usize,
}

/// Where in the element a byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Between,
    Text {
        is_escaped: bool,
    },
    /// Behind a text that was not closed: so far from the beginning of the line, if only blanks came before.
    Astray(Option<usize>),
}

impl ElementScan {
    pub(super) fn new(indent: usize) -> Self {
        Self { objects: 0, depth: 0, deeper: 0, place: Place::Between, previous: 0, indent }
    }

    /// How many of these bytes belong to the element; `None` where all do and it may go on.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().enumerate().find_map(|(at, byte)| self.step(*byte).map(|own| at + usize::from(own)))
    }

    /// Whether the element ends here, and whether this byte is part of it.
    fn step(&mut self, byte: u8) -> Option<bool> {
        match self.place {
            Place::Between => return self.between(byte),
            Place::Text { is_escaped: true } => self.place = Place::Text { is_escaped: false },
            Place::Text { .. } => match byte {
                b'\\' => self.place = Place::Text { is_escaped: true },
                b'"' => self.place = Place::Between,
                b'\n' | b'\r' => self.place = Place::Astray(Some(0)),
                _ => {}
            },
            Place::Astray(column) => match (byte, column) {
                (b'\n' | b'\r', _) => self.place = Place::Astray(Some(0)),
                (b' ' | b'\t' | b',', Some(column)) => self.place = Place::Astray(Some(column + 1)),
                (b'{' | b']', Some(column)) if column <= self.indent => return Some(false),
                _ => self.place = Place::Astray(None),
            },
        }
        None
    }

    fn between(&mut self, byte: u8) -> Option<bool> {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return None,
            b'"' => self.place = Place::Text { is_escaped: false },
            b'{' if self.previous == b',' && self.is_in_object() => return Some(false),
            b'{' | b'[' => self.open(byte == b'{'),
            b'}' | b']' => return self.close(byte == b'}'),
            // An element that is neither object nor list.
            b',' if self.depth == 0 => return Some(false),
            _ => {}
        }
        self.previous = byte;
        None
    }

    fn is_in_object(&self) -> bool {
        self.deeper == 0 && self.depth > 0 && self.objects & 1 == 1
    }

    fn open(&mut self, object: bool) {
        if self.depth == DEPTH_MAX {
            self.deeper += 1;
            return;
        }
        self.objects = self.objects << 1 | u128::from(object);
        self.depth += 1;
    }

    /// Closes the innermost bracket of this kind, and what was left open within it.
    fn close(&mut self, object: bool) -> Option<bool> {
        self.previous = if object { b'}' } else { b']' };
        if self.deeper > 0 {
            self.deeper -= 1;
            return None;
        }
        let alike = if object { self.objects } else { !self.objects };
        let inner = alike.trailing_zeros();
        if inner >= self.depth {
            // The list itself ends here, or there is a bracket too many.
            return Some(object);
        }
        self.objects = self.objects.checked_shr(inner + 1).unwrap_or(0);
        self.depth -= inner + 1;
        (self.depth == 0).then_some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The element at the beginning of a text, looked at in one piece and byte by byte.
    fn element(text: &str, indent: usize) -> &str {
        let end = ElementScan::new(indent).end(text.as_bytes());
        let mut scan = ElementScan::new(indent);
        let pieces = text.bytes().enumerate().find_map(|(at, byte)| scan.end(&[byte]).map(|own| at + own));
        assert_eq!(end, pieces, "{text}");
        end.map_or(text, |end| &text[..end])
    }

    #[test]
    fn an_element_ends_with_its_own_bracket() {
        for (text, expected) in [
            (r#"{"a":1},{"a":2}]"#, r#"{"a":1}"#),
            (r#"{"a":"}],{\"","b":[{"c":1},[2]]}]"#, r#"{"a":"}],{\"","b":[{"c":1},[2]]}"#),
            (r#"[{"a":1},{"a":2}],3"#, r#"[{"a":1},{"a":2}]"#),
            ("NaN,{", "NaN"),
            ("7]", "7"),
            (r#""a,b",2"#, r#""a,b""#),
            (r#"{"a":1"#, r#"{"a":1"#),
        ] {
            assert_eq!(element(text, 0), expected, "{text}");
        }
        let deep = format!("{}1{}", "[{\"a\":".repeat(200), "}]".repeat(200));
        assert_eq!(element(&format!("{deep},{{}}"), 0), deep);
    }

    #[test]
    fn what_is_broken_ends_where_the_next_element_begins() {
        for (text, expected) in [
            ("{\"a\":1,\n{\"a\":2}]", "{\"a\":1,\n"),
            ("{\"a\":{\"b\":1,{\"a\":2}]", "{\"a\":{\"b\":1,"),
            ("{\"a\":1]", "{\"a\":1"),
            ("{\"a\":[1,2},{\"a\":2}]", "{\"a\":[1,2}"),
            ("{\"a\":\"x},\n  \"b\":1},\n {\"a\":2}]", "{\"a\":\"x},\n  \"b\":1},\n "),
            (
                "{\"a\":\"x,\n  \"b\":[\n    {\"c\":1}\n  ]\n },\n {\"a\":2}]",
                "{\"a\":\"x,\n  \"b\":[\n    {\"c\":1}\n  ]\n },\n ",
            ),
            ("{\"a\":\"x}\n]", "{\"a\":\"x}\n"),
        ] {
            assert_eq!(element(text, 1), expected, "{text}");
        }
    }
}

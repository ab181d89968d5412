//! A message of JSON, cut into its records: one object, an object a line, or a list of objects.
//!
//! Only the borders are looked for here, so that each record stands or falls alone: what is wrong within one does not
//! reach the next. Where a border cannot be told any more, all that is left is one piece, which is no record.

use std::ops::Range;

use serde::de::IgnoredAny;

/// How the records of a message are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// All of it is one record.
    One,
    /// Each line is one; blank lines are none.
    Lines,
    /// It is a list.
    List,
}

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The bytes of a record.
    Record(Range<usize>),
    /// What is left where the list does not end as lists do.
    Rest(Range<usize>, &'static str),
}

impl Layout {
    /// That of a message which is no single record.
    pub(super) fn of(message: &[u8]) -> Self {
        let text = message.trim_ascii();
        if text.first() == Some(&b'[') {
            return Self::List;
        }
        // An object may be written over several lines; one that is broken is still one record.
        let looks_like_one = |line: &[u8]| matches!(line, [b'{', .., b'}']);
        let several =
            text.contains(&b'\n') && text.split(|byte| *byte == b'\n').any(|line| looks_like_one(line.trim_ascii()));
        match several && !is_one_value(text) {
            true => Self::Lines,
            false => Self::One,
        }
    }
}

fn is_one_value(text: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    matches!(values.next(), Some(Ok(_))) && values.next().is_none()
}

/// The lines of a message that are not blank.
pub(super) fn lines(message: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    message.split(|byte| *byte == b'\n').filter_map(move |line| {
        let start = next;
        next += line.len() + 1;
        trimmed(message, start..start + line.len())
    })
}

/// The elements of a list, the message's first bracket being its opening one.
pub(super) fn elements(message: &[u8]) -> Elements<'_> {
    let opening = message.iter().position(|byte| *byte == b'[').unwrap_or(message.len());
    Elements { message, next: opening + 1, is_first: true, is_over: false }
}

/// The pieces of a list; a cut that only strings and brackets decide.
#[derive(Debug)]
pub(super) struct Elements<'a> {
    message: &'a [u8],
    next: usize,
    is_first: bool,
    is_over: bool,
}

/// What ends an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Comma,
    Bracket,
    Message,
}

impl Elements<'_> {
    /// Where the element that begins at `next` ends, and what ends it.
    fn end(&self) -> (usize, Ending) {
        let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
        for (at, byte) in self.message.iter().enumerate().skip(self.next) {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if in_text => is_escaped = true,
                b'"' => in_text = !in_text,
                _ if in_text => {}
                b'{' | b'[' => depth += 1,
                b']' if depth == 0 => return (at, Ending::Bracket),
                b'}' | b']' => depth = depth.saturating_sub(1),
                b',' if depth == 0 => return (at, Ending::Comma),
                _ => {}
            }
        }
        (self.message.len(), Ending::Message)
    }

    /// What follows the closing bracket: nothing, or what does not belong there.
    fn after(&mut self) -> Option<Piece> {
        let rest = self.next..self.message.len();
        self.next = self.message.len();
        trimmed(self.message, rest).map(|rest| Piece::Rest(rest, "there is something behind the end of the list"))
    }
}

impl Iterator for Elements<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if self.is_over {
            return self.after();
        }
        if self.next > self.message.len() {
            self.is_over = true;
            self.next = self.message.len();
            return Some(Piece::Rest(self.next..self.next, "the list is not closed: the message is cut short"));
        }
        let start = self.next;
        let (end, ending) = self.end();
        self.next = end + 1;
        self.is_over = ending == Ending::Bracket;
        let element = trimmed(self.message, start..end);
        match (element, ending) {
            (Some(element), _) => {
                self.is_first = false;
                Some(Piece::Record(element))
            }
            // An empty list has no records.
            (None, Ending::Bracket) if self.is_first => self.after(),
            // The list that is not closed is told of next.
            (None, Ending::Message) => self.next(),
            (None, Ending::Comma | Ending::Bracket) => {
                self.is_first = false;
                Some(Piece::Rest(start..end, "between two commas there is no record"))
            }
        }
    }
}

/// The range without the blanks around it; nothing where there is nothing else.
fn trimmed(message: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let within = message.get(range.clone())?;
    let start = range.start + (within.len() - within.trim_ascii_start().len());
    let length = within.trim_ascii().len();
    (length > 0).then_some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(message: &str) -> Vec<Result<&str, &str>> {
        let pieces = elements(message.as_bytes()).map(|piece| match piece {
            Piece::Record(range) => Ok(&message[range]),
            Piece::Rest(range, _) => Err(&message[range]),
        });
        pieces.collect()
    }

    #[test]
    fn a_message_of_several_records_is_told_from_one_that_has_several_lines() {
        for (message, layout) in [
            ("{}", Layout::One),
            ("", Layout::One),
            ("{\n  \"a\": 1,\n  \"b\": {\"c\": 2}\n}\n", Layout::One),
            ("{\n  \"a\": [\n    {\"b\": 1}\n  ]\n}", Layout::One),
            ("{\n  \"a\": nothing\n}", Layout::One),
            ("{\"a\":1}\n{\"a\":2}\n", Layout::Lines),
            ("not json\n{\"a\":2}", Layout::Lines),
            ("{\"a\":1\r\n\r\n{\"a\":2}\r\n", Layout::Lines),
            (" \n[{\"a\":1}]", Layout::List),
        ] {
            assert_eq!(Layout::of(message.as_bytes()), layout, "{message}");
        }
    }

    #[test]
    fn blank_lines_are_no_records() {
        let message = b"\n{\"a\":1}\r\n \n  {\"a\":2}";
        let lines: Vec<&[u8]> = lines(message).map(|range| &message[range]).collect();
        assert_eq!(lines, [&b"{\"a\":1}"[..], b"{\"a\":2}"]);
    }

    #[test]
    fn a_list_is_cut_at_its_own_commas() {
        assert_eq!(cut("[]"), []);
        assert_eq!(cut(" [ \n ] "), []);
        assert_eq!(
            cut(r#"[{"a":"],}"},{"b":[1,{"c":2}]} , 3]"#),
            [Ok(r#"{"a":"],}"}"#), Ok(r#"{"b":[1,{"c":2}]}"#), Ok("3")]
        );
        assert_eq!(cut(r#"[{"a":"\"],"}]"#), [Ok(r#"{"a":"\"],"}"#)]);
    }

    #[test]
    fn what_is_broken_in_one_element_stays_in_it() {
        assert_eq!(cut(r#"[{"a":NaN},{"a":1}]"#), [Ok(r#"{"a":NaN}"#), Ok(r#"{"a":1}"#)]);
        assert_eq!(cut(r#"[{"a":1]},{"a":1}]"#), [Ok(r#"{"a":1]}"#), Ok(r#"{"a":1}"#)]);
    }

    #[test]
    fn what_does_not_end_as_a_list_does_is_told() {
        assert_eq!(cut(r#"[{"a":1},"#), [Ok(r#"{"a":1}"#), Err("")]);
        assert_eq!(cut(r#"[{"a":1}"#), [Ok(r#"{"a":1}"#), Err("")]);
        assert_eq!(cut(r#"[{"a":1},{"a"#), [Ok(r#"{"a":1}"#), Ok(r#"{"a"#), Err("")]);
        assert_eq!(cut("["), [Err("")]);
        assert_eq!(cut(r#"[{"a":1}] {"a":2}"#), [Ok(r#"{"a":1}"#), Err(r#"{"a":2}"#)]);
        assert_eq!(cut(r#"[] x"#), [Err("x")]);
        assert_eq!(cut(r#"[{"a":1},,{"a":2},]"#), [Ok(r#"{"a":1}"#), Err(""), Ok(r#"{"a":2}"#), Err("")]);
    }
}

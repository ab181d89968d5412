//! Writes one flat JSON object a line. Every text in it is ASCII of our own making, so nothing needs escapes.

use crate::party::Party;

/// A JSON object that grows at the end of a buffer.
#[derive(Debug)]
pub(crate) struct JsonLine<'b> {
    out: &'b mut Vec<u8>,
    separator: u8,
}

impl<'b> JsonLine<'b> {
    /// Opens an object.
    pub(crate) fn open(out: &'b mut Vec<u8>) -> Self {
        Self { out, separator: b'{' }
    }

    fn name(&mut self, name: &str) {
        self.out.push(self.separator);
        self.separator = b',';
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A member whose value is a text without characters that JSON escapes.
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        self.out.push(b'"');
        self.out.extend_from_slice(value.as_bytes());
        self.out.push(b'"');
        self
    }

    /// A member whose value is a text with a number at its end, such as an identifier.
    pub(crate) fn numbered(mut self, name: &str, text: &str, number: u64) -> Self {
        self.name(name);
        self.out.push(b'"');
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        self.out.push(b'"');
        self
    }

    /// A member whose value is a phone number.
    pub(crate) fn party(self, name: &str, party: Party) -> Self {
        self.numbered(name, party.prefix(), party.digits())
    }

    /// A member whose value is an integer.
    pub(crate) fn integer(mut self, name: &str, value: i64) -> Self {
        self.name(name);
        self.out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        self
    }

    /// A member that is left out where there is no value.
    pub(crate) fn integer_if(self, name: &str, value: Option<i64>) -> Self {
        match value {
            Some(value) => self.integer(name, value),
            None => self,
        }
    }

    /// Closes the object; the line's end is the caller's.
    pub(crate) fn close(self) {
        self.out.push(b'}');
    }
}

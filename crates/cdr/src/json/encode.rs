//! Calls and complaints to canonical JSON, as the traffic generator and the tests write it.

use std::fmt::Write as _;

use crate::{CdrFields, ComplaintFields, ComplaintStatus, EventTime, Millis, RecordType};

macro_rules! encode {
    ($(#[$about:meta])* $encode:ident $record:ident
        { $($_field:ident $place:ident $held:ident $name:literal $_rule:tt;)* }) => {
        $(#[$about])*
        pub fn $encode(fields: &$record<'_>, out: &mut Vec<u8>) {
            let mut object = Object::open(out);
            $(object.$held($name, fields.$place);)*
            object.close();
        }
    };
}

call_fields!(encode
    /// Writes the fields as one JSON object at the end of `out`, without a line end; absent ones are left out, a record
    /// type is always written. Decoding it yields the same fields.
    encode_cdr CdrFields
);

complaint_fields!(encode
    /// Writes the fields of a complaint as [`encode_cdr`] does those of a call.
    encode_complaint ComplaintFields
);

/// A JSON object being written; field names are known to need no escapes.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    fn close(self) {
        self.out.push(b'}');
    }

    fn name(&mut self, name: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn text(&mut self, name: &str, text: Option<&str>) {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        self.name(name);
        self.out.push(b'"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.out.extend_from_slice(&[b'\\', character as u8]),
                '\u{0}'..='\u{1f}' => self.format(format_args!("\\u{:04x}", u32::from(character))),
                _ => self.out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        self.out.push(b'"');
    }

    fn required(&mut self, name: &str, text: &str) {
        self.text(name, Some(text));
    }

    fn record_type(&mut self, name: &str, record_type: Option<RecordType>) {
        self.text(name, record_type.map(RecordType::name));
    }

    fn status(&mut self, name: &str, status: ComplaintStatus) {
        self.text(name, Some(status.name()));
    }

    /// Epoch milliseconds: exact, short, and the same for every zone.
    fn time(&mut self, name: &str, time: Option<EventTime>) {
        self.plain(name, time.map(|time| time.0));
    }

    fn required_time(&mut self, name: &str, time: Option<EventTime>) {
        self.time(name, time);
    }

    fn flag(&mut self, name: &str, flag: Option<bool>) {
        self.plain(name, flag);
    }

    fn cause(&mut self, name: &str, cause: Option<u16>) {
        self.plain(name, cause);
    }

    fn whole(&mut self, name: &str, whole: Option<u16>) {
        self.plain(name, whole);
    }

    fn count(&mut self, name: &str, count: Option<u32>) {
        self.plain(name, count);
    }

    fn seconds(&mut self, name: &str, length: Option<Millis>) {
        let Some(Millis(ms)) = length else { return };
        self.name(name);
        if ms % 1000 == 0 {
            self.format(format_args!("{}", ms / 1000));
        } else {
            self.format(format_args!("{}.{:03}", ms / 1000, ms % 1000));
        }
    }

    fn plain(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        let Some(value) = value else { return };
        self.name(name);
        self.format(format_args!("{value}"));
    }

    fn format(&mut self, arguments: std::fmt::Arguments<'_>) {
        let mut text = String::new();
        if text.write_fmt(arguments).is_ok() {
            self.out.extend_from_slice(text.as_bytes());
        }
    }
}

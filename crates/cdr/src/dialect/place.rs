//! Where a record lies, which a template may name: in a file its line, on Kafka its offset.
//!
//! What one of them has, the other has not. A template that names what is not there would make one id of all records, so
//! it is refused before the first of them is read.

use std::fmt::Write as _;

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In a file.
    Line {
        /// The base name of the file.
        file: &'a str,
        /// The physical line where it begins, from 1.
        line: u64,
    },
    /// In a message of a topic.
    Message {
        /// The topic.
        topic: &'a str,
        /// The partition.
        partition: i32,
        /// The offset of the message.
        offset: i64,
        /// Which record of the message it is, from 0.
        ordinal: u32,
    },
}

/// What records lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    Files,
    Topics,
}

/// A part of a place, by its name in templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlaceName {
    File,
    Line,
    Topic,
    Partition,
    Offset,
    Ordinal,
}

impl PlaceName {
    const ALL: [Self; 6] = [Self::File, Self::Line, Self::Topic, Self::Partition, Self::Offset, Self::Ordinal];

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Line => "line",
            Self::Topic => "topic",
            Self::Partition => "partition",
            Self::Offset => "offset",
            Self::Ordinal => "ordinal",
        }
    }

    /// In what records have such a thing.
    pub(super) fn medium(self) -> Medium {
        match self {
            Self::File | Self::Line => Medium::Files,
            Self::Topic | Self::Partition | Self::Offset | Self::Ordinal => Medium::Topics,
        }
    }

    /// Writes it of a place that has it; writing to a text cannot fail.
    pub(super) fn write(self, place: Place<'_>, text: &mut String) {
        let written = match (self, place) {
            (Self::File, Place::Line { file, .. }) => text.write_str(file),
            (Self::Line, Place::Line { line, .. }) => write!(text, "{line}"),
            (Self::Topic, Place::Message { topic, .. }) => text.write_str(topic),
            (Self::Partition, Place::Message { partition, .. }) => write!(text, "{partition}"),
            (Self::Offset, Place::Message { offset, .. }) => write!(text, "{offset}"),
            (Self::Ordinal, Place::Message { ordinal, .. }) => write!(text, "{ordinal}"),
            // Refused when the dialect was fitted.
            (_, Place::Line { .. } | Place::Message { .. }) => Ok(()),
        };
        debug_assert!(written.is_ok(), "a text takes what is written to it");
    }
}

impl Medium {
    /// What is said of a template that names what these records have not.
    pub(super) fn refuses(self, name: PlaceName) -> String {
        match self {
            Self::Files => format!("{{{}}} is a place in a topic, and records of files have none", name.name()),
            Self::Topics => format!(
                "{{{}}} is a place in a file, and records of a topic have none: name a column, or {{topic}}:{{partition}}:{{offset}}:{{ordinal}}",
                name.name()
            ),
        }
    }
}

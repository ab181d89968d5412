//! The nodes of a document.

use saphyr_parser::ScalarStyle;

/// A place in a file: line and column count from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The character in the whole file, from 0.
    pub index: usize,
}

impl Mark {
    /// The first character of a file.
    pub const START: Self = Self { line: 1, column: 1, index: 0 };

    /// The place so many columns to the right, in the same line.
    pub(crate) fn right_by(self, columns: usize) -> Self {
        Self { column: self.column + columns, index: self.index + columns, ..self }
    }
}

/// A node with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it holds.
    pub content: Content,
    /// Its first character.
    pub start: Mark,
    /// The character after its last.
    pub end: Mark,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// A text, with how it was quoted.
    Scalar(String, ScalarStyle),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys with values, in the order written; no key occurs twice.
    Mapping(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Always a scalar.
    pub key: Node,
    /// Anything.
    pub value: Node,
}

impl Node {
    /// The text of a scalar.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(text, _) => Some(text),
            Content::Sequence(_) | Content::Mapping(_) => None,
        }
    }

    /// Whether nothing was written: an empty plain scalar, or YAML's words for it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.content, Content::Scalar(text, ScalarStyle::Plain) if matches!(&**text, "" | "~" | "null"))
    }

    /// Where the text of a scalar begins, inside its quotes.
    pub(crate) fn text_start(&self) -> Mark {
        let quoted = matches!(self.content, Content::Scalar(_, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted));
        self.start.right_by(usize::from(quoted))
    }

    /// What the node is, for error messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.content {
            Content::Scalar(..) if self.is_empty() => "nothing",
            Content::Scalar(..) => "a text",
            Content::Sequence(_) => "a list",
            Content::Mapping(_) => "a mapping",
        }
    }

    /// Where the byte `offset` of a scalar's text stands in the file.
    ///
    /// Quotes, escapes, indentation and folded line ends are in the file but not in the text, so the two are walked
    /// side by side: each character of the text but blanks is looked for from where the one before it was found.
    #[must_use]
    pub fn locate(&self, file: &str, offset: usize) -> Mark {
        let Content::Scalar(text, style) = &self.content else { return self.start };
        let mut walk = Walk { mark: self.start, rest: file.chars().skip(self.start.index).peekable() };
        match style {
            // A block begins at its first character, not at its `|` or `>`.
            ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => {}
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => walk.step(),
        }
        let target = text.get(..offset).map_or(0, |before| before.chars().count());
        for (at, wanted) in text.chars().chain([' ']).enumerate() {
            if wanted.is_whitespace() && at == target {
                return walk.mark;
            }
            if wanted.is_whitespace() {
                continue;
            }
            if !walk.find(wanted, self.end.index) {
                return self.start;
            }
            if at == target {
                return walk.mark;
            }
            walk.step();
        }
        walk.mark
    }
}

struct Walk<I: Iterator<Item = char>> {
    mark: Mark,
    rest: std::iter::Peekable<I>,
}

impl<I: Iterator<Item = char>> Walk<I> {
    fn step(&mut self) {
        let Some(passed) = self.rest.next() else { return };
        self.mark.index += 1;
        if passed == '\n' {
            self.mark.line += 1;
            self.mark.column = 1;
        } else {
            self.mark.column += 1;
        }
    }

    fn find(&mut self, wanted: char, end: usize) -> bool {
        while self.mark.index <= end {
            match self.rest.peek() {
                Some(next) if *next == wanted => return true,
                Some(_) => self.step(),
                None => return false,
            }
        }
        false
    }
}

//! YAML as a tree in which every node knows where it stands.
//!
//! Dialect files are small and written by hand: anchors, aliases, tags and several documents are refused, a key given
//! twice is a problem.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::problem::{Mark, Problems};

/// The longest dialect file, in bytes.
const LENGTH_MAX: usize = 256 << 10;
/// The most nodes of a file.
const NODES_MAX: usize = 20_000;
/// The deepest nesting.
const DEPTH_MAX: usize = 16;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) at: Mark,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Text { text: String, quoted: bool },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text { text, .. } => Some(text),
            Content::List(_) | Content::Map(_) => None,
        }
    }

    /// Whether nothing was written: an empty plain text, or YAML's words for it.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.content, Content::Text { text, quoted: false } if matches!(&**text, "" | "~" | "null"))
    }

    /// Where the text begins, inside its quotes.
    pub(super) fn text_at(&self) -> Mark {
        let quoted = matches!(self.content, Content::Text { quoted: true, .. });
        self.at.right_by(usize::from(quoted))
    }
}

/// Reads one document; `None` where no tree can be made of it, the reason is then among the problems.
pub(super) fn read(text: &str, problems: &mut Problems) -> Option<Node> {
    let start = Mark { line: 1, column: 1 };
    if text.len() > LENGTH_MAX {
        problems.add(start, "the file is longer than 256 KiB");
        return None;
    }
    if let Some(at) = text.find(|character: char| character.is_control() && !"\n\r\t".contains(character)) {
        let line = text[..at].matches('\n').count() + 1;
        let column = text[..at].chars().rev().take_while(|character| *character != '\n').count() + 1;
        problems.add(Mark { line, column }, "a control character does not belong in a text file");
        return None;
    }
    let mut tree = Tree { open: Vec::new(), root: None, nodes: 0, problems };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((Event::StreamEnd, _)) => break,
            Ok((event, span)) => {
                if !tree.take(event, span) {
                    return None;
                }
            }
            Err(error) => {
                tree.problems.add(mark(*error.marker()), format!("this is no YAML: {}", error.info()));
                return None;
            }
        }
    }
    if tree.root.is_none() {
        tree.problems.add(start, "the file is empty");
    }
    tree.root
}

fn mark(marker: Marker) -> Mark {
    Mark { line: marker.line().max(1), column: marker.col() + 1 }
}

struct Tree<'a> {
    open: Vec<Frame>,
    root: Option<Node>,
    nodes: usize,
    problems: &'a mut Problems,
}

enum Frame {
    List(Mark, Vec<Node>),
    Map(Mark, Vec<(Node, Node)>, Option<Node>),
}

impl Tree<'_> {
    /// Takes one event; false where there is no point in going on.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let at = mark(span.start);
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                self.problems.add(at, "a second document begins here: remove the `---`");
                false
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_only(at, anchor, tag.is_some());
                let content = Content::Text { text: text.into_owned(), quoted: style != ScalarStyle::Plain };
                self.put(Node { content, at })
            }
            Event::Alias(_) => {
                self.problems.add(at, "aliases (`*name`) are not supported: write the value out");
                self.put(Node { content: Content::Text { text: String::new(), quoted: false }, at })
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain_only(at, anchor, tag.is_some());
                self.enter(Frame::List(at, Vec::new()), at)
            }
            Event::MappingStart(anchor, tag) => {
                self.plain_only(at, anchor, tag.is_some());
                self.enter(Frame::Map(at, Vec::new(), None), at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(),
            _ => true,
        }
    }

    fn plain_only(&mut self, at: Mark, anchor: usize, tagged: bool) {
        if anchor != 0 {
            self.problems.add(at, "anchors (`&name`) are not supported: write the value out where it is used");
        }
        if tagged {
            self.problems.add(at, "tags (`!name`) are not supported: remove the tag");
        }
    }

    fn enter(&mut self, frame: Frame, at: Mark) -> bool {
        if self.open.len() >= DEPTH_MAX {
            self.problems.add(at, format!("nested deeper than {DEPTH_MAX} levels"));
            return false;
        }
        self.open.push(frame);
        true
    }

    fn leave(&mut self) -> bool {
        let node = match self.open.pop() {
            Some(Frame::List(at, nodes)) => Node { content: Content::List(nodes), at },
            Some(Frame::Map(at, entries, _)) => Node { content: Content::Map(entries), at },
            None => return true,
        };
        self.put(node)
    }

    fn put(&mut self, node: Node) -> bool {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            self.problems.add(node.at, format!("more than {NODES_MAX} nodes"));
            return false;
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Frame::List(_, nodes)) => nodes.push(node),
            Some(Frame::Map(_, entries, key)) => match key.take() {
                None => *key = Some(node),
                Some(key) => match key.text() {
                    None => self.problems.add(key.at, "a key must be a plain word"),
                    Some(name) if entries.iter().any(|(other, _)| other.text() == Some(name)) => {
                        self.problems.add(key.at, format!("the key `{name}` is given twice: keep one"));
                    }
                    Some(_) => entries.push((key, node)),
                },
            },
        }
        true
    }
}

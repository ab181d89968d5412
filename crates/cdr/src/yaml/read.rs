//! From the events of the YAML parser to the tree.

use std::collections::BTreeSet;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::Mark;
use super::tree::{Content, Entry, Node};

/// How large a file may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// In KiB.
    pub length_kib: usize,
    /// In nodes: texts, lists and mappings.
    pub nodes: usize,
    /// In lists and mappings inside each other.
    pub depth: usize,
}

/// Something in the file that is no YAML, or YAML that is not used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub at: Mark,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

/// Reads one document; `None` where the file is empty or so broken that no tree can be made.
#[must_use]
pub fn read(text: &str, limits: Limits) -> (Option<Node>, Vec<Fault>) {
    if let Some(fault) = unreadable(text, limits) {
        return (None, vec![fault]);
    }
    let mut tree = Tree { limits, open: Vec::new(), root: None, nodes: 0, faults: Vec::new() };
    let mut parser = Parser::new_from_str(text);
    loop {
        match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((event, span))) => {
                if !tree.take(event, span) {
                    return (None, tree.faults);
                }
            }
            Some(Err(error)) => {
                let message = format!("this is no YAML: {}", error.info());
                tree.fault(mark(*error.marker()), message, "check indentation, quotes and brackets around here");
                return (None, tree.faults);
            }
        }
    }
    (tree.root, tree.faults)
}

fn unreadable(text: &str, limits: Limits) -> Option<Fault> {
    if text.len() > limits.length_kib << 10 {
        let message = match limits.length_kib {
            kib if kib % 1024 == 0 => format!("the file is longer than {} MiB", kib / 1024),
            kib => format!("the file is longer than {kib} KiB"),
        };
        return Some(Fault { at: Mark::START, message, help: "split it" });
    }
    let mut at = Mark::START;
    for character in text.chars() {
        match character {
            '\n' => at = Mark { line: at.line + 1, column: 1, index: at.index + 1 },
            '\t' | '\r' => at = Mark { column: at.column + 1, index: at.index + 1, ..at },
            _ if character.is_control() => {
                let message = format!("the character U+{:04X} does not belong in a text file", u32::from(character));
                return Some(Fault { at, message, help: "save the file as plain UTF-8 text" });
            }
            _ => at = Mark { column: at.column + 1, index: at.index + 1, ..at },
        }
    }
    None
}

fn mark(marker: Marker) -> Mark {
    Mark { line: marker.line().max(1), column: marker.col() + 1, index: marker.index() }
}

struct Tree {
    limits: Limits,
    open: Vec<Frame>,
    root: Option<Node>,
    nodes: usize,
    faults: Vec<Fault>,
}

enum Frame {
    Sequence(Mark, Vec<Node>),
    Mapping { start: Mark, entries: Vec<Entry>, seen: BTreeSet<String>, key: Option<Node> },
}

impl Tree {
    fn fault(&mut self, at: Mark, message: impl Into<String>, help: &'static str) {
        self.faults.push(Fault { at, message: message.into(), help });
    }

    /// Takes one event; false where there is no point in going on.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let (start, end) = (mark(span.start), mark(span.end));
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                self.fault(start, "a second document begins here", "one file holds one document: remove the `---`");
                false
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_only(start, anchor, tag.is_some());
                self.put(Node { content: Content::Scalar(text.into_owned(), style), start, end })
            }
            Event::Alias(_) => {
                self.fault(start, "aliases (`*name`) are not supported", "write the value out");
                self.put(Node { content: Content::Scalar(String::new(), ScalarStyle::Plain), start, end })
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain_only(start, anchor, tag.is_some());
                self.enter(Frame::Sequence(start, Vec::new()), start)
            }
            Event::MappingStart(anchor, tag) => {
                self.plain_only(start, anchor, tag.is_some());
                self.enter(Frame::Mapping { start, entries: Vec::new(), seen: BTreeSet::new(), key: None }, start)
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(end),
            _ => true,
        }
    }

    fn plain_only(&mut self, at: Mark, anchor: usize, tagged: bool) {
        if anchor != 0 {
            self.fault(at, "anchors (`&name`) are not supported", "write the value out where it is used");
        }
        if tagged {
            self.fault(at, "tags (`!name`) are not supported", "remove the tag");
        }
    }

    fn enter(&mut self, frame: Frame, at: Mark) -> bool {
        if self.open.len() >= self.limits.depth {
            self.fault(at, format!("nested deeper than {} levels", self.limits.depth), "flatten it");
            return false;
        }
        self.open.push(frame);
        true
    }

    fn leave(&mut self, end: Mark) -> bool {
        let node = match self.open.pop() {
            Some(Frame::Sequence(start, nodes)) => Node { content: Content::Sequence(nodes), start, end },
            Some(Frame::Mapping { start, entries, .. }) => Node { content: Content::Mapping(entries), start, end },
            None => return true,
        };
        self.put(node)
    }

    fn put(&mut self, node: Node) -> bool {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            self.fault(node.start, format!("more than {} nodes", self.limits.nodes), "split the file");
            return false;
        }
        let mut refused = None;
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Frame::Sequence(_, nodes)) => nodes.push(node),
            Some(Frame::Mapping { entries, seen, key, .. }) => match key.take() {
                None => *key = Some(node),
                Some(key) => match key.scalar() {
                    None => {
                        refused =
                            Some((key.start, "a key must be a plain word".to_owned(), "write a word before the `:`"))
                    }
                    Some(name) if !seen.insert(name.to_owned()) => {
                        refused = Some((key.start, format!("the key `{name}` is given twice"), "keep one of them"));
                    }
                    Some(_) => entries.push(Entry { key, value: node }),
                },
            },
        }
        if let Some((at, message, help)) = refused {
            self.fault(at, message, help);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { length_kib: 1024, nodes: 100, depth: 32 };

    fn faults(text: &str) -> Vec<String> {
        read(text, LIMITS).1.into_iter().map(|f| format!("{}:{}: {}", f.at.line, f.at.column, f.message)).collect()
    }

    /// The place of `wanted` in the scalar that is the value of the only key.
    fn place(text: &str, wanted: &str) -> (usize, usize) {
        let root = read(text, LIMITS).0.expect("a tree");
        let Content::Mapping(entries) = &root.content else { panic!("no mapping") };
        let value = &entries[0].value;
        let offset = value.scalar().expect("a scalar").find(wanted).expect("contains it");
        let mark = value.locate(text, offset);
        (mark.line, mark.column)
    }

    #[test]
    fn a_place_inside_a_scalar_is_found_however_it_is_quoted() {
        assert_eq!(place("a: one two\n", "two"), (1, 8));
        assert_eq!(place("a: 'one two'\n", "two"), (1, 9));
        assert_eq!(place("a: \"one \\\"x\\\" two\"\n", "two"), (1, 15));
        assert_eq!(place("a: one\n   two three\n", "three"), (2, 8));
        assert_eq!(place("a: |\n  one\n  two\n", "two"), (3, 3));
        assert_eq!(place("a: >\n  one\n  two\n", "two"), (3, 3));
        assert_eq!(place("# é\n\na:   é two\n", "two"), (3, 8));
    }

    #[test]
    fn duplicate_keys_anchors_aliases_and_tags_are_refused_together() {
        assert_eq!(
            faults("a: &x 1\nb: *x\nc: !t 2\na: 3\n"),
            [
                "1:4: anchors (`&name`) are not supported",
                "2:4: aliases (`*name`) are not supported",
                "3:4: tags (`!name`) are not supported",
                "4:1: the key `a` is given twice",
            ]
        );
    }

    #[test]
    fn deep_nesting_second_documents_and_control_characters_are_refused() {
        assert_eq!(faults(&"[".repeat(40)), ["1:33: nested deeper than 32 levels"]);
        assert_eq!(faults(&"[".repeat(100_000)).len(), 1);
        assert_eq!(faults("a: 1\n---\nb: 2\n"), ["2:1: a second document begins here"]);
        assert_eq!(faults("a: \u{0}1\n"), ["1:4: the character U+0000 does not belong in a text file"]);
    }

    #[test]
    fn what_is_larger_than_it_may_be_is_refused() {
        assert_eq!(faults(&format!("[{}]", "1,".repeat(200))), ["1:202: more than 100 nodes"]);
        assert_eq!(faults(&" ".repeat((1 << 20) + 1)), ["1:1: the file is longer than 1 MiB"]);
        let short = Limits { length_kib: 3, ..LIMITS };
        assert_eq!(read(&" ".repeat(3073), short).1[0].message, "the file is longer than 3 KiB");
    }

    #[test]
    fn a_list_as_a_key_is_told_from_a_key_that_is_there_twice() {
        let helps = |text| read(text, LIMITS).1.into_iter().map(|fault| fault.help).collect::<Vec<_>>();
        assert_eq!(helps("? [a]\n: 1\n"), ["write a word before the `:`"]);
        assert_eq!(helps("a: 1\na: 2\n"), ["keep one of them"]);
    }
}

//! `say`: the sentence for people, cut at its placeholders.

use super::reader::Reader;
use crate::suggestion::suggestion;
use crate::{Say, SayPart};
use ringfence_cdr::yaml::Node;

/// Reads the sentence; `{{` and `}}` stand for braces.
pub(crate) fn say(reader: &mut Reader<'_>, node: &Node, lets: &[&str]) -> Option<Say> {
    let text = reader.text(node, "`say`")?;
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            plain.push(c);
            at += 2;
        } else if c == '{' {
            let Some(length) = rest.find('}') else {
                reader.error_in(
                    node,
                    &(at..text.len()),
                    "the placeholder has no `}`",
                    "write `{calls}`, or `{{` for a brace",
                );
                return None;
            };
            if !plain.is_empty() {
                parts.push(SayPart::Text(std::mem::take(&mut plain).into()));
            }
            let name = rest[1..length].trim();
            match (name, lets.iter().position(|known| *known == name)) {
                ("key", _) => parts.push(SayPart::Key),
                (_, Some(index)) => parts.push(SayPart::Let(index)),
                (_, None) => {
                    let help = suggestion(name, std::iter::once("key").chain(lets.iter().copied()));
                    reader.error_in(node, &(at + 1..at + length), format!("unknown name `{name}` in `say`"), help);
                }
            }
            at += length + 1;
        } else {
            plain.push(c);
            at += c.len_utf8();
        }
    }
    if !plain.is_empty() {
        parts.push(SayPart::Text(plain.into()));
    }
    Some(Say(parts))
}

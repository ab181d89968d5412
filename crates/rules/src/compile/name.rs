//! The names that a pack gives: to itself, its rules and its ladders.

use super::reader::Reader;
use ringfence_cdr::yaml::Node;

/// A kebab-case name.
pub(crate) fn name(reader: &mut Reader<'_>, node: &Node, what: &str) -> Option<Box<str>> {
    let text = reader.text(node, what)?;
    if is_kebab(text) {
        return Some(text.into());
    }
    let proposed: String = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join("-");
    let help = if is_kebab(&proposed) {
        format!("write `{proposed}`")
    } else {
        "names have small letters, digits and `-`: dial-blast".to_owned()
    };
    reader.error(node, format!("{what} must be in kebab-case, found `{text}`"), help);
    None
}

fn is_kebab(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

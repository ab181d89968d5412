//! YAML as a tree in which every node knows where it stands.
//!
//! The officer's files are small, and an error in them must point at the very character, also inside an expression
//! that is a YAML scalar. So the tree is built from the parser's events here, with the positions kept, and with
//! what such files do not need (anchors, aliases, tags, several documents) refused.

mod read;
mod tree;

pub(crate) use read::read;
pub(crate) use tree::{Content, Mark, Node};

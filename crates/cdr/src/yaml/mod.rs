//! YAML as a tree in which every node knows where it stands.
//!
//! Rules and dialects are small and written by hand, and an error in them must point at the very character, also inside
//! an expression that is a YAML scalar. So the tree is built from the parser's events here, with the positions kept, and
//! with what such files do not need (anchors, aliases, tags, several documents) refused.

mod read;
mod tree;

pub use read::{Fault, Limits, read};
pub use tree::{Content, Entry, Mark, Node};

//! At which instants a rule holds for a key, and on what.

mod added_up;
mod anchors;
mod context;
mod eligible;
mod evaluation;
mod folding;
mod held;
mod hot;
mod instants;
mod judge;
mod line;
mod opening;
mod probe;
mod segment;
mod view;

pub(crate) use anchors::{AnchorEdges, Anchors};
pub(crate) use context::{Context, Subject};
pub(crate) use folding::{NumberFacts, open_windows};
pub(crate) use held::Held;
pub(crate) use hot::{Hot, HotNumbers};
pub(crate) use judge::Judging;
pub(crate) use opening::Opening;
pub(crate) use segment::{Peak, SEGMENT_BORDER, Segment, unstored};

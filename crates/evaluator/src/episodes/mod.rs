//! What the instants that hold come to, and what subscribers are told of it.

mod crowd;
mod episode;
mod event;
mod publish;
mod published;
mod reason;
mod track;
mod tracks;
mod untold;

pub(crate) use event::{key_name, violation};
pub(crate) use publish::{Capped, Publisher, forget};
pub(crate) use track::Track;
pub(crate) use tracks::Tracks;

//! Which rule judges which instant.

mod book;
mod class;
mod edition;
mod lists;
mod program;
mod written;

pub(crate) use book::Rulebook;
pub(crate) use class::{Need, Needs};
pub(crate) use edition::{Edition, LadderEdition, Line};
pub(crate) use lists::{ListChange, Lists};
pub(crate) use program::{Gate, Program};
pub(crate) use written::{BookError, WrittenBook};

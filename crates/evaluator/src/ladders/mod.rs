//! From violations to strikes, and from what is due to what is done.

mod climb;
mod walks;

pub(crate) use climb::{Climb, Violations};

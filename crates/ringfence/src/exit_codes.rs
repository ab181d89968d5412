//! The exit codes, which say whose fault it is.

/// Exit code where a check or test found something.
pub(crate) const FOUND: u8 = 1;
/// Exit code of bad usage or input.
pub(crate) const BAD_USAGE: u8 = 2;
/// Exit code of a fault that is not the user's.
pub(crate) const INTERNAL: u8 = 70;

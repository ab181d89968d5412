//! Which release this is: journals and snapshots name the one that wrote them.

/// The release of this build.
pub(crate) const RELEASE: &str = env!("CARGO_PKG_VERSION");

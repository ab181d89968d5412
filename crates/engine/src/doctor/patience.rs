//! How long the doctor waits.

use std::time::Duration;

/// How long the cluster may take to answer one question.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

//! What is served: the server holds it, and every answer is made from it.

use std::sync::Arc;

use ringfence_cdr::{Clock, Millis};
use ringfence_telemetry::{Metrics, ReadModel};

/// What the answers are made from.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) metrics: Metrics,
    pub(crate) model: Arc<ReadModel>,
    pub(crate) stall: Millis,
    /// Health checks measure by it.
    pub(crate) clock: Clock,
}

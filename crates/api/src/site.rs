//! What is served: the server holds it, and every answer is made from it.

use std::sync::Arc;

use ringfence_cdr::{EventTime, Millis};
use ringfence_telemetry::{Metrics, ReadModel};

/// Reads the wall clock; health checks measure by it.
pub type Clock = fn() -> EventTime;

/// What the answers are made from.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) metrics: Metrics,
    pub(crate) model: Arc<ReadModel>,
    pub(crate) stall: Millis,
    pub(crate) clock: Clock,
}

//! What clients may take. The server shares file descriptors with the consumers and the producer: clients that connect
//! and say nothing must not be able to stop a shard.

use std::time::Duration;

/// How many connections are open at once; further ones wait in the system's queue until one has ended.
pub const CONNECTIONS: usize = 128;
/// How long a client may take to send the head of its request.
pub const HEADER: Duration = Duration::from_secs(3);
/// How long a connection may take in all. It serves one request: scrapes and probes come seconds apart, and would hold
/// a connection for nothing.
pub const REQUEST: Duration = Duration::from_secs(10);
/// How long open requests may take once the server stops.
pub(crate) const DRAIN: Duration = Duration::from_secs(5);
/// How long nothing is accepted after the system refused a connection, as it does when descriptors run out.
pub(crate) const REFUSED: Duration = Duration::from_secs(1);

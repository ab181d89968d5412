//! Free ports that stay free while a broker is down.
//!
//! They lie below the range from which the system takes the ports of outgoing connections: a client that retries while
//! its broker restarts would otherwise sooner or later sit on the broker's own port.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// The first port to try, and how many there are. Linux hands out 32768 and above by itself.
const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

/// How far apart two processes with neighbouring ids begin to look.
const STRIDE: u32 = 37;

/// Takes `count` ports on which nobody listens now and that this process has not handed out lately.
///
/// Another process may still take one before the broker does; then the broker fails to start and the caller asks again.
pub(crate) fn take(count: usize) -> Vec<u16> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(STRIDE);
    let mut found = Vec::with_capacity(count);
    for _ in 0..COUNT {
        if found.len() == count {
            break;
        }
        let offset = start.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        if let Ok(port) = u16::try_from(FIRST + offset)
            && TcpListener::bind(("127.0.0.1", port)).is_ok()
        {
            found.push(port);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::take;

    #[test]
    fn ports_are_distinct_across_calls_and_outside_the_ephemeral_range() {
        let ports: Vec<u16> = take(3).into_iter().chain(take(3)).collect();
        assert_eq!(ports.len(), 6);
        assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), 6);
        assert!(ports.iter().all(|port| (20_000..32_000).contains(port)));
    }
}

//! Services that a sanction bars.

use ringfence_events::Service;
use serde::{Deserialize, Serialize};

/// A set of services, one bit for each in the order of [`Service::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Barred(u8);

impl Barred {
    /// The set of these services.
    #[must_use]
    pub fn of(services: &[Service]) -> Self {
        let bit = |service: &Service| Service::ALL.iter().position(|known| known == service).map_or(0, |at| 1 << at);
        Self(services.iter().map(bit).fold(0, |all, bit| all | bit))
    }

    /// The services, in order.
    #[must_use]
    pub fn services(self) -> Vec<Service> {
        let is_barred = |at: usize| self.0 & 1 << at != 0;
        Service::ALL.into_iter().enumerate().filter(|(at, _)| is_barred(*at)).map(|(_, service)| service).collect()
    }
}

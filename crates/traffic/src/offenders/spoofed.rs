//! The spoofed number: an honest card, and a robocaller who claims its number at a gateway.
//!
//! The false calls are seen by gateways alone. They may show as violations; never may they cost the card a strike.
//! Nobody complains of them here, since a complaint names the number and not who used it.

use std::sync::Arc;

use crate::attempt::{Attempt, Seen};
use crate::caller::{Bouts, Caller, Campaign};
use crate::kind::Kind;
use crate::local_time::{HOUR, SECOND};
use crate::setting::Setting;
use crate::telemarketer::Telemarketer;

const BOUT: i64 = 2 * HOUR;
/// False calls begin this far apart: about 160 an hour.
const GAP: std::ops::RangeInclusive<i64> = 15 * SECOND..=30 * SECOND;

/// A card and those who call in its name.
#[derive(Debug)]
pub(crate) struct Spoofed {
    holder: Telemarketer,
    own: Option<Attempt>,
    forger: Caller,
    bouts: Bouts,
    forged: Option<Attempt>,
}

impl Spoofed {
    pub(crate) fn new(setting: &Arc<Setting>, caller: Caller, rank: u64) -> Self {
        let mut holder = Telemarketer::new(caller);
        let mut forger = Caller::new(setting, Kind::Spoofed, rank | 1 << 63);
        forger.line = holder.line();
        let bouts = Bouts::daily(&mut forger, BOUT);
        let own = holder.next();
        let mut spoofed = Self { holder, own, forger, bouts, forged: None };
        spoofed.forged = spoofed.forge();
        spoofed
    }

    fn forge(&mut self) -> Option<Attempt> {
        let (at, _) = self.bouts.next()?;
        let called = self.forger.stranger();
        let outcome = self.forger.outcome(700_000, 1..=9, 3_000..=9_000);
        self.bouts.wait_until(at + self.forger.random.between(&GAP));
        let mut attempt = Attempt::new(self.forger.line, called, at, outcome);
        attempt.seen = Seen::AtGateway;
        Some(attempt)
    }
}

impl Campaign for Spoofed {
    fn next(&mut self) -> Option<Attempt> {
        let own_first = match (&self.own, &self.forged) {
            (Some(own), Some(forged)) => own.at <= forged.at,
            (own, _) => own.is_some(),
        };
        if own_first {
            let next = self.holder.next();
            std::mem::replace(&mut self.own, next)
        } else {
            let next = self.forge();
            std::mem::replace(&mut self.forged, next)
        }
    }
}

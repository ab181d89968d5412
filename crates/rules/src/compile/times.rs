//! Lengths of time, instants and zones as YAML values.

use jiff::civil::Date;
use ringfence_cdr::{EventTime, Millis, time_zone_names};

use super::reader::Reader;
use crate::Zone;
use crate::measure::first_instant;
use crate::syntax::{Constant, constant};
use ringfence_cdr::yaml::Node;

impl Reader<'_> {
    /// A length of time with its unit.
    pub(crate) fn duration(&mut self, node: &Node, what: &str) -> Option<Millis> {
        let text = self.text(node, what)?;
        if text == "0" {
            return Some(Millis::ZERO);
        }
        match self.parsed(node, constant(text))? {
            Constant::Duration(length) => Some(length),
            Constant::Number(_) => {
                self.error(node, format!("{what} needs a unit"), "write ms, s, m (minutes), h, d (24 h) or w: 15m");
                None
            }
            _ => {
                self.error(node, format!("{what} must be a length of time"), "for example 10s, 15m, 1h, 7d");
                None
            }
        }
    }

    /// A length of time above zero.
    pub(crate) fn positive_duration(&mut self, node: &Node, what: &str) -> Option<Millis> {
        let length = self.duration(node, what)?;
        if length <= Millis::ZERO {
            self.error(node, format!("{what} must be longer than nothing"), "for example 24h");
            return None;
        }
        Some(length)
    }

    /// An RFC 3339 instant with its offset, or a date: its first instant in the zone.
    pub(crate) fn instant(&mut self, node: &Node, what: &str, zone: &Zone) -> Option<EventTime> {
        let text = self.text(node, what)?;
        let instant = instant(text, zone);
        if instant.is_none() {
            let help = "write a date (2026-12-01) or an instant with its offset (2026-12-01T00:00:00+08:00)";
            self.error(node, format!("{what} is no date or instant"), help);
        }
        instant
    }

    /// A time zone by its IANA name.
    pub(crate) fn zone(&mut self, node: &Node, what: &str) -> Option<Zone> {
        let text = self.text(node, what)?;
        let zone = Zone::new(text);
        if zone.is_none() {
            self.error(node, format!("unknown time zone `{text}`"), zone_help(text));
        }
        zone
    }
}

/// A date or an instant with its offset.
pub(crate) fn instant(text: &str, zone: &Zone) -> Option<EventTime> {
    if text.len() == 10 {
        return Date::strptime("%Y-%m-%d", text).ok().map(|date| first_instant(date, zone));
    }
    EventTime::parse_rfc3339(text)
}

/// What to write instead of an unknown zone.
pub(crate) fn zone_help(unknown: &str) -> String {
    let names = time_zone_names();
    match ringfence_cdr::nearest(unknown, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "zones have IANA names: Asia/Shanghai, Europe/Paris, UTC".to_owned(),
    }
}

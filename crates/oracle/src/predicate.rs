//! Predicates on one fact.

use jiff::tz::TimeZone;
use ringfence_cdr::{EventTime, Number};
use ringfence_rules::{Field, Operand, Predicate, TimeOf};

use crate::PackWithLists;
use crate::{Fact, FieldValue};

/// Reads predicates with the lists, the zone and the number plan of a pack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) pack: &'a PackWithLists,
}

impl Reader<'_> {
    /// Whether the fact satisfies the predicate.
    pub(crate) fn holds(&self, predicate: &Predicate, fact: &Fact) -> bool {
        match predicate {
            Predicate::True => true,
            Predicate::All(parts) => parts.iter().all(|part| self.holds(part, fact)),
            Predicate::Any(parts) => parts.iter().any(|part| self.holds(part, fact)),
            Predicate::Not(part) => !self.holds(part, fact),
            Predicate::Compare(operand, operator, literal) => {
                let right = FieldValue::from(literal);
                self.holds_in_each(*operand, fact, |left| {
                    left.compare(&right).is_some_and(|order| operator.holds(order))
                })
            }
            Predicate::OneOf(operand, literals) => self.holds_in_each(*operand, fact, |left| {
                literals.iter().any(|literal| *left == FieldValue::from(literal))
            }),
            Predicate::Between(operand, first, last) => {
                let (first, last) = (FieldValue::from(first), FieldValue::from(last));
                self.holds_in_each(*operand, fact, |value| is_between(value, &first, &last))
            }
            Predicate::InList(field, list) => self.is_listed(*field, *list, fact),
            Predicate::StartsWith(field, prefix) => match fact.field(*field) {
                Some(FieldValue::Text(text)) => text.starts_with(&**prefix),
                _ => false,
            },
            Predicate::Is(field) => fact.field(*field) == Some(FieldValue::Boolean(true)),
            Predicate::Before(end) => fact.at() < *end,
        }
    }

    /// Whether there is a value at all, and the test holds for every value: a number's place may have several zones.
    fn holds_in_each(&self, operand: Operand, fact: &Fact, test: impl Fn(&FieldValue) -> bool) -> bool {
        let values = self.values(operand, fact);
        !values.is_empty() && values.iter().all(test)
    }

    fn values(&self, operand: Operand, fact: &Fact) -> Vec<FieldValue> {
        let at = fact.at();
        let in_zones = |of: TimeOf, read: fn(EventTime, &TimeZone) -> FieldValue| {
            self.zones(of, fact).iter().map(|zone| read(at, zone)).collect()
        };
        match operand {
            Operand::Field(field) => fact.field(field).into_iter().collect(),
            Operand::Time(of) => in_zones(of, |at, zone| FieldValue::Time(local(at, zone).time())),
            Operand::Weekday(of) => {
                in_zones(of, |at, zone| FieldValue::Weekday(local(at, zone).date().weekday().to_monday_one_offset()))
            }
            Operand::Date(of) => in_zones(of, |at, zone| FieldValue::Date(local(at, zone).date())),
            Operand::Country(field) => fact
                .number_field(field)
                .and_then(|number| self.pack.plan.country(number))
                .map(|country| FieldValue::Text(country.to_owned()))
                .into_iter()
                .collect(),
        }
    }

    fn zones(&self, of: TimeOf, fact: &Fact) -> Vec<TimeZone> {
        match of {
            TimeOf::Pack => vec![self.pack.zone.time_zone().clone()],
            TimeOf::Number(field) => {
                fact.number_field(field).map(|number| self.pack.plan.zones(number).to_vec()).unwrap_or_default()
            }
        }
    }

    fn is_listed(&self, field: Field, list: usize, fact: &Fact) -> bool {
        let Some(FieldValue::Text(text)) = fact.field(field) else { return false };
        let Some(list) = self.pack.list(list) else { return false };
        let key = Number::new(&text);
        list.entries()
            .filter(|(listed, _)| **listed == key)
            .flat_map(|(_, entries)| entries)
            .any(|entry| entry.valid_from <= fact.at() && fact.at() < entry.valid_until)
    }
}

/// `value in first..last`: both ends included; of times of day the last excluded, and a range may span midnight.
fn is_between(value: &FieldValue, first: &FieldValue, last: &FieldValue) -> bool {
    match (value, first, last) {
        (FieldValue::Time(value), FieldValue::Time(first), FieldValue::Time(last)) => {
            if first <= last {
                first <= value && value < last
            } else {
                first <= value || value < last
            }
        }
        _ => {
            value.compare(first).is_some_and(|order| order.is_ge())
                && value.compare(last).is_some_and(|order| order.is_le())
        }
    }
}

fn local(at: EventTime, zone: &TimeZone) -> jiff::civil::DateTime {
    zone.to_datetime(at.timestamp())
}

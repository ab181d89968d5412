//! Days of the week: their names in rules, and ranges of them.

use jiff::civil::Weekday;

use crate::Literal;

/// The days of the week as rules write them.
pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The days from `first` to `last`, over the end of the week where need be.
pub(super) fn weekdays(first: Weekday, last: Weekday) -> Vec<Literal> {
    let mut days = vec![Literal::Weekday(first)];
    let mut day = first;
    while day != last {
        day = day.next();
        days.push(Literal::Weekday(day));
    }
    days
}

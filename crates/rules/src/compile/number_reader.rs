//! How the numbers that a pack writes meet those of the records.

use ringfence_cdr::Number;

/// Brings a number written in a pack (a list's key, a literal of a rule) into the form that records are brought
/// into; [`country`](crate::country) tells beforehand whose national numbers it will meet. The error says what is wrong without
/// repeating the number.
pub type NumberReader<'a> = dyn Fn(&str) -> Result<Number, String> + 'a;

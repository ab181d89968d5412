//! What is known of one number, as rules see it.

mod decoded;
mod matcher;
mod scene;
mod stretches;
mod touched;

pub(crate) use decoded::Decoded;
pub(crate) use matcher::{Fact, FieldValue, Matcher};
pub(crate) use scene::{Eligibility, Scene};
pub(crate) use stretches::{Calls, Spent, Stretch};
pub(crate) use touched::{Span, Spans, Touched};

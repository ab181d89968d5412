//! Avro: the fields of a datum that a dialect asks for, as texts.
//!
//! Of a record of hundreds of fields a dialect reads a dozen. So a schema is compiled with the wanted names into the
//! steps that a datum takes: what is wanted becomes a text, all else is passed over, and nothing is allocated for it. A
//! length that a message claims is believed no further than the message goes, and what takes no bytes is counted.
//!
//! Texts are exact: a decimal is its digits, a timestamp its milliseconds, and a floating-point number is read as a length
//! of time alone. Written by the specification of Avro 1.12 (<https://avro.apache.org/docs/1.12.0/specification/>).

mod datum;
mod parse;
mod plan;
mod schema;

pub(crate) use datum::Fault;
pub(crate) use plan::{Plan, Use};
pub(crate) use schema::Schema;
pub use schema::SchemaError;

#[cfg(test)]
pub(crate) mod tests;

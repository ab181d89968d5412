//! Health and metrics over HTTP.
//!
//! | path | answers |
//! |---|---|
//! | `/metrics` | the metrics in Prometheus' text format |
//! | `/livez` | 200 unless a new process would do better, else 503: an owner has not begun or its loop is stalled, or for ten minutes none of its shards has committed or come further in its recovery |
//! | `/readyz` | 200 once every owner runs and every owned shard is live, else 503 with the reasons |
//! | `/readyz?verbose` | the same status with JSON: owners, and per shard its inputs, lag, shard time, last commit and snapshot |
//!
//! **Architecture invariant:** nothing here changes anything, and nothing here waits for an owner: what is served is
//! read from the metrics and the read model.

mod health;
pub mod limits;
mod server;
mod site;

pub use server::{Server, ServerError, Settings};

//! The engine on a real Kafka: what is read once is judged once, and what is published is published once, whatever dies.
//!
//! The engine runs in processes of its own (this test binary, started again), so that it can be killed.

mod child;
mod dialects;
mod handover;
mod history;
mod late_ends;
mod lists;
mod open_transactions;
mod recovery;
mod scene;
mod settling;
mod sources;
mod start;
mod takeover;
mod traffic;
mod wrong_clock;

//! The machine: the directory for snapshots, and the address for health and metrics.

use std::net::TcpListener;

use ringfence_snapshots::Store;

use super::notes::Notes;
use crate::config::Config;

/// Less free room than this is said.
const FREE_BYTES_MIN: u64 = 2 << 30;
/// Names the doctor among those who share a directory: what a live engine is writing stays untouched.
const WRITER: &str = "doctor";

/// Looks at the machine; the store of snapshots, where it can be used.
pub(super) fn examine(config: &Config, notes: &mut Notes<'_>) -> Option<Store> {
    let directory = config.snapshots.directory.join(&config.group);
    let about = format!("snapshots in {}", directory.display());
    let store = Store::open(&directory, WRITER, config.snapshots.keep);
    match &store {
        Ok(_) => match rustix::fs::statvfs(&directory) {
            Ok(disk) => {
                let free = disk.f_bavail.saturating_mul(disk.f_frsize);
                let seen = format!("writable, {:.1} GiB free", free as f64 / f64::from(1 << 30));
                if free < FREE_BYTES_MIN {
                    notes.advice(about, seen, format!("{} of each shard are kept: make room", config.snapshots.keep));
                } else {
                    notes.fine(about, seen);
                }
            }
            Err(error) => notes.advice(about, format!("free room unknown: {error}"), "look at the disk yourself"),
        },
        Err(error) => notes.problem(
            about,
            crate::stop::with_causes(error),
            "give the user that runs the engine a directory that the processes of the group share",
        ),
    }
    match TcpListener::bind(config.http) {
        Ok(_) => notes.fine("http", format!("{} is free", config.http)),
        Err(error) => notes.advice(
            "http",
            format!("{} cannot be had: {error}", config.http),
            "fine if this engine runs already; else set `http.bind`",
        ),
    }
    store.ok()
}

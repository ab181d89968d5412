//! Real Apache Kafka brokers for tests and benchmarks, without Docker.
//!
//! A promise such as "exactly once under `kill -9`" means something only against the real broker: the mock of
//! librdkafka does not abort, fence, fail over or delete. [`Cluster::start`] runs one or three KRaft nodes as child
//! processes on free ports, in a directory of their own. They end with the [`Cluster`], and also when the test process
//! is itself killed. The jars come from `./dev kafka jars`.
//!
//! ```no_run
//! # use ringfence_kafka_for_tests::{Cluster, NewRecord, Options};
//! # fn main() -> Result<(), ringfence_kafka_for_tests::Error> {
//! let cluster = Cluster::start(Options::default())?;
//! cluster.create_topic("cdr", 16, &[("retention.ms", "-1")])?;
//! cluster.produce("cdr", &[NewRecord::new(b"+8613000000001", b"{}").at(1_700_000_000_000)])?;
//! assert_eq!(cluster.read_all("cdr")?.len(), 1);
//! # Ok(())
//! # }
//! ```

mod broker;
mod cluster;
mod coordinators;
mod error;
mod jars;
mod ports;
mod produce;
mod read;
mod settings;
mod topics;
mod wait;
mod watchdog;

pub use cluster::{Cluster, Options};
pub use error::Error;
pub use produce::NewRecord;
pub use read::Record;
pub use topics::create_topic;
pub use wait::until;

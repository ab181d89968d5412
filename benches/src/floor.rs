//! The floor: the least that judging call records from Kafka can cost.
//!
//! A hand-written program for one rule (at least 100 calls of a number within an hour, exact to the millisecond, late
//! records in their place). Each thread reads its share of the partitions in batches, parses the JSON, keeps the call
//! times of each number in memory, and commits outputs and input offsets in one transaction every 100 ms. It has no
//! rules, no recovery, no metrics and no dead letters, and a crash loses its windows: it is a bound, not an engine.

mod order;
mod output;
mod owner;
pub(crate) mod record;

use std::sync::Barrier;

use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::Error;

use order::REQUEST_LIMIT;

pub use order::{Floor, RULE};
pub use output::{Outputs, read_outputs};

impl Floor {
    /// Reads the input to its end and returns how many records that were.
    ///
    /// # Errors
    /// If a record is not a call record, or Kafka refuses something; the floor does not try again.
    pub fn run(&self) -> Result<u64, Error> {
        let partitions = self.partitions()?;
        let ready = Barrier::new(self.threads);
        std::thread::scope(|scope| {
            let owners: Vec<_> = (0..self.threads)
                .map(|thread| {
                    let mine: Vec<i32> = partitions.iter().copied().skip(thread).step_by(self.threads).collect();
                    let ready = &ready;
                    scope.spawn(move || owner::run(self, thread, &mine, ready))
                })
                .collect();
            let mut records = 0;
            for owner in owners {
                records +=
                    owner.join().unwrap_or_else(|_| Err(Error::Unmet("a thread of the floor panicked".to_owned())))?;
            }
            Ok(records)
        })
    }

    fn partitions(&self) -> Result<Vec<i32>, Error> {
        let client: BaseConsumer = self.client().create().map_err(Error::kafka("make a client"))?;
        let metadata = client
            .fetch_metadata(Some(&self.input), REQUEST_LIMIT)
            .map_err(Error::kafka("describe the input topic"))?;
        Ok(metadata.topics().iter().flat_map(|topic| topic.partitions()).map(|partition| partition.id()).collect())
    }
}

//! One partition: its numbers, and what becomes of a record and of a commit.

mod admission;
mod caches;
mod cap;
mod commit;
mod delivery;
mod evict;
mod index;
mod intake;
mod number;
mod quiet;
#[expect(clippy::module_inception, reason = "the shard itself, of which the other files are parts")]
mod shard;
mod snapshot;
mod standing;
mod stored;
mod sweep;
mod switch;
mod tables;
mod times;
mod wakes;

pub use self::delivery::{Delivery, InputId, Outcome, Standing};
pub use self::shard::{Ledger, Shard, ShardCounts, ShardOptions};
pub use self::snapshot::{RestoreError, SNAPSHOT_FORMAT};
pub use self::standing::{StandingEpisode, StandingStrike};

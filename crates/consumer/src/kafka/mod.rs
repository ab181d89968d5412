//! Kafka as the source of records: which shards this process owns, where each starts, and reading them in batches.

mod cluster;
mod context;
mod finder;
mod membership;
mod native;
mod settings;
mod start;

pub use cluster::{Cluster, ClusterError};
pub use context::Logged;
pub use finder::StartFinder;
pub use membership::{Change, Membership};
pub use native::{
    Batch, Cursor, CursorError, GroupPlace, Item, Permission, Queue, RawRecord, Run, TopicFacts, describe_topics,
    known_watermarks,
};
pub use settings::{CONSUMER_SETTINGS_OWNED, Properties, Role, consumer_config, membership_config};
pub use start::{JournalEnd, OpenRecord, Start, StartError, StartFrom, Unstable};

//! Why a demo through Kafka did not come to its end.

use rdkafka::error::KafkaError;
use ringfence_cdr::Millis;

use super::way::DEFAULT_BROKERS;
use crate::exit_codes::{BAD_USAGE, INTERNAL};

/// As shells name the end of a process that was asked to end.
const INTERRUPTED: u8 = 130;

/// Why a demo through Kafka did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KafkaDemoError {
    /// Nobody is there.
    #[error(
        "no Kafka broker answers at {brokers}: start one with `./dev kafka up` in the repository ({}), or name yours \
         with --kafka HOST:PORT",
        DEFAULT_BROKERS
    )]
    Unreachable {
        /// Where it was looked for.
        brokers: String,
        /// What the client said.
        source: KafkaError,
    },
    /// The day would have settled before it is judged.
    #[error(
        "the pack's lateness is {} h: a day that ended some hours ago is settled by now and would not be judged; it must be \
         54 h or more here",
        .lateness.0 / Millis::HOUR.0
    )]
    Settled {
        /// That of the pack.
        lateness: Millis,
    },
    /// A topic cannot be had.
    #[error("topic {topic} cannot be made")]
    Topic {
        /// Which.
        topic: String,
        /// What the broker said.
        source: KafkaError,
    },
    /// A client does not do its work.
    #[error("cannot {doing}")]
    Client {
        /// What was tried.
        doing: &'static str,
        /// What the client said.
        source: KafkaError,
    },
    /// A configuration that cannot be used, or what `doctor` found before the start.
    #[error("the engine cannot start here:\n{}", .0.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n"))]
    Unfit(Vec<String>),
    /// No directory for snapshots.
    #[error("no temporary directory can be made")]
    Directory(#[source] std::io::Error),
    /// A shard cannot go on.
    #[error("shard {shard} is stopped: {reason}")]
    Stopped {
        /// Which.
        shard: i32,
        /// Why.
        reason: String,
    },
    /// An event cannot be read. What it holds is not said: it names numbers.
    #[error("the event at offset {offset} of {topic} is not as published events are")]
    Event {
        /// Where it lies.
        topic: String,
        /// Where there.
        offset: i64,
    },
    /// The engine ended by itself.
    #[error("the engine ended before everything was read")]
    Ended,
    /// Nothing goes on any more.
    #[error("cannot {doing}: nothing moved for {seconds} s; --log info says more")]
    Stalled {
        /// What was waited for.
        doing: &'static str,
        /// For how long.
        seconds: i64,
    },
    /// Somebody asked for the end.
    #[error("ended before everything was judged, as asked")]
    Interrupted,
}

impl KafkaDemoError {
    /// What went wrong with a client while it did this.
    pub(super) fn client(doing: &'static str) -> impl FnOnce(KafkaError) -> Self {
        move |source| Self::Client { doing, source }
    }

    /// Whose fault it is.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Unreachable { .. } | Self::Settled { .. } | Self::Topic { .. } | Self::Unfit(_) => BAD_USAGE,
            Self::Interrupted => INTERRUPTED,
            _ => INTERNAL,
        }
    }
}

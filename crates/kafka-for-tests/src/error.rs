//! What can go wrong between asking for a cluster and reading a record back from it.

use std::path::PathBuf;

/// Why a cluster did not start, or a request to it was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The jars of Apache Kafka are not in the cache directory.
    #[error("no Kafka jars in {}: run './dev kafka jars' once", .0.display())]
    JarsMissing(PathBuf),
    /// Neither `XDG_CACHE_HOME` nor `HOME` says where the cache directory is.
    #[error("neither XDG_CACHE_HOME nor HOME is set, so the Kafka jars cannot be found")]
    NoCacheDirectory,
    /// A cluster has one node or three.
    #[error("a cluster has 1 or 3 brokers, not {0}")]
    BrokerCount(usize),
    /// There is no such node, or it does not run at the moment.
    #[error("broker {0} {1}")]
    Broker(usize, &'static str),
    /// The operating system refused something.
    #[error("cannot {doing}")]
    Io {
        /// What was tried.
        doing: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A node could not be formatted or did not come up; its last words are included.
    #[error("{what}; end of its log:\n{log}")]
    Failed {
        /// Which node, and what it did not do.
        what: String,
        /// The last lines of its output.
        log: String,
    },
    /// librdkafka or the broker reported an error.
    #[error("cannot {doing}")]
    Kafka {
        /// What was tried.
        doing: String,
        /// What the client said.
        #[source]
        source: rdkafka::error::KafkaError,
    },
    /// The broker refused a topic.
    #[error("cannot create topic {topic}: {code}")]
    Topic {
        /// The topic's name.
        topic: String,
        /// The broker's reason.
        code: rdkafka::types::RDKafkaErrorCode,
    },
    /// Something that must happen did not happen in time.
    #[error("timed out: {0}")]
    TimedOut(String),
}

impl Error {
    /// Wraps an error of the operating system with what was tried.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// Wraps an error of librdkafka with what was tried.
    pub(crate) fn kafka(doing: impl Into<String>) -> impl FnOnce(rdkafka::error::KafkaError) -> Self {
        let doing = doing.into();
        move |source| Self::Kafka { doing, source }
    }
}

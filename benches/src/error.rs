//! Why a benchmark could not be carried out.

/// Why a benchmark could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The brokers did not start or did not do what was asked.
    #[error(transparent)]
    Cluster(#[from] ringfence_kafka_for_tests::Error),
    /// librdkafka or a broker reported an error.
    #[error("cannot {doing}: {source}")]
    Kafka {
        /// What was tried.
        doing: &'static str,
        /// What the client said.
        source: rdkafka::error::KafkaError,
    },
    /// The operating system refused something.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A record of the input is not a call record.
    #[error("no call record at partition {partition} offset {offset}: {reason}")]
    Record {
        /// Where it lies.
        partition: i32,
        /// Where it lies.
        offset: i64,
        /// What is wrong with it, without its content.
        reason: &'static str,
    },
    /// Something did not go as the benchmark needs it to.
    #[error("{0}")]
    Unmet(String),
}

impl Error {
    /// Wraps an error of librdkafka with what was tried.
    pub(crate) fn kafka(doing: &'static str) -> impl FnOnce(rdkafka::error::KafkaError) -> Self {
        move |source| Self::Kafka { doing, source }
    }

    /// Wraps an error of the operating system with what was tried.
    pub fn io(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}

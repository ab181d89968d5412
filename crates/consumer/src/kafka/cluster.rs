//! What the engine has to know of the cluster before it reads: which one it is, and which topics.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use super::native::{TopicFacts, describe_topics};

/// The cluster and the topics asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The id of the cluster.
    pub id: String,
    /// What it says of each topic.
    pub topics: BTreeMap<String, Result<TopicFacts, RDKafkaErrorCode>>,
}

/// The cluster does not answer.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No broker can be reached, or none lets us in.
    #[error("no broker answers at {brokers}")]
    Unreachable {
        /// Where they were looked for.
        brokers: String,
        /// What the client said.
        #[source]
        source: KafkaError,
    },
    /// A broker answers, but not to what the engine asks.
    #[error("the cluster does not describe its topics")]
    Topics(#[source] RDKafkaErrorCode),
    /// A broker too old to have one.
    #[error("the cluster has no id")]
    NoId,
}

impl Cluster {
    /// Asks the cluster for itself and for these topics.
    ///
    /// # Errors
    /// Where it does not answer within this time; a topic that is missing is no error here.
    pub fn look<C: ConsumerContext>(
        client: &BaseConsumer<C>,
        brokers: &str,
        topics: &[&str],
        timeout: Duration,
    ) -> Result<Self, ClusterError> {
        // The first request is the one that finds out whether anybody is there.
        client
            .fetch_metadata(topics.first().copied(), timeout)
            .map_err(|source| ClusterError::Unreachable { brokers: brokers.to_owned(), source })?;
        let id = client.client().fetch_cluster_id(timeout).ok_or(ClusterError::NoId)?;
        let topics = describe_topics(client, topics, timeout).map_err(ClusterError::Topics)?;
        Ok(Self { id, topics })
    }
}

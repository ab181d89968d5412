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

/// How often the cluster is asked for its topics. The client asks whichever broker it likes: one that no longer answers,
/// though its connections are open, must not keep a process from starting. Once it let one request time out, another is
/// asked.
const TRIES: usize = 3;

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
        let topics = described(|| describe_topics(client, topics, timeout)).map_err(ClusterError::Topics)?;
        Ok(Self { id, topics })
    }
}

/// What was asked for, asked again where no answer came in time or the broker went away.
fn described<T>(mut ask: impl FnMut() -> Result<T, RDKafkaErrorCode>) -> Result<T, RDKafkaErrorCode> {
    use RDKafkaErrorCode::{BrokerTransportFailure, OperationTimedOut, RequestTimedOut};
    let no_answer =
        |code: &RDKafkaErrorCode| matches!(code, OperationTimedOut | RequestTimedOut | BrokerTransportFailure);
    let mut tries = 1;
    loop {
        match ask() {
            Err(code) if no_answer(&code) && tries < TRIES => tries += 1,
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_does_not_answer_is_not_the_last_to_be_asked() {
        let mut answers = [Err(RDKafkaErrorCode::OperationTimedOut), Ok(3)].into_iter();
        assert_eq!(described(|| answers.next().expect("no further try")), Ok(3));
    }

    #[test]
    fn a_cluster_that_never_answers_or_refuses_is_not_asked_for_ever() {
        for (code, expected) in [(RDKafkaErrorCode::OperationTimedOut, TRIES), (RDKafkaErrorCode::Authentication, 1)] {
            let mut tries = 0;
            let answer = described(|| -> Result<(), _> {
                tries += 1;
                Err(code)
            });
            assert_eq!((answer, tries), (Err(code), expected));
        }
    }
}

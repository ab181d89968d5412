//! Creating topics.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;

use crate::{Cluster, Error, wait};

/// How long a topic may take to be created and led.
const LIMIT: Duration = Duration::from_secs(30);

impl Cluster {
    /// Creates a topic, replicated to every broker, and waits until each partition has a leader.
    ///
    /// # Errors
    /// If the broker refuses it: it exists, or a setting is unknown.
    pub fn create_topic(&self, name: &str, partitions: usize, config: &[(&str, &str)]) -> Result<(), Error> {
        create_topic(&self.client_config(), name, partitions, config)
    }

    /// Creates a topic each of whose partitions lies on one broker alone (its index from 0, by partition), and waits
    /// until each has a leader. A partition on a broker that is stopped is out of reach; every other one is not.
    ///
    /// # Errors
    /// If the broker refuses it: it exists, or there is no such broker.
    pub fn create_topic_on(&self, name: &str, brokers: &[usize], config: &[(&str, &str)]) -> Result<(), Error> {
        let replicas: Vec<[i32; 1]> = brokers.iter().map(|index| [node_id(*index)]).collect();
        let replicas: Vec<&[i32]> = replicas.iter().map(|one| &one[..]).collect();
        create(&self.client_config(), name, brokers.len(), TopicReplication::Variable(&replicas), config)
    }

    /// Deletes a topic and waits until it is gone.
    ///
    /// # Errors
    /// If the broker refuses it.
    pub fn delete_topic(&self, name: &str) -> Result<(), Error> {
        let doing = || format!("delete topic {name}");
        let admin: AdminClient<DefaultClientContext> =
            self.client_config().create().map_err(Error::kafka("make an admin client"))?;
        let options = AdminOptions::new().operation_timeout(Some(LIMIT)).request_timeout(Some(LIMIT));
        for result in pollster::block_on(admin.delete_topics(&[name], &options)).map_err(Error::kafka(doing()))? {
            result.map_err(|(topic, code)| Error::Topic { topic, code })?;
        }
        wait::until(LIMIT, || {
            let metadata = admin.inner().fetch_metadata(None, Duration::from_secs(5)).ok()?;
            metadata.topics().iter().all(|topic| topic.name() != name).then_some(())
        })
        .ok_or_else(|| Error::TimedOut(doing()))
    }
}

/// Creates a topic on brokers that somebody else runs; otherwise as [`Cluster::create_topic`].
///
/// # Errors
/// As [`Cluster::create_topic`].
pub fn create_topic(
    client: &ClientConfig,
    name: &str,
    partitions: usize,
    config: &[(&str, &str)],
) -> Result<(), Error> {
    // -1 leaves the replication to the broker's default, which fits the size of the cluster.
    create(client, name, partitions, TopicReplication::Fixed(-1), config)
}

/// The id of the node at an index: they are numbered from 1.
fn node_id(index: usize) -> i32 {
    i32::try_from(index + 1).unwrap_or(i32::MAX)
}

fn create(
    client: &ClientConfig,
    name: &str,
    partitions: usize,
    replication: TopicReplication<'_>,
    config: &[(&str, &str)],
) -> Result<(), Error> {
    let doing = || format!("create topic {name}");
    let admin: AdminClient<DefaultClientContext> = client.create().map_err(Error::kafka("make an admin client"))?;
    let count = i32::try_from(partitions).unwrap_or(i32::MAX);
    let mut topic = NewTopic::new(name, count, replication);
    for (setting, value) in config {
        topic = topic.set(setting, value);
    }
    let options = AdminOptions::new().operation_timeout(Some(LIMIT)).request_timeout(Some(LIMIT));
    let results = pollster::block_on(admin.create_topics([&topic], &options)).map_err(Error::kafka(doing()))?;
    for result in results {
        result.map_err(|(topic, code)| Error::Topic { topic, code })?;
    }
    wait::until(LIMIT, || {
        let metadata = admin.inner().fetch_metadata(Some(name), Duration::from_secs(5)).ok()?;
        let found = metadata.topics().first()?;
        let led = found.partitions().iter().filter(|partition| partition.leader() >= 0).count();
        (led == partitions).then_some(())
    })
    .ok_or_else(|| Error::TimedOut(doing()))
}

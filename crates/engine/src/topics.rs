//! Making topics.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaErrorCode;

/// How long the cluster may take for one answer.
const LIMIT: Duration = Duration::from_secs(20);
/// How often, and after how long, the leaders of a new topic are looked for.
const LOOKS: (u32, Duration) = (200, Duration::from_millis(50));

/// Makes a topic and waits until each of its partitions has a leader.
///
/// # Errors
/// Where the cluster refuses it, or its partitions get no leaders.
pub fn make_topic(
    admin: &AdminClient<DefaultClientContext>,
    topic: &str,
    partitions: i32,
    settings: &[(&str, &str)],
) -> KafkaResult<()> {
    // -1 leaves the replication to the broker's default, which fits the size of the cluster.
    let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(-1));
    let new = settings.iter().fold(new, |new, (setting, value)| new.set(setting, value));
    let options = AdminOptions::new().operation_timeout(Some(LIMIT)).request_timeout(Some(LIMIT));
    for result in pollster::block_on(admin.create_topics([&new], &options))? {
        result.map_err(|(_, code)| KafkaError::AdminOp(code))?;
    }
    let (looks, pause) = LOOKS;
    for _ in 0..looks {
        let metadata = admin.inner().fetch_metadata(Some(topic), LIMIT)?;
        let led = metadata.topics().iter().flat_map(|topic| topic.partitions()).filter(|one| one.leader() >= 0).count();
        if led == partitions.max(1) as usize {
            return Ok(());
        }
        std::thread::sleep(pause);
    }
    Err(KafkaError::AdminOp(RDKafkaErrorCode::LeaderNotAvailable))
}

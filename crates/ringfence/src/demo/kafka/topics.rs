//! The topics of one run: made under a prefix that no other run has, deleted at the end, and no others touched.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode;
use ringfence_cdr::EventTime;

use super::{KafkaDemoError, PARTITIONS};

/// How long a broker may take for its first answer.
const ANSWER: Duration = Duration::from_secs(5);
/// How long making or deleting topics may take.
const LIMIT: Duration = Duration::from_secs(30);
/// The traffic is from the day before and says itself when it arrived, whatever the broker's defaults are.
const INPUT_SETTINGS: [(&str, &str); 3] =
    [("cleanup.policy", "delete"), ("retention.ms", "-1"), ("message.timestamp.type", "CreateTime")];

/// The topics of one run.
pub(super) struct Topics {
    admin: AdminClient<DefaultClientContext>,
    /// What all of their names begin with; also the name of the group.
    pub(super) prefix: String,
    /// Call records.
    pub(super) calls: String,
    /// Complaints.
    pub(super) complaints: String,
    /// Those that this run made or lets the engine make.
    own: Vec<String>,
}

impl Topics {
    /// Reaches the cluster; nothing is made yet.
    pub(super) fn reach(brokers: &str, now: EventTime) -> Result<Self, KafkaDemoError> {
        let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .create()
            .map_err(KafkaDemoError::client("make an admin client"))?;
        let unreachable = |source| KafkaDemoError::Unreachable { brokers: brokers.to_owned(), source };
        admin.inner().fetch_metadata(None, ANSWER).map_err(unreachable)?;
        let prefix = format!("ringfence-demo-{}-{}", now.timestamp().strftime("%Y%m%dT%H%M%SZ"), std::process::id());
        Ok(Self {
            admin,
            calls: format!("{prefix}.cdr"),
            complaints: format!("{prefix}.complaints"),
            prefix,
            own: Vec::new(),
        })
    }

    /// Makes the inputs and waits until they can be written.
    pub(super) fn make_inputs(&mut self) -> Result<(), KafkaDemoError> {
        let inputs = [&self.calls, &self.complaints];
        let new = inputs.map(|input| {
            // -1 leaves the replication to the broker's default, which fits the size of the cluster.
            let new = NewTopic::new(input, PARTITIONS, TopicReplication::Fixed(-1));
            INPUT_SETTINGS.iter().fold(new, |new, (setting, value)| new.set(setting, value))
        });
        let results = pollster::block_on(self.admin.create_topics(&new, &options()))
            .map_err(KafkaDemoError::client("make topics"))?;
        let mut made = Ok(());
        for result in results {
            match result {
                Ok(topic) => self.own.push(topic),
                Err((topic, code)) => made = Err(KafkaDemoError::Topic { topic, code }),
            }
        }
        made?;
        [self.calls.clone(), self.complaints.clone()].iter().try_for_each(|input| self.wait_until_led(input))
    }

    /// Leaders are elected a moment after a topic was made.
    fn wait_until_led(&self, topic: &str) -> Result<(), KafkaDemoError> {
        for _ in 0..200 {
            let metadata = self.admin.inner().fetch_metadata(Some(topic), LIMIT);
            let metadata = metadata.map_err(KafkaDemoError::client("look for the leaders of topics"))?;
            let led = |topic: &rdkafka::metadata::MetadataTopic| {
                topic.partitions().len() == PARTITIONS as usize
                    && topic.partitions().iter().all(|partition| partition.leader() >= 0)
            };
            if metadata.topics().first().is_some_and(led) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(KafkaDemoError::Topic { topic: topic.to_owned(), code: RDKafkaErrorCode::LeaderNotAvailable })
    }

    /// These are made under the prefix by the engine's own means, and are to be deleted with the others.
    pub(super) fn adopt<'a>(&mut self, topics: impl IntoIterator<Item = &'a str>) {
        self.own.extend(topics.into_iter().map(str::to_owned));
    }

    /// Deletes all of them; what could not be deleted is given back with the reason.
    pub(super) fn delete(self) -> Vec<(String, String)> {
        let names: Vec<&str> = self.own.iter().map(String::as_str).collect();
        if names.is_empty() {
            return Vec::new();
        }
        match pollster::block_on(self.admin.delete_topics(&names, &options())) {
            Ok(results) => results.into_iter().filter_map(Result::err).filter_map(left_behind).collect(),
            Err(error) => names.iter().map(|name| ((*name).to_owned(), error.to_string())).collect(),
        }
    }
}

/// A topic that is still there; one that was never made is not.
fn left_behind((topic, code): (String, RDKafkaErrorCode)) -> Option<(String, String)> {
    let gone = matches!(code, RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic);
    (!gone).then(|| (topic, code.to_string()))
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(LIMIT)).request_timeout(Some(LIMIT))
}

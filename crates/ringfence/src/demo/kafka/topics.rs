//! The topics of one run: made under a prefix that no other run has, deleted at the end, and no others touched.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use ringfence_cdr::EventTime;
use ringfence_engine::make_topic;

use super::KafkaDemoError;

/// Partitions of every topic, and so shards.
pub(super) const PARTITIONS: i32 = 4;
/// How long a broker may take for its first answer.
const ANSWER: Duration = Duration::from_secs(5);
/// How long deleting topics may take.
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
        for input in [self.calls.clone(), self.complaints.clone()] {
            let made = make_topic(&self.admin, &input, PARTITIONS, &INPUT_SETTINGS);
            // One that was made and got no leaders is to be deleted too; one that somebody else has is not.
            if !matches!(made, Err(KafkaError::AdminOp(RDKafkaErrorCode::TopicAlreadyExists))) {
                self.own.push(input.clone());
            }
            made.map_err(|source| KafkaDemoError::Topic { topic: input, source })?;
        }
        Ok(())
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

//! The engine as `ringfence run` has it, in this process: its configuration, and how far it has come.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use ringfence_cdr::EventTime;
use ringfence_consumer::kafka::{Logged, Role, consumer_config};
use ringfence_engine::doctor::{self, Weight};
use ringfence_engine::{Config, Problem};
use ringfence_rules::PackFiles;
use ringfence_telemetry::{ReadModel, ShardPhase, ShardStatus};

use super::KafkaDemoError;
use super::topics::{PARTITIONS, Topics};

/// How long one question to the cluster may take.
const ANSWER: Duration = Duration::from_secs(10);

/// The configuration of the engine. What the demo does not choose comes as a variable, so that no brokers and no path
/// can be taken for YAML.
pub(super) fn config(topics: &Topics, brokers: &str, rules: &str, snapshots: &Path) -> Result<Config, KafkaDemoError> {
    let Topics { prefix, calls, complaints, .. } = topics;
    let text = format!(
        "group: {prefix}
instance: demo
sources:
  - {{topic: {calls}, kind: cdr}}
  - {{topic: {complaints}, kind: complaint}}
outputs: {{prefix: {prefix}}}
# The acts are what a demo is for, though the day was over before it began.
backlog: impose
"
    );
    let variables = [
        ("RINGFENCE__KAFKA__BROKERS", brokers.to_owned()),
        ("RINGFENCE__RULES", rules.to_owned()),
        ("RINGFENCE__SNAPSHOTS__DIRECTORY", snapshots.display().to_string()),
    ];
    let variables: BTreeMap<String, String> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let unfit = |problems: Vec<Problem>| KafkaDemoError::Unfit(problems.iter().map(ToString::to_string).collect());
    Config::parse(&text, &variables).map_err(unfit)
}

/// Lets the engine's own doctor make its topics and look over what the start will meet.
pub(super) fn prepare(config: &Config, rules: &PackFiles) -> Result<(), KafkaDemoError> {
    let mut problems = Vec::new();
    doctor::examine(config, rules, true, &mut |finding| {
        if finding.weight == Weight::Problem {
            problems.push(finding.to_string());
        }
    });
    if problems.is_empty() { Ok(()) } else { Err(KafkaDemoError::Unfit(problems)) }
}

/// How far the group has come in the inputs.
pub(super) struct Progress {
    client: BaseConsumer<Logged>,
    places: TopicPartitionList,
}

impl Progress {
    /// Of the group of this configuration.
    pub(super) fn new(config: &Config) -> Result<Self, KafkaDemoError> {
        let client = consumer_config(&config.kafka.consumer, &config.group, Role::Reader)
            .create_with_context(Logged("progress"))
            .map_err(KafkaDemoError::client("make a client"))?;
        let mut places = TopicPartitionList::new();
        for source in &config.sources {
            places.add_partition_range(&source.topic, 0, PARTITIONS - 1);
        }
        Ok(Self { client, places })
    }

    /// How many records the group has committed. The inputs are written without transactions, so that their offsets have
    /// no gaps.
    pub(super) fn committed(&self) -> Result<u64, KafkaDemoError> {
        let committed = self.client.committed_offsets(self.places.clone(), ANSWER);
        let committed = committed.map_err(KafkaDemoError::client("ask what the group has committed"))?;
        let next = |offset| match offset {
            Offset::Offset(next) => u64::try_from(next).unwrap_or_default(),
            _ => 0,
        };
        Ok(committed.elements().iter().map(|element| next(element.offset())).sum())
    }
}

/// Whether every shard judges. Fails where one cannot.
pub(super) fn are_live(model: &ReadModel) -> Result<bool, KafkaDemoError> {
    let shards = model.shards();
    if let Some(ShardStatus { partition, reason, .. }) =
        shards.iter().find(|status| status.state == ShardPhase::Stopped)
    {
        let reason = reason.clone().unwrap_or_else(|| "no reason given".to_owned());
        return Err(KafkaDemoError::Stopped { shard: *partition, reason });
    }
    Ok(all(model, |status| status.state == ShardPhase::Live))
}

/// Whether every shard has read its inputs to their end.
pub(super) fn are_at_the_end(model: &ReadModel) -> bool {
    all(model, |status| !status.inputs.is_empty() && status.inputs.iter().all(|input| input.at_end))
}

/// Whether every shard has committed by a tick after this.
pub(super) fn have_ticked(model: &ReadModel, since: EventTime) -> bool {
    all(model, |status| status.last_commit.is_some_and(|tick| tick > since))
}

fn all(model: &ReadModel, is_so: impl Fn(&ShardStatus) -> bool) -> bool {
    let shards = model.shards();
    shards.len() == PARTITIONS as usize && shards.iter().all(is_so)
}

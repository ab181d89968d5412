//! Which cluster and topics the state of a shard comes from.

use std::collections::BTreeMap;

use ringfence_consumer::kafka::Cluster;
use ringfence_task::Lineage;

use crate::config::Config;

/// Which cluster, journal and inputs these are.
pub(crate) fn lineage(config: &Config, cluster: &Cluster) -> Lineage {
    let counts =
        |name: &str| *name == *config.outputs.journal || config.sources.iter().any(|source| source.topic == name);
    let ids = cluster
        .topics
        .iter()
        .filter(|(name, _)| counts(name))
        .filter_map(|(name, facts)| Some((name.clone(), facts.as_ref().ok()?.id.clone())))
        .collect();
    Lineage { cluster: cluster.id.clone(), topics: ids }
}

/// By what it is told that a snapshot comes from here.
pub(crate) fn origin(lineage: &Lineage) -> BTreeMap<String, String> {
    let topics = lineage.topics.iter().map(|(topic, id)| (format!("topic {topic}"), id.clone()));
    topics.chain([("cluster".to_owned(), lineage.cluster.clone())]).collect()
}

//! Where journal and inputs come from: offsets mean something only in the topics that they were read from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The cluster and the topics, by the ids that Kafka gave them: a topic made anew has another id, and its offsets mean
/// other records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lineage {
    /// The id of the cluster.
    pub cluster: String,
    /// The ids of journal and inputs by name.
    pub topics: BTreeMap<String, String>,
}

impl Lineage {
    /// Goes on naming topics that an earlier one named: inputs that are retired keep their ids.
    pub(crate) fn keep(&mut self, before: &Self) {
        for (topic, id) in &before.topics {
            self.topics.entry(topic.clone()).or_insert_with(|| id.clone());
        }
    }

    /// What tells the two apart, in words; `None` where nothing that both name has another id.
    #[must_use]
    pub fn difference(&self, before: &Self) -> Option<String> {
        if self.cluster != before.cluster {
            return Some(format!("cluster {} is not cluster {}", before.cluster, self.cluster));
        }
        let known = self.topics.iter().filter_map(|(topic, now)| Some((topic, now, before.topics.get(topic)?)));
        known
            .filter(|(_, now, before)| now != before)
            .map(|(topic, now, before)| format!("topic {topic} had id {before} and has id {now}"))
            .next()
    }
}

#[cfg(test)]
mod tests {
    use super::Lineage;

    fn lineage(cluster: &str, topics: &[(&str, &str)]) -> Lineage {
        let topics = topics.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())).collect();
        Lineage { cluster: cluster.to_owned(), topics }
    }

    #[test]
    fn a_topic_made_anew_and_another_cluster_are_told_apart() {
        let before = lineage("c", &[("cdr", "1"), ("journal", "2")]);
        let check = |now: Lineage, difference: Option<&str>| {
            assert_eq!(now.difference(&before).as_deref(), difference);
        };
        check(before.clone(), None);
        check(lineage("d", &[("cdr", "1"), ("journal", "2")]), Some("cluster c is not cluster d"));
        check(lineage("c", &[("cdr", "3"), ("journal", "2")]), Some("topic cdr had id 1 and has id 3"));
    }

    #[test]
    fn topics_that_only_one_of_them_names_make_no_difference() {
        let before = lineage("c", &[("cdr", "1"), ("old", "2")]);
        assert_eq!(lineage("c", &[("cdr", "1"), ("new", "3")]).difference(&before), None);
    }
}

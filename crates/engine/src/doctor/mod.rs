//! What a start would meet, looked at before it: brokers, topics, rights, keys, the way of each shard back, and the host.
//!
//! **Architecture invariant:** nothing here joins the group, takes a transactional id or moves an offset, so it may run
//! beside a live engine of the same configuration.

mod host;
mod notes;
mod outline;
mod patience;
mod samples;
mod settings;
mod shards;
mod topics;

use std::sync::Arc;

use rdkafka::consumer::BaseConsumer;
use ringfence_consumer::kafka::{Cluster, Logged, Role, consumer_config};
use ringfence_rules::PackFiles;
use ringfence_task::PackInForce;

use crate::config::Config;
use crate::engine::partitions_of;
use notes::Notes;
use patience::LIMIT;

pub use notes::{Finding, Weight};

/// Looks over everything that a start with this configuration and these rules needs, and tells each finding as it is
/// made. With `create`, topics of the engine itself that are missing are made first.
pub fn examine(config: &Config, rules: &PackFiles, create: bool, tell: &mut dyn FnMut(Finding)) {
    let mut notes = Notes(tell);
    let Some(pack) = examine_pack(config, rules, &mut notes) else { return };
    let config = &config.clone().numbered(pack.pack.country.as_deref());
    let store = host::examine(config, &mut notes);
    let Some(client) = client(config, &mut notes) else { return };
    let names: Vec<&str> = topic_names(config);
    let look = || Cluster::look(&client, &config.kafka.brokers, &names, LIMIT);
    let mut cluster = match look() {
        Ok(cluster) => cluster,
        Err(error) => {
            let advice = "check `kafka.brokers`, the network, and the security settings under `kafka.properties`";
            return notes.problem("brokers", crate::stop::with_causes(&error), advice);
        }
    };
    notes.fine("brokers", format!("cluster {} answers at {}", cluster.id, config.kafka.brokers));
    if create && topics::create_missing(config, &cluster, &mut notes) {
        match look() {
            Ok(anew) => cluster = anew,
            Err(error) => return notes.problem("brokers", crate::stop::with_causes(&error), "run doctor again"),
        }
    }
    topics::examine(config, &cluster, &mut notes);
    settings::examine(config, &pack, &cluster, &client, &mut notes);
    let Some(partitions) = partitions_of(&cluster, config.scope_topic()) else { return };
    if config.owners > partitions as usize {
        let seen = format!("{} owners for {partitions} shards", config.owners);
        notes.advice("owners", seen, "owners beyond the number of partitions stay idle");
    }
    samples::examine(config, &pack, partitions, &mut notes);
    // A directory that cannot be used was told before.
    if let Some(store) = &store {
        shards::examine(config, &cluster, store, partitions, &mut notes);
    }
}

fn examine_pack(config: &Config, rules: &PackFiles, notes: &mut Notes<'_>) -> Option<PackInForce> {
    match PackInForce::compile(rules, config.is_opaque()) {
        Ok((pack, tables)) => {
            let identity = &pack.pack.identity;
            let seen = format!(
                "{} {} with {} rules, hash {}",
                identity.name,
                identity.version,
                pack.pack.rules.len(),
                pack.hash()
            );
            notes.fine("rules", seen);
            for (list, rules) in tables.empty_lists_read_by(&pack.pack) {
                let seen = format!("the list {list} is empty, and {} rules read it: {}", rules.len(), rules.join(", "));
                notes.advice("rules", seen, format!("put {list}.csv into the directory that `lists.directory` names"));
            }
            Some(pack)
        }
        Err(error) => {
            notes.problem("rules", error.to_string(), "`ringfence check` says more");
            None
        }
    }
}

/// The client that asks; it is in no group.
fn client(config: &Config, notes: &mut Notes<'_>) -> Option<Arc<BaseConsumer<Logged>>> {
    let settings = consumer_config(&config.kafka.consumer, &config.group, Role::Reader);
    match settings.create_with_context(Logged("doctor")) {
        Ok(client) => Some(Arc::new(client)),
        Err(error) => {
            notes.problem("brokers", error.to_string(), "mend the settings under `kafka`");
            None
        }
    }
}

fn topic_names(config: &Config) -> Vec<&str> {
    let inputs = config.sources.iter().map(|source| &*source.topic);
    inputs.chain(config.outputs.all().into_iter().map(|topic| &**topic)).collect()
}

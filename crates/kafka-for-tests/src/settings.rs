//! The properties file of one node, from the template that `./dev kafka up` uses as well.

use std::path::Path;

const TEMPLATE: &str = include_str!("../server.properties");

/// Logging of the broker: warnings, and the line that says that it is up.
pub(crate) const LOGGING: &str = include_str!("../log4j2.properties");

/// The ports of one node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    /// Where clients connect.
    pub(crate) clients: u16,
    /// Where the nodes' controllers talk to each other.
    pub(crate) controller: u16,
}

/// Fills the template for node `index` (from 0) of a cluster with these ports, with `extra` settings at the end, where
/// they override.
pub(crate) fn of_node(index: usize, ports: &[Ports], logs: &Path, extra: &[(String, String)]) -> String {
    let voters: Vec<String> =
        (1..).zip(ports).map(|(id, ports)| format!("{id}@127.0.0.1:{}", ports.controller)).collect();
    let replicas = ports.len();
    let mut properties = TEMPLATE.to_owned();
    for (word, value) in [
        ("@NODE@", (index + 1).to_string()),
        ("@VOTERS@", voters.join(",")),
        ("@PORT@", ports[index].clients.to_string()),
        ("@CONTROLLER_PORT@", ports[index].controller.to_string()),
        ("@LOGS@", logs.display().to_string()),
        ("@REPLICAS@", replicas.to_string()),
        ("@MIN_ISR@", (replicas / 2 + 1).to_string()),
    ] {
        properties = properties.replace(word, &value);
    }
    for (name, value) in extra {
        properties.push_str(&format!("{name}={value}\n"));
    }
    properties
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Ports, of_node};

    #[test]
    fn three_nodes_survive_the_loss_of_one() {
        let ports = [(20_001, 20_002), (20_003, 20_004), (20_005, 20_006)]
            .map(|(clients, controller)| Ports { clients, controller });
        let extra = [("compression.type".to_owned(), "lz4".to_owned())];
        let text = of_node(1, &ports, Path::new("/tmp/x/logs"), &extra);
        for line in [
            "node.id=2",
            "controller.quorum.voters=1@127.0.0.1:20002,2@127.0.0.1:20004,3@127.0.0.1:20006",
            "listeners=PLAINTEXT://127.0.0.1:20003,CONTROLLER://127.0.0.1:20004",
            "default.replication.factor=3",
            "min.insync.replicas=2",
            "log.dirs=/tmp/x/logs",
            "compression.type=lz4",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing");
        }
        assert!(!text.lines().any(|line| !line.starts_with('#') && line.contains('@') && line.contains("=@")));
    }
}

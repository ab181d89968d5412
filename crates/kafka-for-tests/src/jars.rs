//! Where `./dev kafka jars` puts the jars of Apache Kafka.

use std::env;
use std::path::PathBuf;

use crate::Error;

/// The release that `pom.xml` names and the tests are written for.
pub(crate) const KAFKA_VERSION: &str = "4.3.0";

/// The class path of the brokers.
///
/// # Errors
/// If the jars have not been fetched yet, saying how to fetch them.
pub(crate) fn class_path() -> Result<String, Error> {
    let cache = match (env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")) {
        (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
        (_, Some(home)) => PathBuf::from(home).join(".cache"),
        _ => return Err(Error::NoCacheDirectory),
    };
    let jars = cache.join("ringfence").join(format!("kafka-{KAFKA_VERSION}")).join("lib");
    if jars.is_dir() { Ok(format!("{}/*", jars.display())) } else { Err(Error::JarsMissing(jars)) }
}

#[cfg(test)]
mod tests {
    use super::KAFKA_VERSION;

    #[test]
    fn the_release_is_the_one_that_the_pom_fetches() {
        let line = format!("<kafka.version>{KAFKA_VERSION}</kafka.version>");
        assert!(include_str!("../pom.xml").contains(&line));
    }
}

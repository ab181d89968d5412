//! Why a command could not do its work, and the exit code that says whose fault it is.

use std::io;
use std::path::Path;

use ringfence_api::ServerError;
use ringfence_cdr::dialect::DialectError;
use ringfence_engine::StartError;

use crate::exit_codes::{BAD_USAGE, INTERNAL};
use crate::{backtest, demo, sniff};

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// A file could not be read or written.
    #[error("{path}: cannot be {verb}")]
    File {
        /// Which file.
        path: String,
        /// What was tried.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A pack has errors; they were printed.
    #[error("{0}: the pack has errors and cannot be used")]
    Pack(String),
    /// Neither on the disk nor built in.
    #[error("{name}: no such directory or rule file, and no pack of this name is built in (built in: {built_in})")]
    UnknownPack {
        /// What was asked for.
        name: String,
        /// The names of the packs built in.
        built_in: String,
    },
    /// No built-in dialect has this name, nor has a file.
    #[error("{name}: there is no such dialect{near}; `ringfence dialects` lists those that are built in")]
    UnknownDialect {
        /// What was asked for.
        name: String,
        /// The built-in one of nearly this name, as the end of a sentence.
        near: String,
    },
    /// A dialect file has mistakes.
    #[error(transparent)]
    Dialect(#[from] DialectError),
    /// A file has no proposal.
    #[error(transparent)]
    Sniff(#[from] sniff::SniffError),
    /// A directory that should hold reference lists.
    #[error("{0}: there is no list (*.csv) in it")]
    NoLists(String),
    /// Numbers, hours or start that make no world.
    #[error("this traffic cannot be made: {0}")]
    World(String),
    /// Archives cannot be judged.
    #[error(transparent)]
    Backtest(#[from] backtest::BacktestError),
    /// A time on the command line that is none.
    #[error("--until {0}: give a time with an offset, such as 2026-12-01T00:00:00+08:00")]
    Until(String),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ringfence_engine::ConfigError),
    /// The engine does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The engine ended although nobody asked it to.
    #[error(transparent)]
    Engine(#[from] ringfence_engine::OwnerError),
    /// Health and metrics cannot be served.
    #[error(transparent)]
    Server(#[from] ringfence_api::ServerError),
    /// Metrics cannot be kept.
    #[error(transparent)]
    Metrics(#[from] ringfence_telemetry::MetricsError),
    /// Nothing can be logged.
    #[error(transparent)]
    Logs(#[from] ringfence_telemetry::logs::LogError),
    /// A demo through Kafka did not come to its end.
    #[error(transparent)]
    KafkaDemo(#[from] demo::KafkaDemoError),
    /// The system refuses something that every process needs.
    #[error("the system refuses an event loop or a signal")]
    System(#[source] io::Error),
}

impl CommandError {
    /// A file, or `standard output`, cannot be read.
    pub(crate) fn reading(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().display().to_string();
        |source| Self::File { path, verb: "read", source }
    }

    /// A file, or `standard output`, cannot be written.
    pub(crate) fn writing(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().display().to_string();
        |source| Self::File { path, verb: "written", source }
    }

    /// Whose fault it is: 2 where another command line, file or configuration helps, 70 where none does.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Engine(error) if !error.is_of_configuration() => INTERNAL,
            Self::KafkaDemo(error) => error.exit_code(),
            // Brokers that do not answer yet may answer the next start.
            Self::Start(StartError::Cluster(_)) | Self::Metrics(_) | Self::System(_) => INTERNAL,
            Self::Server(ServerError::Serve(_) | ServerError::Panicked) => INTERNAL,
            _ => BAD_USAGE,
        }
    }
}

#[cfg(test)]
mod tests {
    use ringfence_engine::OwnerError;

    use super::*;

    #[test]
    fn a_panic_of_any_thread_is_no_fault_of_the_user() {
        assert_eq!(CommandError::from(OwnerError::Panicked).exit_code(), 70);
        assert_eq!(CommandError::from(ServerError::Panicked).exit_code(), 70);
    }
}

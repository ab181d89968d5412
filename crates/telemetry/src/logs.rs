//! Log lines to standard error, as text for people or JSON for machines. Standard output carries data alone.

use std::fmt;
use std::io::IsTerminal;
use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(LogError::Format(text.to_owned())),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// Why nothing is logged.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// No such format.
    #[error("log format {0:?} is neither text nor json")]
    Format(String),
    /// The filter cannot be read.
    #[error("cannot read the log filter {filter:?}")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Something else took the logs of this process already.
    #[error("logs are set up already")]
    Twice(#[source] TryInitError),
}

/// Sends the log lines of this process to standard error.
///
/// `filter` is a level, or levels by module as `tracing-subscriber` reads them: `info,ringfence_engine=debug`.
///
/// # Errors
///
/// [`LogError::Filter`] and [`LogError::Twice`].
pub fn init(format: LogFormat, filter: &str) -> Result<(), LogError> {
    let filter = parse(filter)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).finish().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    }
    .map_err(LogError::Twice)
}

fn parse(filter: &str) -> Result<EnvFilter, LogError> {
    EnvFilter::builder().parse(filter).map_err(|source| LogError::Filter { filter: filter.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_read_back_and_others_are_refused() {
        for format in [LogFormat::Text, LogFormat::Json] {
            assert_eq!(format.to_string().parse::<LogFormat>().expect("known"), format);
        }
        let error = "xml".parse::<LogFormat>().expect_err("unknown");
        assert_eq!(error.to_string(), "log format \"xml\" is neither text nor json");
    }

    #[test]
    fn filters_are_levels_by_module() {
        assert!(parse("info,ringfence_engine=debug").is_ok());
        assert!(matches!(parse("info,ringfence_engine=loudly"), Err(LogError::Filter { .. })));
    }

    #[test]
    fn logs_are_set_up_once() {
        assert!(init(LogFormat::Json, "off").is_ok());
        assert!(matches!(init(LogFormat::Text, "off"), Err(LogError::Twice(_))));
    }
}

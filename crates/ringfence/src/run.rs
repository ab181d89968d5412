//! `ringfence run`: the service, from its configuration to an orderly end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ringfence_api::{Server, Settings};
use ringfence_cdr::Millis;
use ringfence_engine::{Config, Engine, Handle, wall_clock};
use ringfence_telemetry::logs::{self, LogFormat};
use ringfence_telemetry::{Metrics, ReadModel, Telemetry};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info, warn};

use crate::CommandError;
use crate::packs::RawPack;

/// The loop of an owner that has not come round for this long is stalled. The longest wait within one is that for a
/// commit before shards are handed over.
pub(crate) const STALL: Millis = Millis(60_000);
/// How often a running engine is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// What `run` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration, a YAML file; variables such as RINGFENCE__KAFKA__BROKERS override it.
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    logs: LogArguments,
}

/// How log lines are written, to standard error.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArguments {
    /// Log lines as `text` for people or `json` for machines.
    #[arg(long, value_name = "FORMAT", default_value_t)]
    log_format: LogFormat,
    /// Which log lines: a level, or levels by module such as info,ringfence_engine=debug.
    #[arg(long, value_name = "FILTER", default_value = "info,librdkafka=warn")]
    log: String,
}

impl LogArguments {
    /// Sends the log lines of this process to standard error.
    pub(crate) fn init(&self) -> Result<(), CommandError> {
        Ok(logs::init(self.log_format, &self.log)?)
    }
}

/// Runs the service until it is told to end, or cannot go on.
pub(crate) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    arguments.logs.init()?;
    let config = Config::load(&arguments.config)?;
    let rules = RawPack::of_service(&config)?.sources;
    let telemetry = telemetry(config.owners)?;
    let settings = Settings { address: config.http, stall: STALL, clock: wall_clock };
    let server = Server::start(&settings, telemetry.metrics.clone(), telemetry.model.clone())?;
    let engine = Engine::start(config, &rules, telemetry.clone(), wall_clock)?;
    wait_for_the_end(&engine, &server, &telemetry.model)?;
    let ended = engine.join();
    let served = server.stop();
    ended?;
    Ok(served?)
}

/// The metrics and the read model of this build.
pub(crate) fn telemetry(owners: usize) -> Result<Telemetry, CommandError> {
    let revision = option_env!("RINGFENCE_REVISION").unwrap_or("unknown");
    let metrics = Metrics::new(env!("CARGO_PKG_VERSION"), revision)?;
    Ok(Telemetry { metrics, model: Arc::new(ReadModel::new(owners)) })
}

/// Waits until the engine has ended; a signal asks it to, a second one does not wait for it. Without health and metrics
/// nobody knows how it is, so it ends with those as well.
fn wait_for_the_end(engine: &Handle, server: &Server, model: &ReadModel) -> Result<(), CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::System)?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(CommandError::System)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::System)?;
        let mut stopping = false;
        while !engine.is_finished() {
            if server.has_ended() && !stopping {
                error!("health and metrics are not served any more: ending in order");
                stopping = true;
                model.shut_down();
                engine.stop_flag().set();
            }
            if !next_signal(&mut terminate, &mut interrupt).await {
                continue;
            }
            if stopping {
                warn!("ending at once; what was not committed will be read again");
                std::process::exit(crate::BAD_USAGE.into());
            }
            info!("ending in order; a second signal ends at once");
            stopping = true;
            model.shut_down();
            engine.stop_flag().set();
        }
        Ok(())
    })
}

/// Whether a signal came within a short time.
async fn next_signal(terminate: &mut Signal, interrupt: &mut Signal) -> bool {
    tokio::select! {
        _ = terminate.recv() => true,
        _ = interrupt.recv() => true,
        () = tokio::time::sleep(LOOK) => false,
    }
}

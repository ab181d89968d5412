//! The server: one thread of its own, so that no owner ever waits for a scrape.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use ringfence_cdr::{EventTime, Millis};
use ringfence_telemetry::{Metrics, ReadModel};
use tokio::sync::oneshot;

use crate::health;

/// How long open requests may take once the server stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Reads the wall clock; health checks measure by it.
pub type Clock = fn() -> EventTime;

/// What is served, and where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address; port 0 takes any free one.
    pub address: SocketAddr,
    /// The loop of an owner that has not gone round for this long is stalled.
    pub stall: Millis,
    /// The wall clock.
    pub clock: Clock,
}

/// What the answers are made from.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) metrics: Metrics,
    pub(crate) model: Arc<ReadModel>,
    pub(crate) stall: Millis,
    pub(crate) clock: Clock,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be had.
    #[error("cannot listen on {address} for health and metrics")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no thread or no event loop.
    #[error("cannot start the server for health and metrics")]
    Start(#[source] io::Error),
    /// It ended with an error.
    #[error("the server for health and metrics failed")]
    Serve(#[source] io::Error),
    /// Its thread panicked.
    #[error("the server for health and metrics panicked")]
    Panicked,
}

/// A running server. Dropping it stops it without waiting; [`Server::stop`] lets open requests finish.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// Listens, and serves from a thread of its own.
    ///
    /// # Errors
    ///
    /// [`ServerError::Bind`] and [`ServerError::Start`], before anything is served.
    pub fn start(settings: &Settings, metrics: Metrics, model: Arc<ReadModel>) -> Result<Self, ServerError> {
        let bind = |source| ServerError::Bind { address: settings.address, source };
        let listener = TcpListener::bind(settings.address).map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let site = Arc::new(Site { metrics, model, stall: settings.stall, clock: settings.clock });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ServerError::Start)?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("ringfence-http".to_owned())
            .spawn(move || runtime.block_on(serve(listener, site, stopped)))
            .map_err(ServerError::Start)?;
        tracing::info!(%address, "serving health and metrics");
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening, lets open requests finish for a few seconds, and waits for the end.
    ///
    /// # Errors
    ///
    /// What ended the server earlier, if something did.
    pub fn stop(mut self) -> Result<(), ServerError> {
        // An error says that the server has ended already; joining it tells why.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.join().map_err(|_| ServerError::Panicked)?.map_err(ServerError::Serve)
    }
}

async fn serve(listener: TcpListener, site: Arc<Site>, stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let routes = Router::new()
        .route("/metrics", get(health::metrics))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .fallback(health::nothing)
        .with_state(site);
    let (stopping, is_stopping) = oneshot::channel();
    let server = axum::serve(listener, routes).with_graceful_shutdown(async move {
        // An error says that the handle was dropped: stop as well.
        let _ = stopped.await;
        let _ = stopping.send(());
    });
    tokio::select! {
        ended = async { server.await } => ended,
        () = async { let _ = is_stopping.await; tokio::time::sleep(DRAIN).await } => {
            tracing::warn!("requests were still open when the server for health and metrics stopped");
            Ok(())
        }
    }
}

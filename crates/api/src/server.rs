//! The server: one thread of its own, so that no owner ever waits for a scrape, and no more connections than
//! [`limits`](crate::limits) allow.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use ringfence_cdr::{Clock, Millis};
use ringfence_telemetry::{Metrics, ReadModel};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{sleep, timeout};

use crate::site::Site;
use crate::{health, limits};

/// What is served, and where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address; port 0 takes any free one.
    pub address: SocketAddr,
    /// The loop of an owner that has not come round for this long is stalled.
    pub stall: Millis,
    /// The wall clock.
    pub clock: Clock,
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

    /// Whether it has ended, though nobody asked it to; [`Server::stop`] tells why.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
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

async fn serve(listener: TcpListener, site: Arc<Site>, mut stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let routes = Router::new()
        .route("/metrics", get(health::metrics))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .fallback(health::nothing)
        .with_state(site);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits::HEADER).keep_alive(false);
    let places = Arc::new(Semaphore::new(limits::CONNECTIONS));
    let open = GracefulShutdown::new();
    loop {
        let (socket, place) = tokio::select! {
            biased;
            // An error says that the handle was dropped: stop as well.
            _ = &mut stopped => break,
            next = next_client(&listener, &places) => next,
        };
        let connection = http.serve_connection(TokioIo::new(socket), TowerToHyperService::new(routes.clone()));
        let connection = open.watch(connection);
        tokio::spawn(async move {
            match timeout(limits::REQUEST, connection).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "a request was broken off");
                }
                Err(_) => tracing::debug!("a request took too long"),
            }
            drop(place);
        });
    }
    drop(listener);
    tokio::select! {
        () = open.shutdown() => {}
        () = sleep(limits::DRAIN) => {
            tracing::warn!("requests were still open when the server for health and metrics stopped");
        }
    }
    Ok(())
}

/// The next client, as soon as there is a place for it.
async fn next_client(
    listener: &tokio::net::TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed: there is always a permit in the end.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((socket, _)) => return (socket, place),
            // The client has gone before it was accepted.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept a connection");
                sleep(limits::REFUSED).await;
            }
        }
    }
}

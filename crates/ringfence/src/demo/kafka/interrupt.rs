//! Ctrl-C and SIGTERM end a demo in order, so that its topics do not stay behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

use super::KafkaDemoError;
use crate::CommandError;

/// Whether somebody asked for the end.
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens for signals from now on; a second one does not wait for the orderly end.
    pub(super) fn listen() -> Result<Self, CommandError> {
        let asked = Arc::new(AtomicBool::new(false));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::System)?;
        let (mut interrupt, mut terminate) = {
            let _entered = runtime.enter();
            let of = |kind| signal(kind).map_err(CommandError::System);
            (of(SignalKind::interrupt())?, of(SignalKind::terminate())?)
        };
        let noted = Arc::clone(&asked);
        let listen = async move {
            loop {
                tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
                if noted.swap(true, Ordering::Relaxed) {
                    std::process::exit(KafkaDemoError::Interrupted.exit_code().into());
                }
            }
        };
        let listener = std::thread::Builder::new().name("signals".to_owned());
        listener.spawn(move || runtime.block_on(listen)).map_err(CommandError::System)?;
        Ok(Self(asked))
    }

    /// Fails once somebody asked for the end.
    pub(super) fn check(&self) -> Result<(), KafkaDemoError> {
        if self.0.load(Ordering::Relaxed) { Err(KafkaDemoError::Interrupted) } else { Ok(()) }
    }
}

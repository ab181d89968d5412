//! Threads without which the engine is not whole.
//!
//! A panic in one of them must not go unnoticed: its work would simply not be done any more. Whoever relies on such a
//! thread looks after it, and the panic goes on there; it ends the owner, with it the engine, and then the process.

use std::io;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tracing::error;

/// A running thread.
#[derive(Debug)]
pub(crate) struct Vital {
    name: String,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Vital {
    /// Starts a thread.
    pub(crate) fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self { name: name.to_owned(), thread: Mutex::new(Some(thread)) })
    }

    /// Looks after the thread.
    ///
    /// # Panics
    /// With the panic that ended it, if one did; the first of those who look goes on with it.
    pub(crate) fn check(&self) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(ended) = thread.take_if(|thread| thread.is_finished()) else { return };
        drop(thread);
        if let Err(panic) = ended.join() {
            error!(thread = self.name, "a thread panicked");
            resume_unwind(panic);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::Vital;

    fn wait_for_the_end(vital: &Vital) {
        while vital.thread.lock().is_ok_and(|thread| thread.as_ref().is_some_and(|thread| !thread.is_finished())) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_panic_goes_on_where_somebody_looks_after_the_thread() {
        let vital = Vital::start("test", || panic!("a fault")).expect("a thread");
        wait_for_the_end(&vital);
        let panic = catch_unwind(AssertUnwindSafe(|| vital.check())).expect_err("goes on here");
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"a fault"));
        vital.check();
    }

    #[test]
    fn a_thread_that_has_done_its_work_is_no_fault() {
        let vital = Vital::start("test", || {}).expect("a thread");
        vital.check();
        wait_for_the_end(&vital);
        vital.check();
    }
}

//! Transactions on a thread of their own.
//!
//! Calls that end a transaction can hang in librdkafka whatever timeout they are given (its issues 5456 and 5511). An
//! owner must not hang with them: it hands over a batch, goes on applying records, and looks for the outcome later.
//! Where none comes the thread is abandoned together with its producer, and the next one that connects fences both.
//!
//! Connecting is a submission of its own: it may wait for half a minute, and what is to be published is looked at again
//! after that, by the owner, who knows what it still owns.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::ClientConfig;
use tracing::error;

use crate::clock::Stopwatch;
use crate::limits::Limits;
use crate::outcome::{Cause, Failure, SubmissionOutcome};
use crate::transaction::Transactions;
use crate::{GroupToken, ShardRecords};

/// How long closing waits for what is under way.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// The transactions of one owner, at most one under way.
#[derive(Debug)]
pub struct Publisher {
    name: String,
    config: ClientConfig,
    limits: Limits,
    lane: Option<Lane>,
    under_way: Option<UnderWay>,
    is_connected: bool,
}

/// What the thread is asked for.
#[derive(Clone, Debug)]
pub enum Submission {
    /// To make sure that there is a producer; ends what its predecessor left open.
    Connect,
    /// To publish batches as one transaction.
    Publish {
        /// What is published.
        batches: Vec<Arc<ShardRecords>>,
        /// In whose name, as it was when the batches were looked at last.
        token: GroupToken,
    },
}

#[derive(Clone, Copy, Debug)]
struct UnderWay {
    watch: Stopwatch,
    is_connection: bool,
}

#[derive(Debug)]
struct Lane {
    submissions: SyncSender<Submission>,
    outcomes: Receiver<Ended>,
    /// None where the system gave none.
    thread: Option<JoinHandle<()>>,
}

/// How a submission ended, and whether there is a producer now.
#[derive(Debug)]
struct Ended {
    outcome: SubmissionOutcome,
    is_connected: bool,
}

impl Publisher {
    /// A publisher with this name for its thread; nothing is connected yet.
    #[must_use]
    pub fn new(name: &str, config: ClientConfig) -> Self {
        Self::with_limits(name, config, Limits::DEFAULT)
    }

    fn with_limits(name: &str, config: ClientConfig, limits: Limits) -> Self {
        Self { name: name.to_owned(), config, limits, lane: None, under_way: None, is_connected: false }
    }

    /// Whether something is under way; its outcome has to be fetched before the next submission.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Whether there was a producer when the last outcome was fetched. Without one nothing can be published.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.is_connected
    }

    /// Hands over a submission.
    ///
    /// # Panics
    /// Where one is under way: the owner keeps to one at a time.
    pub fn submit(&mut self, submission: Submission) {
        assert!(self.under_way.is_none(), "one transaction at a time");
        let is_connection = matches!(submission, Submission::Connect);
        let limit = if is_connection { self.limits.connecting() } else { self.limits.publishing() };
        let refused = match &self.lane {
            Some(lane) => lane.submissions.send(submission).err().map(|refused| refused.0),
            None => Some(submission),
        };
        if let Some(submission) = refused {
            let lane = self.open_lane();
            // A thread that could not be started drops the receiver; the outcome is that of one that hangs then.
            let _ = lane.submissions.send(submission);
            self.lane = Some(lane);
        }
        self.under_way = Some(UnderWay { watch: Stopwatch::start(limit), is_connection });
    }

    /// The outcome of what is under way, if it is there within this time.
    ///
    /// # Panics
    /// With the panic of the thread, if it panicked: a fault of the program, of which nobody knows what it left behind.
    pub fn outcome(&mut self, wait: Duration) -> Option<SubmissionOutcome> {
        let UnderWay { watch, is_connection } = self.under_way?;
        let Some(lane) = &self.lane else { return Some(self.abandon(is_connection)) };
        let received = if wait.is_zero() {
            lane.outcomes.try_recv().map_err(|error| error == TryRecvError::Disconnected)
        } else {
            let wait = wait.min(watch.remaining());
            lane.outcomes.recv_timeout(wait).map_err(|error| error == RecvTimeoutError::Disconnected)
        };
        match received {
            Ok(ended) => {
                self.under_way = None;
                self.is_connected = ended.is_connected;
                Some(ended.outcome)
            }
            Err(true) => {
                self.pass_panic_on();
                Some(self.abandon(is_connection))
            }
            Err(false) if watch.is_over() => Some(self.abandon(is_connection)),
            Err(_) => None,
        }
    }

    /// Goes on with the panic that ended the thread, if one did.
    fn pass_panic_on(&mut self) {
        let thread = self.lane.take().and_then(|lane| lane.thread);
        if let Some(Err(panic)) = thread.map(JoinHandle::join) {
            error!(publisher = self.name, "the thread panicked");
            resume_unwind(panic);
        }
    }

    /// Leaves the thread to itself. It may go on for as long as it likes: see [`SubmissionOutcome::Doubtful`].
    fn abandon(&mut self, is_connection: bool) -> SubmissionOutcome {
        self.lane = None;
        self.under_way = None;
        self.is_connected = false;
        error!(publisher = self.name, "a call to the brokers does not end: its thread is abandoned");
        if is_connection {
            return SubmissionOutcome::NotConnected(Failure {
                doing: "begin the epoch of a producer",
                cause: Cause::TimedOut,
            });
        }
        SubmissionOutcome::Doubtful(Failure { doing: "end a transaction", cause: Cause::TimedOut })
    }

    fn open_lane(&self) -> Lane {
        let (submissions, inbox) = sync_channel(1);
        let (outbox, outcomes) = sync_channel(1);
        let mut transactions = Transactions::new(self.config.clone(), self.limits);
        let run = move || {
            for submission in inbox {
                let outcome = match submission {
                    Submission::Connect => match transactions.connect() {
                        Ok(()) => SubmissionOutcome::Connected,
                        Err(failure) => SubmissionOutcome::NotConnected(failure),
                    },
                    Submission::Publish { batches, token } => transactions.publish(&batches, &token),
                };
                if outbox.send(Ended { outcome, is_connected: transactions.is_connected() }).is_err() {
                    return;
                }
                transactions.close_retired();
            }
        };
        let thread = thread::Builder::new().name(self.name.clone()).spawn(run);
        if let Err(error) = &thread {
            error!(publisher = self.name, %error, "cannot start a thread");
        }
        Lane { submissions, outcomes, thread: thread.ok() }
    }

    /// Waits a little for what is under way, then closes the producer. Nothing that was not committed becomes visible.
    pub fn close(mut self) {
        if self.is_under_way() {
            let _ = self.outcome(CLOSE_LIMIT);
        }
        if let Some(Lane { submissions, outcomes, .. }) = self.lane.take() {
            drop(submissions);
            // The thread drops its end when it is done.
            let _ = outcomes.recv_timeout(CLOSE_LIMIT);
        }
    }
}

#[cfg(test)]
mod tests;

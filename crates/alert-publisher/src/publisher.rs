//! Transactions on a thread of their own.
//!
//! Calls that end a transaction can hang in librdkafka whatever timeout they are given (its issues 5456 and 5511). An
//! owner must not hang with them: it hands over a batch, goes on applying records, and looks for the outcome later.
//! Where none comes the thread is abandoned together with its producer, and the next transaction fences both.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use rdkafka::ClientConfig;
use tracing::error;

use crate::Batch;
use crate::clock::Stopwatch;
use crate::transaction::{Cause, Committed, Failure, Outcome, TokenSource, Transactions};

/// No transaction that works takes this long: all its calls have limits that come to less.
const HANG_LIMIT: Duration = Duration::from_secs(45);
/// How long closing waits for what is under way.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// The transactions of one owner, at most one under way.
#[derive(Debug)]
pub struct Publisher {
    name: String,
    config: ClientConfig,
    tokens: Tokens,
    lane: Option<Lane>,
    under_way: Option<Stopwatch>,
}

#[derive(Clone)]
struct Tokens(TokenSource);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

/// What the thread is asked for.
#[derive(Clone, Debug)]
pub enum Submission {
    /// To make sure that there is a producer; ends what its predecessor left open.
    Connect,
    /// To publish batches as one transaction.
    Publish(Vec<Arc<Batch>>),
}

#[derive(Debug)]
struct Lane {
    submissions: SyncSender<Submission>,
    outcomes: Receiver<Outcome>,
}

impl Publisher {
    /// A publisher with this name for its thread; nothing is connected yet.
    #[must_use]
    pub fn new(name: &str, config: ClientConfig, tokens: TokenSource) -> Self {
        Self { name: name.to_owned(), config, tokens: Tokens(tokens), lane: None, under_way: None }
    }

    /// Whether something is under way; its outcome has to be fetched before the next submission.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Hands over a submission.
    ///
    /// # Panics
    /// Where one is under way: the owner keeps to one at a time.
    pub fn submit(&mut self, submission: Submission) {
        assert!(self.under_way.is_none(), "one transaction at a time");
        let refused = match &self.lane {
            Some(lane) => lane.submissions.send(submission).err().map(|refused| refused.0),
            None => Some(submission),
        };
        if let Some(submission) = refused {
            let lane = self.open_lane();
            // A thread that could not be started drops the receiver; the outcome is `TimedOut` then, as for one that hangs.
            let _ = lane.submissions.send(submission);
            self.lane = Some(lane);
        }
        self.under_way = Some(Stopwatch::start(HANG_LIMIT));
    }

    /// The outcome of what is under way, if it is there within this time. [`Submission::Connect`] ends as an empty
    /// commit.
    pub fn outcome(&mut self, wait: Duration) -> Option<Outcome> {
        let watch = self.under_way?;
        let Some(lane) = &self.lane else { return self.abandon() };
        let received = if wait.is_zero() {
            lane.outcomes.try_recv().map_err(|error| error == TryRecvError::Disconnected)
        } else {
            let wait = wait.min(watch.remaining());
            lane.outcomes.recv_timeout(wait).map_err(|error| error == RecvTimeoutError::Disconnected)
        };
        match received {
            Ok(outcome) => {
                self.under_way = None;
                Some(outcome)
            }
            Err(disconnected) if disconnected || watch.is_over() => self.abandon(),
            Err(_) => None,
        }
    }

    /// Leaves the thread to itself.
    fn abandon(&mut self) -> Option<Outcome> {
        self.lane = None;
        self.under_way = None;
        error!(publisher = self.name, "a transaction does not end: its thread is abandoned");
        Some(Outcome::Doubtful(Failure { doing: "end a transaction", cause: Cause::TimedOut }))
    }

    fn open_lane(&self) -> Lane {
        let (submissions, inbox) = sync_channel(1);
        let (outbox, outcomes) = sync_channel(1);
        let mut transactions = Transactions::new(self.config.clone(), self.tokens.0.clone());
        let run = move || {
            for submission in inbox {
                let outcome = match submission {
                    Submission::Connect => match transactions.connect() {
                        Ok(()) => Outcome::Committed(Committed::default()),
                        Err(failure) => Outcome::NotCommitted(failure),
                    },
                    Submission::Publish(batches) => transactions.publish(&batches),
                };
                if outbox.send(outcome).is_err() {
                    return;
                }
            }
        };
        if let Err(error) = thread::Builder::new().name(self.name.clone()).spawn(run) {
            error!(publisher = self.name, %error, "cannot start a thread");
        }
        Lane { submissions, outcomes }
    }

    /// Waits a little for what is under way, then closes the producer. Nothing that was not committed becomes visible.
    pub fn close(mut self) {
        if self.is_under_way() {
            let _ = self.outcome(CLOSE_LIMIT);
        }
        if let Some(Lane { submissions, outcomes }) = self.lane.take() {
            drop(submissions);
            // The thread drops its end when it is done.
            let _ = outcomes.recv_timeout(CLOSE_LIMIT);
        }
    }
}

//! Recovery of shards, on a thread with clients of its own: the shards that an owner keeps hardly notice.
//!
//! A shard that was granted is found its start ([`ringfence_consumer::kafka::StartFinder`]), restored from the newest
//! good snapshot, brought to the end of its journal by [`replay`], and handed to the owner.

mod clients;
pub(crate) mod error;
mod fences;
mod replay;
mod restore;
mod stored;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use ringfence_alert_publisher::end_transactions_of;
use ringfence_consumer::kafka::{Cluster, OpenRecord, Start, StartError, Unstable};
use ringfence_task::Grant;
use tracing::{error, info, warn};

use crate::clock::Moment;
use crate::grants::Grants;
use crate::journal::LastRecord;
use crate::lineage::lineage;
use crate::live::LiveShard;
use crate::shared::Shared;
use crate::vital::Vital;
use clients::Clients;
use error::RecoveryError;
use fences::Fences;
use restore::Restore;

/// How long to wait before a shard that could not be recovered yet is tried again.
const RETRY: Duration = Duration::from_millis(200);
/// How long that becomes while brokers do not answer.
const RETRY_MAX: Duration = Duration::from_secs(10);
/// How often the ids of the topics are looked at.
const LOOKOUT: Duration = Duration::from_secs(30);
/// How long the cluster may take to describe its topics.
const LOOKOUT_LIMIT: Duration = Duration::from_secs(10);

/// What the thread reports.
#[derive(Debug)]
pub(crate) enum Report {
    /// A shard that can go live.
    Recovered { grant: u64, shard: Box<LiveShard> },
    /// A shard that cannot yet, and is tried again here.
    Delayed { shard: i32, grant: u64, reason: RecoveryError },
    /// A shard that cannot, as long as nothing else changes.
    Failed { shard: i32, grant: u64, reason: RecoveryError },
    /// The topics are no longer those that were read.
    TopicsChanged(String),
}

/// The owner's end of the thread.
#[derive(Debug)]
pub(crate) struct Recovery {
    requests: Sender<Request>,
    reports: Receiver<Report>,
    thread: Vital,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    shard: i32,
    grant: u64,
    /// How often it was tried.
    tries: u32,
    /// When it is tried next.
    from: Moment,
}

impl Recovery {
    /// Starts the thread of an owner with these grants.
    pub(crate) fn start(shared: Arc<Shared>, name: &str, owner: Arc<str>, grants: Grants) -> std::io::Result<Self> {
        let (requests, inbox) = channel();
        let (outbox, reports) = channel();
        let fences = Fences::of(owner);
        let worker = Worker { shared, fences, grants, outbox, waiting: VecDeque::new(), clients: None };
        let thread = Vital::start(name, move || worker.run(&inbox))?;
        Ok(Self { requests, reports, thread })
    }

    /// Looks after the thread.
    pub(crate) fn check(&self) {
        self.thread.check();
    }

    /// Asks for a shard, for as long as this grant of it is in force.
    pub(crate) fn request(&self, shard: i32, grant: u64) {
        if self.requests.send(Request { shard, grant, tries: 0, from: Moment::now() }).is_err() {
            error!(shard, "the recovery thread is gone");
        }
    }

    /// What the thread has to report.
    pub(crate) fn next_report(&self) -> Option<Report> {
        self.reports.try_recv().ok()
    }
}

struct Worker {
    shared: Arc<Shared>,
    fences: Fences,
    grants: Grants,
    outbox: Sender<Report>,
    waiting: VecDeque<Request>,
    clients: Option<Clients>,
}

impl Worker {
    fn run(mut self, inbox: &Receiver<Request>) {
        let mut lookout = Moment::now().after(LOOKOUT);
        while !self.shared.stop.is_set() {
            let wait = if self.due().is_some() { Duration::ZERO } else { RETRY };
            match inbox.recv_timeout(wait) {
                Ok(request) => self.waiting.push_back(request),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if let Some(request) = self.due().and_then(|at| self.waiting.remove(at))
                && !self.serve(request)
            {
                return;
            }
            if lookout.is_over() {
                self.look_out();
                lookout = Moment::now().after(LOOKOUT);
            }
        }
    }

    /// The place of the first request whose time has come.
    fn due(&self) -> Option<usize> {
        self.waiting.iter().position(|request| request.from.is_over())
    }

    /// Recovers a shard, or puts the request back; false once nobody listens any more.
    fn serve(&mut self, request: Request) -> bool {
        let Request { shard, grant, tries, .. } = request;
        if !self.grants.is_in_force(shard, grant) {
            return true;
        }
        let report = match self.recover(request) {
            Ok(shard) => Report::Recovered { grant, shard: Box::new(shard) },
            Err(RecoveryError::Withdrawn) => return true,
            Err(reason) if reason.is_transient() => {
                warn!(shard, tries, reason = &reason as &dyn std::error::Error, "a shard is not recovered yet");
                self.end_what_is_open(shard, &reason);
                self.clients = None;
                let from = Moment::now().after(delay(&reason, tries));
                self.waiting.push_back(Request { tries: tries.saturating_add(1), from, ..request });
                Report::Delayed { shard, grant, reason }
            }
            Err(reason) => Report::Failed { shard, grant, reason },
        };
        self.outbox.send(report).is_ok()
    }

    fn recover(&mut self, request: Request) -> Result<LiveShard, RecoveryError> {
        let started = Moment::now();
        let clients = match self.clients.take() {
            Some(clients) => clients,
            None => Clients::make(&self.shared).map_err(RecoveryError::Client)?,
        };
        // It is asked for every record of the journal that was followed.
        let is_in_force = || {
            self.shared.telemetry.model.works(self.shared.now());
            self.grants.is_in_force(request.shard, request.grant) && !self.shared.stop.is_set()
        };
        let Request { shard, grant, .. } = request;
        let restore =
            Restore { shared: &self.shared, clients: &clients, shard, grant: Grant(grant), is_in_force: &is_in_force };
        let recovered = match clients.finder.find::<LastRecord>(shard)? {
            Start::First { journal_next } => {
                info!(shard, "first start");
                restore.first(journal_next).map(|live| (live, replay::Replayed::default()))
            }
            Start::After { end: LastRecord(end), journal_next } => restore.after(&end, journal_next),
        };
        self.clients = Some(clients);
        let (live, work) = recovered?;
        let took = started.elapsed();
        info!(
            shard = live.id,
            sequence = live.task.sequence(),
            commits = work.commits,
            records = work.records,
            took_ms = took.as_millis() as u64,
            "shard recovered"
        );
        self.shared.telemetry.metrics.shard(live.id).restored(took, work.records);
        Ok(live)
    }

    /// A transaction of an owner that is dead, or believes that it still owns what we were granted, is ended by taking
    /// its place for a moment.
    fn end_what_is_open(&mut self, shard: i32, reason: &RecoveryError) {
        let RecoveryError::Start(StartError::Unstable(Unstable { open: Some(open) })) = reason else { return };
        if !self.fences.is_due(shard, open) {
            return;
        }
        let OpenRecord { owner, offset } = open;
        warn!(shard, owner, offset, "ending the transaction that another owner left open");
        match end_transactions_of(&self.shared.config.kafka.producer, owner) {
            Ok(()) => self.fences.note(shard, open),
            Err(failure) => warn!(owner, error = &failure as &dyn std::error::Error, "it could not be ended"),
        }
    }

    fn look_out(&mut self) {
        let Some(clients) = &self.clients else { return };
        let known = &self.shared.setup.lineage;
        let topics: Vec<&str> = known.topics.keys().map(String::as_str).collect();
        let brokers = &self.shared.config.kafka.brokers;
        // Where nobody answers there is nothing to compare.
        let Ok(cluster) = Cluster::look(&*clients.reader, brokers, &topics, LOOKOUT_LIMIT) else { return };
        // A topic that is not described, by a broker that is starting for example, is no other one: reading it tells
        // whether it is gone.
        if let Some(difference) = lineage(&self.shared.config, &cluster).difference(known) {
            let _ = self.outbox.send(Report::TopicsChanged(difference));
        }
    }
}

/// How long to wait after so many tries. An open transaction is looked for all the time: it ends any moment.
fn delay(reason: &RecoveryError, tries: u32) -> Duration {
    match reason {
        RecoveryError::Start(StartError::Unstable(_)) => RETRY,
        _ => RETRY.saturating_mul(1 << tries.min(16)).min(RETRY_MAX),
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::error::KafkaError;

    use super::*;

    #[test]
    fn brokers_that_do_not_answer_are_asked_less_and_less_often() {
        let silent = RecoveryError::Client(KafkaError::Canceled);
        assert_eq!((delay(&silent, 0), delay(&silent, 2)), (RETRY, RETRY * 4));
        assert_eq!(delay(&silent, u32::MAX), RETRY_MAX);
        let open = RecoveryError::Start(StartError::Unstable(Unstable { open: None }));
        assert_eq!(delay(&open, 9), RETRY);
    }
}

//! A history: two nodes that work through a script on the same log, and everything that can go wrong on the way.

mod publish;

use std::collections::VecDeque;
use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_task::{
    Cut, Event, Follow, Grant, JournalRecord, Judge, RawRecord, Refusal, Rejection, ShardId, Snapshot, Step, Task,
};

use crate::log::{End, Input, Log};
use crate::script::{COMPLAINTS, Script};
use publish::{Prepared, Published, prepared};

/// What keeps a history exact. Each can be switched off, to see that it is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defences {
    /// A commit is sent only while the grant that it was cut under is in force.
    pub(crate) commits_belong_to_grants: bool,
    /// Whoever is granted a shard ends what its former owner left open before it looks where the journal ends.
    pub(crate) successors_end_what_is_open: bool,
    /// A producer is not used again after an end that may have been sent twice, or may still be on its way.
    pub(crate) producers_are_replaced: bool,
    /// The brokers refuse ends of producers that were fenced off.
    pub(crate) brokers_fence: bool,
}

pub(crate) const ALL: Defences = Defences {
    commits_belong_to_grants: true,
    successors_end_what_is_open: true,
    producers_are_replaced: true,
    brokers_fence: true,
};

/// What becomes of the next end of a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is answered.
    #[default]
    Answered,
    /// It takes effect, and the answer is lost.
    AnswerLost,
    /// It never arrives.
    Lost,
    /// It arrives much later.
    Late,
    /// It takes effect after it was sent a second time; the second one arrives much later.
    SentTwice,
}

/// Where a node stands.
#[derive(Debug)]
enum Stage {
    /// It owns nothing, or does not know yet what it was granted.
    Idle,
    /// It was granted the shard, and has to recover it.
    Granted(Grant),
    /// It reads the epoch; so many of its reads are done.
    Reading(Box<Task>, usize),
    /// It publishes a commit, of which so much is done.
    Publishing(Box<Task>, Arc<Prepared>, Published),
}

#[derive(Debug)]
pub(crate) struct Node {
    name: &'static str,
    /// The epoch of its producer, while it has one.
    epoch: Option<u32>,
    /// What could not be taken since the last cut.
    letters: Vec<Vec<u8>>,
    /// Whether it was never given another configuration than the first.
    pub(crate) has_old_file: bool,
    /// Which of the script's setups it was started with.
    setup: usize,
    /// Why it has last refused the shard.
    pub(crate) refused: Option<String>,
    stage: Stage,
}

/// Two nodes, the log, and what is on its way.
#[derive(Debug)]
pub(crate) struct History {
    script: Script,
    pub(crate) log: Log,
    defences: Defences,
    pub(crate) nodes: [Node; 2],
    /// The grant in force, and the node that has it.
    owner: (usize, Grant),
    pub(crate) fate: Fate,
    late: VecDeque<End>,
    snapshots: Vec<Snapshot>,
    /// Which snapshot a recovery takes, which commit has one; moves on with each use.
    choices: u64,
}

impl History {
    pub(crate) fn new(script: &Script, defences: Defences, choices: u64) -> Self {
        let node = |name, stage| Node {
            name,
            epoch: None,
            letters: Vec::new(),
            has_old_file: false,
            setup: 0,
            refused: None,
            stage,
        };
        let mut log = Log::new(script.inputs.clone());
        log.fences = defences.brokers_fence;
        Self {
            script: script.clone(),
            log,
            defences,
            nodes: [node("node-1", Stage::Granted(Grant(1))), node("node-2", Stage::Idle)],
            owner: (0, Grant(1)),
            fate: Fate::default(),
            late: VecDeque::new(),
            snapshots: Vec::new(),
            choices,
        }
    }

    /// A history without faults, told to its end.
    pub(crate) fn straight(script: &Script) -> Result<Self, Refusal> {
        let mut history = Self::new(script, ALL, 0);
        history.finish()?;
        Ok(history)
    }

    fn choose(&mut self, among: usize) -> usize {
        self.choices = self.choices.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.choices >> 33) as usize) % among.max(1)
    }

    /// A node dies. It comes back with nothing but what lies in the log and among the snapshots.
    pub(crate) fn crash(&mut self, node: usize) {
        self.nodes[node].epoch = None;
        self.nodes[node].stage = self.stage_of_a_start(node);
    }

    fn stage_of_a_start(&self, node: usize) -> Stage {
        if self.owner.0 == node { Stage::Granted(self.owner.1) } else { Stage::Idle }
    }

    /// The group goes through a rebalance in which the shard moves to a node, or stays.
    pub(crate) fn rebalance(&mut self, to: usize) {
        self.log.rebalance();
        if self.owner.0 != to {
            self.owner = (to, Grant(self.owner.1.0 + 1));
            if matches!(self.nodes[to].stage, Stage::Idle) {
                self.nodes[to].stage = Stage::Granted(self.owner.1);
            }
        }
    }

    /// An end that was on its way arrives; what the brokers answer reaches nobody.
    pub(crate) fn deliver_late(&mut self) {
        if let Some(end) = self.late.pop_front() {
            let _ = self.log.end(end);
        }
    }

    /// Whether everything has been read and committed.
    fn is_over(&self) -> bool {
        self.log.journal().len() >= self.script.epochs.len()
    }

    /// Works without further faults until everything has been read and committed, everything late has arrived, and
    /// whoever believed that it still owned the shard has found out.
    pub(crate) fn finish(&mut self) -> Result<(), Refusal> {
        self.fate = Fate::Answered;
        let steps = 1_000 + 50 * self.script.epochs.len();
        for _ in 0..steps {
            if self.is_over() {
                break;
            }
            self.deliver_late();
            if self.nodes[self.owner.0].has_old_file {
                self.rebalance(1 - self.owner.0);
            }
            self.work(self.owner.0)?;
        }
        for _ in 0..20 {
            self.work(0)?;
            self.deliver_late();
            self.work(1)?;
        }
        Ok(())
    }

    /// Lets a node work until so many commits have been made.
    pub(crate) fn work_up_to_commit(&mut self, node: usize, commits: usize) -> Result<(), Refusal> {
        for _ in 0..10_000 {
            if self.log.journal().len() >= commits {
                break;
            }
            self.work(node)?;
        }
        Ok(())
    }

    /// Lets a node work until it is about to send the end of its next transaction.
    pub(crate) fn work_up_to_the_end(&mut self, node: usize) -> Result<(), Refusal> {
        self.work_until(node, |stage| matches!(stage, Stage::Publishing(_, _, Published::Offsets(_))))
    }

    /// Lets a node work until it has cut its next commit.
    pub(crate) fn work_up_to_the_cut(&mut self, node: usize) -> Result<(), Refusal> {
        self.work_until(node, |stage| matches!(stage, Stage::Publishing(_, _, Published::Nothing)))
    }

    /// Lets a node work until it has written events of its next commit, and not yet what it stands for.
    pub(crate) fn work_up_to_the_outputs(&mut self, node: usize) -> Result<(), Refusal> {
        self.work_until(node, |stage| matches!(stage, Stage::Publishing(_, _, Published::Outputs)))
    }

    fn work_until(&mut self, node: usize, there: impl Fn(&Stage) -> bool) -> Result<(), Refusal> {
        self.work(node)?;
        for _ in 0..1_000 {
            if there(&self.nodes[node].stage) || self.is_over() {
                break;
            }
            self.work(node)?;
        }
        Ok(())
    }

    /// Lets a node do the next thing that it has to do.
    pub(crate) fn work(&mut self, node: usize) -> Result<(), Refusal> {
        let stage = std::mem::replace(&mut self.nodes[node].stage, Stage::Idle);
        let next = match stage {
            Stage::Idle => self.stage_of_a_start(node),
            Stage::Granted(grant) => self.recover(node, grant)?,
            Stage::Reading(task, done) => self.read(node, task, done)?,
            Stage::Publishing(task, commit, published) => self.publish(node, task, &commit, published)?,
        };
        self.nodes[node].stage = next;
        Ok(())
    }

    /// Brings the shard to where its journal ends.
    fn recover(&mut self, node: usize, grant: Grant) -> Result<Stage, Refusal> {
        if self.owner != (node, grant) {
            return Ok(Stage::Idle);
        }
        // Ends what it left open itself, before it looks where the journal ends.
        if self.nodes[node].epoch.is_none() {
            self.nodes[node].epoch = Some(self.log.connect(self.nodes[node].name));
        }
        if let Some(record) = self.log.unstable().map(JournalRecord::read).transpose()?
            && self.defences.successors_end_what_is_open
        {
            let other = self.nodes.iter().position(|node| node.name == record.owner).expect("one of the nodes");
            self.log.connect(self.nodes[other].name);
            if other == node {
                self.nodes[node].epoch = None;
                return Ok(Stage::Granted(grant));
            }
        }
        self.nodes[node].letters.clear();
        let mut task = match self.restored(node, grant) {
            Err(refusal @ Refusal::InputMissing { .. }) => {
                self.nodes[node].refused = Some(refusal.to_string());
                return Ok(Stage::Granted(grant));
            }
            restored => restored?,
        };
        for input in task.inputs() {
            let committed = self.log.offsets().get(&*input.topic).copied().unwrap_or_default();
            assert!(!self.is_exact() || committed == input.next, "offsets and journal tell the same");
        }
        let start = |topic: &str| if topic == COMPLAINTS { self.script.start } else { 0 };
        let starts: Vec<(&str, i64)> = self.log.inputs.keys().map(|topic| (*topic, start(topic))).collect();
        let event = task.step(Step::Judge(Judge { journal_next: self.log.journal_end(), starts: &starts }))?;
        assert!(matches!(event, Event::Judging { .. }), "{event:?}");
        Ok(Stage::Reading(Box::new(task), 0))
    }

    fn is_exact(&self) -> bool {
        let Defences { commits_belong_to_grants, successors_end_what_is_open, producers_are_replaced, brokers_fence } =
            self.defences;
        commits_belong_to_grants && successors_end_what_is_open && producers_are_replaced && brokers_fence
    }

    /// A task that has followed the journal to its end: from any snapshot, or from its beginning.
    fn restored(&mut self, node: usize, grant: Grant) -> Result<Task, Refusal> {
        let journal: Vec<(i64, JournalRecord)> = self.journal()?;
        let last = journal.last();
        let newest = self.script.setup_after(last.map_or(0, |(_, last)| last.sequence));
        self.nodes[node].setup = if self.nodes[node].has_old_file { 0 } else { newest };
        let setup = self.script.setups[self.nodes[node].setup].1.clone();
        let Some((_, last)) = last else {
            return Ok(Task::first(ShardId::number(0), grant, setup, self.script.impose_from));
        };
        setup.accepts(last)?;
        let until = last.sequence;
        let mut fitting: Vec<usize> = (0..self.snapshots.len()).collect();
        fitting.retain(|at| self.snapshots[*at].about.sequence <= until);
        let chosen = self.choose(fitting.len() + 1);
        let (mut task, from) = match fitting.get(chosen).map(|at| &self.snapshots[*at]) {
            Some(snapshot) => {
                let stored = self.script.lists(&setup.lacks(&snapshot.about.lists));
                (Task::restored(snapshot, &stored, setup, grant, until)?, snapshot.about.journal_next)
            }
            None => {
                let pack = self.script.pack(&journal[0].1.pack).expect("one of the script's").clone();
                (Task::from_the_beginning(&journal[0].1, pack, setup, grant, until)?, 0)
            }
        };
        for (offset, record) in journal.iter().filter(|(offset, _)| *offset >= from) {
            let pack = task.wants_pack(record).and_then(|hash| self.script.pack(hash));
            let lists = self.script.lists(&task.wants_lists(record));
            let mut event = task.step(Step::Follow(Follow { offset: *offset, record, pack, lists: &lists }))?;
            while let Event::Wanted(wanted) = event {
                let input = &self.log.inputs[&*wanted.topic];
                let mut records = raw(input, wanted.from as usize);
                task.step(Step::Repeat { input: wanted.input, records: &mut records })?;
                event = task.step(Step::End { input: wanted.input, next: wanted.next, high: wanted.next })?;
            }
        }
        Ok(task)
    }

    /// The journal as anybody reads it.
    pub(crate) fn journal(&self) -> Result<Vec<(i64, JournalRecord)>, Refusal> {
        let read = |(offset, value): (i64, Vec<u8>)| Ok((offset, JournalRecord::read(&value)?));
        self.log.journal().into_iter().map(read).collect()
    }

    /// Takes the next read of the epoch, or cuts it.
    fn read(&mut self, node: usize, mut task: Box<Task>, done: usize) -> Result<Stage, Refusal> {
        let newest = self.script.setup_after(task.sequence());
        match (newest == self.nodes[node].setup, self.nodes[node].has_old_file) {
            (true, _) => {}
            // It would go on without what the script adds here; that is for the other node to do.
            (false, true) => return Ok(Stage::Reading(task, done)),
            // It is given a new configuration, and started again.
            (false, false) => {
                self.nodes[node].epoch = None;
                return Ok(self.stage_of_a_start(node));
            }
        }
        let epochs = Arc::clone(&self.script.epochs);
        let Some(epoch) = epochs.get(task.sequence() as usize) else { return Ok(Stage::Reading(task, done)) };
        if let Some((topic, count)) = epoch.reads.get(done) {
            let from = task.inputs().find(|input| *input.topic == **topic).expect("an input").next as usize;
            let input = task.input(topic).expect("an input");
            // An assignment that was just changed may bring records again.
            let again = self.choose(3).min(from);
            let mut records = raw(&self.log.inputs[topic], from - again).take(count + again);
            let event = task.step(Step::Records { input, records: &mut records, clock: epoch.clock })?;
            let Event::Applied(applied) = event else { panic!("records are applied, not {event:?}") };
            let letter = |Rejection { offset, reject, .. }| format!("{topic} {offset}: {reject}").into_bytes();
            self.nodes[node].letters.extend(applied.rejected.into_iter().map(letter));
            return Ok(Stage::Reading(task, done + 1));
        }
        if epoch.tick.is_some() {
            let ends: Vec<(String, i64)> = task.inputs().map(|input| (input.topic.to_string(), input.next)).collect();
            for (topic, next) in ends {
                let input = task.input(&topic).expect("an input");
                task.step(Step::End { input, next, high: next })?;
            }
        }
        let clock = epoch.tick.unwrap_or(EventTime::MIN);
        let with_snapshot = self.choose(3) == 0;
        let owner = self.nodes[node].name;
        let event = task.step(Step::Cut(Cut { clock, owner, with_snapshot }))?;
        let Event::Cut(commit) = event else { panic!("a cut comes of a cut, not {event:?}") };
        let letters = std::mem::take(&mut self.nodes[node].letters);
        Ok(Stage::Publishing(task, Arc::new(prepared(*commit, letters)), Published::Nothing))
    }
}

fn raw(input: &[Input], from: usize) -> impl Iterator<Item = RawRecord<'_>> {
    input.iter().zip(0..).skip(from).map(|(record, offset)| RawRecord {
        offset,
        timestamp: Some(record.timestamp),
        value: Some(&record.value),
    })
}

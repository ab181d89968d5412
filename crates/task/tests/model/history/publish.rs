//! How a node publishes a commit: one request after the other, as the service does, so that a crash, a rebalance or a late
//! answer can come between any two of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_task::{Commit, Event, Grant, Refusal, Step, Task};

use super::{Fate, History, Stage};
use crate::log::{End, Refused};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Published {
    Nothing,
    Outputs,
    Journal(i64),
    Token(i64, u32),
    Offsets(i64),
}

/// A commit as it is sent.
#[derive(Debug)]
pub(super) struct Prepared {
    grant: Grant,
    outputs: Vec<Vec<u8>>,
    journal: Vec<u8>,
    offsets: BTreeMap<String, i64>,
}

impl History {
    /// Sends the next part of a commit.
    pub(super) fn publish(
        &mut self,
        node: usize,
        task: Box<Task>,
        commit: &Arc<Prepared>,
        published: Published,
    ) -> Result<Stage, Refusal> {
        let name = self.nodes[node].name;
        let epoch = match self.nodes[node].epoch {
            Some(epoch) => epoch,
            None => *self.nodes[node].epoch.insert(self.log.connect(name)),
        };
        let sent = match published {
            Published::Nothing => self.log.write_outputs(name, epoch, &commit.outputs).map(|()| Published::Outputs),
            // The journal is written before offsets are sent: who finds it knows whom to fence.
            Published::Outputs => self.log.write_journal(name, epoch, commit.journal.clone()).map(Published::Journal),
            Published::Journal(offset) => {
                let is_in_force = self.owner == (node, commit.grant);
                if self.defences.commits_belong_to_grants && !is_in_force {
                    return self.give_up(node, epoch);
                }
                Ok(Published::Token(offset, self.log.generation()))
            }
            Published::Token(offset, generation) => {
                let offsets = commit.offsets.clone();
                self.log.send_offsets(name, epoch, generation, offsets).map(|()| Published::Offsets(offset))
            }
            Published::Offsets(offset) => return self.end(node, task, offset, epoch),
        };
        match sent {
            Ok(published) => Ok(Stage::Publishing(task, Arc::clone(commit), published)),
            Err(refused) => self.again(node, task, commit, refused),
        }
    }

    /// Nothing of the commit is visible or ever will be.
    fn again(
        &mut self,
        node: usize,
        mut task: Box<Task>,
        commit: &Arc<Prepared>,
        refused: Refused,
    ) -> Result<Stage, Refusal> {
        let name = self.nodes[node].name;
        match (refused, self.nodes[node].epoch) {
            (Refused::OtherGeneration, Some(epoch)) => {
                let aborted = self.log.end(End { producer: name, epoch, commit: false });
                assert_eq!(aborted, Ok(()), "nobody else has its id");
            }
            _ => self.nodes[node].epoch = None,
        }
        let event = task.step(Step::NotCommitted)?;
        assert!(matches!(event, Event::Again), "{event:?}");
        Ok(Stage::Publishing(task, Arc::clone(commit), Published::Nothing))
    }

    /// The shard has gone to another owner, and what was cut of it goes nowhere.
    fn give_up(&mut self, node: usize, epoch: u32) -> Result<Stage, Refusal> {
        let name = self.nodes[node].name;
        if self.log.end(End { producer: name, epoch, commit: false }).is_err() {
            self.nodes[node].epoch = None;
        }
        Ok(self.stage_of_a_start(node))
    }

    /// Sends the end of the transaction.
    fn end(&mut self, node: usize, mut task: Box<Task>, offset: i64, epoch: u32) -> Result<Stage, Refusal> {
        let end = End { producer: self.nodes[node].name, epoch, commit: true };
        let fate = std::mem::take(&mut self.fate);
        let answer = match fate {
            Fate::Answered => Some(self.log.end(end)),
            Fate::SentTwice => {
                self.late.push_back(end);
                Some(self.log.end(end))
            }
            Fate::AnswerLost => {
                let _ = self.log.end(end);
                None
            }
            Fate::Late => {
                self.late.push_back(end);
                None
            }
            Fate::Lost => None,
        };
        if (answer.is_none() || fate == Fate::SentTwice) && self.defences.producers_are_replaced {
            self.nodes[node].epoch = None;
        }
        match answer {
            Some(Ok(())) => {
                let Event::Committed(snapshot) = task.step(Step::Committed { offset })? else {
                    panic!("a commit that counts is told as one");
                };
                self.snapshots.extend(snapshot.map(|snapshot| *snapshot));
                if self.owner != (node, task.grant()) {
                    self.snapshots.extend(task.snapshot()?);
                    return Ok(self.stage_of_a_start(node));
                }
                Ok(Stage::Reading(task, 0))
            }
            Some(Err(_)) => {
                // Fenced off: whoever did it has ended the transaction.
                self.nodes[node].epoch = None;
                Ok(self.stage_of_a_start(node))
            }
            None => {
                let event = task.step(Step::Doubtful)?;
                assert!(matches!(event, Event::Recover), "{event:?}");
                Ok(self.stage_of_a_start(node))
            }
        }
    }
}

pub(super) fn prepared(commit: Commit, letters: Vec<Vec<u8>>) -> Prepared {
    let lines = commit.outputs.iter().zip(0_usize..).map(|(output, index)| {
        let json = serde_json::to_string(&output.event).expect("serialises");
        format!("{}.{index} at {}: {json}", commit.sequence, commit.tick).into_bytes()
    });
    Prepared {
        grant: commit.grant,
        outputs: letters.into_iter().chain(lines).collect(),
        journal: commit.journal.expect("is journaled").to_bytes().expect("is written"),
        offsets: commit.offsets.into_iter().map(|(topic, next)| (topic.to_string(), next)).collect(),
    }
}

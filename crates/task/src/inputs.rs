//! The inputs of a task, by topic: where each stands, and what became of its records.

use std::sync::Arc;

use ringfence_cdr::InputCounts;
use ringfence_evaluator::InputId;

/// The most inputs of a shard, those that are retired among them: each journal record names them all.
pub const INPUTS_MAX: usize = 128;

/// One input.
#[derive(Clone, Debug)]
pub struct Input {
    /// The topic; of an archive the file.
    pub topic: Arc<str>,
    /// The next offset.
    pub next: i64,
    /// Whether it was found to end there.
    pub at_end: bool,
    /// Whether it is read no longer. Its position is kept, for the day when it is read again.
    pub is_retired: bool,
    /// What became of its records since the last cut.
    pub counts: InputCounts,
}

/// All inputs of a task, those that are retired among them. The place of one is its handle, which nothing outside this
/// process ever sees; it is that of the shard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs(Vec<Input>);

impl Inputs {
    /// Adds an input; its handle.
    pub(crate) fn push(&mut self, topic: &str, next: i64, is_retired: bool) -> InputId {
        self.0.push(Input { topic: topic.into(), next, at_end: false, is_retired, counts: InputCounts::default() });
        InputId(self.0.len() as u32 - 1)
    }

    pub(crate) fn all(&self) -> std::slice::Iter<'_, Input> {
        self.0.iter()
    }

    /// Those that are read.
    pub(crate) fn read(&self) -> impl Iterator<Item = &Input> {
        self.0.iter().filter(|input| !input.is_retired)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = InputId> + use<> {
        (0..self.0.len() as u32).map(InputId)
    }

    pub(crate) fn id_of(&self, topic: &str) -> Option<InputId> {
        self.0.iter().position(|input| *input.topic == *topic).map(|at| InputId(at as u32))
    }

    /// What became of the records of each input; counted anew from here on.
    pub(crate) fn take_counts(&mut self) -> Vec<(Arc<str>, InputCounts)> {
        let read = self.0.iter_mut().filter(|input| !input.is_retired);
        read.map(|input| (input.topic.clone(), std::mem::take(&mut input.counts))).collect()
    }
}

impl std::ops::Index<InputId> for Inputs {
    type Output = Input;

    fn index(&self, input: InputId) -> &Input {
        &self.0[input.0 as usize]
    }
}

impl std::ops::IndexMut<InputId> for Inputs {
    fn index_mut(&mut self, input: InputId) -> &mut Input {
        &mut self.0[input.0 as usize]
    }
}

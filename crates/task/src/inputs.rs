//! The inputs of a task, by topic: where each stands, and what became of its records.

use std::sync::Arc;

use ringfence_evaluator::InputId;

use crate::Tally;

/// One input.
#[derive(Clone, Debug)]
pub struct Input {
    /// The topic; of an archive the file.
    pub topic: Arc<str>,
    /// The next offset.
    pub next: i64,
    /// Whether it was found to end there.
    pub at_end: bool,
    /// What became of its records since the last cut.
    pub tally: Tally,
}

/// All inputs of a task. The place of one is its handle, which nothing outside this process ever sees.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs(Vec<Input>);

impl Inputs {
    pub(crate) fn live<'a>(positions: impl Iterator<Item = (&'a str, i64)>) -> Self {
        let input =
            |(topic, next): (&str, i64)| Input { topic: topic.into(), next, at_end: false, tally: Tally::default() };
        Self(positions.map(input).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Input> {
        self.0.iter()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = InputId> + use<> {
        (0..self.0.len() as u32).map(InputId)
    }

    pub(crate) fn positions(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|input| (&*input.topic, input.next))
    }

    pub(crate) fn id_of(&self, topic: &str) -> Option<InputId> {
        self.0.iter().position(|input| *input.topic == *topic).map(|at| InputId(at as u32))
    }

    /// What became of the records of each input; counted anew from here on.
    pub(crate) fn take_tallies(&mut self) -> Vec<(Arc<str>, Tally)> {
        self.0.iter_mut().map(|input| (input.topic.clone(), std::mem::take(&mut input.tally))).collect()
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

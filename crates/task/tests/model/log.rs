//! The brokers, as far as exactly-once rests on them: inputs, a journal, one output topic, a group and transactions.
//!
//! Modelled on Kafka before KIP-890. The end of a transaction names the producer and its epoch, not the transaction: one
//! that was delayed on its way ends whatever that producer has open by then. Offsets are taken from any member of the
//! group that names its generation, whether or not it owns what it commits.

use std::collections::BTreeMap;

use ringfence_cdr::EventTime;
use ringfence_task::Timestamp;

/// A record of an input.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// When it arrived in truth.
    pub(crate) arrival: EventTime,
    /// When it is said to have arrived.
    pub(crate) timestamp: Timestamp,
    pub(crate) value: Vec<u8>,
}

/// Something that was written in a transaction.
#[derive(Clone, Debug)]
struct Written {
    transaction: usize,
    value: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Committed,
    Aborted,
}

#[derive(Debug)]
struct Transaction {
    producer: &'static str,
    state: State,
    offsets: Option<BTreeMap<String, i64>>,
}

/// The brokers refuse: the producer was fenced off, or the generation is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Another producer has this one's id.
    Fenced,
    /// The group has gone on to another generation.
    OtherGeneration,
}

/// The end of a transaction, on its way to the brokers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) producer: &'static str,
    pub(crate) epoch: u32,
    pub(crate) commit: bool,
}

/// What the brokers hold.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) inputs: BTreeMap<&'static str, Vec<Input>>,
    journal: Vec<Written>,
    outputs: Vec<Written>,
    transactions: Vec<Transaction>,
    epochs: BTreeMap<&'static str, u32>,
    offsets: BTreeMap<String, i64>,
    generation: u32,
    /// Whether ends of producers that were fenced off are refused.
    pub(crate) fences: bool,
}

impl Log {
    pub(crate) fn new(inputs: BTreeMap<&'static str, Vec<Input>>) -> Self {
        Self {
            inputs,
            journal: Vec::new(),
            outputs: Vec::new(),
            transactions: Vec::new(),
            epochs: BTreeMap::new(),
            offsets: BTreeMap::new(),
            generation: 1,
            fences: true,
        }
    }

    /// A new epoch for a producer; what an earlier one of the same id left open is ended by that.
    pub(crate) fn connect(&mut self, producer: &'static str) -> u32 {
        if let Some(open) = self.open(producer) {
            self.transactions[open].state = State::Aborted;
        }
        let epoch = self.epochs.entry(producer).or_default();
        *epoch += 1;
        *epoch
    }

    fn open(&self, producer: &str) -> Option<usize> {
        let is_open = |one: &Transaction| one.producer == producer && one.state == State::Open;
        self.transactions.iter().position(is_open)
    }

    fn check(&self, producer: &str, epoch: u32) -> Result<(), Refused> {
        if self.epochs.get(producer) == Some(&epoch) { Ok(()) } else { Err(Refused::Fenced) }
    }

    /// The transaction that a producer has open; one begins with the first thing written.
    fn transaction(&mut self, producer: &'static str, epoch: u32) -> Result<usize, Refused> {
        self.check(producer, epoch)?;
        Ok(self.open(producer).unwrap_or_else(|| {
            self.transactions.push(Transaction { producer, state: State::Open, offsets: None });
            self.transactions.len() - 1
        }))
    }

    pub(crate) fn write_outputs(
        &mut self,
        producer: &'static str,
        epoch: u32,
        values: &[Vec<u8>],
    ) -> Result<(), Refused> {
        let transaction = self.transaction(producer, epoch)?;
        self.outputs.extend(values.iter().map(|value| Written { transaction, value: value.clone() }));
        Ok(())
    }

    /// Writes a journal record and returns its offset.
    pub(crate) fn write_journal(&mut self, producer: &'static str, epoch: u32, value: Vec<u8>) -> Result<i64, Refused> {
        let transaction = self.transaction(producer, epoch)?;
        self.journal.push(Written { transaction, value });
        Ok(self.journal.len() as i64 - 1)
    }

    /// Takes offsets into a transaction.
    pub(crate) fn send_offsets(
        &mut self,
        producer: &'static str,
        epoch: u32,
        generation: u32,
        offsets: BTreeMap<String, i64>,
    ) -> Result<(), Refused> {
        let transaction = self.transaction(producer, epoch)?;
        if generation != self.generation {
            return Err(Refused::OtherGeneration);
        }
        self.transactions[transaction].offsets = Some(offsets);
        Ok(())
    }

    /// Ends what a producer has open. One that is sent again finds nothing open any more, and is answered as before.
    pub(crate) fn end(&mut self, end: End) -> Result<(), Refused> {
        if self.fences {
            self.check(end.producer, end.epoch)?;
        }
        let Some(open) = self.open(end.producer) else { return Ok(()) };
        let transaction = &mut self.transactions[open];
        transaction.state = if end.commit { State::Committed } else { State::Aborted };
        if let (true, Some(offsets)) = (end.commit, transaction.offsets.take()) {
            self.offsets.extend(offsets);
        }
        Ok(())
    }

    /// The group's generation as of now.
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    /// The group goes through a rebalance.
    pub(crate) fn rebalance(&mut self) {
        self.generation += 1;
    }

    /// The first journal record of a transaction that is open.
    pub(crate) fn unstable(&self) -> Option<&[u8]> {
        let is_open = |written: &&Written| self.transactions[written.transaction].state == State::Open;
        self.journal.iter().find(is_open).map(|written| &*written.value)
    }

    fn committed<'a>(&'a self, written: &'a [Written]) -> impl Iterator<Item = (i64, &'a [u8])> {
        let is_committed = |written: &Written| self.transactions[written.transaction].state == State::Committed;
        written.iter().zip(0..).filter(move |(written, _)| is_committed(written)).map(|(one, at)| (at, &*one.value))
    }

    /// The journal as `read_committed` shows it: offset and record.
    pub(crate) fn journal(&self) -> Vec<(i64, Vec<u8>)> {
        self.committed(&self.journal).map(|(at, value)| (at, value.to_vec())).collect()
    }

    /// The end of the journal, whatever has become of what lies there.
    pub(crate) fn journal_end(&self) -> i64 {
        self.journal.len() as i64
    }

    /// The events as `read_committed` shows them.
    pub(crate) fn outputs(&self) -> Vec<String> {
        self.committed(&self.outputs).map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
    }

    /// What the group has committed.
    pub(crate) fn offsets(&self) -> &BTreeMap<String, i64> {
        &self.offsets
    }
}

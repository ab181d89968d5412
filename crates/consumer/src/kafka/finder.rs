//! Finding where a shard starts.
//!
//! A shard that was granted may have been owned by a process that died in the middle of a transaction, or by one that
//! believes it still owns it. So nothing is taken from memory or from defaults: the offsets that the group has committed,
//! once they are stable, must be those that the last record of the shard's journal names. The journal is read to the end
//! that it had after the offsets were known, and what is still open there is waited for.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::Message;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::context::Logged;
use super::start::{JournalEnd, OpenRecord, Start, StartError, StartFrom, Unstable};

/// How long one question to the brokers may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);
/// How long the brokers may keep us waiting for stable offsets before we look again.
const STABLE_WAIT: Duration = Duration::from_millis(100);
/// How often we look before we say that something is open that does not end: about a second.
const STABLE_LOOKS: u32 = 10;
/// How often offsets and journal are read again where they do not fit each other.
const AGREEMENT_LOOKS: u32 = 20;
/// How many records from its end the journal is read at first; eight times more where none of them is visible.
const TAIL: i64 = 8;

/// Finds where shards start; has clients of its own.
pub struct StartFinder {
    committed: BaseConsumer<Logged>,
    uncommitted: BaseConsumer<Logged>,
    inputs: Vec<Arc<str>>,
    journal: Arc<str>,
}

impl std::fmt::Debug for StartFinder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartFinder").field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

impl StartFinder {
    /// A finder for shards of these inputs with this journal.
    ///
    /// # Errors
    /// Where a configuration is refused.
    pub fn new(
        recovery: &ClientConfig,
        uncommitted: &ClientConfig,
        inputs: Vec<Arc<str>>,
        journal: Arc<str>,
    ) -> KafkaResult<Self> {
        Ok(Self {
            committed: recovery.create_with_context(Logged("recovery"))?,
            uncommitted: uncommitted.create_with_context(Logged("recovery"))?,
            inputs,
            journal,
        })
    }

    /// Finds where a shard starts.
    ///
    /// # Errors
    /// Where the brokers do not answer, or where starting anywhere would lose or repeat records.
    pub fn find<T: JournalEnd>(&self, shard: i32) -> Result<Start<T>, StartError> {
        let mut looks = 0;
        loop {
            looks += 1;
            match self.look::<T>(shard) {
                Err(StartError::Disagree { .. }) if looks < AGREEMENT_LOOKS => std::thread::sleep(STABLE_WAIT),
                found => return found,
            }
        }
    }

    /// The first and the next offset of an input or journal partition, as far as it is committed.
    ///
    /// # Errors
    /// Where the brokers do not answer.
    pub fn watermarks(&self, topic: &str, shard: i32) -> Result<(i64, i64), StartError> {
        self.committed
            .fetch_watermarks(topic, shard, REQUEST_LIMIT)
            .map_err(|source| StartError::Kafka { doing: "ask for the ends of a partition", source })
    }

    fn look<T: JournalEnd>(&self, shard: i32) -> Result<Start<T>, StartError> {
        let Some(committed) = self.stable_offsets(shard)? else {
            return Err(StartError::Unstable(self.who_is_open::<T>(shard)?));
        };
        let (low, end) = self
            .uncommitted
            .fetch_watermarks(&self.journal, shard, REQUEST_LIMIT)
            .map_err(|source| StartError::Kafka { doing: "ask for the end of the journal", source })?;
        if !self.wait_until_stable(shard, end)? {
            return Err(StartError::Unstable(self.who_is_open::<T>(shard)?));
        }
        let start = match self.last_record::<T>(shard, low, end)? {
            Some(last) => {
                self.check_known(shard, &last, &committed)?;
                Start::After { end: last, journal_next: end }
            }
            None if low > 0 || committed.iter().any(Option::is_some) => return Err(StartError::JournalGone),
            None => Start::First { journal_next: end },
        };
        Ok(start)
    }

    /// What the group has committed for each input; `None` while a transaction is open that has offsets of ours.
    fn stable_offsets(&self, shard: i32) -> Result<Option<Vec<Option<i64>>>, StartError> {
        for _ in 0..STABLE_LOOKS {
            let mut list = TopicPartitionList::with_capacity(self.inputs.len());
            for input in &self.inputs {
                list.add_partition(input, shard);
            }
            match self.committed.committed_offsets(list, STABLE_WAIT) {
                Ok(found) => match self.read_offsets(&found, shard) {
                    Ok(offsets) => return Ok(Some(offsets)),
                    Err(error) if is_unstable(&error) => {}
                    Err(source) => return Err(StartError::Kafka { doing: "read committed offsets", source }),
                },
                Err(error) if is_unstable(&error) => {}
                Err(source) => return Err(StartError::Kafka { doing: "read committed offsets", source }),
            }
        }
        Ok(None)
    }

    fn read_offsets(&self, found: &TopicPartitionList, shard: i32) -> KafkaResult<Vec<Option<i64>>> {
        let read = |input: &Arc<str>| match found.find_partition(input, shard) {
            None => Ok(None),
            Some(element) => {
                element.error()?;
                Ok(match element.offset() {
                    Offset::Offset(next) => Some(next),
                    _ => None,
                })
            }
        };
        self.inputs.iter().map(read).collect()
    }

    /// Waits until everything that the journal holds now is decided.
    fn wait_until_stable(&self, shard: i32, end: i64) -> Result<bool, StartError> {
        for _ in 0..STABLE_LOOKS {
            let (_, stable) = self.watermarks(&self.journal, shard)?;
            if stable >= end {
                return Ok(true);
            }
            std::thread::sleep(STABLE_WAIT);
        }
        Ok(false)
    }

    /// Who wrote the first journal record beyond what is decided. Journal records are written before offsets are sent,
    /// so a transaction of an owner that keeps offsets unstable has one. The last *visible* record may be that of an
    /// owner that is alive and has long been done with the shard.
    fn who_is_open<T: JournalEnd>(&self, shard: i32) -> Result<Unstable, StartError> {
        let kafka = |doing| move |source| StartError::Kafka { doing, source };
        let (_, decided) = self.watermarks(&self.journal, shard)?;
        let (_, end) = self
            .uncommitted
            .fetch_watermarks(&self.journal, shard, REQUEST_LIMIT)
            .map_err(kafka("ask for the end of the journal"))?;
        if decided >= end {
            return Ok(Unstable { open: None });
        }
        let first = self.first_value(shard, decided).map_err(kafka("read the open end of the journal"))?;
        let open = first.and_then(|(offset, value)| {
            let owner = T::read(&value).ok()?.owner().to_owned();
            Some(OpenRecord { owner, offset })
        });
        Ok(Unstable { open })
    }

    /// The first record from an offset on, whether it is decided or not.
    fn first_value(&self, shard: i32, from: i64) -> KafkaResult<Option<(i64, Vec<u8>)>> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.journal, shard, Offset::Offset(from))?;
        self.uncommitted.assign(&list)?;
        let mut waited = Duration::ZERO;
        let first = loop {
            match self.uncommitted.poll(STABLE_WAIT) {
                Some(Ok(message)) => break Some((message.offset(), message.payload().unwrap_or_default().to_vec())),
                Some(Err(KafkaError::PartitionEOF(_))) => break None,
                Some(Err(error)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) => {
                    return Err(error);
                }
                Some(Err(_)) | None if waited > REQUEST_LIMIT => {
                    return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut));
                }
                Some(Err(_)) | None => waited += STABLE_WAIT,
            }
        };
        self.uncommitted.unassign()?;
        Ok(first)
    }

    /// The last visible journal record before `end`.
    fn last_record<T: JournalEnd>(&self, shard: i32, low: i64, end: i64) -> Result<Option<T>, StartError> {
        let mut back = TAIL;
        loop {
            let from = (end - back).max(low);
            if from >= end {
                return Ok(None);
            }
            let last = self
                .last_value(shard, from, end)
                .map_err(|source| StartError::Kafka { doing: "read the end of the journal", source })?;
            match last {
                Some(value) => {
                    return T::read(&value).map(Some).map_err(|error| StartError::Journal(Box::new(error)));
                }
                None if from == low => return Ok(None),
                None => back *= 8,
            }
        }
    }

    fn last_value(&self, shard: i32, from: i64, end: i64) -> KafkaResult<Option<Vec<u8>>> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.journal, shard, Offset::Offset(from))?;
        self.committed.assign(&list)?;
        let mut last = None;
        let mut idle = 0;
        loop {
            match self.committed.poll(STABLE_WAIT) {
                Some(Ok(message)) => {
                    idle = 0;
                    if message.offset() < end {
                        last = message.payload().map(<[u8]>::to_vec);
                    }
                    if message.offset() >= end - 1 {
                        break;
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => break,
                Some(Err(error)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) => {
                    return Err(error);
                }
                Some(Err(_)) | None => {
                    idle += 1;
                    if STABLE_WAIT * idle > REQUEST_LIMIT {
                        return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut));
                    }
                }
            }
        }
        self.committed.unassign()?;
        Ok(last)
    }

    /// Whether every input that the journal knows can be read on, and what the group has committed does not contradict
    /// the journal. Kafka forgets what it has committed after a time; the journal does not. Of an input that is new to the
    /// shard both know nothing.
    fn check_known<T: JournalEnd>(&self, shard: i32, last: &T, committed: &[Option<i64>]) -> Result<(), StartError> {
        let journal = last.next_offsets();
        for (input, committed) in self.inputs.iter().zip(committed) {
            let topic = || input.to_string();
            match (journal.get(&**input), committed) {
                (None, None) => {}
                (None, Some(_)) => return Err(StartError::InputUnknown { topic: topic() }),
                (Some(next), Some(committed)) if committed != next => {
                    return Err(StartError::Disagree { topic: topic(), committed: *committed, journal: *next });
                }
                (Some(next), _) => self.check_input(input, shard, *next)?,
            }
        }
        Ok(())
    }

    /// The offset at which a shard starts in an input that it has never read.
    ///
    /// # Errors
    /// Where the brokers do not answer.
    pub fn start_of(&self, input: &str, shard: i32, from: StartFrom) -> Result<i64, StartError> {
        let (low, high) = self.watermarks(input, shard)?;
        let time = match from {
            StartFrom::Earliest => return Ok(low),
            StartFrom::Latest => return Ok(high),
            StartFrom::Time(time) => time,
        };
        let kafka = |source| StartError::Kafka { doing: "look for the first record of a time", source };
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(input, shard, Offset::Offset(time)).map_err(kafka)?;
        let found = self.committed.offsets_for_times(list, REQUEST_LIMIT).map_err(kafka)?;
        let found = found.find_partition(input, shard);
        Ok(match found.map(|found| found.offset()) {
            Some(Offset::Offset(offset)) => offset.clamp(low, high),
            _ => high,
        })
    }

    /// Whether an input can be read from an offset on.
    ///
    /// # Errors
    /// Where it ends before or begins after.
    pub fn check_input(&self, input: &str, shard: i32, next: i64) -> Result<(), StartError> {
        let (low, high) = self.watermarks(input, shard)?;
        let topic = || input.to_owned();
        if next > high {
            return Err(StartError::WentBackwards { topic: topic(), next, high });
        }
        if next < low {
            return Err(StartError::InputGone { topic: topic(), next, low });
        }
        Ok(())
    }
}

/// Whether the brokers wait for a transaction to end.
fn is_unstable(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(Code::UnstableOffsetCommit | Code::OperationTimedOut | Code::RequestTimedOut)
    )
}

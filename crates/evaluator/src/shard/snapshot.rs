//! The whole state of a shard as bytes.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_rules::{Pack, Tables};
use ringfence_timeline::Symbols;
use serde::{Deserialize, Serialize};

use super::number::NumberState;
use super::shard::{Ledger, Shard, ShardOptions};
use super::stored::StoredFields;
use super::sweep::Sweep;
use super::times::Times;
use crate::clock::ShardClock;
use crate::rulebook::{BookError, Rulebook, WrittenBook};

/// Rises whenever the bytes are read differently; another format is refused.
pub const SNAPSHOT_FORMAT: u32 = 10;

/// A snapshot that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The bytes are not a snapshot of this format.
    #[error("not a shard snapshot of format {SNAPSHOT_FORMAT}: found {found}")]
    Format {
        /// The format found.
        found: u32,
    },
    /// The bytes end early or do not decode.
    #[error("the shard snapshot does not decode")]
    Decode(#[from] postcard::Error),
    /// The bytes decode and do not fit together.
    #[error("the shard snapshot contradicts itself: {0}")]
    Unsound(&'static str),
    /// A pack is needed that was not given: rules of it are in force, or still judge what comes late.
    #[error("the shard snapshot needs pack {0}")]
    Pack(String),
    /// A version of a list is needed that was not given.
    #[error("the shard snapshot needs version {version} of the list {list}")]
    List {
        /// Its name.
        list: Box<str>,
        /// Which version of it.
        version: String,
    },
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    book: WrittenBook,
    times: &'a Times,
    symbols: &'a Symbols,
    numbers: &'a [Option<NumberState>],
    free: &'a [u32],
    ledger: Ledger,
    commits: u64,
    sweep: &'a Sweep,
    stored: StoredFields,
    switched: Option<EventTime>,
}

#[derive(Deserialize)]
struct Read {
    book: WrittenBook,
    times: Times,
    symbols: Symbols,
    numbers: Vec<Option<NumberState>>,
    free: Vec<u32>,
    ledger: Ledger,
    commits: u64,
    sweep: Sweep,
    stored: StoredFields,
    switched: Option<EventTime>,
}

impl Read {
    /// Whether every number in it points at something, so that no state of a shard is met that judging cannot lead to.
    fn check(&self, book: &Rulebook, clock: ShardClock) -> Result<(), RestoreError> {
        let sound = |sound: bool, what| if sound { Ok(()) } else { Err(RestoreError::Unsound(what)) };
        sound(self.times.fits(clock), "it has other inputs")?;
        let is_free = |slot: &u32| matches!(self.numbers.get(*slot as usize), Some(None));
        let empty = self.numbers.iter().filter(|state| state.is_none()).count();
        let distinct: BTreeSet<u32> = self.free.iter().copied().filter(is_free).collect();
        sound(distinct.len() == self.free.len() && empty == self.free.len(), "its free places are none")?;
        let mut known = BTreeSet::new();
        for state in self.numbers.iter().flatten() {
            sound(known.insert(state.number), "it has a number twice")?;
            sound(state.calls.is_sound(state.number), "its calls are not in order")?;
            let Some(extras) = &state.extras else { continue };
            let mut keys = extras.anchors.iter().flat_map(|anchors| anchors.keys());
            sound(keys.all(|key| key.number() == state.number), "it has windows of another number")?;
            for track in extras.tracks.iter() {
                sound(track.id.key.number() == state.number, "it has violations of another number")?;
                sound(book.has_line(track.id.line), "it has violations of no rule")?;
                sound(track.rules().all(|rule| book.has(track.id.line, rule)), "it has violations of no rule")?;
            }
        }
        Ok(())
    }
}

impl Shard {
    /// The whole state, after a commit.
    ///
    /// # Errors
    /// Where a value cannot be encoded, which no state of a shard is.
    pub fn snapshot(&self) -> Result<Vec<u8>, RestoreError> {
        let written = Written {
            format: SNAPSHOT_FORMAT,
            book: self.book.written(),
            times: &self.times,
            symbols: &self.symbols,
            numbers: &self.numbers,
            free: &self.free,
            ledger: self.ledger,
            commits: self.commits,
            sweep: &self.sweep,
            stored: self.stored,
            switched: self.switched,
        };
        Ok(postcard::to_stdvec(&written)?)
    }

    /// A shard as it was at a snapshot, with the packs and the versions of lists that it needs among those given (see
    /// [`Shard::packs`] and [`Shard::tables`]).
    ///
    /// # Errors
    /// Where the bytes are of another format, end early or contradict themselves, or a pack or a list is missing.
    pub fn restore(
        bytes: &[u8],
        packs: &[Arc<Pack>],
        tables: &Tables,
        options: ShardOptions,
    ) -> Result<Self, RestoreError> {
        let (format, bytes): (u32, _) = postcard::take_from_bytes(bytes)?;
        if format != SNAPSHOT_FORMAT {
            return Err(RestoreError::Format { found: format });
        }
        let mut read: Read = postcard::from_bytes(bytes)?;
        let book = std::mem::take(&mut read.book);
        let book = Rulebook::read(book, packs, tables).map_err(|error| match error {
            BookError::PackMissing(hash) => RestoreError::Pack(hash.to_string()),
            BookError::ListMissing(list, version) => RestoreError::List { list, version: version.to_string() },
            BookError::Unsound(what) => RestoreError::Unsound(what),
        })?;
        read.check(&book, options.clock)?;
        let mut shard = Self::new(book.pack().clone(), &Tables::none(), options);
        shard.book = book;
        for slot in (0..read.numbers.len()).filter(|slot| read.numbers[*slot].is_some()) {
            shard.index.insert(slot as u32, &read.numbers);
        }
        shard.times = read.times;
        shard.symbols = read.symbols;
        shard.numbers = read.numbers;
        shard.free = read.free;
        shard.ledger = read.ledger;
        shard.commits = read.commits;
        shard.sweep = read.sweep;
        shard.stored = read.stored;
        shard.drop_caches();
        if let Some(at) = read.switched {
            shard.judge_again(at);
        }
        Ok(shard)
    }
}

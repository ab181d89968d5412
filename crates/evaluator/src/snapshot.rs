//! The whole state of a shard as bytes.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_cards::LadderFile;
use ringfence_rules::Pack;
use ringfence_timeline::Symbols;
use serde::{Deserialize, Serialize};

use crate::admission::Times;
use crate::evict::Sweep;
use crate::former::{Former, Formers};
use crate::number::NumberState;
use crate::shard::{Clock, Ledger, Shard, ShardOptions};
use crate::stored::StoredFields;

/// Rises whenever the bytes are read differently; another format is refused.
pub const SNAPSHOT_FORMAT: u32 = 5;

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
    /// The snapshot was made under another pack.
    #[error("the shard snapshot was made under pack {found}, not {expected}")]
    Pack {
        /// The hash of the pack given.
        expected: String,
        /// The hash of the pack in the snapshot.
        found: String,
    },
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    pack: [u8; 32],
    former: &'a [Former],
    times: &'a Times,
    symbols: &'a Symbols,
    numbers: &'a [Option<NumberState>],
    free: &'a [u32],
    ledger: Ledger,
    commits: u64,
    sweep: Sweep,
    stored: StoredFields,
}

#[derive(Deserialize)]
struct Read {
    former: Vec<Former>,
    times: Times,
    symbols: Symbols,
    numbers: Vec<Option<NumberState>>,
    free: Vec<u32>,
    ledger: Ledger,
    commits: u64,
    sweep: Sweep,
    stored: StoredFields,
}

impl Read {
    /// Whether every number in it points at something, so that no state of a shard is met that judging cannot lead to.
    fn check(&self, pack: &Pack, clock: Clock) -> Result<(), RestoreError> {
        let sound = |sound: bool, what| if sound { Ok(()) } else { Err(RestoreError::Unsound(what)) };
        sound(self.times.fits(clock), "it has other inputs")?;
        let is_free = |slot: &u32| matches!(self.numbers.get(*slot as usize), Some(None));
        let empty = self.numbers.iter().filter(|state| state.is_none()).count();
        let distinct: BTreeSet<u32> = self.free.iter().copied().filter(is_free).collect();
        sound(distinct.len() == self.free.len() && empty == self.free.len(), "its free places are none")?;
        let rules = pack.rules.len() + self.former.len();
        let mut known = BTreeSet::new();
        for state in self.numbers.iter().flatten() {
            sound(known.insert(state.number), "it has a number twice")?;
            let Some(rest) = &state.rest else { continue };
            let names: Vec<_> = rest.tracks.iter().map(|track| (track.rule, track.called)).collect();
            sound(names.is_sorted_by(|a, b| a < b), "its violations are out of order")?;
            sound(rest.tracks.iter().all(|track| usize::from(track.rule) < rules), "it has violations of no rule")?;
            let Some(card) = &rest.card else { continue };
            sound(card.ladders.len() == pack.ladders.len(), "it has other ladders")?;
            let mut ladders = pack.ladders.iter().zip(&card.ladders);
            sound(ladders.all(|(ladder, file)| file.fits(ladder)), "it has strikes of no step")?;
            let mut of = card.files().flat_map(LadderFile::rules);
            sound(of.all(|rule| usize::from(rule) < rules), "it has strikes of no rule")?;
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
            pack: self.pack.identity.hash.0,
            former: self.former.entries(),
            times: &self.times,
            symbols: &self.symbols,
            numbers: &self.numbers,
            free: &self.free,
            ledger: self.ledger,
            commits: self.commits,
            sweep: self.sweep,
            stored: self.stored,
        };
        Ok(postcard::to_stdvec(&written)?)
    }

    /// A shard as it was at a snapshot made under this pack.
    ///
    /// # Errors
    /// Where the bytes are of another format, end early, or were made under another pack.
    pub fn restore(bytes: &[u8], pack: Arc<Pack>, options: ShardOptions) -> Result<Self, RestoreError> {
        let (format, bytes): (u32, _) = postcard::take_from_bytes(bytes)?;
        if format != SNAPSHOT_FORMAT {
            return Err(RestoreError::Format { found: format });
        }
        let (made_under, bytes): ([u8; 32], _) = postcard::take_from_bytes(bytes)?;
        if made_under != pack.identity.hash.0 {
            let found = ringfence_rules::ContentHash(made_under).to_string();
            return Err(RestoreError::Pack { expected: pack.identity.hash.to_string(), found });
        }
        let read: Read = postcard::from_bytes(bytes)?;
        read.check(&pack, options.clock)?;
        let mut shard = Self::new(pack, options);
        for slot in (0..read.numbers.len()).filter(|slot| read.numbers[*slot].is_some()) {
            shard.index.insert(slot as u32, &read.numbers);
        }
        shard.former = Formers::new(read.former, &shard.pack);
        shard.times = read.times;
        shard.times.commit();
        shard.symbols = read.symbols;
        shard.numbers = read.numbers;
        shard.free = read.free;
        shard.ledger = read.ledger;
        shard.commits = read.commits;
        shard.sweep = read.sweep;
        shard.stored = read.stored;
        shard.derive_from_pack();
        Ok(shard)
    }
}

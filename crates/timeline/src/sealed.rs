//! The chunks of a timeline that are full, with what they come to: asked for with every commit of a busy number, which
//! may have hundreds of thousands.

use ringfence_cdr::{EventTime, PackedNumber};
use serde::{Deserialize, Serialize, Serializer};

use crate::Work;
use crate::blocks::{Blocks, Spot};
use crate::chunk::Chunk;

/// Full chunks, the oldest first.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Blocks<Chunk>")]
pub(crate) struct Sealed {
    chunks: Blocks<Chunk>,
    /// What they come to, where they are many. Boxed, as the few of nearly every number are added up when that is asked.
    sums: Option<Box<Sums>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    facts: usize,
    content_bytes: usize,
}

impl Sealed {
    pub(crate) fn chunks(&self) -> &Blocks<Chunk> {
        &self.chunks
    }

    /// How many facts they hold.
    pub(crate) fn facts(&self) -> usize {
        self.sums().facts
    }

    /// What these count for.
    pub(crate) fn content_bytes(&self) -> usize {
        self.sums().content_bytes
    }

    fn sums(&self) -> Sums {
        self.sums.as_deref().copied().unwrap_or_else(|| self.added_up())
    }

    fn added_up(&self) -> Sums {
        let mut sums = Sums::default();
        self.chunks.iter().for_each(|chunk| sums.add(chunk));
        sums
    }

    pub(crate) fn push(&mut self, chunk: Chunk, work: &mut Work) {
        self.sums.iter_mut().for_each(|sums| sums.add(&chunk));
        self.chunks.push(chunk, work);
        self.keep_sums();
    }

    pub(crate) fn pop(&mut self) -> Option<Chunk> {
        let chunk = self.chunks.pop()?;
        self.sums.iter_mut().for_each(|sums| sums.take(&chunk));
        Some(chunk)
    }

    /// Takes out a chunk.
    pub(crate) fn remove(&mut self, spot: Spot, work: &mut Work) {
        let removed = self.chunks.remove(spot, work);
        self.sums.iter_mut().for_each(|sums| removed.iter().for_each(|chunk| sums.take(chunk)));
    }

    /// Takes out every chunk before a place.
    pub(crate) fn drain_before(&mut self, spot: Spot, work: &mut Work) {
        let gone = self.chunks.drain_before(spot, work);
        self.sums.iter_mut().for_each(|sums| gone.iter().for_each(|chunk| sums.take(chunk)));
    }

    /// The first chunk that ends after this.
    pub(crate) fn first_after(&self, after: EventTime) -> Spot {
        self.chunks.spot(|chunk| chunk.last_at <= after.0)
    }

    /// Changes a chunk, and the sums with it.
    pub(crate) fn change<R>(&mut self, spot: Spot, change: impl FnOnce(&mut Chunk) -> R) -> Option<R> {
        let chunk = self.chunks.get_mut(spot)?;
        self.sums.iter_mut().for_each(|sums| sums.take(chunk));
        let changed = change(chunk);
        self.sums.iter_mut().for_each(|sums| sums.add(chunk));
        Some(changed)
    }

    /// Makes two chunks of one.
    pub(crate) fn divide(&mut self, spot: Spot, key: PackedNumber, work: &mut Work) {
        let Some(facts) = self.chunks.get(spot).map(|chunk| chunk.all(key, work)) else { return };
        let (left, right) = facts.split_at(facts.len() / 2);
        let right = Chunk::of(key, right, work);
        self.sums.iter_mut().for_each(|sums| sums.add(&right));
        self.change(spot, |chunk| *chunk = Chunk::of(key, left, work));
        self.chunks.insert(self.chunks.after(spot), right, work);
        self.keep_sums();
    }

    fn keep_sums(&mut self) {
        if self.sums.is_none() && self.chunks.is_long() {
            self.sums = Some(Box::new(self.added_up()));
        }
    }
}

impl Sums {
    fn add(&mut self, chunk: &Chunk) {
        self.facts += chunk.facts as usize;
        self.content_bytes += chunk.content_bytes();
    }

    fn take(&mut self, chunk: &Chunk) {
        self.facts -= chunk.facts as usize;
        self.content_bytes -= chunk.content_bytes();
    }
}

impl From<Blocks<Chunk>> for Sealed {
    fn from(chunks: Blocks<Chunk>) -> Self {
        let mut sealed = Self { chunks, sums: None };
        sealed.keep_sums();
        sealed
    }
}

impl PartialEq for Sealed {
    /// Whether the chunks are the same; what they come to follows.
    fn eq(&self, other: &Self) -> bool {
        self.chunks == other.chunks
    }
}

impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.chunks.serialize(serializer)
    }
}

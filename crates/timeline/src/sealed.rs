//! The chunks of a timeline that are full, with what they come to: asked for with every commit of a busy number, which
//! has tens of thousands.

use ringfence_cdr::{EventTime, PackedNumber};
use serde::{Deserialize, Serialize, Serializer};

use crate::Work;
use crate::blocks::{Blocks, Spot};
use crate::chunk::Chunk;

/// Full chunks, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "Blocks<Chunk>")]
pub(crate) struct Sealed {
    chunks: Blocks<Chunk>,
    facts: usize,
    content_bytes: usize,
}

impl Sealed {
    pub(crate) fn chunks(&self) -> &Blocks<Chunk> {
        &self.chunks
    }

    /// How many facts they hold.
    pub(crate) fn facts(&self) -> usize {
        self.facts
    }

    /// What these count for.
    pub(crate) fn content_bytes(&self) -> usize {
        self.content_bytes
    }

    pub(crate) fn push(&mut self, chunk: Chunk, work: &mut Work) {
        self.count(&chunk);
        self.chunks.push(chunk, work);
    }

    pub(crate) fn pop(&mut self) -> Option<Chunk> {
        let chunk = self.chunks.pop()?;
        self.discount(&chunk);
        Some(chunk)
    }

    /// Takes out a chunk.
    pub(crate) fn remove(&mut self, spot: Spot, work: &mut Work) {
        let removed = self.chunks.remove(spot, work);
        removed.iter().for_each(|chunk| self.discount(chunk));
    }

    /// Takes out every chunk before a place.
    pub(crate) fn drain_before(&mut self, spot: Spot, work: &mut Work) {
        let gone = self.chunks.drain_before(spot, work);
        gone.iter().for_each(|chunk| self.discount(chunk));
    }

    /// The first chunk that ends after this.
    pub(crate) fn first_after(&self, after: EventTime) -> Spot {
        self.chunks.spot(|chunk| chunk.last_at <= after.0)
    }

    /// Changes a chunk, and the sums with it.
    pub(crate) fn change<R>(&mut self, spot: Spot, change: impl FnOnce(&mut Chunk) -> R) -> Option<R> {
        let chunk = self.chunks.get_mut(spot)?;
        let (facts, bytes) = (chunk.facts as usize, chunk.content_bytes());
        let changed = change(chunk);
        self.facts = self.facts + chunk.facts as usize - facts;
        self.content_bytes = self.content_bytes + chunk.content_bytes() - bytes;
        Some(changed)
    }

    /// Makes two chunks of one.
    pub(crate) fn divide(&mut self, spot: Spot, key: PackedNumber, work: &mut Work) {
        let Some(facts) = self.chunks.get(spot).map(|chunk| chunk.all(key, work)) else { return };
        let (left, right) = facts.split_at(facts.len() / 2);
        let right = Chunk::of(key, right, work);
        self.count(&right);
        self.change(spot, |chunk| *chunk = Chunk::of(key, left, work));
        self.chunks.insert(self.chunks.after(spot), right, work);
    }

    fn count(&mut self, chunk: &Chunk) {
        self.facts += chunk.facts as usize;
        self.content_bytes += chunk.content_bytes();
    }

    fn discount(&mut self, chunk: &Chunk) {
        self.facts -= chunk.facts as usize;
        self.content_bytes -= chunk.content_bytes();
    }
}

impl From<Blocks<Chunk>> for Sealed {
    fn from(chunks: Blocks<Chunk>) -> Self {
        let mut sealed = Self::default();
        chunks.iter().for_each(|chunk| sealed.count(chunk));
        Self { chunks, ..sealed }
    }
}

impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.chunks.serialize(serializer)
    }
}

//! Texts of a shard, each kept once and known by a number.

mod table;

use ringfence_cdr::{DetailField, Number, PackedNumber};
use serde::{Deserialize, Serialize};
use table::Table;

/// A table of texts (long opaque numbers, categories, cells ...) and of the rare fields of calls, by symbol. Symbol 0
/// is nothing. The same steps give the same symbols, also after a restart.
///
/// What a shard needs no longer is found by a *sweep*: what is interned or kept while it lasts stays, all else goes. So
/// a sweep is sound if all that is in use is kept once between its begin and its end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Symbols {
    texts: Table<Box<str>>,
    details: Table<[u32; DetailField::COUNT]>,
    sweeping: bool,
    /// How many entries the last sweep left.
    left: u64,
}

impl Symbols {
    /// The symbol of a text, new if need be.
    pub fn intern(&mut self, text: &str) -> u32 {
        self.texts.intern(text, |text| text.into())
    }

    /// The symbol of a text that was interned before.
    #[must_use]
    pub fn lookup(&self, text: &str) -> Option<u32> {
        self.texts.lookup(text)
    }

    /// The text of a symbol; `None` for 0.
    #[must_use]
    pub fn text(&self, symbol: u32) -> Option<&str> {
        self.texts.get(symbol).map(AsRef::as_ref)
    }

    /// The symbol of a call's rare fields; 0 where it has none.
    pub fn intern_details(&mut self, details: [u32; DetailField::COUNT]) -> u32 {
        if details == [0; DetailField::COUNT] {
            return 0;
        }
        self.details.intern(&details, |details| *details)
    }

    /// The symbol of one rare field; 0 where the call does not have it.
    #[must_use]
    pub fn detail(&self, details: u32, field: DetailField) -> u32 {
        self.details.get(details).map_or(0, |details| details[field as usize])
    }

    /// The eight-byte form of a number; a long text becomes a symbol.
    pub fn pack(&mut self, number: &Number) -> PackedNumber {
        match number {
            Number::Packed(packed) => *packed,
            Number::Text(text) => PackedNumber::from_symbol(self.intern(text)),
        }
    }

    /// The number of an eight-byte form.
    #[must_use]
    pub fn number(&self, packed: PackedNumber) -> Number {
        match packed.symbol() {
            Some(symbol) => Number::Text(self.text(symbol).unwrap_or_default().into()),
            None => Number::Packed(packed),
        }
    }

    /// Begins a sweep if there is half as much again as the last one left; a sweep costs a look at every fact.
    pub fn begin_sweep(&mut self) {
        self.sweeping = self.entries() > self.left + self.left / 2;
        if self.sweeping {
            self.texts.clear_marks();
            self.details.clear_marks();
        }
    }

    /// Whether a sweep is under way.
    #[must_use]
    pub fn is_sweeping(&self) -> bool {
        self.sweeping
    }

    /// Keeps the text of a number, if it has one.
    pub fn keep_number(&mut self, number: PackedNumber) {
        if let Some(symbol) = number.symbol() {
            self.texts.mark(symbol);
        }
    }

    /// Keeps the rare fields of a call, if it has any.
    pub(crate) fn keep_details(&mut self, details: u32) {
        if details != 0 {
            self.details.mark(details);
            for field in DetailField::ALL {
                self.texts.mark(self.detail(details, field));
            }
        }
    }

    /// Keeps a text.
    pub(crate) fn keep_text(&mut self, symbol: u32) {
        self.texts.mark(symbol);
    }

    /// Ends a sweep; says whether one was under way, after which symbols may come to stand for something else.
    pub fn end_sweep(&mut self) -> bool {
        if self.sweeping {
            self.texts.drop_unmarked();
            self.details.drop_unmarked();
            self.left = self.entries();
        }
        std::mem::take(&mut self.sweeping)
    }

    fn entries(&self) -> u64 {
        (self.texts.len() + self.details.len()) as u64
    }

    /// The bytes it holds on the heap. Goes through every entry.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.texts.heap_bytes(|text| text.len()) + self.details.heap_bytes(|_| 0)
    }
}

#[cfg(test)]
mod tests;

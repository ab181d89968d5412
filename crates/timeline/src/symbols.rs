//! Texts of a shard, each kept once and known by a number.

use std::collections::HashMap;

use ringfence_cdr::{Number, PackedNumber};
use serde::{Deserialize, Serialize};

/// A table of texts (long opaque numbers, categories, cells ...) and of the rare fields of calls, by symbol. Symbol 0
/// is nothing. Symbols are given in the order of first use, so the same records in the same order give the same ones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Symbols {
    texts: Vec<Box<str>>,
    details: Vec<[u32; DetailField::COUNT]>,
    by_text: HashMap<Box<str>, u32>,
    by_details: HashMap<[u32; DetailField::COUNT], u32>,
    bytes: usize,
}

/// The rare text fields of a call, in the order of their places in a details entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum DetailField {
    /// `servedIMEI`.
    ServedImei = 0,
    /// `servedIMSI`.
    ServedImsi = 1,
    /// `cell`.
    Cell = 2,
    /// `serviceType`.
    ServiceType = 3,
    /// `attestation`.
    Attestation = 4,
}

impl DetailField {
    /// How many there are.
    pub const COUNT: usize = 5;
    /// All of them, in the order of their places.
    pub const ALL: [Self; Self::COUNT] =
        [Self::ServedImei, Self::ServedImsi, Self::Cell, Self::ServiceType, Self::Attestation];
}

/// What a snapshot keeps: the rest follows from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    texts: Vec<Box<str>>,
    details: Vec<[u32; DetailField::COUNT]>,
}

impl Symbols {
    /// The symbol of a text, new if need be.
    pub fn intern(&mut self, text: &str) -> u32 {
        if let Some(symbol) = self.by_text.get(text) {
            return *symbol;
        }
        self.texts.push(text.into());
        self.bytes += 2 * (text.len() + 24);
        let symbol = self.texts.len() as u32;
        self.by_text.insert(text.into(), symbol);
        symbol
    }

    /// The symbol of a text that was interned before.
    #[must_use]
    pub fn lookup(&self, text: &str) -> Option<u32> {
        self.by_text.get(text).copied()
    }

    /// The text of a symbol; `None` for 0.
    #[must_use]
    pub fn text(&self, symbol: u32) -> Option<&str> {
        self.texts.get((symbol as usize).checked_sub(1)?).map(AsRef::as_ref)
    }

    /// The symbol of a call's rare fields; 0 where it has none.
    pub fn intern_details(&mut self, details: [u32; DetailField::COUNT]) -> u32 {
        if details == [0; DetailField::COUNT] {
            return 0;
        }
        if let Some(symbol) = self.by_details.get(&details) {
            return *symbol;
        }
        self.details.push(details);
        self.bytes += 64;
        let symbol = self.details.len() as u32;
        self.by_details.insert(details, symbol);
        symbol
    }

    /// The symbol of one rare field; 0 where the call does not have it.
    #[must_use]
    pub fn detail(&self, details: u32, field: DetailField) -> u32 {
        let entry = (details as usize).checked_sub(1).and_then(|at| self.details.get(at));
        entry.map_or(0, |entry| entry[field as usize])
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

    /// The bytes it holds on the heap, about.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.bytes
    }
}

impl From<Stored> for Symbols {
    fn from(stored: Stored) -> Self {
        let mut symbols = Self::default();
        stored.texts.iter().for_each(|text| {
            symbols.intern(text);
        });
        stored.details.into_iter().for_each(|details| {
            symbols.intern_details(details);
        });
        symbols
    }
}

impl From<Symbols> for Stored {
    fn from(symbols: Symbols) -> Self {
        Self { texts: symbols.texts, details: symbols.details }
    }
}

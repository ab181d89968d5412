//! What events are known by: made of what they are about, so that a replay makes the same.

use ringfence_cdr::EventTime;
use ringfence_events::hex;
use sha2::{Digest, Sha256};

/// The id of a violation: of the hash of its rule, its key and `openedAt`. Thirty-two hexadecimal digits.
#[must_use]
pub fn violation_id(rule: &[u8; 32], key: &[&str], opened_at: EventTime) -> String {
    let mut hash = Sha256::new();
    hash.update(rule);
    key.iter().for_each(|part| update_with_text(&mut hash, part));
    hash.update(opened_at.0.to_be_bytes());
    hex(&hash.finalize()[..16])
}

/// The id of an act: of card and sequence. Thirty-two hexadecimal digits.
#[must_use]
pub fn suspension_id(card: &str, sequence: u64) -> String {
    let mut hash = Sha256::new();
    update_with_text(&mut hash, card);
    hash.update(sequence.to_be_bytes());
    hex(&hash.finalize()[..16])
}

/// A text with its length before it, so that no two lists of texts are hashed alike.
fn update_with_text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u32).to_be_bytes());
    hash.update(text.as_bytes());
}

//! A dialect proposed for a file of which nothing is known.
//!
//! ```text
//! the beginning of a file ─▶ sample    encoding, JSON or delimiter, header, the texts of each column
//!                            column    what a column looks like: times of which format, numbers, lengths of time, words
//!                            roles     which column each field may come from, by its name and its looks
//!                            proposal  a dialect file; what is not known, or might be otherwise, is a comment in it
//! ```
//! It never guesses in silence. A zone is nowhere in a file and so is never proposed, which of two orders of day and month
//! is meant is said where the values do not tell, and what was settled by a column's place alone is called a guess.

mod column;
mod proposal;
mod roles;
mod sample;
mod words;

use column::Column;
pub use proposal::Proposal;
use roles::Roles;
use sample::Sample;
pub use sample::{BEGINNING, NoSample};

/// Proposes a dialect for a file, unpacked, that begins like this. `name` is what the dialect will be called.
///
/// # Errors
/// [`NoSample`] where there is nothing to look at.
pub fn sniff(name: &str, beginning: &[u8]) -> Result<Proposal, NoSample> {
    let sample = Sample::of(beginning)?;
    let columns: Vec<Column<'_>> = (0..sample.names.len()).map(|at| Column::of(&sample, at)).collect();
    let roles = Roles::of(&columns);
    Ok(Proposal::of(name, &sample, &columns, &roles))
}

#[cfg(test)]
mod tests;

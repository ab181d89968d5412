//! The bytes of a snapshot file.
//!
//! ```text
//! magic 8 | format u32 | header length u32 | body length u64 | header, JSON | body | SHA-256 of all before 32
//! ```
//! Integers are little-endian. The header is JSON so that people can read it with `head`.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

use crate::Header;

const MAGIC: &[u8; 8] = b"RFSHARD\n";
/// The format that this release writes and reads.
pub(crate) const FORMAT: u32 = 3;
const PREFIX_LENGTH: usize = 8 + 4 + 4 + 8;
const CHECKSUM_LENGTH: usize = 32;
/// No header is longer: it holds the texts of packs. Guards the memory against a damaged length.
const HEADER_LENGTH_MAX: u32 = 1 << 28;

/// What is wrong with a file that should be a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// It cannot be read.
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
    /// It does not begin as a snapshot does.
    #[error("it is no snapshot")]
    NoSnapshot,
    /// It has a format that this release does not know.
    #[error("it has format {found}, this release reads {FORMAT}")]
    UnknownFormat {
        /// The format found.
        found: u32,
    },
    /// It ends early.
    #[error("it is cut short")]
    Truncated,
    /// Its checksum does not fit its contents, or it goes on after its end.
    #[error("it is damaged: the checksum does not fit")]
    Damaged,
    /// Its header does not decode.
    #[error("its header does not decode")]
    Header(#[source] serde_json::Error),
    /// It was made for another cluster or for topics that have been made anew.
    #[error("it comes from elsewhere: {0}")]
    Foreign(String),
    /// It is of a later time than the journal.
    #[error("it holds journal record {found}, the journal ends with {at_most}")]
    AheadOfJournal {
        /// Its sequence.
        found: u64,
        /// The last sequence of the journal.
        at_most: u64,
    },
}

/// Writes a snapshot.
pub(crate) fn write(out: &mut impl Write, header: &Header, body: &[u8]) -> io::Result<()> {
    let header = serde_json::to_vec(header)?;
    let header_length = u32::try_from(header.len()).map_err(io::Error::other)?;
    let mut hasher = Sha256::new();
    let mut prefix = Vec::with_capacity(PREFIX_LENGTH);
    prefix.extend_from_slice(MAGIC);
    prefix.extend_from_slice(&FORMAT.to_le_bytes());
    prefix.extend_from_slice(&header_length.to_le_bytes());
    prefix.extend_from_slice(&(body.len() as u64).to_le_bytes());
    for part in [&prefix[..], &header, body] {
        hasher.update(part);
        out.write_all(part)?;
    }
    out.write_all(&hasher.finalize())
}

/// Reads the header alone, unchecked: good enough to decide which files are worth keeping.
pub(crate) fn read_header(from: &mut impl Read) -> Result<Header, Flaw> {
    let mut prefix = [0; PREFIX_LENGTH];
    from.read_exact(&mut prefix).map_err(cut_short)?;
    let (header_length, _) = lengths(&prefix)?;
    let mut header = vec![0; header_length as usize];
    from.read_exact(&mut header).map_err(cut_short)?;
    serde_json::from_slice(&header).map_err(Flaw::Header)
}

/// Takes a whole file apart; the bytes of the shard remain, without a copy.
pub(crate) fn take_apart(mut file: Vec<u8>) -> Result<(Header, Vec<u8>), Flaw> {
    let Some(prefix) = file.first_chunk::<PREFIX_LENGTH>() else {
        return Err(if MAGIC.starts_with(&file[..file.len().min(8)]) { Flaw::Truncated } else { Flaw::NoSnapshot });
    };
    let (header_length, body_length) = lengths(prefix)?;
    let body_from = PREFIX_LENGTH + header_length as usize;
    let expected = (body_from + CHECKSUM_LENGTH) as u64;
    let end = expected.checked_add(body_length).ok_or(Flaw::Damaged)?;
    match end.cmp(&(file.len() as u64)) {
        std::cmp::Ordering::Greater => return Err(Flaw::Truncated),
        std::cmp::Ordering::Less => return Err(Flaw::Damaged),
        std::cmp::Ordering::Equal => {}
    }
    let (contents, checksum) = file.split_at(file.len() - CHECKSUM_LENGTH);
    if Sha256::digest(contents)[..] != *checksum {
        return Err(Flaw::Damaged);
    }
    let header = serde_json::from_slice(&contents[PREFIX_LENGTH..body_from]).map_err(Flaw::Header)?;
    file.truncate(file.len() - CHECKSUM_LENGTH);
    file.drain(..body_from);
    Ok((header, file))
}

fn lengths(prefix: &[u8; PREFIX_LENGTH]) -> Result<(u32, u64), Flaw> {
    let (magic, rest) = prefix.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(Flaw::NoSnapshot);
    }
    let word = |at: usize| u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
    if word(0) != FORMAT {
        return Err(Flaw::UnknownFormat { found: word(0) });
    }
    let header_length = word(4);
    if header_length > HEADER_LENGTH_MAX {
        return Err(Flaw::Damaged);
    }
    Ok((header_length, u64::from(word(8)) | u64::from(word(12)) << 32))
}

fn cut_short(error: io::Error) -> Flaw {
    if error.kind() == io::ErrorKind::UnexpectedEof { Flaw::Truncated } else { Flaw::Unreadable(error) }
}

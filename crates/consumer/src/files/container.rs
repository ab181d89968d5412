//! From a path to a stream of plain bytes.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;
use ringfence_cdr::dialect::Format;
use zstd::stream::read::Decoder;

use super::members::Members;
use super::{Container, FileError};

/// The path that stands for standard input.
pub const STANDARD_INPUT: &str = "-";
/// How much of a compressed file is read at once.
const CHUNK: usize = 1 << 16;

/// How the rows of a file of this name are laid out, by its ending; `None` where the name does not say.
#[must_use]
pub fn format_of(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let (stem, _) = container_of(&name);
    match stem.rsplit_once('.')?.1 {
        "csv" | "tsv" | "txt" => Some(Format::Csv),
        "jsonl" | "ndjson" | "json" => Some(Format::Jsonl),
        _ => None,
    }
}

/// The name without the ending of its container, and the container.
fn container_of(name: &str) -> (&str, Container) {
    let endings = [(".gz", Container::Gzip), (".zst", Container::Zstd)];
    let packed = endings.into_iter().find_map(|(ending, container)| Some((name.strip_suffix(ending)?, container)));
    packed.unwrap_or((name, Container::Plain))
}

/// A stream of plain bytes, and what is known of where it comes from.
pub(super) struct Stream {
    pub(super) reader: Box<dyn Read + Send>,
    pub(super) container: Container,
    /// Bytes read of the file as it lies on the disk.
    pub(super) bytes_read: Arc<AtomicU64>,
    pub(super) bytes_total: Option<u64>,
}

impl Stream {
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        if path.as_os_str() == STANDARD_INPUT {
            return Self::unpack(io::stdin(), Container::Plain, None).map_err(|source| opening(path, source));
        }
        let open = || -> io::Result<Self> {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            if metadata.is_dir() {
                return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            // A pipe has no size.
            Self::unpack(file, container_of(&name).1, metadata.is_file().then_some(metadata.len()))
        };
        open().map_err(|source| opening(path, source))
    }

    pub(super) fn unpack(
        packed: impl Read + Send + 'static,
        container: Container,
        bytes_total: Option<u64>,
    ) -> io::Result<Self> {
        let bytes_read = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: packed, bytes: Arc::clone(&bytes_read) };
        let chunks = |packed| BufReader::with_capacity(CHUNK, packed);
        let reader: Box<dyn Read + Send> = match container {
            Container::Plain => Box::new(counted),
            Container::Gzip => Box::new(Members::<GzDecoder<_>, _>::new(chunks(counted))?),
            Container::Zstd => Box::new(Members::<Decoder<'static, _>, _>::new(chunks(counted))?),
        };
        Ok(Self { reader, container, bytes_read, bytes_total })
    }
}

/// The first bytes of a file, unpacked, or of standard input.
///
/// # Errors
/// Where it cannot be opened or read.
pub fn beginning(path: &Path, bytes: usize) -> Result<Vec<u8>, FileError> {
    let mut read = Vec::new();
    let stream = Stream::open(path)?;
    match stream.reader.take(bytes as u64).read_to_end(&mut read) {
        // What comes before the place where it is damaged tells as much.
        Err(source) if read.is_empty() => Err(opening(path, source)),
        _ => Ok(read),
    }
}

fn opening(path: &Path, source: io::Error) -> FileError {
    FileError::Open { file: path.display().to_string(), source }
}

/// Counts what is read through it.
struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

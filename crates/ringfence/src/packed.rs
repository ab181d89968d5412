//! Files that are packed by name: `.gz` and `.zst`, everything else plain.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::CommandError;

/// A file under writing. Only [`PackedFile::finish`] makes it whole.
pub(crate) struct PackedFile {
    path: String,
    packer: Packer,
}

enum Packer {
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl PackedFile {
    /// Creates the file, or empties it.
    pub(crate) fn create(path: &Path) -> Result<Self, CommandError> {
        let name = path.display().to_string();
        let packer = Packer::create(path).map_err(CommandError::writing(&name))?;
        Ok(Self { path: name, packer })
    }

    /// Writes what is still held back.
    pub(crate) fn finish(self) -> Result<(), CommandError> {
        let finished = match self.packer {
            Packer::Plain(file) => Ok(file),
            Packer::Gzip(encoder) => encoder.finish(),
            Packer::Zstd(encoder) => encoder.finish(),
        };
        finished.and_then(|mut file| file.flush()).map_err(CommandError::writing(&self.path))
    }
}

impl Packer {
    fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        Ok(match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Self::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => Self::Zstd(zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?),
            _ => Self::Plain(file),
        })
    }
}

impl Write for PackedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.packer {
            Packer::Plain(file) => file.write(bytes),
            Packer::Gzip(encoder) => encoder.write(bytes),
            Packer::Zstd(encoder) => encoder.write(bytes),
        }
    }

    /// Nothing: a flush in the middle makes packed files larger, and [`PackedFile::finish`] writes all.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

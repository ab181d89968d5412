//! The directory: which files there are, how one appears, which are kept.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, BufReader, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::Header;
use crate::file::{self, Flaw};
use crate::header::difference;

/// Of complete snapshots.
const SUFFIX: &str = "snapshot";
/// Of files that are being written.
const PARTIAL: &str = "partial";
/// What is stored says who called whom: the user that the engine runs as may read it, whatever the umask says.
const FILE_MODE: u32 = 0o600;
/// Of directories that are made here. One that was there keeps the rights that it has.
const DIRECTORY_MODE: u32 = 0o700;

/// Snapshots of the shards of one group, each shard in a directory of its own.
#[derive(Clone, Debug)]
pub struct Store {
    directory: PathBuf,
    writer: String,
    keep: usize,
}

/// A snapshot that was found good.
#[derive(Debug)]
pub struct Snapshot {
    /// What it says of itself.
    pub header: Header,
    /// The state of the shard.
    pub body: Vec<u8>,
}

/// What a search came to.
#[derive(Debug, Default)]
pub struct Search {
    /// The newest good one.
    pub found: Option<Snapshot>,
    /// Newer ones that cannot be used.
    pub skipped: Vec<Skipped>,
}

/// A snapshot that cannot be used.
#[derive(Debug)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// Why not.
    pub flaw: Flaw,
}

/// Something that the file system refused.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}", .path.display())]
pub struct StoreError {
    /// What was tried.
    doing: &'static str,
    /// On which file or directory.
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl StoreError {
    pub(crate) fn new(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { doing, path, source }
    }
}

impl Store {
    /// A store in this directory, which is made where it is missing; what this writer left half done is removed.
    ///
    /// `writer` names the process among those that share the directory and is the same after a restart. The newest
    /// `keep` snapshots of each shard are kept, at least two: one may turn out to be damaged.
    ///
    /// # Errors
    /// Where the directory cannot be made, read or written to.
    pub fn open(directory: impl Into<PathBuf>, writer: &str, keep: usize) -> Result<Self, StoreError> {
        let directory = directory.into();
        let writer = writer.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
        let store = Self { directory, writer, keep: keep.max(2) };
        make_directory(&store.directory).map_err(StoreError::new("make directory", &store.directory))?;
        store.check_writable()?;
        store.remove_partial()?;
        Ok(store)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        let probe = self.directory.join(format!("probe-{}.{PARTIAL}", self.writer));
        make_file(&probe).map_err(StoreError::new("write", &probe))?;
        fs::remove_file(&probe).map_err(StoreError::new("remove", &probe))
    }

    fn remove_partial(&self) -> Result<(), StoreError> {
        let own = format!(".{}.{PARTIAL}", self.writer);
        for shard in entries(&self.directory)?.iter().filter(|path| path.is_dir()) {
            for left in entries(shard)?.iter().filter(|path| path.to_string_lossy().ends_with(&own)) {
                fs::remove_file(left).map_err(StoreError::new("remove", left))?;
            }
        }
        Ok(())
    }

    /// Stores the state of a shard. When this returns the snapshot is on the disk under its name; a crash before leaves
    /// none under that name. Older ones beyond those to be kept are removed.
    ///
    /// # Errors
    /// Where the file system refuses; older snapshots are untouched then.
    pub fn put(&self, header: &Header, body: &[u8]) -> Result<PathBuf, StoreError> {
        let complete = self.shard_directory(&header.shard).join(format!("{:020}.{SUFFIX}", header.sequence));
        self.write_whole(&complete, |out| file::write(out, header, body))?;
        self.remove_old(header)?;
        Ok(complete)
    }

    /// Writes a file so that it appears under its name only when it is complete and on the disk.
    pub(crate) fn write_whole(
        &self,
        complete: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let directory = complete.parent().unwrap_or(&self.directory);
        make_directory(directory).map_err(StoreError::new("make directory", directory))?;
        let partial = complete.with_extension(format!("{}.{PARTIAL}", self.writer));
        let file = make_file(&partial).map_err(StoreError::new("make", &partial))?;
        let mut out = BufWriter::new(file);
        write(&mut out)
            .and_then(|()| out.flush())
            .and_then(|()| out.get_ref().sync_all())
            .map_err(StoreError::new("write", &partial))?;
        fs::rename(&partial, complete).map_err(StoreError::new("rename", &partial))?;
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(StoreError::new("sync", directory))
    }

    /// Looks for the newest snapshot of a shard that is whole, comes from here, and is not ahead of the journal.
    ///
    /// # Errors
    /// Where the directory cannot be read. A file that cannot be is skipped.
    pub fn latest_good(
        &self,
        shard: &str,
        origin: &BTreeMap<String, String>,
        at_most: u64,
    ) -> Result<Search, StoreError> {
        let mut search = Search::default();
        for path in self.newest_first(shard)? {
            match read(&path).and_then(|found| check(found, origin, at_most)) {
                Ok(found) => {
                    search.found = Some(found);
                    break;
                }
                Err(flaw) => search.skipped.push(Skipped { path, flaw }),
            }
        }
        Ok(search)
    }

    /// Looks in the snapshots of all shards for one that holds the texts of a pack; its header.
    ///
    /// # Errors
    /// Where the directory cannot be read.
    pub fn find_pack(&self, hash: &str) -> Result<Option<Header>, StoreError> {
        for shard in entries(&self.directory)?.iter().filter(|path| path.is_dir()) {
            for path in snapshots_in(shard)? {
                if let Ok(header) = header_of(&path)
                    && header.packs.iter().any(|held| held == hash)
                    && let Ok(whole) = read(&path)
                {
                    return Ok(Some(whole.header));
                }
            }
        }
        Ok(None)
    }

    /// Where the snapshots of a shard lie.
    #[must_use]
    pub fn shard_directory(&self, shard: &str) -> PathBuf {
        self.directory.join(shard)
    }

    /// Removes what lies behind the newest ones of the same origin. What comes from elsewhere is not ours to remove.
    fn remove_old(&self, newest: &Header) -> Result<(), StoreError> {
        let mut kept = 0;
        for path in self.newest_first(&newest.shard)? {
            match header_of(&path) {
                Ok(header) if difference(&newest.origin, &header.origin).is_some() => {}
                Ok(header) if header.sequence > newest.sequence || kept < self.keep => kept += 1,
                Ok(_) => remove(&path)?,
                Err(_) if kept >= self.keep => remove(&path)?,
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn newest_first(&self, shard: &str) -> Result<Vec<PathBuf>, StoreError> {
        let directory = self.shard_directory(shard);
        if !directory.exists() {
            return Ok(Vec::new());
        }
        snapshots_in(&directory)
    }
}

fn check(found: Snapshot, origin: &BTreeMap<String, String>, at_most: u64) -> Result<Snapshot, Flaw> {
    if let Some(difference) = difference(origin, &found.header.origin) {
        return Err(Flaw::Foreign(difference));
    }
    if found.header.sequence > at_most {
        return Err(Flaw::AheadOfJournal { found: found.header.sequence, at_most });
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Snapshot, Flaw> {
    let (header, body) = file::take_apart(fs::read(path).map_err(Flaw::Unreadable)?)?;
    Ok(Snapshot { header, body })
}

pub(crate) fn header_of(path: &Path) -> Result<Header, Flaw> {
    file::read_header(&mut BufReader::new(File::open(path).map_err(Flaw::Unreadable)?))
}

fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path)
}

/// An empty file that only its owner may read; one of this name that was there is emptied.
fn make_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(path)?;
    file.set_permissions(Permissions::from_mode(FILE_MODE))?;
    Ok(file)
}

/// Another process that shares the directory may have removed it first.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::new("remove", path)(error)),
        _ => Ok(()),
    }
}

/// The complete snapshots of one shard, newest first: their names are their sequences.
pub(crate) fn snapshots_in(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = entries(directory)?;
    found.retain(|path| path.extension().is_some_and(|extension| extension == SUFFIX));
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

pub(crate) fn entries(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let read = || fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    read().map_err(StoreError::new("read directory", directory))
}

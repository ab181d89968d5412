//! Versions of tables, beside the snapshots that name them.
//!
//! Each is a file under the hash of its content, written once. A shard's journal may name one before any snapshot does,
//! so it is stored before it is used; and a journal that nobody has followed for long may still name one when no snapshot
//! does any more, so it is removed only long after a process last brought it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::store::{Store, StoreError, entries, header_of, remove, snapshots_in};

/// The directory; no shard has this name.
const DIRECTORY: &str = "tables";
const SUFFIX: &str = "table";

impl Store {
    /// Stores a version of a table, or notes that it is in use `now`. When this returns it is on the disk.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn put_table(&self, version: &str, text: &str, now: SystemTime) -> Result<(), StoreError> {
        let path = self.table_path(version);
        if path.exists() {
            let touched = File::open(&path).and_then(|file| file.set_modified(now));
            return touched.map_err(StoreError::new("touch", &path));
        }
        self.write_whole(&path, |out| {
            out.write_all(text.as_bytes())?;
            out.flush()?;
            out.get_ref().set_modified(now)
        })
    }

    /// The text of a version, if it is there. Whether it is that version is for whoever reads it to check.
    ///
    /// # Errors
    /// Where the file is there and cannot be read.
    pub fn table(&self, version: &str) -> Result<Option<String>, StoreError> {
        let path = self.table_path(version);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::new("read", &path)(error)),
        }
    }

    /// Removes versions that no snapshot names and that no process has brought since then; how many they were.
    ///
    /// # Errors
    /// Where the directory cannot be read, or a file not removed.
    pub fn remove_unnamed_tables(&self, since: SystemTime) -> Result<usize, StoreError> {
        let directory = self.directory().join(DIRECTORY);
        if !directory.exists() {
            return Ok(0);
        }
        let named = self.named_tables()?;
        let mut removed = 0;
        for path in entries(&directory)? {
            let is_table = path.extension().is_some_and(|extension| extension == SUFFIX);
            let version = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let modified = fs::metadata(&path).and_then(|about| about.modified());
            let modified = modified.map_err(StoreError::new("look at", &path))?;
            if is_table && modified < since && !named.contains(&version) {
                remove(&path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// What any snapshot of any shard names.
    fn named_tables(&self) -> Result<BTreeSet<String>, StoreError> {
        let mut named = BTreeSet::new();
        for shard in entries(self.directory())?.iter().filter(|path| path.is_dir()) {
            for path in snapshots_in(shard)? {
                // One that cannot be read names nothing that anybody could go on from.
                if let Ok(header) = header_of(&path) {
                    named.extend(header.tables);
                }
            }
        }
        Ok(named)
    }

    fn table_path(&self, version: &str) -> PathBuf {
        // A version is a hash; whatever else stands in a damaged journal leads to no other file.
        let name: String = version.chars().filter(char::is_ascii_alphanumeric).collect();
        self.directory().join(DIRECTORY).join(format!("{name}.{SUFFIX}"))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::*;
    use crate::Header;

    /// So many days after a beginning.
    fn day(days: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400)
    }

    fn header(tables: &[&str]) -> Header {
        Header {
            release: "0.1.0".to_owned(),
            shard: "number-0".to_owned(),
            sequence: 1,
            origin: Default::default(),
            packs: Vec::new(),
            tables: tables.iter().map(|version| (*version).to_owned()).collect(),
            state: serde_json::Value::Null,
        }
    }

    #[test]
    fn a_version_is_found_again_and_for_its_user_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(directory.path(), "node", 2).expect("opens");
        assert_eq!(store.table("ab").expect("readable"), None);
        for _ in 0..2 {
            store.put_table("ab", "a list", day(1)).expect("is stored");
        }
        assert_eq!(store.table("ab").expect("readable").as_deref(), Some("a list"));
        let mode = fs::metadata(store.table_path("ab")).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(store.table("../../ab").expect("readable").as_deref(), Some("a list"), "no other directory");
    }

    #[test]
    fn what_no_snapshot_names_goes_long_after_it_was_brought() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::open(directory.path(), "node", 2).expect("opens");
        for (version, days) in [("named", 1), ("new", 40), ("old", 1), ("brought", 1), ("brought", 50)] {
            store.put_table(version, version, day(days)).expect("is stored");
        }
        store.put(&header(&["named"]), b"state").expect("is stored");
        assert_eq!(store.remove_unnamed_tables(day(30)).expect("readable"), 1);
        let left = ["named", "new", "old", "brought"].map(|version| store.table(version).expect("readable").is_some());
        assert_eq!(left, [true, true, false, true]);
    }
}

//! A snapshot is found again whole, or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::{Flaw, Header, Search, Store};

const SHARD: &str = "number-3";

fn origin() -> BTreeMap<String, String> {
    let ids = [("cluster", "cluster-1"), ("topic cdr", "id-1"), ("topic journal", "id-2")];
    ids.map(|(name, id)| (name.to_owned(), id.to_owned())).into()
}

fn header(sequence: u64) -> Header {
    Header {
        release: "0.1.0".to_owned(),
        shard: SHARD.to_owned(),
        sequence,
        origin: origin(),
        packs: vec![format!("hash-{}", sequence % 2)],
        tables: Vec::new(),
        state: serde_json::json!({"inputs": [{"topic": "cdr", "next": 1_000}], "texts": {"pack.yaml": "name: a\n"}}),
    }
}

struct Scene {
    store: Store,
    directory: tempfile::TempDir,
}

fn scene() -> Scene {
    let directory = tempfile::tempdir().expect("a temporary directory");
    Scene { store: Store::open(directory.path(), "node 1", 3).expect("opens"), directory }
}

impl Scene {
    fn put(&self, sequence: u64) -> PathBuf {
        self.store.put(&header(sequence), format!("state {sequence}").as_bytes()).expect("is stored")
    }

    fn search(&self, at_most: u64) -> Search {
        self.store.latest_good(SHARD, &origin(), at_most).expect("the directory is readable")
    }

    fn found(&self, at_most: u64) -> Option<String> {
        let found = self.search(at_most).found?;
        assert_eq!(found.header, header(found.header.sequence));
        Some(String::from_utf8(found.body).expect("text"))
    }
}

#[test]
fn the_newest_is_found_whole() {
    let scene = scene();
    assert_eq!(scene.found(100), None);
    scene.put(9);
    scene.put(10);
    assert_eq!(scene.found(100).as_deref(), Some("state 10"));
    assert_eq!(scene.search(100).skipped.len(), 0);
}

#[test]
fn one_ahead_of_the_journal_is_skipped_with_the_reason() {
    let scene = scene();
    scene.put(9);
    scene.put(10);
    assert_eq!(scene.found(9).as_deref(), Some("state 9"));
    assert!(matches!(scene.search(9).skipped[0].flaw, Flaw::AheadOfJournal { found: 10, at_most: 9 }));
}

#[test]
fn every_truncation_is_noticed() {
    let scene = scene();
    scene.put(1);
    let whole = fs::read(scene.put(2)).expect("readable");
    for length in 0..whole.len() {
        fs::write(scene.store.shard_directory(SHARD).join("00000000000000000002.snapshot"), &whole[..length])
            .expect("cut");
        assert_eq!(scene.found(9).as_deref(), Some("state 1"), "cut to {length} bytes");
        assert!(matches!(scene.search(9).skipped[0].flaw, Flaw::Truncated), "cut to {length} bytes");
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let scene = scene();
    scene.put(1);
    let path = scene.put(2);
    let whole = fs::read(&path).expect("readable");
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&path, &damaged).expect("damaged");
        assert_eq!(scene.found(9).as_deref(), Some("state 1"), "byte {at}");
    }
}

#[test]
fn bytes_after_the_end_are_noticed() {
    let scene = scene();
    let path = scene.put(2);
    let mut longer = fs::read(&path).expect("readable");
    longer.push(0);
    fs::write(&path, &longer).expect("longer");
    assert!(matches!(scene.search(9).skipped[0].flaw, Flaw::Damaged));
}

#[test]
fn another_format_and_other_files_are_refused_as_such() {
    let scene = scene();
    let path = scene.put(2);
    let mut other = fs::read(&path).expect("readable");
    other[8] = 7;
    fs::write(&path, &other).expect("another format");
    fs::write(path.with_file_name("00000000000000000003.snapshot"), b"something else, longer than a prefix")
        .expect("ok");
    let skipped = scene.search(9).skipped;
    assert!(matches!(skipped[0].flaw, Flaw::NoSnapshot));
    assert!(matches!(skipped[1].flaw, Flaw::UnknownFormat { found: 7 }));
}

#[test]
fn a_foreign_one_is_refused_with_what_differs() {
    let scene = scene();
    scene.put(2);
    let check = |name: &str, id: &str, reason: Option<&str>| {
        let mut here = origin();
        here.insert(name.to_owned(), id.to_owned());
        let search = scene.store.latest_good(SHARD, &here, 9).expect("readable");
        assert_eq!(search.found.is_none(), reason.is_some());
        let flaw = search.skipped.first().map(|skipped| skipped.flaw.to_string());
        assert_eq!(flaw, reason.map(|reason| format!("it comes from elsewhere: {reason}")));
    };
    check("cluster", "cluster-2", Some("cluster had id cluster-1 and has id cluster-2"));
    check("topic cdr", "id-9", Some("topic cdr had id id-1 and has id id-9"));
    check("topic added", "id-9", None);
}

#[test]
fn the_newest_ones_are_kept_and_foreign_ones_left_alone() {
    let scene = scene();
    let mut foreign = header(99);
    foreign.origin.insert("cluster".to_owned(), "cluster-2".to_owned());
    scene.store.put(&foreign, b"other").expect("is stored");
    for sequence in 1..=6 {
        scene.put(sequence);
    }
    let left: Vec<u64> = (1..=99)
        .filter(|sequence| scene.store.shard_directory(SHARD).join(format!("{sequence:020}.snapshot")).exists())
        .collect();
    assert_eq!(left, [4, 5, 6, 99]);
    assert_eq!(scene.found(200).as_deref(), Some("state 6"));
}

#[test]
fn what_a_crash_left_half_written_is_never_found_and_goes_at_the_next_start() {
    let scene = scene();
    scene.put(1);
    let own = scene.store.shard_directory(SHARD).join("00000000000000000002.node-1.partial");
    let other = scene.store.shard_directory(SHARD).join("00000000000000000002.node-2.partial");
    fs::write(&own, b"half").expect("written");
    fs::write(&other, b"half").expect("written");
    assert_eq!(scene.found(9).as_deref(), Some("state 1"));
    Store::open(scene.directory.path(), "node 1", 3).expect("opens");
    assert!(!own.exists(), "our own is ours to remove");
    assert!(other.exists(), "another process may be writing it at this moment");
}

#[test]
fn the_texts_of_an_earlier_pack_are_found_in_any_shard() {
    let scene = scene();
    scene.put(2);
    scene.put(3);
    let found = scene.store.find_pack("hash-0").expect("readable").expect("is there");
    assert_eq!(found, header(2));
    assert_eq!(scene.store.find_pack("hash-7").expect("readable"), None);
}

#[test]
fn a_directory_that_cannot_be_written_to_is_refused_at_the_start() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("file");
    fs::write(&file, b"").expect("written");
    let error = Store::open(&file, "node-1", 2).expect_err("a file is no directory");
    assert!(error.to_string().starts_with("cannot make directory"), "{error}");
}

#[test]
fn only_the_user_of_the_engine_may_read_what_is_stored() {
    let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    let outer = tempfile::tempdir().expect("a temporary directory");
    let directory = outer.path().join("state/of/ringfence");
    let store = Store::open(&directory, "node-1", 2).expect("opens");
    let partial = store.shard_directory(SHARD).join("00000000000000000004.node-1.partial");
    let stored = store.put(&header(3), b"state").expect("is stored");
    // One that was left half written, readable for all, when the process died.
    fs::write(&partial, b"half").expect("written");
    fs::set_permissions(&partial, fs::Permissions::from_mode(0o644)).expect("is ours");
    let again = store.put(&header(4), b"state").expect("is stored");
    assert_eq!([mode(&stored), mode(&again)], [0o600; 2]);
    for made in [&directory, &outer.path().join("state"), &store.shard_directory(SHARD)] {
        assert_eq!(mode(made), 0o700, "{}", made.display());
    }
}

#[test]
fn a_directory_that_was_there_keeps_its_rights() {
    let outer = tempfile::tempdir().expect("a temporary directory");
    let directory = outer.path().join("shared");
    fs::create_dir(&directory).expect("made");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o750)).expect("is ours");
    Store::open(&directory, "node-1", 2).expect("opens");
    assert_eq!(fs::metadata(&directory).expect("is there").permissions().mode() & 0o777, 0o750);
}

//! `ringfence generate` through the binary: its files decode, and hold what the world counts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output};

use ringfence_cdr::json::{decode_cdr, decode_complaint};
use ringfence_cdr::{CdrContext, RejectCode};
use ringfence_traffic::{Counts, Plan, World};

const WORLD: [&str; 6] = ["--numbers", "600", "--hours", "30", "--seed", "11"];

fn generate(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.arg("generate").args(arguments).output().expect("runs")
}

fn lines(reader: impl Read) -> Vec<String> {
    BufReader::new(reader).lines().map(|line| line.expect("text")).collect()
}

fn world() -> (World, Counts) {
    let world = ringfence_traffic::generate(&Plan::new(600, 30, 11)).expect("a good plan");
    let mut emissions = world.emissions();
    emissions.by_ref().for_each(drop);
    let counts = emissions.counts().clone();
    (world, counts)
}

fn write_all(folder: &Path) -> Output {
    let place = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (calls, complaints) = (place("calls.jsonl.zst"), place("complaints.jsonl.gz"));
    let (lists, truth) = (place("made/lists"), place("truth.jsonl"));
    let files =
        ["--output", &calls, "--complaints", &complaints, "--lists", &lists, "--truth", &truth].map(str::to_owned);
    let arguments: Vec<&str> = WORLD.into_iter().chain(files.iter().map(String::as_str)).collect();
    generate(&arguments)
}

#[test]
fn every_file_decodes_and_holds_what_the_world_counts() {
    let folder = tempfile::tempdir().expect("a directory");
    let output = write_all(folder.path());
    assert!(output.status.success() && output.stdout.is_empty());
    let open = |name: &str| File::open(folder.path().join(name)).expect("was written");
    let (world, counts) = world();

    let calls = lines(zstd::Decoder::new(open("calls.jsonl.zst")).expect("zstd"));
    let mut garbage: BTreeMap<RejectCode, u64> = BTreeMap::new();
    for line in &calls {
        if let Err(reject) = decode_cdr(line.as_bytes(), &CdrContext::default()) {
            *garbage.entry(reject.code).or_default() += 1;
        }
    }
    assert_eq!((calls.len() as u64, garbage), (counts.records(), counts.garbage.clone()));

    let complaints = lines(flate2::read::GzDecoder::new(open("complaints.jsonl.gz")));
    assert!(complaints.iter().all(|line| decode_complaint(line.as_bytes(), &CdrContext::default()).is_ok()));
    assert_eq!(complaints.len() as u64, counts.complaints + counts.complaint_versions);

    let cards = lines(open("made/lists/telemarketing-cards.csv"));
    let listed: Vec<String> = world.telemarketing_cards().iter().map(ToString::to_string).collect();
    assert_eq!((cards[0].as_str(), &cards[1..]), ("key", &listed[..]));
    assert_eq!(lines(open("truth.jsonl")).len(), 600);

    let summary = String::from_utf8(output.stderr).expect("text");
    assert!(
        summary.starts_with(&format!("{} call records from 2026-11-02T00:00:00.000Z", counts.records())),
        "{summary}"
    );
    assert!(summary.contains("600 numbers: offenders 11, honest telemarketers 1"), "{summary}");
    assert!(!summary.contains("+86"), "no number in clear");
}

#[test]
fn standard_output_carries_the_call_records_alone() {
    let output = generate(&WORLD);
    assert_eq!(lines(&*output.stdout).len() as u64, world().1.records());
    assert!(output.status.success());
}

#[test]
fn a_world_that_cannot_be_is_refused_with_every_reason() {
    let output = generate(&["--numbers", "7", "--hours", "0"]);
    let error = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("numbers must be 100 to 50000000, not 7; hours must be 1 to 9600, not 0"), "{error}");
}

//! Law H-1: the machine has no say. Another time-zone database, locale or environment gives the same output bytes.

use std::path::Path;
use std::process::Command;

use ringfence_cdr::{Cdr, Millis, Number, Numbering};
use ringfence_oracle::PackWithLists;
use ringfence_rules::{PackFiles, parse_pack};

use crate::found::{call, slice, tick};
use crate::run::Run;
use crate::steps::LIVE;

/// Names the file into which the judge of another environment writes what it published.
const SAYS: &str = "RINGFENCE_TEST_SAYS";
const ZONES: [&str; 4] = ["Asia/Shanghai", "America/Sao_Paulo", "Europe/Berlin", "UTC"];

/// Rules that read local time in every way that there is.
fn pack_of_local_times() -> PackWithLists {
    let rules = [
        ("day", "count() over calendar day", "value >= 2"),
        ("month", "count() over calendar month in 'America/Sao_Paulo'", "value >= 5"),
        ("night", "count() where time() in 21:00..09:00 over 1h", "value >= 1"),
        ("weekend", "count() where weekday() in [sat, sun] over 1h", "value >= 1"),
        ("there", "count() where time(calledNumber) in 21:00..09:00 over 1h", "value >= 1"),
        ("dated", "count() where date(calledNumber) == 2026-01-06 over 1h", "value >= 1"),
    ];
    let header = "name: local\nversion: \"1\"\ntimezone: Asia/Shanghai\n";
    let sources = rules.iter().fold(PackFiles::new().with("pack.yaml", header), |sources, (name, measure, when)| {
        let rule = format!(
            "rule: {name}\ntitle: A rule\nbasis: none\neffective: {{from: 2026-01-01}}\nkey: callingNumber\n\
             let: {{value: \"{}\"}}\nwhen: [{when}]\n",
            measure.replace('\'', "\\\"")
        );
        sources.with(&format!("rules/{name}.yaml"), &rule)
    });
    let compiled = parse_pack(&sources, &Numbering::Opaque);
    compiled.unwrap_or_else(|problems| panic!("{}", problems[problems.len() - 1].render(&sources))).into()
}

fn published() -> String {
    let calls = (0..60_u32).map(|id| {
        let after = Millis(i64::from(id) * 3_700_000);
        (Cdr { called_number: Number::new("+493012345678"), ..call(id, after) }, after)
    });
    Run::over(&pack_of_local_times(), LIVE, &[slice(calls), tick(Millis(90 * Millis::DAY.0))]).lines().join("\n")
}

/// A zone that is three hours behind, always, in the form of the tz database's files (RFC 8536).
fn zone_file() -> Vec<u8> {
    let header = |counts: [u32; 6]| {
        let counts = counts.into_iter().flat_map(u32::to_be_bytes);
        b"TZif2".iter().copied().chain([0; 15]).chain(counts).collect::<Vec<u8>>()
    };
    let local = [(-10_800_i32).to_be_bytes().as_slice(), &[0, 0], b"XXX\0"].concat();
    let block = [header([0, 0, 0, 0, 1, 4]), local].concat();
    [block.as_slice(), block.as_slice(), b"\nXXX3\n"].concat()
}

fn write_zones(directory: &Path) {
    for zone in ZONES {
        let file = directory.join(zone);
        std::fs::create_dir_all(file.parent().expect("has one")).expect("can be made");
        std::fs::write(file, zone_file()).expect("can be written");
    }
}

#[test]
fn h1_another_zone_database_locale_or_environment_gives_the_same_bytes() {
    let here = published();
    if let Some(says) = std::env::var_os(SAYS) {
        return std::fs::write(says, here).expect("can be written");
    }
    assert!(here.lines().count() > 6, "every rule finds something: {here}");
    let directory = std::env::temp_dir().join(format!("ringfence-host-{}", std::process::id()));
    write_zones(&directory);
    let says = directory.join("says");
    let ran = Command::new(std::env::current_exe().expect("known"))
        .args(["--exact", "host::h1_another_zone_database_locale_or_environment_gives_the_same_bytes"])
        .env(SAYS, &says)
        .env("TZDIR", &directory)
        .env("TZ", "America/Sao_Paulo")
        .envs(["LC_ALL", "LANG", "LANGUAGE", "LC_TIME", "LC_NUMERIC"].map(|name| (name, "tr_TR.UTF-8")))
        .output()
        .expect("runs");
    let there = std::fs::read_to_string(&says);
    std::fs::remove_dir_all(&directory).expect("can be removed");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    assert!(here == there.expect("was written"), "another machine publishes other bytes");
}

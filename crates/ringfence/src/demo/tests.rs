//! A small demo, word for word, and what the starter pack makes of several days.
//!
//! `RINGFENCE_BLESS=1 cargo test -p ringfence demo` writes the text anew, to be read before a commit.

use std::path::Path;

use clap::Parser;
use ringfence_cdr::EventTime;
use ringfence_events::{Severity, Status};
use ringfence_traffic::EmissionRecord;

use super::in_process::Judged;
use super::told::Said;
use super::*;

const PACK: &str = "name: small
version: \"1\"
title: Two rules and a ladder
timezone: Asia/Shanghai
country: CN
ladders:
  telemarketing:
    subject: card
    strikes: {over: 365d, again: 24h}
    fresh: true
    steps:
      - {at: 1, do: warn}
      - {at: 2, do: suspend, services: [outgoing], for: 7d}
";
const HOURLY: &str = "rule: card-hourly-volume
title: A card dials more in an hour than it may
key: callingNumber
where: recordType == moCall and callingNumber in @telemarketing-cards
let: {calls: count() over 1h}
when: [calls > 60]
severity: minor
then: {ladder: telemarketing}
say: \"{key} made {calls} calls within an hour\"
";
const REPEAT: &str = "rule: repeat-callee-day
title: Somebody calls one person again and again within a day
key: [callingNumber, calledNumber]
where: recordType == moCall
let: {calls: count() over 24h}
when: [calls > 8]
say: \"{key}: {calls} calls within 24 hours\"
";

/// A demo of a pack of two rules.
fn stage(numbers: u64, seed: u64) -> Stage {
    let folder = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(folder.path().join("rules")).expect("made");
    for (file, text) in [("pack.yaml", PACK), ("rules/hourly.yaml", HOURLY), ("rules/repeat.yaml", REPEAT)] {
        std::fs::write(folder.path().join(file), text).expect("written");
    }
    stage_of(folder.path(), numbers, seed)
}

fn stage_of(rules: &Path, numbers: u64, seed: u64) -> Stage {
    let plan = Plan::new(numbers, HOURS, seed);
    let world = generate::world(&plan).expect("a good plan");
    let texts = pack(rules, &world).expect("is read");
    let (sources, compiled) = (texts.sources.clone(), texts.load().expect("compiles"));
    let (pack, tables) = (Arc::new(compiled.pack), compiled.tables);
    Stage { pack, tables, sources, world, plan, rules: "small".to_owned(), program: "ringfence".to_owned() }
}

/// Judges a demo without showing it.
fn judged(stage: &Stage) -> (Judged, Findings) {
    let mut audience = Audience {
        live: Live::new(io::sink(), stage.pack.zone.time_zone().clone()),
        findings: Findings::new(&stage.world),
    };
    let judged =
        in_process::judge(&stage.world, (&stage.pack, &stage.tables), &mut audience).expect("a sink takes all");
    (judged, audience.findings)
}

/// What is shown where standard output is no terminal, without the line that no two runs share.
fn played(stage: &Stage) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    assert!(stage.play(&mut out).expect("memory takes all"), "late files or repeats changed what stands");
    let text = String::from_utf8(out.into_inner()).expect("text");
    assert_eq!(text.matches(" records judged in ").count(), 1);
    text.lines().filter(|line| !line.contains(" records judged in ")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_small_demo_reads_as_it_should() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/golden.txt");
    let text = played(&stage(400, 5));
    if std::env::var_os("RINGFENCE_BLESS").is_some() {
        std::fs::write(&golden, &text).expect("written");
    }
    assert_eq!(text, std::fs::read_to_string(golden).expect("is there"));
}

#[test]
fn a_demo_is_the_same_each_time_within_a_hundred_columns_and_names_nobody() {
    let stage = stage(400, 5);
    let text = played(&stage);
    assert_eq!(text, played(&stage));
    for line in text.lines() {
        assert!(line.chars().count() <= 100 && line.trim_end() == line, "{line}");
    }
    let clear = text.split("+86").skip(1).filter(|rest| rest.chars().take(11).all(|c| c.is_ascii_digit()));
    assert_eq!(clear.count(), 0, "{text}");
}

#[test]
fn the_starter_pack_finds_every_offender_and_says_nothing_grave_of_honest_numbers() {
    for seed in 1..=4 {
        let stage = stage_of(Path::new("starter"), 2_000, seed);
        let (judged, findings) = judged(&stage);
        let again = recheck::in_order(&stage.world, (&stage.pack, &stage.tables)).expect("is read");
        let again = Stands::at_end(again, judged.stands.until);
        assert_eq!(again, judged.stands, "seed {seed}");
        for row in findings.offenders() {
            assert_eq!(row.found, row.hidden, "{:?} with seed {seed}", row.kind);
            assert!(!row.kind.has_card() || row.sanctioned == row.hidden, "{:?} with seed {seed}", row.kind);
        }
        for row in findings.honest() {
            assert_eq!((row.accused, row.flagged), (0, 0), "{:?} with seed {seed}", row.kind);
        }
    }
}

/// Something said of the world's first number of a kind.
fn said_of(world: &World, kind: Kind, at: i64, severity: Severity, status: Status) -> Told {
    let number = world.labels().find(|(_, label)| *label == kind).map(|(number, _)| number.number());
    let said = Said::Violation { id: "1".to_owned(), rule: "rule".into(), severity, status, late: false };
    Told { at: EventTime(at), subject: number.expect("every kind occurs"), sentence: String::new(), said }
}

#[test]
fn an_offender_is_found_by_a_grave_violation_that_stands() {
    let world = stage(400, 5).world;
    let mut findings = Findings::new(&world);
    let mut found_after = |severity, status| {
        findings.said(&said_of(&world, Kind::Wangiri, 1, severity, status));
        let rows = findings.offenders();
        rows.iter().find(|row| row.kind == Kind::Wangiri).map(|row| row.found)
    };
    assert_eq!(found_after(Severity::Info, Status::Opened), Some(0));
    assert_eq!(found_after(Severity::Minor, Status::Updated), Some(1));
    assert_eq!(found_after(Severity::Minor, Status::Closed), Some(1));
    assert_eq!(found_after(Severity::Minor, Status::Withdrawn), Some(0));
}

#[test]
fn calls_until_found_are_each_call_once_up_to_what_was_said() {
    let world = stage(400, 5).world;
    let mut findings = Findings::new(&world);
    let mut times: Vec<i64> = Vec::new();
    let is_wangiri = |party| world.labels().any(|label| label == (party, Kind::Wangiri));
    for emission in world.emissions() {
        if let EmissionRecord::Cdr(call) = &emission.record
            && is_wangiri(call.calling_number)
        {
            // Every record comes twice.
            findings.called(call);
            findings.called(call);
            times.push(call.attempt_time());
        }
    }
    times.sort_unstable();
    times.dedup();
    findings.said(&said_of(&world, Kind::Wangiri, times[79], Severity::Major, Status::Opened));
    let rows = findings.offenders();
    let wangiri = rows.iter().find(|row| row.kind == Kind::Wangiri).expect("a kind of offender");
    assert_eq!(wangiri.calls_until_found, [80]);
}

#[test]
fn what_is_judged_is_what_the_traffic_counted() {
    let stage = stage(3_000, 9);
    let (judged, _) = judged(&stage);
    let mut emissions = stage.world.emissions();
    emissions.by_ref().for_each(drop);
    let (counts, ledger) = (emissions.counts(), judged.ledger);
    assert_eq!(judged.records, counts.records() + counts.complaints + counts.complaint_versions);
    assert_eq!(judged.unreadable, counts.garbage.values().sum::<u64>());
    assert_eq!(ledger.facts, counts.call_facts() + counts.complaints);
    assert_eq!((ledger.duplicates, ledger.conflicting), (counts.duplicates, counts.conflicting_duplicates));
    assert_eq!(ledger.merged, counts.parts - counts.partial_calls + counts.complaint_versions);
    assert!(judged.unreadable > 0 && ledger.duplicates > 0 && ledger.merged > 0);
}

/// What the end of a demo says where Kafka gave these violations and this process those.
fn told_of(found: &[&str], again: &[&str]) -> (bool, String) {
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<String>>();
    let ending = Ending {
        records: 10,
        took: std::time::Duration::from_secs(2),
        course: "from the first write to the last commit",
        by: "",
        late: 1,
        repeats: 2,
        unreadable: 3,
        recheck: same_violations(&ids(found), &ids(again)),
    };
    let mut out = anstream::StripStream::new(Vec::new());
    report::ending(&ending, &mut out).expect("memory takes all");
    let text = String::from_utf8(out.into_inner()).expect("text");
    (ending.recheck.same, text.replace('\n', " "))
}

#[test]
fn violations_read_back_from_kafka_are_the_same_by_their_ids_and_not_by_their_count() {
    let (same, told) = told_of(&["a", "b"], &["b", "a"]);
    assert!(same && told.contains("the day has the same 2 violations: Kafka, late files and repeats"), "{told}");
    let (same, told) = told_of(&["a", "b"], &["b", "c"]);
    assert!(!same && told.contains("not quite the 2 violations (2 stand on one side alone) found"), "{told}");
    assert!(told.contains("10 records judged in 2.00 s, from the first write to the last commit: 5 a second."));
}

#[test]
fn what_to_try_next_is_understood_by_the_command_line() {
    for (what, command) in stage(400, 5).commands("these") {
        let words = command.join(" ");
        let parsed = crate::Arguments::try_parse_from(std::iter::once("ringfence").chain(words.split(' ')));
        assert!(parsed.is_ok(), "{what}: {words}");
    }
}

//! Worlds are reproducible, in order of arrival, bounded in memory, readable, and counted as they say.

use std::collections::{BTreeMap, HashMap, HashSet};

use proptest::prelude::*;
use ringfence_cdr::json::{decode_cdr, decode_complaint};
use ringfence_cdr::{CdrContext, RejectCode};
use ringfence_traffic::{
    Counts, Emission, EmissionRecord, Kind, Plan, World, generate, write_telemarketing_cards, write_traffic,
    write_truth,
};
use sha2::{Digest, Sha256};

fn world(numbers: u64, hours: u32, seed: u64) -> World {
    generate(&Plan::new(numbers, hours, seed)).expect("a good plan")
}

fn bytes(world: &World) -> (Vec<u8>, Vec<u8>, Counts) {
    let (mut calls, mut complaints) = (Vec::new(), Vec::new());
    let mut emissions = world.emissions();
    write_traffic(&mut emissions, &mut calls, Some(&mut complaints)).expect("memory takes all");
    (calls, complaints, emissions.counts().clone())
}

#[test]
fn the_same_plan_gives_the_same_bytes_on_every_machine() {
    let (calls, complaints, _) = bytes(&world(400, 6, 7));
    let digest = Sha256::new().chain_update(&calls).chain_update(&complaints).finalize();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, DIGEST, "the traffic of a seed changed: worlds named in reports no longer exist");
    assert_ne!(calls, bytes(&world(400, 6, 8)).0);
}

const DIGEST: &str = "cac487f3a9689d8d1dcd7a639e0c3a9d9922dafadc90cca21a4a37299f4b8de0";

#[test]
fn records_come_in_order_of_arrival_and_never_before_the_event() {
    let mut last = i64::MIN;
    for Emission { at_arrival, record } in world(1_000, 24, 1).emissions() {
        assert!(at_arrival.0 >= last);
        last = at_arrival.0;
        match record {
            EmissionRecord::Cdr(record) => {
                assert_eq!(record.arrival_time, at_arrival.0);
                assert!(record.attempt_time() <= at_arrival.0);
            }
            EmissionRecord::Complaint(complaint) => {
                assert!(complaint.received_time.max(complaint.status_time.unwrap_or(0)) <= at_arrival.0);
            }
            EmissionRecord::Garbage(_) => {}
        }
    }
}

#[test]
fn what_is_held_grows_with_the_rate_and_not_with_the_length_of_the_world() {
    let held = |hours| {
        let world = world(3_000, hours, 2);
        let mut emissions = world.emissions();
        let count = emissions.by_ref().count();
        (emissions.held_most(), count)
    };
    let ((day, records_day), (days, records_days)) = (held(24), held(96));
    assert!(records_days > 3 * records_day);
    assert!(days < day * 2, "{days} held in four days, {day} in one");
    assert!(day < records_day / 20, "{day} of {records_day} held");
}

#[test]
fn every_record_decodes_and_garbage_is_rejected_for_the_reason_given() {
    let context = CdrContext::default();
    let mut garbage: BTreeMap<RejectCode, u64> = BTreeMap::new();
    let world = world(10_000, 24, 3);
    let mut emissions = world.emissions();
    for Emission { at_arrival, record } in emissions.by_ref() {
        let mut line = Vec::new();
        record.write(&mut line);
        match record {
            EmissionRecord::Cdr(record) => {
                let call = decode_cdr(&line, &context).expect("whole").expect("counted");
                assert_eq!((call.at.0, call.arrival), (record.attempt_time(), Some(at_arrival)));
                assert_eq!(call.calling_number, record.calling_number.number());
                assert_eq!(call.answer.is_answered(), record.cause_for_term != 3);
                assert!(!call.answer.is_assumed());
                assert_eq!(call.part.is_some(), record.part.is_some());
            }
            EmissionRecord::Complaint(complaint) => {
                let decoded = decode_complaint(&line, &context).expect("whole");
                assert_eq!((decoded.at.0, decoded.status), (complaint.received_time, complaint.status));
            }
            EmissionRecord::Garbage(spoiled) => {
                let reject = decode_cdr(&line, &context).expect_err("garbage");
                assert_eq!(reject.code, spoiled.code);
                *garbage.entry(reject.code).or_default() += 1;
            }
        }
    }
    assert_eq!(garbage, emissions.counts().garbage);
    assert_eq!(garbage.len(), 5, "every kind of garbage occurs");
}

#[test]
fn the_counts_are_those_that_a_plain_count_of_the_records_finds() {
    let world = world(10_000, 24, 4);
    let mut emissions = world.emissions();
    let (mut first, mut contents) = (HashMap::new(), HashSet::new());
    let mut plain = Counts::default();
    let (mut calls, mut complaint_ids) = (HashSet::new(), HashSet::new());
    for Emission { record, .. } in emissions.by_ref() {
        match record {
            EmissionRecord::Cdr(record) => {
                let content = (record.record_id(), record.call_duration_s);
                if !contents.insert(content) {
                    plain.duplicates += 1;
                } else if first.insert(record.record_id(), record.call_duration_s).is_some() {
                    plain.conflicting_duplicates += 1;
                } else if let Some((reference, _)) = record.part {
                    plain.parts += 1;
                    if calls.insert(reference) {
                        plain.partial_calls += 1;
                        plain.attempts += 1;
                    }
                } else if record.record_type.name() == "mtCall" {
                    plain.second_legs += 1;
                } else {
                    plain.attempts += 1;
                }
            }
            EmissionRecord::Complaint(complaint) => {
                if complaint_ids.insert(complaint.complaint_id()) {
                    plain.complaints += 1;
                } else {
                    plain.complaint_versions += 1;
                }
            }
            EmissionRecord::Garbage(spoiled) => *plain.garbage.entry(spoiled.code).or_default() += 1,
        }
    }
    plain.late = emissions.counts().late;
    assert_eq!(&plain, emissions.counts());
    let share = |part: u64, per_thousand: std::ops::RangeInclusive<u64>| {
        let share = part * 1_000_000 / plain.records();
        assert!(per_thousand.contains(&share), "{share} in a million of {plain:?}");
    };
    share(plain.duplicates, 4_000..=6_000);
    share(plain.conflicting_duplicates, 200..=400);
    share(plain.late, 6_000..=18_000);
    share(plain.second_legs, 3_000..=40_000);
    assert!(plain.partial_calls > 50 && plain.complaint_versions > 0);
}

#[test]
fn the_day_has_a_night_and_an_evening_peak() {
    let mut hours = [0u32; 24];
    for Emission { record, .. } in world(2_000, 24, 5).emissions() {
        if let EmissionRecord::Cdr(record) = record {
            let local = record.attempt_time() + 8 * 3_600_000;
            hours[(local / 3_600_000 % 24) as usize] += 1;
        }
    }
    assert!(hours[3] * 20 < hours[19], "{hours:?}");
    assert!(hours[13] < hours[11] && hours[13] < hours[18], "{hours:?}");
}

#[test]
fn the_lists_and_the_truth_name_each_number_once() {
    let world = world(3_000, 1, 6);
    let (mut cards, mut truth) = (Vec::new(), Vec::new());
    write_telemarketing_cards(&world, &mut cards).expect("memory takes all");
    write_truth(&world, &mut truth).expect("memory takes all");
    let truth: BTreeMap<String, String> = String::from_utf8(truth)
        .expect("text")
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            (line["number"].as_str().expect("text").to_owned(), line["kind"].as_str().expect("text").to_owned())
        })
        .collect();
    assert_eq!(truth.len(), 3_000);
    let with_card: HashSet<&str> = Kind::ALL.iter().filter(|kind| kind.has_card()).map(|kind| kind.name()).collect();
    let expected: Vec<&str> =
        truth.iter().filter(|(_, kind)| with_card.contains(kind.as_str())).map(|(number, _)| number.as_str()).collect();
    let cards = String::from_utf8(cards).expect("text");
    assert_eq!(cards.lines().skip(1).collect::<Vec<_>>(), expected);
    assert_eq!(cards.lines().next(), Some("key"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_world_runs_to_its_end(numbers in 100u64..600, hours in 1u32..40, seed: u64, start in 0i64..4_000_000_000_000) {
        let plan = Plan { start: ringfence_cdr::EventTime(start), ..Plan::new(numbers, hours, seed) };
        let world = generate(&plan).expect("a good plan");
        let mut emissions = world.emissions();
        let calls = emissions.by_ref().filter(|emission| emission.record.is_call()).count() as u64;
        prop_assert_eq!(calls, emissions.counts().records());
        prop_assert!(calls > 0);
    }
}

//! Each kind of caller does what its label says, told by plain counts over the records of two days.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use ringfence_cdr::RecordType;
use ringfence_traffic::{CallRecord, ComplaintRecord, EmissionRecord, Kind, Party, Plan, generate};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Shanghai.
const OFFSET: i64 = 8 * HOUR;

/// The first copy of each record, by calling number in order of time; the complaints by complained number.
struct Seen {
    kinds: BTreeMap<Party, Kind>,
    calls: HashMap<Party, Vec<CallRecord>>,
    complaints: HashMap<Party, Vec<ComplaintRecord>>,
}

/// Two days of five thousand numbers: one offender of each kind, ten telemarketers.
fn seen() -> &'static Seen {
    static SEEN: OnceLock<Seen> = OnceLock::new();
    SEEN.get_or_init(|| {
        let world = generate(&Plan::new(5_000, 48, 11)).expect("a good plan");
        let mut seen = Seen { kinds: world.labels().collect(), calls: HashMap::new(), complaints: HashMap::new() };
        let mut ids = BTreeSet::new();
        for emission in world.emissions() {
            match emission.record {
                EmissionRecord::Cdr(record) if ids.insert(record.record_id()) => {
                    seen.calls.entry(record.calling_number).or_default().push(record);
                }
                EmissionRecord::Complaint(complaint) => {
                    seen.complaints.entry(complaint.complained_number).or_default().push(complaint);
                }
                _ => {}
            }
        }
        seen.calls.values_mut().for_each(|calls| calls.sort_by_key(CallRecord::attempt_time));
        seen
    })
}

/// The calls that callers of a kind made, second legs and parts aside, one list per caller.
fn callers(kind: Kind) -> Vec<(Party, Vec<CallRecord>)> {
    let lines = seen().kinds.iter().filter(|(_, of)| **of == kind).map(|(line, _)| *line);
    lines
        .map(|line| {
            let calls = seen().calls.get(&line).cloned().unwrap_or_default();
            (line, calls.into_iter().filter(|call| call.record_type != RecordType::MtCall).collect())
        })
        .collect()
}

fn only(kind: Kind) -> Vec<CallRecord> {
    let mut callers = callers(kind);
    assert_eq!(callers.len(), 1, "one {kind:?} in five thousand numbers");
    let (_, calls) = callers.remove(0);
    assert!(!calls.is_empty(), "{kind:?} calls");
    calls
}

/// The most calls in any (t - length, t].
fn most(calls: &[CallRecord], length: i64) -> usize {
    let times: Vec<i64> = calls.iter().map(CallRecord::attempt_time).collect();
    (0..times.len()).map(|at| times[..=at].iter().filter(|time| **time > times[at] - length).count()).max().unwrap_or(0)
}

fn callees(calls: &[CallRecord]) -> BTreeSet<Party> {
    calls.iter().map(|call| call.called_number).collect()
}

fn share(calls: &[CallRecord], holds: impl Fn(&CallRecord) -> bool) -> usize {
    calls.iter().filter(|call| holds(call)).count() * 100 / calls.len()
}

fn local_hour(call: &CallRecord) -> i64 {
    (call.attempt_time() + OFFSET) % DAY / HOUR
}

#[test]
fn honest_telemarketers_keep_every_limit() {
    let telemarketers = callers(Kind::Telemarketer);
    assert_eq!(telemarketers.len(), 10);
    for (line, calls) in telemarketers {
        assert!(calls.len() > 100, "works");
        assert!(most(&calls, HOUR) <= 45);
        assert!(most(&calls, DAY) <= 250);
        assert!(calls.iter().all(|call| matches!(local_hour(call), 9..=11 | 14..=20)));
        assert!(callees(&calls).len() * 10 > calls.len() * 9);
        let mut per_callee: BTreeMap<(Party, i64), u32> = BTreeMap::new();
        for call in &calls {
            *per_callee.entry((call.called_number, (call.attempt_time() + OFFSET) / DAY)).or_default() += 1;
        }
        assert!(per_callee.values().all(|count| *count <= 2));
        assert!(share(&calls, |call| call.call_duration_s < 10) < 15);
        assert!(seen().complaints.get(&line).map_or(0, Vec::len) <= 4, "two complaints, each with a finding");
    }
}

#[test]
fn dial_blasters_make_over_a_hundred_short_calls_an_hour_to_many() {
    let calls = only(Kind::DialBlaster);
    assert!(most(&calls, HOUR) > 110);
    assert!(callees(&calls).len() == calls.len());
    assert!((70..=85).contains(&share(&calls, |call| call.call_duration_s < 10)));
}

#[test]
fn burst_diallers_ring_one_person_dozens_of_times() {
    let calls = only(Kind::BurstDialler);
    assert_eq!(callees(&calls).len(), 1);
    assert!(most(&calls, HOUR) > 20 && most(&calls, 5 * MINUTE) >= 3);
}

#[test]
fn repeat_diallers_call_the_same_people_again_and_again() {
    let calls = only(Kind::RepeatDialler);
    assert_eq!(callees(&calls).len(), 6);
    assert!(most(&calls, DAY) >= 6 * 6 && most(&calls, HOUR) < 20);
}

#[test]
fn night_callers_call_in_quiet_hours_alone() {
    let calls = only(Kind::NightCaller);
    assert!(calls.iter().all(|call| matches!(local_hour(call), 6..=8 | 21..=23)));
    assert!(calls.len() > 40);
}

#[test]
fn robocallers_have_breadth_and_calls_of_seconds() {
    let calls = only(Kind::Robocaller);
    assert!(most(&calls, HOUR) > 350 && callees(&calls).len() == calls.len());
    assert!(share(&calls, |call| call.call_duration_s <= 6) > 85);
}

#[test]
fn complaint_magnets_call_little_and_draw_many_complainants() {
    let (line, calls) = callers(Kind::ComplaintMagnet).remove(0);
    assert!(most(&calls, HOUR) <= 45 && most(&calls, DAY) <= 250);
    let complaints = &seen().complaints[&line];
    let complainants: BTreeSet<Party> = complaints.iter().map(|complaint| complaint.complainant_number).collect();
    assert!(complainants.len() >= 5);
    assert!(complainants.is_subset(&callees(&calls)));
}

#[test]
fn slow_scanners_stay_below_the_hourly_limit_and_never_repeat() {
    let calls = only(Kind::SlowScanner);
    assert!(most(&calls, HOUR) <= 48 && most(&calls, DAY) > 400);
    assert_eq!(callees(&calls).len(), calls.len());
    let neighbours =
        calls.windows(2).filter(|pair| pair[1].called_number.digits() == pair[0].called_number.digits() + 1).count();
    assert!(neighbours * 10 > calls.len() * 9);
}

#[test]
fn new_sims_burst_once_and_are_silent_before_and_after() {
    let calls = only(Kind::NewSimBurst);
    let span = calls[calls.len() - 1].attempt_time() - calls[0].attempt_time();
    assert!(calls.len() > 30 && span < 90 * MINUTE);
}

#[test]
fn wangiri_rings_once_and_is_never_answered() {
    let calls = only(Kind::Wangiri);
    assert!(calls.iter().all(|call| call.answer_time.is_none() && call.call_duration_s <= 3));
    assert!(most(&calls, HOUR) > 100 && callees(&calls).len() == calls.len());
}

#[test]
fn spoofed_numbers_offend_at_gateways_alone() {
    let (line, calls) = callers(Kind::Spoofed).remove(0);
    let (forged, own): (Vec<_>, Vec<_>) =
        calls.into_iter().partition(|call| call.record_type == RecordType::IncGateway);
    assert!(most(&forged, HOUR) > 100 && share(&forged, |call| call.call_duration_s < 10) > 85);
    assert!(own.iter().all(|call| call.record_type == RecordType::MoCall));
    assert!(!own.is_empty() && most(&own, HOUR) <= 45 && most(&own, DAY) <= 250);
    assert!(seen().complaints.get(&line).map_or(0, Vec::len) <= 4);
}

#[test]
fn grid_straddlers_break_the_limit_in_one_exact_hour_alone() {
    let calls = only(Kind::GridStraddler);
    assert_eq!(most(&calls, HOUR), 101);
    assert!(callees(&calls).len() == calls.len() && calls.iter().all(|call| call.call_duration_s < 10));
    let times: Vec<i64> = calls.iter().map(CallRecord::attempt_time).collect();
    let on_the_grid = times.iter().map(|time| {
        (0..=60)
            .map(|back| (time / MINUTE - back) * MINUTE)
            .map(|begin| times.iter().filter(|at| (begin..begin + HOUR).contains(*at)).count())
            .max()
    });
    assert_eq!(on_the_grid.max().flatten(), Some(100));
}

#[test]
fn late_file_offenders_break_the_limit_only_with_the_late_file() {
    let calls = only(Kind::LateFileOffender);
    assert!(most(&calls, HOUR) > 100);
    let (late, on_time): (Vec<_>, Vec<_>) =
        calls.into_iter().partition(|call| call.arrival_time > call.attempt_time() + 20 * MINUTE);
    assert!(late.len() > 60 && most(&on_time, HOUR) <= 100);
}

#[test]
fn ordinary_people_have_friends_they_call_three_times_a_day_also_in_the_evening() {
    let mut pairs: HashMap<(Party, Party, i64), u32> = HashMap::new();
    let (mut evening, mut calls_a_day, mut heaviest, mut busy) = (0, 0, 0, 0);
    for (line, calls) in callers(Kind::Subscriber) {
        heaviest = heaviest.max(most(&calls, DAY));
        let mut days: BTreeMap<i64, u32> = BTreeMap::new();
        for call in calls.iter().filter(|call| call.record_type == RecordType::MoCall && call.part.is_none()) {
            *days.entry((call.attempt_time() + OFFSET) / DAY).or_default() += 1;
        }
        busy += days.values().filter(|count| **count > 50).count();
        calls_a_day += calls.len() / 2;
        for call in &calls {
            evening += u32::from(local_hour(call) >= 21);
            *pairs.entry((line, call.called_number, (call.attempt_time() + OFFSET) / DAY)).or_default() += 1;
        }
    }
    let repeated = pairs.values().filter(|count| **count >= 3).count();
    assert!(repeated > 500, "{repeated} pairs with three calls a day");
    assert!(evening > 1_000);
    assert!((8..=16).contains(&(calls_a_day / 4_800)), "{calls_a_day}");
    assert!((40..=110).contains(&heaviest), "{heaviest}");
    assert!((1..=24).contains(&busy), "{busy} of 9,600 days with more than fifty calls");
}

#[test]
fn businesses_call_much_and_mostly_regular_customers() {
    let (mut calls_made, mut people_called) = (0, 0);
    for (_, calls) in callers(Kind::Business) {
        assert!(most(&calls, HOUR) <= 45);
        calls_made += calls.len();
        people_called += callees(&calls).len();
    }
    assert!(calls_made / 100 > 60, "a hundred businesses over two days");
    assert!(people_called * 3 < calls_made * 2);
}

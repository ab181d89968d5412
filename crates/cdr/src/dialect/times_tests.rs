//! What dialects say of times: zones by row, times that come twice, what is plausible, units of durations.

use super::*;
use crate::{Cdr, EventTime, Millis, Record, Reject, RejectCode, Treatment};

/// Reads rows of `a, b, ts, answer, release, dur, tz` with these lines and fields.
fn reader(lines: &str, fields: &str) -> RowReader {
    let text = format!(
        "dialect: d\ncolumns: [a, b, ts, answer, release, dur, tz]\n{lines}\nfields:\n  recordId: '{{line}}'\n  \
         callingNumber: a\n  calledNumber: b\n{fields}\n"
    );
    let dialect = Dialect::compile("d.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
    dialect.bind(&[]).expect("fits")
}

fn read(reader: &RowReader, [at, answer, release, duration, zone]: [&str; 5]) -> Result<Cdr, Reject> {
    match reader.read(&["+15550100", "+15550101", at, answer, release, duration, zone], "f.csv", 1)? {
        Some(Record::Call(call)) => Ok(call),
        other => panic!("no call: {other:?}"),
    }
}

fn treated(call: &Cdr) -> Vec<Treatment> {
    call.treatments.iter().collect()
}

const LOCAL: &str = "  seizureTime: {from: ts, format: '%Y-%m-%d %H:%M:%S'}";

#[test]
fn each_row_may_name_its_zone() {
    let reader = reader("zone: {from: tz}", LOCAL);
    let at = |zone: &str| read(&reader, ["2026-06-01 10:00:00", "", "", "", zone]);
    for (zone, expected) in [
        ("America/New_York", "2026-06-01T14:00:00.000Z"),
        ("America/Los_Angeles", "2026-06-01T17:00:00.000Z"),
        (" Asia/Shanghai ", "2026-06-01T02:00:00.000Z"),
        ("+05:30", "2026-06-01T04:30:00.000Z"),
    ] {
        assert_eq!(at(zone).expect("a call").at.to_string(), expected, "{zone}");
    }
    for (zone, detail) in [
        ("Mars/Olympus", "the zone of seizureTime is none of the time zone database"),
        ("", "seizureTime is a local time, and the row does not name its zone"),
    ] {
        let reject = at(zone).expect_err("no zone");
        assert_eq!((reject.code, &*reject.detail), (RejectCode::UnknownZone, detail));
    }
}

#[test]
fn a_zone_that_no_time_needs_rejects_nothing() {
    let reader = reader("zone: {from: tz}", "  seizureTime: {from: ts, format: epoch_s}");
    for zone in ["", "Mars/Olympus"] {
        assert!(read(&reader, ["1780308000", "", "", "", zone]).is_ok(), "{zone:?}");
    }
}

#[test]
fn a_column_that_should_name_the_zone_must_be_there() {
    let text = |columns: &str| {
        format!(
            "dialect: d\n{columns}\nzone: {{from: tz}}\nfields: {{recordId: i, callingNumber: a, calledNumber: b, \
             seizureTime: {{from: t, format: '%Y-%m-%d %H:%M'}}}}"
        )
    };
    let error = Dialect::compile("d.yaml", &text("columns: [i, a, b, t, z]")).expect_err("no such column");
    assert_eq!(error.problems[0].message, "unknown column `tz`: did you mean `t`?");
    let dialect = Dialect::compile("d.yaml", &text("header: true")).expect("is good");
    let missing = dialect.bind(&["i", "a", "b", "t", "tz_"]).expect_err("no such column").missing;
    assert_eq!(missing, ["the file has no column `tz` (for zone), did you mean `tz_`?"]);
}

#[test]
fn a_time_that_comes_twice_is_what_the_dialect_says_and_is_noted() {
    let twice = ["2026-10-25 02:30:00", "", "", "", ""];
    for (policy, expected) in [
        ("", "2026-10-25T00:30:00.000Z"),
        ("ambiguous: earlier", "2026-10-25T00:30:00.000Z"),
        ("ambiguous: later", "2026-10-25T01:30:00.000Z"),
    ] {
        let call = read(&reader(&format!("zone: Europe/Berlin\n{policy}"), LOCAL), twice).expect("a call");
        assert_eq!((call.at.to_string().as_str(), treated(&call)), (expected, vec![Treatment::AmbiguousLocalTime]));
    }
    let refusing = reader("zone: Europe/Berlin\nambiguous: reject", LOCAL);
    let reject = read(&refusing, twice).expect_err("comes twice");
    let detail = "seizureTime is a local time that comes twice, and the dialect says `ambiguous: reject`";
    assert_eq!((reject.code, &*reject.detail), (RejectCode::AmbiguousTime, detail));
    let skipped = read(&refusing, ["2026-03-29 02:30:00", "", "", "", ""]).expect("a call");
    assert_eq!(skipped.at.to_string(), "2026-03-29T01:30:00.000Z");
    assert_eq!(treated(&skipped), [Treatment::SkippedLocalTime]);
    let plain = read(&refusing, ["2026-10-25 03:00:00", "", "", "", ""]).expect("a call");
    assert!(plain.treatments.is_empty());
}

const EPOCH: &str = "  seizureTime: {from: ts, format: epoch_s}\n  answerTime: {from: answer, format: epoch_s}\n  \
                     releaseTime: {from: release, format: epoch_s}";

#[test]
fn an_event_at_no_plausible_time_is_refused_with_the_unit_in_which_it_would_be_one() {
    let refused = |lines: &str, at: &str, answer: &str| {
        let reject = read(&reader(lines, EPOCH), [at, answer, "", "", ""]).expect_err("implausible");
        assert_eq!(reject.code, RejectCode::ImplausibleTime, "{at}");
        let advice = reject.said_hint().and_then(|hint| hint.advice.as_deref());
        advice.map_or(reject.detail.to_string(), |advice| format!("{}; {advice}", reject.detail))
    };
    assert_eq!(refused("", "1780308000000", ""), "seizureTime lies after 2199-12-31; as epoch_ms it would be in 2026",);
    assert_eq!(refused("", "1000", ""), "seizureTime lies in the year 1970, before 1971-01-01");
    assert_eq!(refused("", "1000", "1780308000"), "seizureTime lies in the year 1970, before 1971-01-01");
    assert_eq!(refused("", "0", ""), "seizureTime or answerTime says that it never came");
    assert_eq!(
        refused("", "NULL", "1780308000000"),
        "answerTime lies after 2199-12-31; as epoch_ms it would be in 2026"
    );
    let decade = "times: {earliest: 2020-01-01, latest: 2029-12-31}";
    assert_eq!(refused(decade, "1577836799", ""), "seizureTime lies in the year 2019, before 2020-01-01");
    assert_eq!(refused(decade, "1893456000", ""), "seizureTime lies in the year 2030, after 2029-12-31");
    let call = |at: &str| read(&reader(decade, EPOCH), [at, "", "", "", ""]).expect("plausible").at;
    assert_eq!(call("1577836800"), EventTime(1_577_836_800_000));
    assert_eq!(call("1893455999.999"), EventTime(1_893_455_999_999));
    let early = reader("times: {earliest: 1960-01-01T00:00:00+08:00}", EPOCH);
    assert_eq!(read(&early, ["-3600", "", "", "", ""]).expect("plausible").at, EventTime(-3_600_000));
}

#[test]
fn what_is_no_time_but_the_event_s_is_left_out_and_noted() {
    let reader = reader("", EPOCH);
    for (answer, expected) in [
        ("0", Some(Treatment::NeverTime)),
        ("-1", Some(Treatment::NeverTime)),
        (r"\N", Some(Treatment::NeverTime)),
        ("1000", Some(Treatment::ImplausibleTimeAbsent)),
        ("1780308005000", Some(Treatment::ImplausibleTimeAbsent)),
        ("", None),
    ] {
        let call = read(&reader, ["1780308000", answer, "", "", ""]).expect("a call");
        assert!(call.answer.is_assumed() && !call.answer.is_answered(), "{answer}: nothing says that it was answered");
        assert_eq!(treated(&call), expected.into_iter().collect::<Vec<_>>(), "{answer}");
    }
    let call = read(&reader, ["0000-00-00 00:00:00", "1780308005", "", "", ""]).expect("a call");
    assert_eq!(call.at, EventTime(1_780_308_005_000), "the answer stands for a setup that never came");
}

/// What becomes of a duration between these times, in seconds after the attempt.
fn duration(unit: &str, answer: &str, release: &str, duration: &str) -> (Option<i64>, Vec<Treatment>) {
    let after = |seconds: &str| seconds.parse::<i64>().map_or(String::new(), |at| (1_780_308_000 + at).to_string());
    let fields = format!("{EPOCH}\n  callDuration: {{from: dur, unit: {unit}}}");
    let row = ["1780308000", &after(answer), &after(release), duration, ""];
    let call = read(&reader("", &fields), row).expect("the attempt counts");
    (call.call_duration.map(|Millis(ms)| ms), treated(&call))
}

#[test]
fn a_duration_that_cannot_be_is_taken_from_the_times_or_left_out() {
    use Treatment::{DurationAbsent, DurationFromTimes};
    for (answer, release, said, expected, treatment) in [
        ("5", "35", "30", Some(30_000), None),
        ("5", "35", "32", Some(32_000), None),
        ("5", "35", "32.001", Some(30_000), Some(DurationFromTimes)),
        ("5", "35", "12", Some(12_000), None),
        ("", "35", "37", Some(37_000), None),
        ("", "35", "38", Some(35_000), Some(DurationFromTimes)),
        ("0", "301", "301148.4", Some(301_000), Some(DurationFromTimes)),
        ("", "136", "136298900000.000000", Some(136_000), Some(DurationFromTimes)),
        ("", "1", "-1780308065", Some(1_000), Some(DurationFromTimes)),
        ("", "", "-1", None, Some(DurationAbsent)),
        ("", "", "31622400", Some(31_622_400_000), None),
        ("", "", "31622401", None, Some(DurationAbsent)),
        // A release before the answer says nothing against a duration, and gives none.
        ("35", "5", "30", Some(30_000), None),
        ("35", "5", "-30", None, Some(DurationAbsent)),
        ("5", "35", "", None, None),
    ] {
        let treatments: Vec<Treatment> = treatment.into_iter().collect();
        assert_eq!(duration("s", answer, release, said), (expected, treatments), "{answer}..{release}: {said}");
    }
}

#[test]
fn a_duration_may_be_off_by_a_second_and_its_own_unit() {
    let from_times = vec![Treatment::DurationFromTimes];
    for (unit, fits, is_too_long) in [
        ("s", "32", "33"),
        ("ms", "31001", "31002"),
        ("min", "1.51", "1.52"),
        ("clock", "0:32", "0:33"),
        ("duration", "31s", "31.001s"),
    ] {
        assert_eq!(duration(unit, "5", "35", fits).1, [], "{unit}");
        assert_eq!(duration(unit, "5", "35", is_too_long), (Some(30_000), from_times.clone()), "{unit}");
    }
}

#[test]
fn times_that_are_a_guess_say_nothing_against_a_duration() {
    let fields = "  seizureTime: {from: ts, format: '%Y-%m-%d %H:%M'}\n  releaseTime: {from: release, format: \
                  '%Y-%m-%d %H:%M'}\n  callDuration: dur";
    let reader = reader("zone: Europe/Berlin", fields);
    // 80 minutes, over the change of the clocks.
    let call = read(&reader, ["2026-10-25 02:10", "", "2026-10-25 02:30", "4800", ""]).expect("a call");
    assert_eq!((call.call_duration, treated(&call)), (Some(Millis(4_800_000)), vec![Treatment::AmbiguousLocalTime]));
}

#[test]
fn a_cause_is_a_number_or_a_name() {
    let reader = reader("", "  seizureTime: {from: ts, format: epoch_s}\n  causeForTerm: dur");
    let cause = |text: &str| read(&reader, ["1780308000", "", "", text, ""]).map(|call| call.cause_for_term);
    assert_eq!(cause("unsuccessfulCallAttempt"), Ok(Some(3)));
    assert_eq!(cause("3"), Ok(Some(3)));
    assert_eq!(cause(""), Ok(None));
    assert_eq!(cause("hung up").expect_err("no cause").code, RejectCode::InvalidField);
}

#[test]
fn keys_about_times_say_what_they_take() {
    let problem = |line: &str| {
        let text = format!("dialect: d\nextends: asterisk\n{line}");
        Dialect::compile("d.yaml", &text).expect_err("is refused").to_string()
    };
    for (line, said) in [
        ("ambiguous: first", "d.yaml:3:12: `ambiguous` is earlier, later or reject: which of two times is meant"),
        ("zone: {of: tz}", "d.yaml:3:7: `zone` is a time zone such as Asia/Shanghai, or {from: COLUMN}"),
        ("times: 1971", "d.yaml:3:8: `times` is {earliest: 1971-01-01, latest: 2199-12-31}, or one of the two"),
        ("times: {first: 1971-01-01}", "d.yaml:3:9: unknown key `first`; known are earliest, latest"),
        ("times: {earliest: soon}", "d.yaml:3:19: expected a date, or a time such as 2026-01-01T00:00:00+08:00"),
        (
            "times: {earliest: 2026-01-02, latest: 2026-01-01}",
            "d.yaml:3:8: `earliest` lies after `latest`: no time would be between",
        ),
    ] {
        assert_eq!(problem(line), said);
    }
}

#[test]
fn a_number_with_its_country_s_code_and_no_plus_is_noted() {
    let fields = "  seizureTime: {from: ts, format: epoch_s}";
    let reader = reader("numbers: {country: GB}", fields);
    let treatments = |calling: &str, called: &str| {
        let row = [calling, called, "1780308000", "", "", "", ""];
        match reader.read(&row, "f.csv", 1) {
            Ok(Some(Record::Call(call))) => treated(&call),
            other => panic!("no call: {other:?}"),
        }
    };
    let noted = [Treatment::InternationalWithoutPlus];
    assert_eq!(treatments("447700900123", "+447700900124"), noted);
    assert_eq!(treatments("07700900123", "44 7700 900124"), noted);
    for plain in ["07700900123", "+447700900123", "00447700900123", "tel:+447700900123", "999", "7700900123"] {
        assert_eq!(treatments(plain, plain), [], "{plain}");
    }
}

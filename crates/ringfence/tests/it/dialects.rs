//! Files as other systems write them, through the built-in dialects. The samples are written by hand after the systems'
//! documentation; their numbers are reserved for fiction or not assigned.

use ringfence_events::{KeyName, Quantity};

use crate::run::{Desk, number};

/// Every number with a call, and the number of its calls, whatever they are.
const RULE: &str = "rule: any\ntitle: Any call\nbasis: a test\nkey: callingNumber\nlet: {calls: count() over 30d, \
    answered: share(answered) over 30d, mean: mean(callDuration) over 30d}\nwhen: [calls >= 1]\n";

/// What a file holds by each calling number: calls, share of answered ones, mean duration in milliseconds, at the call
/// with which there were most.
pub(crate) fn read(desk: &Desk, file: &str, dialect: &str) -> Vec<String> {
    let command = format!("backtest --rules rule.yaml --standing --cdr {file} --dialect {dialect}");
    let violations = desk.run(&command).violations();
    let mut found: Vec<String> = violations
        .iter()
        .map(|violation| {
            let names: Vec<&str> = violation.peak.iter().map(|(name, _)| &**name).collect();
            assert_eq!(names, ["calls", "answered", "mean"]);
            let peak: Vec<String> = violation.peak.iter().map(|(_, value)| shown(value)).collect();
            format!("{} {}", violation.key.subject(), peak.join(" "))
        })
        .collect();
    found.sort();
    found
}

fn shown(value: &Quantity) -> String {
    serde_json::to_string(value).expect("serialises")
}

pub(crate) fn desk() -> Desk {
    Desk::new().with("rule.yaml", RULE)
}

/// cdr_csv of Asterisk: an answered call, one without an answer, one that was busy on two channels and is one call.
const ASTERISK: &str = r#""","02079460001","02079460958","from-internal","""Sales"" <02079460001>","SIP/101-00000001","SIP/trunk-00000002","Dial","SIP/trunk/02079460958,30","2026-01-05 10:00:00","2026-01-05 10:00:07","2026-01-05 10:01:07",67,60,"ANSWERED","DOCUMENTATION","1767607200.1",""
"","02079460001","02079460959","from-internal","""Sales"" <02079460001>","SIP/101-00000003","SIP/trunk-00000004","Dial","SIP/trunk/02079460959,30","2026-01-05 10:02:00","","2026-01-05 10:02:30",30,0,"NO ANSWER","DOCUMENTATION","1767607320.3",""
"","02079460002","02079460960","from-internal","","SIP/102-00000005","SIP/trunk-00000006","Dial","SIP/trunk/02079460960,30","2026-01-05 10:03:00","","2026-01-05 10:03:02",2,0,"BUSY","DOCUMENTATION","1767607380.5",""
"","02079460002","02079460960","from-internal","","SIP/102-00000005","SIP/backup-00000007","Dial","SIP/backup/02079460960,30","2026-01-05 10:03:02","","2026-01-05 10:03:04",2,0,"FAILED","DOCUMENTATION","1767607380.5",""
"#;

#[test]
fn asterisk_is_read_and_extended_with_zone_country_and_network() {
    let extended = "dialect: london\nextends: asterisk\nzone: Europe/London\nnumbers: {country: GB}\nserved: calling\n\
        fields:\n  recordType: {value: moCall}\nonly: disposition != \"FAILED\"\n";
    let desk = desk().with("Master.csv", ASTERISK).with("london.yaml", extended);
    assert_eq!(read(&desk, "Master.csv", "asterisk"), ["02079460001 2 0.5 30000", "02079460002 1 0 0"]);
    assert_eq!(read(&desk, "Master.csv", "london.yaml"), ["+442079460001 2 0.5 30000", "+442079460002 1 0 0"]);
}

/// mod_cdr_csv of FreeSWITCH, template `example`.
const FREESWITCH: &str = r#""Sales","+442079460001","02079460958","default","2026-01-05 10:00:00","2026-01-05 10:00:07","2026-01-05 10:01:07","67","60","NORMAL_CLEARING","5f1c9c2e-0000-4000-8000-000000000001","5f1c9c2e-0000-4000-8000-000000000002","sales","PCMA","PCMA"
"Sales","+442079460001","02079460959","default","2026-01-05 10:02:00","","2026-01-05 10:02:30","30","0","NO_ANSWER","5f1c9c2e-0000-4000-8000-000000000003","","sales","",""
"","anonymous","02079460958","public","2026-01-05 10:03:00","","2026-01-05 10:03:02","2","0","CALL_REJECTED","5f1c9c2e-0000-4000-8000-000000000004","","","",""
"#;

#[test]
fn freeswitch_is_read() {
    let desk = desk().with("Master.csv", FREESWITCH);
    assert_eq!(read(&desk, "Master.csv", "freeswitch"), ["+442079460001 2 0.5 30000"]);
}

/// A mobile originated call of three parts, its mobile terminated record, and an attempt.
const MEDIATION: &str = "\
recordType,recordingEntity,callReference,sequenceNumber,servedIMSI,servedMSISDN,callingNumber,calledNumber,seizureTime,answerTime,releaseTime,callDuration,causeForTerm,diagnostics,location,basicService
0,msc-7,0a1b,1,460009999999999,8617100000001,+8617100000001,+8617200000001,260105180000+0800,260105180010+0800,260105183010+0800,1800,1,,4600-11,11
0,msc-7,0a1b,3,460009999999999,8617100000001,+8617100000001,+8617200000001,260105190010+0800,260105190010+0800,260105190110+0800,60,0,16,4600-12,11
0,msc-7,0a1b,2,460009999999999,8617100000001,+8617100000001,+8617200000001,260105183010+0800,260105183010+0800,260105190010+0800,1800,1,,4600-11,11
1,msc-9,ffff,,460008888888888,8617200000001,+8617100000001,+8617200000001,260105180001+0800,260105180010+0800,260105190110+0800,3660,0,16,4600-30,11
moCallRecord,msc-7,0a1c,,460009999999999,8617100000001,+8617100000001,+8617200000002,260105200000+0800,,260105200020+0800,20,3,19,4600-11,11
";

#[test]
fn records_of_3gpp_are_read_with_parts_and_one_leg_counts_where_the_dialect_says_so() {
    let desk = desk()
        .with("msc.csv", MEDIATION)
        .with("one-leg.yaml", "dialect: one-leg\nextends: 3gpp-csv\ncounts: [moCall]\n");
    assert_eq!(read(&desk, "msc.csv", "3gpp-csv"), ["+8617100000001 3 0.666667 2446667"], "two legs are two calls");
    assert_eq!(read(&desk, "msc.csv", "one-leg.yaml"), ["+8617100000001 2 0.5 1840000"]);
}

#[test]
fn canonical_json_is_read_without_a_dialect_and_may_be_extended() {
    let lines = r#"{"recordId":"msc7-1","recordType":"moCall","callingNumber":"+8617100000001","calledNumber":"10086","seizureTime":"2026-01-05T18:00:00.000+08:00","answerTime":"2026-01-05T18:00:04+08:00","callDuration":12.5,"causeForTerm":0,"extra":{"campaign":"spring"}}
{"recordId":"msc7-2","recordType":"moCall","callingNumber":"+8617100000001","calledNumber":"+8617200000001","seizureTime":1767607200000,"causeForTerm":3,"diagnostics":17}
{"recordId":"msc7-3","callingNumber":"+8617100000002","calledNumber":"17200000001","seizureTime":1767607200000,"callDuration":3}
"#;
    let expected = ["+8617100000001 2 0.5 12500", "+8617100000002 1 1 3000"];
    let extended = "dialect: mine\nextends: json\nnumbers: {country: CN}\nserved: calling\ncounts: [moCall]\n";
    let desk = desk().with("calls.jsonl", lines).with("mine.yaml", extended);
    assert_eq!(read(&desk, "calls.jsonl", "json"), expected);
    assert_eq!(read(&desk, "calls.jsonl", "mine.yaml"), expected[..1]);
    let violations = desk.run("backtest --rules rule.yaml --standing --cdr calls.jsonl").violations();
    assert_eq!(violations.len(), expected.len(), "without a dialect the same");
}

/// The dialect of the manual, as it stands there.
const CITY_SWITCH: &str = r#"dialect: city-switch
kind: cdr                         # cdr (default) | complaint | registry | list
format: csv                       # csv | jsonl; .gz and .zst are unpacked by name
header: true                      # or columns: [a, b, c]
delimiter: ","
encoding: utf-8                   # or gb18030
zone: Asia/Shanghai               # for times written without an offset
numbers: {country: CN}            # national numbers become E.164; or `numbers: opaque` for pseudonyms and test ids
served: calling                   # optional: these are the records of the calling card's own network (needed for strikes where recordType does not say so)
fields:
  recordId:      "{file}:{line}"  # a column, or a template of columns, {file} (base name) and {line} (physical line from 1)
  recordType:    {value: moCall}  # a constant
  callingNumber: caller
  calledNumber:  callee
  seizureTime:   {from: ts, format: epoch_s}        # epoch_s | epoch_ms | rfc3339 | a strftime pattern (%.f is a fraction of a second; digits beyond the millisecond are cut off)
  callDuration:  {from: dur, unit: s}
  answered:      {from: disposition, equals: ANSWERED}
only: direction == "Outgoing"     # other rows count as filtered, not as lost
"#;

#[test]
fn the_dialect_of_the_manual_reads_what_it_shows() {
    let calls = "direction,caller,callee,ts,dur,disposition,note\n\
        Outgoing,17100000001,10086,1767607200.25,61,ANSWERED,\"two\nlines\"\n\
        Incoming,17200000001,17100000001,1767607300,5,ANSWERED,\n\
        Outgoing,+86 171 0000 0001,017200000001,1767607400,,NO ANSWER,\n";
    let desk = desk().with("city-switch.yaml", CITY_SWITCH).with("city.csv", calls);
    assert_eq!(read(&desk, "city.csv", "city-switch.yaml"), ["+8617100000001 2 0.5 61000"]);
    let columns =
        CITY_SWITCH.replace("header: true  ", "columns: [direction, caller, callee, ts, dur, disposition, note] #");
    let semicolons =
        columns.replace("delimiter: \",\"", "delimiter: \";\"").replace("epoch_s}", "\"%Y-%m-%d %H:%M:%S%.f\"}");
    let calls = "Outgoing;17100000001;10086;2026-01-05 18:00:00.25;61;ANSWERED;\n";
    desk.write("other.yaml", semicolons.replace("utf-8 ", "gb18030 "));
    desk.write(
        "other.csv",
        [calls.as_bytes(), b"Outgoing;17100000001;10010;2026-01-05 18:01:00;9;BUSY;\xba\xc5\xc2\xeb\n"].concat(),
    );
    assert_eq!(read(&desk, "other.csv", "other.yaml"), ["+8617100000001 2 0.5 35000"]);
}

#[test]
fn national_numbers_are_those_of_the_packs_country_where_the_dialect_does_not_say() {
    let pack = "name: gb\nversion: \"1\"\ntitle: t\ntimezone: Europe/London\ncountry: GB\n";
    let desk = Desk::new().with("pack/pack.yaml", pack).with("pack/rules/any.yaml", RULE).with("Master.csv", ASTERISK);
    let command = "backtest --rules pack --standing --cdr Master.csv --dialect asterisk";
    let violations = desk.run(command).violations();
    let keys: Vec<KeyName> = violations.into_iter().map(|violation| violation.key).collect();
    assert_eq!(keys, ["+442079460001", "+442079460002"].map(number));
}

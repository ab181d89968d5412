//! Systems that write more than one layout, or rows that are no records, through their built-in dialects. The samples are
//! written by hand after the systems' documentation; their numbers are reserved for fiction.

use crate::calls::gzip;
use crate::dialects::{desk, read};

/// Calls of Twilio's REST API: times of RFC 2822.
const TWILIO_API: &str = r#"{"sid":"CA01","account_sid":"AC1","from":"+15550100001","to":"+15550100101","status":"completed","date_created":"Mon, 05 Jan 2026 10:00:00 +0000","start_time":"Mon, 05 Jan 2026 10:00:03 +0000","end_time":"Mon, 05 Jan 2026 10:00:33 +0000","duration":"30","parent_call_sid":null}
{"sid":"CA02","account_sid":"AC1","from":"+15550100001","to":"+15550100102","status":"no-answer","date_created":"Mon, 05 Jan 2026 10:01:00 +0000","start_time":null,"end_time":null,"duration":"0","parent_call_sid":null}
"#;

/// The same calls as its bulk export has them: times of RFC 3339, and an end that is the start.
const TWILIO_EXPORT: &str = r#"{"sid":"CA01","account_sid":"AC1","from":"+15550100001","to":"+15550100101","status":"completed","date_created":"2026-01-05T10:00:00Z","start_time":"2026-01-05T10:00:03Z","end_time":"2026-01-05T10:00:03Z","duration":"30","parent_call_sid":null,"price":null}
{"sid":"CA02","account_sid":"AC1","from":"+15550100001","to":"+15550100102","status":"no-answer","date_created":"2026-01-05T10:01:00Z","start_time":"2026-01-05T10:01:00Z","end_time":"2026-01-05T10:01:00Z","duration":"0","parent_call_sid":null,"price":null}
"#;

#[test]
fn twilio_is_read_as_its_api_answers_and_as_it_exports_in_bulk() {
    let desk = desk().with("rest.jsonl", TWILIO_API).with("2026-01-05.json.gz", gzip(TWILIO_EXPORT));
    for file in ["rest.jsonl", "2026-01-05.json.gz"] {
        assert_eq!(read(&desk, file, "twilio"), ["+15550100001 2 0.5 15000"], "{file}");
    }
}

/// A call that hunted through two members of a group, one to a number that was forwarded, one that was busy, and the record
/// of a leg's quality.
const CUCM: &str = r#""cdrRecordType","globalCallID_callManagerId","globalCallID_callId","dateTimeOrigination","callingPartyNumber","originalCalledPartyNumber","finalCalledPartyNumber","dateTimeConnect","dateTimeDisconnect","pkid","duration","destCause_value"
INTEGER,INTEGER,INTEGER,INTEGER,VARCHAR(50),VARCHAR(50),VARCHAR(50),INTEGER,INTEGER,UNIQUEIDENTIFIER,INTEGER,INTEGER
1,1,7001,1767607200,"+442079460001","+442079460958","+442079460201",0,1767607215,"a1",0,19
1,1,7001,1767607215,"+442079460001","+442079460958","+442079460202",1767607220,1767607280,"a2",60,16
1,1,7002,1767607500,"+442079460001","+442079460959","+442079460300",1767607504,1767607524,"a3",20,16
1,1,7003,1767607800,"+442079460001","+442079460960","+442079460960",0,1767607801,"a4",0,17
2,1,7001,1767607215,"","","","","1767607280","a5",60,
"#;

#[test]
fn cucm_is_read_without_its_row_of_types_and_its_quality_records() {
    let desk = desk().with("cdr.csv", CUCM);
    assert_eq!(read(&desk, "cdr.csv", "cucm"), ["+442079460001 3 0.666667 26667"]);
    let outcome = desk.run("backtest --rules rule.yaml --cdr cdr.csv --dialect cucm");
    outcome.err_has("read 6: facts 3, duplicates 0, merged 1, filtered 2, rejected 0");
}

/// Both legs of a bridged call as mod_json_cdr writes them, cut down to what is read and a little more.
const FREESWITCH_JSON: &str = r#"{"core-uuid":"c","channel_data":{"state":"CS_REPORTING"},"variables":{"uuid":"5f1c9c2e-0000-4000-8000-000000000001","start_uepoch":"1767607200123456","answer_uepoch":"1767607207000001","end_uepoch":"1767607267000001","billmsec":"60000","hangup_cause_q850":"16"},"callflow":[{"caller_profile":{"caller_id_number":"+442079460001","destination_number":"+442079460958"},"times":{"created_time":"1767607200123456"}},{"caller_profile":{"caller_id_number":"1001","destination_number":"9"}}]}
{"core-uuid":"c","channel_data":{"state":"CS_REPORTING"},"variables":{"uuid":"5f1c9c2e-0000-4000-8000-000000000002","originating_leg_uuid":"5f1c9c2e-0000-4000-8000-000000000001","start_uepoch":"1767607200223456","answer_uepoch":"1767607207000001","end_uepoch":"1767607267000001","billmsec":"60000","hangup_cause_q850":"16"},"callflow":[{"caller_profile":{"caller_id_number":"+442079460001","destination_number":"+442079460958"}}]}
{"core-uuid":"c","variables":{"uuid":"5f1c9c2e-0000-4000-8000-000000000003","start_uepoch":"1767607320000000","answer_uepoch":"0","end_uepoch":"1767607350000000","billmsec":"0","hangup_cause_q850":"19"},"callflow":[{"caller_profile":{"caller_id_number":"+442079460001","destination_number":"+442079460959"}}]}
"#;

#[test]
fn freeswitch_is_read_from_json_by_the_same_name_and_both_legs_are_one_call() {
    let desk = desk().with("a.cdr.json", FREESWITCH_JSON);
    for dialect in ["freeswitch", "freeswitch-json"] {
        assert_eq!(read(&desk, "a.cdr.json", dialect), ["+442079460001 2 0.5 30000"]);
    }
}

/// What CGRateS answers to a request for CDRs: a list, usage in nanoseconds, a time that never came as one of the year 1.
const CGRATES_API: &str = r#"[{"CGRID":"d1","RunID":"*default","OriginID":"o1","ToR":"*voice","Account":"+442079460001","Destination":"+442079460958","SetupTime":"2026-01-05T10:00:00Z","AnswerTime":"2026-01-05T10:00:05Z","Usage":60000000000,"ExtraFields":{},"Cost":1.01},
 {"CGRID":"d1","RunID":"*raw","OriginID":"o1","ToR":"*voice","Account":"+442079460001","Destination":"+442079460958","SetupTime":"2026-01-05T10:00:00Z","AnswerTime":"2026-01-05T10:00:05Z","Usage":60000000000,"ExtraFields":{},"Cost":-1},
 {"CGRID":"d2","RunID":"*default","OriginID":"o2","ToR":"*voice","Account":"+442079460001","Destination":"+442079460959","SetupTime":"2026-01-05T10:02:00Z","AnswerTime":"0001-01-01T00:00:00Z","Usage":0,"ExtraFields":{},"Cost":0}]
"#;

#[test]
fn cgrates_is_read_from_the_json_of_its_api_by_the_same_name() {
    let desk = desk().with("cdrs.json", CGRATES_API);
    for dialect in ["cgrates", "cgrates-json"] {
        assert_eq!(read(&desk, "cdrs.json", dialect), ["+442079460001 2 0.5 30000"]);
    }
}

/// What cdr_custom of Asterisk writes where its template has a header and columns of its own, and no sequence.
const ASTERISK_CUSTOM: &str = "\
clid,src,dst,channel,dstchannel,start,answer,end,billsec,disposition,uniqueid
\"\"\"Sales\"\" <02079460001>\",+442079460001,+442079460958,SIP/101-1,SIP/trunk-2,2026-01-05 10:00:00,2026-01-05 10:00:07,2026-01-05 10:01:07,60,ANSWERED,1767607200.1
,+442079460001,+442079460959,SIP/101-3,SIP/trunk-4,2026-01-05 10:02:00,,2026-01-05 10:02:30,0,NO ANSWER,1767607320.3
";

#[test]
fn asterisk_is_read_by_a_header_where_there_is_one() {
    let desk = desk().with("custom.csv", ASTERISK_CUSTOM);
    assert_eq!(read(&desk, "custom.csv", "asterisk"), ["+442079460001 2 0.5 30000"]);
    // Without it the columns are those of cdr_csv, and these rows have none of them in its place.
    let headless = ASTERISK_CUSTOM.split_once('\n').expect("has lines").1;
    desk.write("headless.csv", headless);
    let outcome = desk.run("backtest --rules rule.yaml --cdr headless.csv --dialect asterisk");
    outcome.err_has("read 2: facts 0");
    let own = "dialect: own\nextends: asterisk\nheader: false\n";
    desk.write("own.yaml", own);
    let outcome = desk.run("backtest --rules rule.yaml --cdr custom.csv --dialect own.yaml");
    outcome.err_has("read 3: facts 0");
}

//! What columns are called, and the words that stand in them.

/// Names of the columns that a field may come from, the likeliest first; letters and digits alone, in lower case.
const NAMES: [(&str, &str); 13] = [
    (
        "callingNumber",
        "callingnumber callingpartynumber caller callernumber calling calleridnumber anumber src from source \
         ani clid cli callerid origin originator aparty numbera msisdn account 主叫 主叫号码",
    ),
    (
        "calledNumber",
        "callednumber finalcalledpartynumber calledpartynumber originalcalledpartynumber callee called \
         calleenumber bnumber dst to destination destinationnumber dnis dialled dialed diallednumber \
         dialednumber recipient bparty numberb dest 被叫 被叫号码 对端号码",
    ),
    (
        "seizureTime",
        "seizuretime setuptime starttime start startstamp begintime begin calldate datetimeorigination \
         initiated datecreated createdat startdate calltime datetime timestamp ts time date 开始时间 通话时间 起始时间",
    ),
    ("answerTime", "answertime answer answerstamp answeredat datetimeconnect connecttime connect"),
    (
        "releaseTime",
        "releasetime endtime end endstamp hangup hanguptime datetimedisconnect disconnecttime disconnect \
         stoptime stop enddate 结束时间",
    ),
    (
        "callDuration",
        "callduration billsec billableseconds billduration talktime conversationtime duration durationseconds \
         durations dur seconds length usage 通话时长 时长",
    ),
    ("answered", "answered disposition callstatus status result outcome"),
    ("recordId", "recordid cdrid uuid uniqueid callid sid callsid pkid cgrid sessionid id guid 流水号"),
    ("recordType", "recordtype calltype cdrtype type 话单类型"),
    ("causeForTerm", "causeforterm causeforterminating"),
    ("servedIMSI", "servedimsi imsi"),
    ("servedIMEI", "servedimei imei"),
    ("cell", "cell cellid cgi location lac 小区"),
];

/// The same, of one field.
pub(super) fn names_of(field: &str) -> impl Iterator<Item = &'static str> {
    let names = NAMES.iter().find(|(known, _)| *known == field).map_or("", |(_, names)| names);
    names.split(' ')
}

/// A name as it is compared.
pub(super) fn plain(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Texts of a column by which systems say that a call was answered.
pub(super) const ANSWERED: [&str; 10] = [
    "ANSWERED",
    "Answered",
    "answered",
    "ANSWER",
    "answer",
    "completed",
    "Completed",
    "COMPLETED",
    "CONNECTED",
    "connected",
];

/// Texts that stand where nothing is to be said.
pub(super) fn says_nothing(text: &str) -> bool {
    matches!(text, "" | "NULL" | "null" | "\\N" | "-" | "N/A" | "None" | "none")
}

//! The fields of calls and complaints, each said once.
//!
//! A row is a field: its word in code, where it lies in [`CdrFields`](crate::CdrFields), what it holds, its name in
//! records and dialects, and what it is to a rule. From the rows are made the record itself, its reading and writing as
//! JSON, its reading by dialects, and the fields that rules may name. So a field is one row, and what it means stands
//! where that is decided: in [`CdrFields::decode`](crate::CdrFields::decode), and where facts are stored.
//!
//! What a field holds is the name of a method that each format has; [`held`] says which type that is.
//!
//! To a rule a field is `[number type]`: the number is its place where fields are listed. A rare text that is kept with
//! the call is a `detail` with a place among these, which is how snapshots know it. `named` gives the name in a rule
//! where that is another than in the record. The order of rows is that in which fields are written, and in which the
//! first that is wrong is named.

/// Gives the rows of a call to a macro, in braces, behind what else is given.
macro_rules! call_fields {
    ($make:ident $($with:tt)*) => { $make! { $($with)* {
        RecordId           record_id           required        "recordId"           [];
        RecordType         record_type         record_type     "recordType"         [6 RecordType];
        RecordingEntity    recording_entity    text            "recordingEntity"    [];
        CallingNumber      calling_number      required        "callingNumber"      [0 Number];
        CalledNumber       called_number       required        "calledNumber"       [1 Number];
        SeizureTime        seizure_time        time            "seizureTime"        [];
        AnswerTime         answer_time         time            "answerTime"         [];
        ReleaseTime        release_time        time            "releaseTime"        [];
        CdrArrivalTime     arrival_time        time            "arrivalTime"        [];
        CallDuration       call_duration       seconds         "callDuration"       [2 Duration];
        Answered           answered            flag            "answered"           [3 Boolean];
        CauseForTerm       cause_for_term      cause           "causeForTerm"       [4 Integer];
        Diagnostics        diagnostics         whole           "diagnostics"        [5 Integer];
        CallReference      call_reference      text            "callReference"      [];
        SequenceNumber     sequence_number     count           "sequenceNumber"     [];
        ServedImsi         served_imsi         text            "servedIMSI"         [8 Text detail 1];
        ServedImei         served_imei         text            "servedIMEI"         [7 Text detail 0];
        ServedMsisdn       served_msisdn       text            "servedMSISDN"       [];
        Cell               cell                text            "cell"               [9 Text detail 2];
        ServiceType        service_type        text            "serviceType"        [10 Text detail 3];
        Attestation        attestation         text            "attestation"        [11 Text detail 4];
    } } };
}

/// Gives the rows of a complaint to a macro as [`call_fields`] does those of a call. The complained number is the
/// `callingNumber` of a rule.
macro_rules! complaint_fields {
    ($make:ident $($with:tt)*) => { $make! { $($with)* {
        ComplaintId        complaint_id        required        "complaintId"        [];
        ComplainedNumber   complained_number   required        "complainedNumber"   [];
        Complainant        complainant_number  text            "complainantNumber"  [12 Number named "complainant"];
        ReceivedTime       received_time       required_time   "receivedTime"       [];
        Delay              call_time           time            "callTime"           [16 Duration named "delay"];
        ArrivalTime        arrival_time        time            "arrivalTime"        [];
        Category           category            text            "category"           [13 Text];
        Channel            channel             text            "channel"            [14 Text];
        Status             status              status          "status"             [15 Status];
        StatusTime         status_time         time            "statusTime"         [];
        Source             source              text            "source"             [];
    } } };
}

/// The type in a record of what a field holds.
macro_rules! held {
    ($a:lifetime required) => { &$a str };
    ($a:lifetime text) => { Option<&$a str> };
    // Of what may not have happened, too: a time may say that it never came.
    ($a:lifetime time) => { Option<$crate::EventTime> };
    // Required by a dialect: a file without it is of no use.
    ($a:lifetime required_time) => { Option<$crate::EventTime> };
    ($a:lifetime seconds) => { Option<$crate::Millis> };
    ($a:lifetime flag) => { Option<bool> };
    ($a:lifetime whole) => { Option<u16> };
    // A number, or a name of TS 32.298.
    ($a:lifetime cause) => { Option<u16> };
    ($a:lifetime count) => { Option<u32> };
    ($a:lifetime record_type) => { Option<$crate::RecordType> };
    ($a:lifetime status) => { $crate::ComplaintStatus };
}

/// What follows the first token: for a repetition over what is of no use where it stands.
macro_rules! given {
    ($over:tt $($what:tt)*) => { $($what)* };
}

/// Variants as an array in the order of their numbers, which are 0, 1, 2 and so on.
macro_rules! in_order {
    ($($variant:expr),* $(,)?) => {{
        let rows = [$($variant),*];
        let mut ordered = rows;
        let mut at = 0;
        while at < rows.len() {
            ordered[rows[at] as usize] = rows[at];
            at += 1;
        }
        ordered
    }};
}

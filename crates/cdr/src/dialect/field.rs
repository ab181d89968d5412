//! The fields that a dialect can map, as the contract names them.

/// What kind of records a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Call detail records.
    Cdr,
    /// Complaints.
    Complaint,
}

impl Kind {
    /// The name in dialect files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cdr => "cdr",
            Self::Complaint => "complaint",
        }
    }

    /// The fields that records of this kind have.
    pub(super) fn fields(self) -> &'static [Field] {
        match self {
            Self::Cdr => CDR,
            Self::Complaint => COMPLAINT,
        }
    }
}

/// What a field holds, which decides how its text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Time,
    Length,
    Whole,
    Flag,
    RecordType,
    Status,
}

/// One field of the contract.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) target: Target,
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// A file without it is of no use; `seizureTime` and `answerTime` stand in for each other.
    pub(super) required: bool,
}

macro_rules! fields {
    ($($table:ident { $($target:ident $name:literal $shape:ident $($required:ident)?,)* })*) => {
        /// Where in a record a text goes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Target {
            $($($target,)*)*
        }

        $(const $table: &[Field] = &[$(Field {
            target: Target::$target,
            name: $name,
            shape: Shape::$shape,
            required: fields!(@ $($required)?),
        },)*];)*
    };
    (@) => { false };
    (@ required) => { true };
}

fields! {
    CDR {
        RecordId "recordId" Text required,
        RecordType "recordType" RecordType,
        RecordingEntity "recordingEntity" Text,
        CallingNumber "callingNumber" Text required,
        CalledNumber "calledNumber" Text required,
        SeizureTime "seizureTime" Time,
        AnswerTime "answerTime" Time,
        ReleaseTime "releaseTime" Time,
        CdrArrivalTime "arrivalTime" Time,
        CallDuration "callDuration" Length,
        Answered "answered" Flag,
        CauseForTerm "causeForTerm" Whole,
        Diagnostics "diagnostics" Whole,
        CallReference "callReference" Text,
        SequenceNumber "sequenceNumber" Whole,
        ServedImsi "servedIMSI" Text,
        ServedImei "servedIMEI" Text,
        ServedMsisdn "servedMSISDN" Text,
        Cell "cell" Text,
        ServiceType "serviceType" Text,
        Attestation "attestation" Text,
    }
    COMPLAINT {
        ComplaintId "complaintId" Text required,
        ComplainedNumber "complainedNumber" Text required,
        ComplainantNumber "complainantNumber" Text,
        ReceivedTime "receivedTime" Time required,
        CallTime "callTime" Time,
        ArrivalTime "arrivalTime" Time,
        Category "category" Text,
        Channel "channel" Text,
        Status "status" Status,
        StatusTime "statusTime" Time,
        Source "source" Text,
    }
}

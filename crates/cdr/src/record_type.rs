//! The record types of TS 32.298.

use serde::{Deserialize, Serialize};

/// What kind of record a network element wrote (3GPP TS 32.298, `CallEventRecordType`, and the short messages).
///
/// One call makes several records; a source declares which one counts, so that two legs are not two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub enum RecordType {
    /// Mobile originated call: the calling subscriber's own network saw it start.
    MoCall = 0,
    /// Mobile terminated call.
    MtCall = 1,
    /// A roaming leg.
    Roaming = 2,
    /// A call that came in over a gateway; its calling number is a claim.
    IncGateway = 3,
    /// A call that left over a gateway.
    OutGateway = 4,
    /// A transit leg.
    Transit = 5,
    /// A forwarded call.
    Forwarded = 6,
    /// Mobile originated short message.
    MoSms = 7,
    /// Mobile terminated short message.
    MtSms = 8,
    /// Anything else that is stated. A record that states no type has none: it equals no type and differs from none.
    Other = 9,
}

impl RecordType {
    /// Every type, in the order of its number.
    pub const ALL: [Self; 10] = [
        Self::MoCall,
        Self::MtCall,
        Self::Roaming,
        Self::IncGateway,
        Self::OutGateway,
        Self::Transit,
        Self::Forwarded,
        Self::MoSms,
        Self::MtSms,
        Self::Other,
    ];

    /// The name in canonical JSON, in rules and in dialects.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MoCall => "moCall",
            Self::MtCall => "mtCall",
            Self::Roaming => "roaming",
            Self::IncGateway => "incGateway",
            Self::OutGateway => "outGateway",
            Self::Transit => "transit",
            Self::Forwarded => "forwarded",
            Self::MoSms => "moSms",
            Self::MtSms => "mtSms",
            Self::Other => "other",
        }
    }

    /// The type of this name, `None` for an unknown one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|record_type| record_type.name() == name)
    }

    /// The type that a record states: by its name, or by the name or number that TS 32.298 gives it
    /// (`CallEventRecordType`).
    #[must_use]
    pub fn from_record(text: &str) -> Option<Self> {
        Self::from_name(text).or(match text {
            "0" | "moCallRecord" => Some(Self::MoCall),
            "1" | "mtCallRecord" => Some(Self::MtCall),
            "2" | "roamingRecord" => Some(Self::Roaming),
            "3" | "incGatewayRecord" => Some(Self::IncGateway),
            "4" | "outGatewayRecord" => Some(Self::OutGateway),
            "5" | "transitCallRecord" => Some(Self::Transit),
            "6" | "moSMSRecord" => Some(Self::MoSms),
            "7" | "mtSMSRecord" => Some(Self::MtSms),
            _ => None,
        })
    }
}

//! The names of `causeForTerm`.

/// `CauseForTerm` of 3GPP TS 32.298, with its two names of 4; the causes of location services are the errors of MAP.
const CAUSES: [(&str, u16); 12] = [
    ("normalRelease", 0),
    ("partialRecord", 1),
    ("partialRecordCallReestablishment", 2),
    ("unsuccessfulCallAttempt", 3),
    ("abnormalRelease", 4),
    ("stableCallAbnormalTermination", 4),
    ("cAMELInitCallRelease", 5),
    ("unauthorizedRequestingNetwork", 52),
    ("unauthorizedLCSClient", 53),
    ("positionMethodFailure", 54),
    ("unknownOrUnreachableLCSClient", 58),
    ("listofDownstreamNodeChange", 59),
];

/// What a text that is no cause should have been.
pub(crate) const EXPECTED: &str = "a whole number in its range, nor a cause of TS 32.298 such as normalRelease";

/// The cause of a number or of a name of TS 32.298, whose first letter some write large.
pub(crate) fn from_text(text: &str) -> Option<u16> {
    text.parse()
        .ok()
        .or_else(|| CAUSES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, cause)| *cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_a_number_or_a_name_of_the_standard() {
        for (text, cause) in [
            ("0", Some(0)),
            ("normalRelease", Some(0)),
            ("NormalRelease", Some(0)),
            ("partialRecord", Some(1)),
            ("unsuccessfulCallAttempt", Some(3)),
            ("stableCallAbnormalTermination", Some(4)),
            ("abnormalRelease", Some(4)),
            ("16", Some(16)),
            ("normal", None),
            ("65536", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(from_text(text), cause, "{text}");
        }
    }
}

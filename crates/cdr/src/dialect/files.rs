//! The dialect files that come with the product, and the names of all built-in dialects.

/// The dialects of other systems that are known by name, with their files.
pub(super) const FILES: [(&str, &str); 9] = [
    ("asterisk", include_str!("../../dialects/asterisk.yaml")),
    ("freeswitch", include_str!("../../dialects/freeswitch.yaml")),
    ("freeswitch-json", include_str!("../../dialects/freeswitch-json.yaml")),
    ("3gpp-csv", include_str!("../../dialects/3gpp-csv.yaml")),
    ("cgrates", include_str!("../../dialects/cgrates.yaml")),
    ("cgrates-json", include_str!("../../dialects/cgrates-json.yaml")),
    ("twilio", include_str!("../../dialects/twilio.yaml")),
    ("cucm", include_str!("../../dialects/cucm.yaml")),
    ("ftc-complaints", include_str!("../../dialects/ftc-complaints.yaml")),
];

/// Of the dialects of one system, that of its CSV and that of its JSON.
pub(super) const PAIRS: [(&str, &str); 2] = [("freeswitch", "freeswitch-json"), ("cgrates", "cgrates-json")];

/// The dialect of the contract's own calls as JSON lines, to be extended.
pub(super) const CONTRACT: &str = "json";

/// The names of the built-in dialects.
pub const BUILT_IN: [&str; 1 + FILES.len()] = {
    let mut names = [CONTRACT; 1 + FILES.len()];
    let mut at = 0;
    while at < FILES.len() {
        names[1 + at] = FILES[at].0;
        at += 1;
    }
    names
};

/// The contract's own, as the file one could have written.
const CONTRACT_TEXT: &str = include_str!("../../dialects/json.yaml");

/// The file of a built-in dialect of another system.
pub(super) fn text_of(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The text of a built-in dialect, with which an own one may begin.
#[must_use]
pub fn built_in_text(name: &str) -> Option<&'static str> {
    if name == CONTRACT { Some(CONTRACT_TEXT) } else { text_of(name) }
}

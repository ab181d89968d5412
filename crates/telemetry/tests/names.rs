//! Metric names follow the conventions, and what operations uses exists.

use std::collections::BTreeSet;

use ringfence_telemetry::{FAMILIES, FamilyKind};

#[test]
fn names_have_prefix_unit_and_help() {
    let mut names = BTreeSet::new();
    for family in FAMILIES {
        let name = family.name;
        assert!(names.insert(name), "{name} is there twice");
        assert!(name.starts_with("ringfence_"), "{name}");
        assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{name}");
        let counter = family.kind == FamilyKind::Counter;
        assert_eq!(name.ends_with("_total"), counter, "{name}: counters alone end in _total");
        for unit in ["millis", "_ms", "minutes", "hours", "kilobytes", "megabytes", "percent"] {
            assert!(!name.contains(unit), "{name} is not in a base unit");
        }
        let histogram = matches!(family.kind, FamilyKind::Histogram | FamilyKind::LongHistogram);
        assert!(!histogram || name.ends_with("_seconds"), "{name}");
        assert!(!["_bucket", "_sum", "_count"].iter().any(|suffix| name.ends_with(suffix)), "{name}");
        assert!(family.help.len() >= 20 || name.ends_with("_info"), "{name}: {}", family.help);
        assert!(!family.help.is_empty() && !family.help.ends_with('.'), "{name}");
    }
}

#[test]
fn no_label_can_hold_a_number() {
    let known = BTreeSet::from([
        "topic",
        "partition",
        "owner",
        "code",
        "cause",
        "rule",
        "mode",
        "severity",
        "status",
        "action",
        "kind",
        "state",
        "pack",
        "version",
        "hash",
        "revision",
        "treatment",
    ]);
    for family in FAMILIES {
        for label in family.labels {
            assert!(known.contains(label), "{}: is {label} bounded, and never a phone number?", family.name);
        }
    }
}

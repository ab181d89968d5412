//! The aggregates that a measure may name.

/// Every aggregate of the language; those that the engine cannot judge yet with what to use instead.
pub(super) const AGGREGATES: [(&str, Option<&str>); 15] = [
    ("count", None),
    ("sum", None),
    ("mean", None),
    ("min", None),
    ("max", None),
    ("distinct", None),
    ("share", None),
    ("top", None),
    ("unseen", None),
    ("gap", None),
    ("elapsed", None),
    ("sequential", Some("until then count distinct numbers: `distinct(calledNumber)`")),
    ("concurrent", Some("until then limit calls in a short window: `count() over 1m`")),
    ("usual", Some("until then compare with a fixed limit or a longer window: `calls_1d > calls_30d / 6`")),
    ("periods", Some("until then count over one long window")),
];

//! Why a text is no number.

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberFault {
    /// Absent, withheld or unknown: `anonymous`, `restricted`, `*`, an empty text and the like.
    #[error("is a hidden number")]
    Hidden,
    /// With characters that no number has, or too long.
    #[error("is no telephone number")]
    Malformed,
}

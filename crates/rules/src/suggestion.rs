//! What to say of a name that is unknown.

use ringfence_cdr::nearest;

/// `did you mean ...?` where something is near, else the list of what is known.
pub(crate) fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "none is defined".to_owned(),
        None => format!("known are {}", known.join(", ")),
    }
}

//! "Did you mean": the known name nearest to an unknown one, in dialects, rules and configurations alike.

/// The known name with the fewest letters changed, added, left out or swapped with their neighbour, the first of equals;
/// `None` where these are more than a third of the word's letters or than four. One letter may always be wrong. Capitals,
/// `-` and `_` count for nothing.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 4);
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let word = plain(word);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&word, &plain(name)), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_a_different_word_is_not() {
        let known = ["callDuration", "calledNumber", "callingNumber"];
        assert_eq!(nearest("callduraton", known), Some("callDuration"));
        assert_eq!(nearest("calling_number", known), Some("callingNumber"));
        assert_eq!(nearest("price", known), None);
    }
}

//! What helps to mend a record that was not taken, and never shows what it holds.

use std::fmt;

/// How many characters of a text its shape shows.
const SHAPE_MAX: usize = 40;

/// What helps to mend a record that was not taken: where the fault is, what it looks like, and what to try. As the
/// detail of a [`Reject`](crate::Reject) it holds no part of the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The field of the contract that is at fault.
    pub field: Option<&'static str>,
    /// The column or key that the dialect reads it from.
    pub column: Option<Box<str>>,
    /// What is written there, see [`shape`].
    pub shape: Option<Box<str>>,
    /// What to try.
    pub advice: Option<Box<str>>,
}

impl Hint {
    /// Whether it says anything that the detail does not.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.column.is_none() && self.shape.is_none() && self.advice.is_none()
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, column, shape, advice } = self;
        match (column.as_deref().or(*field), shape) {
            (Some(column), Some(shape)) => write!(f, "`{column}` is written like `{shape}`")?,
            (Some(_), None) if column.is_some() => {
                write!(f, "it is read from `{}`", column.as_deref().unwrap_or_default())?
            }
            (None, Some(shape)) => write!(f, "it is written like `{shape}`")?,
            (_, None) => {}
        }
        match advice {
            Some(advice) if column.is_some() || shape.is_some() => write!(f, "; {advice}"),
            Some(advice) => f.write_str(advice),
            None => Ok(()),
        }
    }
}

/// What a text looks like: `9` for every digit, `A` for every letter, and signs as they are. `01-02-2026 09:00` is
/// `99-99-9999 99:99`. Nothing where there is no text.
#[must_use]
pub fn shape(text: &str) -> Option<Box<str>> {
    let like = |character: char| match character {
        _ if character.is_numeric() => '9',
        _ if character.is_alphabetic() => 'A',
        _ if character.is_ascii_punctuation() => character,
        _ if character.is_whitespace() => ' ',
        _ => '?',
    };
    let mut shape: String = text.chars().take(SHAPE_MAX).map(like).collect();
    if text.chars().nth(SHAPE_MAX).is_some() {
        shape.push_str("...");
    }
    (!shape.is_empty()).then(|| shape.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_shows_signs_and_no_content() {
        for (text, expected) in [
            ("01-02-2026 09:00", "99-99-9999 99:99"),
            ("+44 (0)7700 900123", "+99 (9)9999 999999"),
            ("Müller, Ü.\t\u{0}", "AAAAAA, A. ?"),
            ("٣号", "9A"),
        ] {
            assert_eq!(shape(text).as_deref(), Some(expected));
        }
        assert_eq!(shape(""), None);
        assert_eq!(shape(&"x".repeat(SHAPE_MAX)).as_deref(), Some(&*"A".repeat(SHAPE_MAX)));
        assert_eq!(shape(&"x".repeat(500)).map(|shape| shape.len()), Some(SHAPE_MAX + 3));
    }

    #[test]
    fn a_hint_says_where_and_what_and_what_to_try() {
        let said = |column: Option<&str>, shape: Option<&str>, advice: Option<&str>| {
            let [column, shape, advice] = [column, shape, advice].map(|text| text.map(Box::from));
            Hint { field: Some("seizureTime"), column, shape, advice }.to_string()
        };
        assert_eq!(said(Some("start"), Some("99:99"), Some("try it")), "`start` is written like `99:99`; try it");
        assert_eq!(said(Some("start"), None, None), "it is read from `start`");
        assert_eq!(said(None, Some("99:99"), None), "`seizureTime` is written like `99:99`");
        assert_eq!(said(None, None, Some("try it")), "try it");
        assert_eq!(said(None, None, None), "");
    }
}

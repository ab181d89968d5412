//! What stands in a number field, rid of everything around the number.
//!
//! Number fields hold SIP and tel URIs, display names, separators, full-width digits and words for "hidden".

use std::str;

use super::fault::NumberFault;

/// The most characters of a dialled number, overdialled digits included; the called party number of Q.931 is shorter.
const LENGTH_MAX: usize = 32;
/// So many zeros and nothing else stand for no number; `000` alone is an emergency number.
const ZEROS_MIN: usize = 6;
/// Words that networks, exchanges and clients write where a number is withheld or not known.
const HIDDEN_WORDS: [&str; 19] = [
    "anonymous",
    "asserted",
    "blocked",
    "coinline/payphone",
    "hidden",
    "interaction with other service",
    "n/a",
    "none",
    "null",
    "number withheld",
    "payphone",
    "private",
    "restricted",
    "suppressed",
    "unavailable",
    "undefined",
    "unknown",
    "withheld",
    "invalid",
];
/// The words ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE as spelled on a keypad, which some platforms
/// (Twilio among them) write in place of a hidden caller's number; none of them can be a real number.
const SPELLED_WORDS: [&str; 6] = ["+266696687", "+7378742883", "+7378742833", "+2562533", "+8656696", "+86282452253"];

/// Whether this is a word for a hidden number, spelled on a keypad.
pub(super) fn is_spelled_on_a_keypad(text: &str) -> bool {
    matches!(text.len(), 8 | 10..=12) && SPELLED_WORDS.contains(&text)
}

/// Whether the text says that the number is withheld or not known.
pub(super) fn says_hidden(text: &str) -> bool {
    let bare = text.trim_start_matches('+');
    HIDDEN_WORDS.iter().any(|word| word.eq_ignore_ascii_case(bare))
}

/// A number with nothing around it: an optional `+`, then digits, `*` and `#`.
pub(super) struct Written {
    bytes: [u8; LENGTH_MAX],
    length: usize,
}

impl Written {
    pub(super) fn read(field: &str) -> Result<Self, NumberFault> {
        let (context, user) = user_part(field);
        if user.is_empty() || says_hidden(user) {
            return Err(NumberFault::Hidden);
        }
        let mut written = Self { bytes: [0; LENGTH_MAX], length: 0 };
        if !user.starts_with('+') {
            written.extend(context)?;
        }
        written.extend(without_extension(without_fraction(user)))?;
        written.judged()
    }

    pub(super) fn text(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    fn extend(&mut self, text: &str) -> Result<(), NumberFault> {
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '0'..='9' | '*' | '#' => self.push(character as u8)?,
                '+' | '\u{ff0b}' if self.length == 0 => self.push(b'+')?,
                '\u{ff10}'..='\u{ff19}' => self.push((u32::from(character) - 0xff10) as u8 + b'0')?,
                '%' => match characters.as_str().get(..2) {
                    Some("2B" | "2b") if self.length == 0 => {
                        self.push(b'+')?;
                        characters = characters.as_str()[2..].chars();
                    }
                    Some("23") => {
                        self.push(b'#')?;
                        characters = characters.as_str()[2..].chars();
                    }
                    _ => return Err(NumberFault::Malformed),
                },
                character if separates(character) => {}
                _ => return Err(NumberFault::Malformed),
            }
        }
        Ok(())
    }

    fn push(&mut self, byte: u8) -> Result<(), NumberFault> {
        *self.bytes.get_mut(self.length).ok_or(NumberFault::Malformed)? = byte;
        self.length += 1;
        Ok(())
    }

    fn judged(self) -> Result<Self, NumberFault> {
        let text = self.text();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let zeros = text.bytes().filter(|byte| *byte == b'0').count();
        if digits == 0 || digits == zeros && zeros >= ZEROS_MIN || is_spelled_on_a_keypad(text) {
            return Err(NumberFault::Hidden);
        }
        Ok(self)
    }
}

/// The `phone-context` of a tel URI (empty where it has none), and the part of the field that is the number:
/// `"Li" <sip:+8613800000000;npdi@host:5060>` is `+8613800000000`.
fn user_part(field: &str) -> (&str, &str) {
    let field = match (field.find('<'), field.rfind('>')) {
        (Some(open), Some(close)) if open < close => &field[open + 1..close],
        _ => field,
    };
    let field = field.trim();
    let scheme = ["sip:", "sips:", "tel:"]
        .into_iter()
        .find(|scheme| field.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let rest = &field[scheme.map_or(0, str::len)..];
    let user = rest.split('@').next().unwrap_or_default();
    if scheme.is_none() {
        return ("", user.trim());
    }
    let mut parts = user.split([';', '?']);
    let number = parts.next().unwrap_or_default().split(':').next().unwrap_or_default();
    let context = parts.find_map(|part| part.strip_prefix("phone-context=")).filter(|context| context.starts_with('+'));
    (context.unwrap_or_default(), number.trim())
}

/// A spreadsheet writes `17155500001.0`. Points that part groups of digits are several, or no zeros follow the last.
fn without_fraction(text: &str) -> &str {
    let whole = text.trim_end_matches('0').strip_suffix('.');
    whole.filter(|whole| whole.bytes().skip(1).all(|byte| byte.is_ascii_digit())).unwrap_or(text)
}

/// `+1 555 010 0123 ext. 5` rang through the number before the extension.
fn without_extension(text: &str) -> &str {
    let Some(at) = text.find(['e', 'E', 'x', 'X']) else { return text };
    let (number, extension) = text.split_at(at);
    let extension = extension.to_ascii_lowercase();
    let words = ["extension", "extn", "ext", "x"];
    let behind = words.iter().find_map(|word| extension.strip_prefix(word));
    let digits = behind.map(|behind| behind.trim_start_matches(['.', ':', '=', ' ']));
    match digits {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => number,
        _ => text,
    }
}

/// Whether people and programs put this between digits: blanks, hyphens, dots, brackets and invisible marks.
fn separates(character: char) -> bool {
    matches!(character, '-' | '.' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
        || character.is_whitespace()
}

//! From characters to words: literals carry their units from here on.

use std::ops::Range;

use jiff::civil::{Date, Time};
use ringfence_cdr::Millis;

use crate::Fraction;

/// A text that does not follow the grammar. One is reported per expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// The bytes of the text concerned.
    pub(crate) span: Range<usize>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: String,
}

/// A word of the language with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Range<usize>,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// A name or keyword, also with dots (`card.class`).
    Word(String),
    /// A literal.
    Constant(Constant),
    /// An instant with offset: only `blocks` has one.
    Instant,
    /// `$name`.
    Parameter(String),
    /// `@name`.
    List(String),
    /// An operator or bracket.
    Symbol(&'static str),
    /// The end of the text.
    End,
}

/// A literal with its unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Constant {
    /// `100` or `1.5`.
    Number(Fraction),
    /// `70%` as 70/100.
    Percent(Fraction),
    /// `10s`.
    Duration(Millis),
    /// `21:00`.
    Time(Time),
    /// `2026-12-01`.
    Date(Date),
    /// `"text"`.
    Text(String),
}

/// Longer symbols before their prefixes.
const SYMBOLS: [&str; 18] =
    [">=", "<=", "==", "!=", "..", ">", "<", "+", "-", "*", "/", "(", ")", "[", "]", ",", "=", "!"];

/// Cuts a text into words.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let ended = token.kind == TokenKind::End;
        tokens.push(token);
        if ended {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn next(&mut self) -> Result<Token, SyntaxError> {
        self.take_while(char::is_whitespace);
        let start = self.at;
        let kind = match self.rest().chars().next() {
            None => TokenKind::End,
            Some(c) if c.is_ascii_digit() => self.literal(start)?,
            Some(c) if c.is_ascii_alphabetic() || c == '_' => TokenKind::Word(self.word()),
            Some('"') => self.quoted(start)?,
            Some('$') => TokenKind::Parameter(self.name_after_sign(start, "$", "a parameter: `$calls_per_hour`")?),
            Some('@') => TokenKind::List(self.name_after_sign(start, "@", "a list: `@emergency`")?),
            Some(_) => self.symbol(start)?,
        };
        Ok(Token { kind, span: start..self.at })
    }

    /// A word; dots join words, but two dots are a range.
    fn word(&mut self) -> String {
        let start = self.at;
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        self.take_while(is_part);
        while self.rest().strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic())) {
            self.at += 1;
            self.take_while(is_part);
        }
        self.text[start..self.at].to_owned()
    }

    fn name_after_sign(&mut self, start: usize, sign: &str, example: &str) -> Result<String, SyntaxError> {
        self.at += sign.len();
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-').trim_end_matches('-');
        self.at = start + sign.len() + name.len();
        if name.is_empty() {
            let message = format!("a name is missing after `{sign}`");
            return Err(SyntaxError { span: start..self.at, message, help: format!("write the name of {example}") });
        }
        Ok(name.to_owned())
    }

    fn quoted(&mut self, start: usize) -> Result<TokenKind, SyntaxError> {
        let mut text = String::new();
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices().skip(1) {
            match c {
                '\\' if !escaped => escaped = true,
                '"' if !escaped => {
                    self.at += offset + 1;
                    return Ok(TokenKind::Constant(Constant::Text(text)));
                }
                _ => {
                    text.push(c);
                    escaped = false;
                }
            }
        }
        Err(SyntaxError {
            span: start..self.text.len(),
            message: "the text has no closing quote".to_owned(),
            help: "end it with a double quote".to_owned(),
        })
    }

    fn symbol(&mut self, start: usize) -> Result<TokenKind, SyntaxError> {
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| self.rest().starts_with(symbol)) {
            self.at += symbol.len();
            let help = match symbol {
                "=" => "compare with `==`",
                "!" => "write `not`, or `!=` to compare",
                _ => return Ok(TokenKind::Symbol(symbol)),
            };
            return Err(SyntaxError {
                span: start..self.at,
                message: format!("`{symbol}` is no operator"),
                help: help.to_owned(),
            });
        }
        let found = self.rest().chars().next().unwrap_or(' ');
        let help = match found {
            '\'' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => {
                "text stands in straight double quotes: \"...\""
            }
            '&' => "write `and`",
            '|' => "write `or`",
            '≥' => "write `>=`",
            '≤' => "write `<=`",
            '%' => "a percentage has its number right before the sign: 70%",
            '{' | '}' => "group with `(` and `)`, lists are `[a, b]`",
            _ => "remove it",
        };
        let span = start..start + found.len_utf8();
        Err(SyntaxError { span, message: format!("`{found}` does not belong here"), help: help.to_owned() })
    }

    /// Everything that begins with a digit.
    fn literal(&mut self, start: usize) -> Result<TokenKind, SyntaxError> {
        let digits = self.take_while(|c| c.is_ascii_digit());
        let next_is = |lexer: &Self, sign: char| {
            lexer.rest().strip_prefix(sign).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        if digits.len() == 4 && next_is(self, '-') && self.rest()[1..].contains('-') {
            return self.date(start);
        }
        if digits.len() <= 2 && next_is(self, ':') {
            return self.time(start);
        }
        let mut decimals = "";
        if next_is(self, '.') {
            self.at += 1;
            decimals = self.take_while(|c| c.is_ascii_digit());
        }
        let Some(number) = decimal(digits, decimals) else {
            return Err(SyntaxError {
                span: start..self.at,
                message: "the number is too long".to_owned(),
                help: "at most 12 digits before and 6 after the point".to_owned(),
            });
        };
        if self.rest().starts_with('%') {
            self.at += 1;
            let percent = number.over(Fraction::whole(100)).unwrap_or(Fraction::ZERO);
            return Ok(TokenKind::Constant(Constant::Percent(percent)));
        }
        match self.take_while(char::is_alphanumeric) {
            "" => Ok(TokenKind::Constant(Constant::Number(number))),
            unit => self.duration(start, number, unit),
        }
    }

    fn duration(&self, start: usize, number: Fraction, unit: &str) -> Result<TokenKind, SyntaxError> {
        let span = start..self.at;
        let Some(length) = Millis::of_unit(unit) else {
            let help = match unit {
                "min" | "mins" => "minutes are `m`: 15m",
                "sec" | "secs" => "seconds are `s`: 10s",
                "mo" | "month" | "months" | "M" | "y" | "year" | "years" => {
                    "months exist only as `calendar month`; lengths of time are ms, s, m, h, d (24 h) and w"
                }
                _ => "units are ms, s, m (minutes), h, d (24 h) and w",
            };
            let message = format!("`{unit}` is no unit of time");
            return Err(SyntaxError { span, message, help: help.to_owned() });
        };
        let millis = number.times(Fraction::whole(length.0)).and_then(Fraction::integer);
        match millis.filter(|millis| *millis <= LENGTH_MAX.0) {
            Some(millis) => Ok(TokenKind::Constant(Constant::Duration(Millis(millis)))),
            None => Err(SyntaxError {
                span,
                message: "the length of time is not a whole number of milliseconds up to 100 years".to_owned(),
                help: "use a smaller unit or a shorter time".to_owned(),
            }),
        }
    }

    fn date(&mut self, start: usize) -> Result<TokenKind, SyntaxError> {
        self.take_while(|c| c.is_ascii_digit() || c == '-');
        let text = &self.text[start..self.at];
        if self.rest().starts_with('T') {
            self.take_while(|c| c.is_ascii_digit() || matches!(c, 'T' | ':' | '.' | '+' | '-' | 'Z'));
            return Ok(TokenKind::Instant);
        }
        match Date::strptime("%Y-%m-%d", text) {
            Ok(date) if text.len() == 10 => Ok(TokenKind::Constant(Constant::Date(date))),
            _ => Err(SyntaxError {
                span: start..self.at,
                message: format!("`{text}` is no date"),
                help: "a date is written 2026-12-01".to_owned(),
            }),
        }
    }

    fn time(&mut self, start: usize) -> Result<TokenKind, SyntaxError> {
        self.take_while(|c| c.is_ascii_digit() || c == ':');
        let text = &self.text[start..self.at];
        let parts: Vec<&str> = text.split(':').collect();
        let number = |part: &&str| (part.len() == 2).then(|| part.parse::<i8>().ok()).flatten();
        let time = match &parts[..] {
            [h, m] => number(h).zip(number(m)).and_then(|(h, m)| Time::new(h, m, 0, 0).ok()),
            [h, m, s] => number(h).zip(number(m)).zip(number(s)).and_then(|((h, m), s)| Time::new(h, m, s, 0).ok()),
            _ => None,
        };
        time.map(|time| TokenKind::Constant(Constant::Time(time))).ok_or_else(|| SyntaxError {
            span: start..self.at,
            message: format!("`{text}` is no time of day"),
            help: "a time of day is written 09:00 or 09:00:30, from 00:00 to 23:59:59".to_owned(),
        })
    }
}

/// The longest length of time: rules look back five years at most, ladders as well.
const LENGTH_MAX: Millis = Millis(36_600 * Millis::DAY.0);

fn decimal(digits: &str, decimals: &str) -> Option<Fraction> {
    if digits.len() > 12 || decimals.len() > 6 {
        return None;
    }
    let numerator: i128 = format!("{digits}{decimals}").parse().ok()?;
    Fraction::ratio(numerator, 10i128.pow(u32::try_from(decimals.len()).ok()?))
}

impl TokenKind {
    /// The word as written, for error messages.
    pub(crate) fn describe(&self, text: &str) -> String {
        match self {
            Self::End => "the end".to_owned(),
            _ => format!("`{text}`"),
        }
    }
}

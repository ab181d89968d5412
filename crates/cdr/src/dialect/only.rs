//! `only:`, the condition under which a row counts.
//!
//! ```text
//! or  = and ("or" and)*          test = column ("==" | "!=") text | column "in" "[" text ("," text)* "]"
//! and = not ("and" not)*         column = a word, or {any text}
//! not = "not" not | "(" or ")" | test      text = "..." or a bare number
//! ```
//! Texts are compared as they stand, without blanks around them; an absent value is the empty text.

use super::problem::Problems;
use crate::yaml::Mark;

/// The deepest nesting of brackets and `not`.
const DEPTH_MAX: usize = 32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Only<C> {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    /// The column has one of these texts.
    In(C, Vec<String>),
}

impl<C> Only<C> {
    /// The columns that it reads.
    pub(super) fn columns(&self) -> Box<dyn Iterator<Item = &C> + '_> {
        match self {
            Self::Any(parts) | Self::All(parts) => Box::new(parts.iter().flat_map(Self::columns)),
            Self::Not(part) => part.columns(),
            Self::In(column, _) => Box::new(std::iter::once(column)),
        }
    }
}

impl Only<String> {
    /// Parses the condition; `None` where it is none, the reason is then among the problems.
    pub(super) fn parse(text: &str, at: Mark, problems: &mut Problems) -> Option<Self> {
        let parsed = lex(text).and_then(|tokens| {
            let mut parser = Parser { end: text.chars().count(), tokens, next: 0, depth: 0 };
            let only = parser.any()?;
            match parser.tokens.get(parser.next) {
                None => Ok(only),
                Some((offset, _)) => Err((*offset, "expected `and`, `or` or the end here".to_owned())),
            }
        });
        parsed.map_err(|(offset, message)| problems.add(at.right_by(offset), message)).ok()
    }

    pub(super) fn bind(&self, index: &impl Fn(&str) -> Option<usize>) -> Option<Only<usize>> {
        Some(match self {
            Self::Any(parts) => Only::Any(parts.iter().map(|part| part.bind(index)).collect::<Option<_>>()?),
            Self::All(parts) => Only::All(parts.iter().map(|part| part.bind(index)).collect::<Option<_>>()?),
            Self::Not(part) => Only::Not(Box::new(part.bind(index)?)),
            Self::In(column, texts) => Only::In(index(column)?, texts.clone()),
        })
    }
}

impl Only<usize> {
    pub(super) fn holds<'a>(&self, column: &impl Fn(usize) -> &'a str) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(column)),
            Self::All(parts) => parts.iter().all(|part| part.holds(column)),
            Self::Not(part) => !part.holds(column),
            Self::In(index, texts) => {
                let value = column(*index).trim();
                texts.iter().any(|text| text == value)
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Column(String),
    Text(String),
    Sign(&'static str),
}

type Fault = (usize, String);

const SIGNS: [&str; 7] = ["==", "!=", "(", ")", "[", "]", ","];

fn lex(text: &str) -> Result<Vec<(usize, Token)>, Fault> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let start = at;
        let sign = SIGNS.iter().find(|sign| sign.chars().eq(characters[at..].iter().copied().take(sign.len())));
        let token = match (character, sign) {
            (blank, _) if blank.is_whitespace() => {
                at += 1;
                continue;
            }
            (_, Some(sign)) => {
                at += sign.len();
                Token::Sign(sign)
            }
            ('"', _) => Token::Text(enclosed(&characters, &mut at, '"')?),
            ('{', _) => Token::Column(enclosed(&characters, &mut at, '}')?),
            (letter, _) if is_word(letter) => {
                while characters.get(at).copied().is_some_and(is_word) {
                    at += 1;
                }
                let word: String = characters[start..at].iter().collect();
                let number = word.bytes().all(|byte| byte.is_ascii_digit());
                if number { Token::Text(word) } else { Token::Word(word) }
            }
            ('=' | '!' | '<' | '>' | '&' | '|' | '\'', _) => {
                return Err((at, "known are ==, !=, in, and, or, not and texts in double quotes".to_owned()));
            }
            _ => return Err((at, format!("the character `{}` has no meaning here", character.escape_debug()))),
        };
        tokens.push((start, token));
    }
    Ok(tokens)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '.' | '-')
}

/// What stands between the character at `at` and the next `end`; `at` moves behind that.
fn enclosed(characters: &[char], at: &mut usize, end: char) -> Result<String, Fault> {
    let start = *at;
    let length = characters[start + 1..].iter().position(|character| *character == end);
    let length = length.ok_or_else(|| (start, format!("the closing `{end}` is missing")))?;
    *at = start + length + 2;
    Ok(characters[start + 1..start + 1 + length].iter().collect())
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Only<String>, Fault> {
        let mut parts = vec![self.all()?];
        while self.take(&Token::Word("or".to_owned())) {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Only::Any(parts) })
    }

    fn all(&mut self) -> Result<Only<String>, Fault> {
        let mut parts = vec![self.part()?];
        while self.take(&Token::Word("and".to_owned())) {
            parts.push(self.part()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Only::All(parts) })
    }

    fn part(&mut self) -> Result<Only<String>, Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err((self.offset(), format!("nested deeper than {DEPTH_MAX} levels")));
        }
        let part = if self.take(&Token::Word("not".to_owned())) {
            Only::Not(Box::new(self.part()?))
        } else if self.take(&Token::Sign("(")) {
            let inner = self.any()?;
            self.expect(")")?;
            inner
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(part)
    }

    fn test(&mut self) -> Result<Only<String>, Fault> {
        let at = self.offset();
        let column = match self.advance() {
            Some(Token::Word(name)) if !matches!(&*name, "and" | "or" | "in") => name,
            Some(Token::Column(name)) => name,
            _ => return Err((at, "expected a column here; one with blanks is written {like this}".to_owned())),
        };
        let at = self.offset();
        match self.advance() {
            Some(Token::Sign("==")) => Ok(Only::In(column, vec![self.text()?])),
            Some(Token::Sign("!=")) => Ok(Only::Not(Box::new(Only::In(column, vec![self.text()?])))),
            Some(Token::Word(word)) if word == "in" => {
                self.expect("[")?;
                let mut texts = vec![self.text()?];
                while self.take(&Token::Sign(",")) {
                    texts.push(self.text()?);
                }
                self.expect("]")?;
                Ok(Only::In(column, texts))
            }
            _ => Err((at, "expected ==, != or in here".to_owned())),
        }
    }

    fn text(&mut self) -> Result<String, Fault> {
        let at = self.offset();
        match self.advance() {
            Some(Token::Text(text)) => Ok(text),
            Some(Token::Word(word)) => Err((at, format!("put the text in double quotes: \"{word}\""))),
            _ => Err((at, "expected a text in double quotes here".to_owned())),
        }
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Fault> {
        let at = self.offset();
        if self.take(&Token::Sign(sign)) { Ok(()) } else { Err((at, format!("expected `{sign}` here"))) }
    }

    fn offset(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(offset, _)| *offset)
    }

    fn advance(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).map(|(_, token)| token.clone());
        self.next += 1;
        token
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.tokens.get(self.next).is_some_and(|(_, token)| token == wanted);
        self.next += usize::from(found);
        found
    }
}

//! Recursive descent over clauses and arithmetic.

use super::aggregates::AGGREGATES;
use super::lexer::{Constant, SyntaxError, Token, TokenKind, tokens};
use super::tree::{Clause, Operation, PredicateTerm, Spanned, Term};
use crate::Operator;
use ringfence_cdr::{Millis, nearest};

/// The deepest nesting of brackets and `not`.
const DEPTH_MAX: usize = 48;
/// The most words of one expression.
const TOKENS_MAX: usize = 4_000;

/// `left operator right`: one entry of `when`.
pub(crate) fn clause(text: &str) -> Result<Clause, SyntaxError> {
    let mut parser = Parser::new(text, "a clause looks like `calls > 100`")?;
    let left = parser.term()?;
    let operator = parser.comparison_operator()?;
    let right = parser.term()?;
    match parser.peek() {
        TokenKind::Word(word) if matches!(&**word, "and" | "or") => {
            let help =
                "write each comparison as an entry of its own: all entries hold together, those under `any:` singly";
            return Err(parser.unexpected("an entry of `when` is one comparison", help));
        }
        TokenKind::Symbol(">" | ">=" | "<" | "<=" | "==" | "!=") => {
            return Err(parser.unexpected("a comparison has two sides", "write two entries"));
        }
        _ => parser.end()?,
    }
    Ok(Clause { left, operator, right })
}

/// A calculation: the value of a `let`.
pub(crate) fn term(text: &str) -> Result<Spanned<Term>, SyntaxError> {
    let mut parser = Parser::new(text, "a value looks like `count() where answered over 1h`, or `calls / callees`")?;
    let term = parser.term()?;
    if matches!(parser.peek(), TokenKind::Symbol(">" | ">=" | "<" | "<=" | "==" | "!=")) {
        return Err(parser.unexpected("a `let` is a value, not a comparison", "compare it in `when`"));
    }
    parser.end()?;
    Ok(term)
}

/// A condition on one fact: `where` of a rule, `if` of an exception.
pub(crate) fn predicate(text: &str) -> Result<Spanned<PredicateTerm>, SyntaxError> {
    let mut parser = Parser::new(text, "a condition looks like `answered and callDuration < 10s`")?;
    let predicate = parser.predicate()?;
    if matches!(parser.peek(), TokenKind::Word(word) if word == "over") {
        return Err(parser.unexpected("a condition on single calls has no window", "remove `over ...`"));
    }
    parser.end()?;
    Ok(predicate)
}

/// A single literal: a parameter's value, a length of time in YAML.
pub(crate) fn constant(text: &str) -> Result<Constant, SyntaxError> {
    let mut parser = Parser::new(text, "a value looks like 100, 70%, 15m, 21:00 or \"text\"")?;
    let TokenKind::Constant(constant) = parser.peek().clone() else {
        return Err(parser.expected("a literal such as 100, 70%, 15m, 21:00 or \"text\""));
    };
    parser.skip();
    parser.end()?;
    Ok(constant)
}

/// Words ahead, and how deep we are.
pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// What such an expression looks like, where there is nothing better to advise.
    example: &'static str,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, example: &'static str) -> Result<Self, SyntaxError> {
        let tokens = tokens(text)?;
        if tokens.len() > TOKENS_MAX {
            let help = "put lists of values into a file under lists/".to_owned();
            return Err(SyntaxError { span: 0..text.len(), message: "the expression is too long".to_owned(), help });
        }
        Ok(Self { text, tokens, at: 0, depth: 0, example })
    }

    fn token(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    pub(super) fn peek(&self) -> &TokenKind {
        &self.token().kind
    }

    pub(super) fn peek_second(&self) -> &TokenKind {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].kind
    }

    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    pub(super) fn start(&self) -> usize {
        self.token().span.start
    }

    /// What was read since `start`.
    pub(super) fn spanned<T>(&self, start: usize, node: T) -> Spanned<T> {
        let end = if self.at == 0 { start } else { self.tokens[self.at - 1].span.end };
        Spanned { node, span: start..end.max(start) }
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), TokenKind::Word(found) if found == word)
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), TokenKind::Symbol(found) if *found == symbol)
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    pub(super) fn symbol(&mut self, symbol: &str) -> Result<(), SyntaxError> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    /// An error at the next word.
    pub(super) fn unexpected(&self, message: &str, help: &str) -> SyntaxError {
        SyntaxError { span: self.token().span.clone(), message: message.to_owned(), help: help.to_owned() }
    }

    /// "expected this, found that".
    pub(super) fn expected(&self, wanted: &str) -> SyntaxError {
        let span = self.token().span.clone();
        let found = self.peek().describe(&self.text[span.clone()]);
        let help = match (self.at.checked_sub(1).map(|at| &self.tokens[at].kind), self.peek()) {
            (Some(TokenKind::Constant(Constant::Number(_))), TokenKind::Word(unit))
                if Millis::of_unit(unit).is_some() || matches!(&**unit, "minutes" | "seconds" | "hours" | "days") =>
            {
                "write a unit right after its number: 10s, 15m, 1h, 7d"
            }
            _ => self.example,
        };
        SyntaxError { span, message: format!("expected {wanted}, found {found}"), help: help.to_owned() }
    }

    /// Runs one level deeper; refuses nesting that would exhaust the stack.
    pub(super) fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth >= DEPTH_MAX {
            return Err(self.unexpected("nested too deep", "take it apart with `let`"));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn end(&self) -> Result<(), SyntaxError> {
        match self.peek() {
            TokenKind::End => Ok(()),
            TokenKind::Word(word) if word == "where" => Err(self
                .unexpected("`where` comes too late", "the order is AGGREGATE of STREAM where PREDICATE over WINDOW")),
            TokenKind::Word(word) if word == "of" => {
                Err(self
                    .unexpected("`of` comes too late", "the order is AGGREGATE of STREAM where PREDICATE over WINDOW"))
            }
            _ => Err(self.expected("the end")),
        }
    }

    pub(super) fn comparison_operator(&mut self) -> Result<Spanned<Operator>, SyntaxError> {
        let start = self.start();
        let operator = match self.peek() {
            TokenKind::Symbol(">") => Operator::Greater,
            TokenKind::Symbol(">=") => Operator::GreaterOrEqual,
            TokenKind::Symbol("<") => Operator::Less,
            TokenKind::Symbol("<=") => Operator::LessOrEqual,
            TokenKind::Symbol("==") => Operator::Equal,
            TokenKind::Symbol("!=") => Operator::NotEqual,
            _ => return Err(self.expected("a comparison: > >= < <= == !=")),
        };
        self.skip();
        Ok(self.spanned(start, operator))
    }

    /// Sums and differences.
    pub(super) fn term(&mut self) -> Result<Spanned<Term>, SyntaxError> {
        let start = self.start();
        let mut left = self.product()?;
        loop {
            let operation = match self.peek() {
                TokenKind::Symbol("+") => Operation::Add,
                TokenKind::Symbol("-") => Operation::Subtract,
                _ => return Ok(left),
            };
            self.skip();
            let right = self.product()?;
            left = self.spanned(start, Term::Binary(Box::new(left), operation, Box::new(right)));
            self.limited(&left)?;
        }
    }

    /// Products and quotients.
    fn product(&mut self) -> Result<Spanned<Term>, SyntaxError> {
        let start = self.start();
        let mut left = self.factor()?;
        loop {
            let operation = match self.peek() {
                TokenKind::Symbol("*") => Operation::Multiply,
                TokenKind::Symbol("/") => Operation::Divide,
                _ => return Ok(left),
            };
            self.skip();
            let right = self.factor()?;
            left = self.spanned(start, Term::Binary(Box::new(left), operation, Box::new(right)));
            self.limited(&left)?;
        }
    }

    /// A chain of operators makes a tree as deep as it is long.
    fn limited(&self, term: &Spanned<Term>) -> Result<(), SyntaxError> {
        let mut depth = 0;
        let mut next = &term.node;
        while let Term::Binary(left, ..) = next {
            depth += 1;
            next = &left.node;
        }
        if depth > DEPTH_MAX {
            return Err(self.unexpected("too many terms", "take it apart with `let`"));
        }
        Ok(())
    }

    fn factor(&mut self) -> Result<Spanned<Term>, SyntaxError> {
        let start = self.start();
        match self.peek().clone() {
            TokenKind::Symbol("(") => {
                self.skip();
                let inner = self.deeper(Self::term)?;
                self.symbol(")")?;
                Ok(self.spanned(start, inner.node))
            }
            TokenKind::Constant(constant) => {
                self.skip();
                Ok(self.spanned(start, Term::Constant(constant)))
            }
            TokenKind::Parameter(name) => {
                self.skip();
                Ok(self.spanned(start, Term::Parameter(name)))
            }
            TokenKind::Word(name) => self.named(start, name),
            TokenKind::Symbol("-") => Err(self.unexpected("a value has no sign of its own", "write 0 - x")),
            TokenKind::List(_) => {
                Err(self.unexpected("a list is no value", "lists stand in a `where`: calledNumber in @emergency"))
            }
            _ => Err(self.expected("a measure, a name or a literal")),
        }
    }

    fn named(&mut self, start: usize, name: String) -> Result<Spanned<Term>, SyntaxError> {
        if matches!(self.peek_second(), TokenKind::Symbol("(")) {
            let measure = self.measure()?;
            return Ok(self.spanned(start, Term::Measure(Box::new(measure))));
        }
        if name == "not" {
            return Err(self.unexpected("`not` is no part of a comparison", "write the entry as `- not: calls > 100`"));
        }
        self.skip();
        if matches!(self.peek(), TokenKind::Word(word) if matches!(&**word, "over" | "of" | "where")) {
            let known = AGGREGATES.iter().map(|(name, _)| *name);
            let aggregate = nearest(&name, known).unwrap_or("count");
            return Err(SyntaxError {
                span: start..start + name.len(),
                message: format!("`{name}` is not an aggregate with its brackets"),
                help: format!("an aggregate is written `{aggregate}()`, with its field or predicate in the brackets"),
            });
        }
        Ok(self.spanned(start, Term::Name(name)))
    }
}

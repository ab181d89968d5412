//! Conditions on one fact: `answered and calledNumber in @consented`.

use super::lexer::{Constant, SyntaxError, TokenKind};
use super::parser::Parser;
use super::tree::{LiteralTerm, OperandTerm, PredicateTerm, Spanned};

/// Words that end an operand or join predicates, so no field may be called so.
const KEYWORDS: [&str; 8] = ["and", "or", "not", "in", "over", "of", "where", "startsWith"];

impl Parser<'_> {
    /// Alternatives joined by `or`; `and` binds more closely, `not` most.
    pub(super) fn predicate(&mut self) -> Result<Spanned<PredicateTerm>, SyntaxError> {
        self.deeper(|parser| parser.joined("or", |parser| parser.joined("and", Self::negation)))
    }

    fn joined(
        &mut self,
        word: &str,
        mut part: impl FnMut(&mut Self) -> Result<Spanned<PredicateTerm>, SyntaxError>,
    ) -> Result<Spanned<PredicateTerm>, SyntaxError> {
        let start = self.start();
        let first = part(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.eat_word(word) {
            parts.push(part(self)?);
        }
        let joined = if word == "or" { PredicateTerm::Any(parts) } else { PredicateTerm::All(parts) };
        Ok(self.spanned(start, joined))
    }

    fn negation(&mut self) -> Result<Spanned<PredicateTerm>, SyntaxError> {
        let start = self.start();
        if self.eat_word("not") {
            let inner = self.deeper(Self::negation)?;
            return Ok(self.spanned(start, PredicateTerm::Not(Box::new(inner))));
        }
        if self.eat_symbol("(") {
            let inner = self.predicate()?;
            self.symbol(")")?;
            return Ok(self.spanned(start, inner.node));
        }
        if self.is_symbol("[") {
            return Err(self.unexpected(
                "looking up pairs in a list is not supported yet",
                "until then look up one number: calledNumber in @consented",
            ));
        }
        self.comparison(start)
    }

    fn comparison(&mut self, start: usize) -> Result<Spanned<PredicateTerm>, SyntaxError> {
        let operand = self.operand()?;
        if self.is_word("not") && matches!(self.peek_second(), TokenKind::Word(word) if word == "in") {
            self.skip();
            let inner = self.membership(operand)?;
            let inner = self.spanned(start, inner);
            return Ok(self.spanned(start, PredicateTerm::Not(Box::new(inner))));
        }
        let term = match self.peek() {
            TokenKind::Word(word) if word == "in" => self.membership(operand)?,
            TokenKind::Word(word) if word == "startsWith" => {
                self.skip();
                PredicateTerm::StartsWith(operand, self.literal("a text in double quotes")?)
            }
            TokenKind::Symbol(">" | ">=" | "<" | "<=" | "==" | "!=") => {
                let operator = self.comparison_operator()?;
                PredicateTerm::Compare(operand, operator.node, self.literal("what to compare with")?)
            }
            _ => PredicateTerm::Bare(operand),
        };
        Ok(self.spanned(start, term))
    }

    /// `in [a, b]`, `in a..b` or `in @list`; the next word is `in`.
    fn membership(&mut self, operand: Spanned<OperandTerm>) -> Result<PredicateTerm, SyntaxError> {
        self.skip();
        let start = self.start();
        if let TokenKind::List(name) = self.peek().clone() {
            self.skip();
            return Ok(PredicateTerm::InList(operand, self.spanned(start, name)));
        }
        if self.eat_symbol("[") {
            let mut literals = vec![self.literal("a value")?];
            while self.eat_symbol(",") {
                literals.push(self.literal("a value")?);
            }
            self.symbol("]")?;
            return Ok(PredicateTerm::OneOf(operand, literals));
        }
        let low = self.literal("a list `[a, b]`, a range `a..b` or `@list`")?;
        if !self.eat_symbol("..") {
            return Err(
                self.unexpected("`in` needs more than one value", "write `==`, or a list `[a, b]`, a range `a..b`")
            );
        }
        Ok(PredicateTerm::Between(operand, low, self.literal("the end of the range")?))
    }

    /// A field or a function of one.
    pub(super) fn operand(&mut self) -> Result<Spanned<OperandTerm>, SyntaxError> {
        let start = self.start();
        let name = match self.peek().clone() {
            TokenKind::Word(word) if !KEYWORDS.contains(&&*word) => word,
            TokenKind::Constant(_) | TokenKind::Parameter(_) => {
                return Err(self.unexpected("a field stands on the left", "turn it round: callDuration < 10s"));
            }
            _ => return Err(self.expected("a field of the call or complaint")),
        };
        self.skip();
        if !self.eat_symbol("(") {
            return Ok(self.spanned(start, OperandTerm::Field(name)));
        }
        let argument_start = self.start();
        let argument = match self.peek().clone() {
            TokenKind::Word(word) => {
                self.skip();
                Some(self.spanned(argument_start, word))
            }
            _ => None,
        };
        if argument.is_some() && self.is_symbol(",") {
            let help = "`startsWith` stands between its sides: calledNumber startsWith \"+8695\"";
            return Err(self.unexpected(&format!("`{name}` has one argument at most"), help));
        }
        self.symbol(")")?;
        Ok(self.spanned(start, OperandTerm::Function(name, argument)))
    }

    fn literal(&mut self, wanted: &str) -> Result<Spanned<LiteralTerm>, SyntaxError> {
        let start = self.start();
        let literal = match self.peek().clone() {
            TokenKind::Constant(constant) => LiteralTerm::Constant(constant),
            TokenKind::Parameter(name) => LiteralTerm::Parameter(name),
            TokenKind::Word(word) if !KEYWORDS.contains(&&*word) => LiteralTerm::Word(word),
            TokenKind::List(_) => {
                return Err(self.unexpected("a list is looked up with `in`", "write calledNumber in @emergency"));
            }
            TokenKind::Symbol("-") => {
                return Err(self.unexpected("values below zero are not written", "compare with zero or more"));
            }
            _ => return Err(self.expected(wanted)),
        };
        self.skip();
        if let LiteralTerm::Constant(Constant::Number(_)) = literal
            && matches!(self.peek(), TokenKind::Word(word) if !KEYWORDS.contains(&&**word))
        {
            return Err(self.expected("`and`, `or` or the end"));
        }
        Ok(self.spanned(start, literal))
    }
}

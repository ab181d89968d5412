//! Measures: `AGGREGATE [of STREAM] [where PREDICATE] over WINDOW`.

use super::aggregates::AGGREGATES;
use super::lexer::{Constant, SyntaxError, TokenKind};
use super::parser::Parser;
use super::tree::{AggregateTerm, LiteralTerm, MeasureTerm, OperandTerm, Spanned, WindowTerm};
use crate::CalendarUnit;
use crate::suggestion::suggestion;

impl Parser<'_> {
    /// A measure; the next two words are known to be a name and an opening bracket.
    pub(super) fn measure(&mut self) -> Result<MeasureTerm, SyntaxError> {
        let aggregate = self.aggregate()?;
        let stream = if self.eat_word("of") { Some(self.stream()?) } else { None };
        let filter = if self.eat_word("where") { Some(self.predicate()?) } else { None };
        if self.is_word("of") {
            return Err(
                self.unexpected("`of` comes too late", "the order is AGGREGATE of STREAM where PREDICATE over WINDOW")
            );
        }
        if !self.eat_word("over") {
            return Err(self
                .unexpected("a measure needs a window", "add `over 1h`, `over calendar day` or `over anchored 24h`"));
        }
        let window = self.window()?;
        Ok(MeasureTerm { aggregate, stream, filter, window })
    }

    fn aggregate(&mut self) -> Result<Spanned<AggregateTerm>, SyntaxError> {
        let start = self.start();
        let TokenKind::Word(name) = self.peek().clone() else { return Err(self.expected("an aggregate")) };
        let known = AGGREGATES.iter().find(|(known, _)| *known == name);
        match known {
            None => {
                let names = AGGREGATES.iter().filter(|(_, later)| later.is_none()).map(|(name, _)| *name);
                let help = suggestion(&name, names);
                return Err(self.unexpected(&format!("unknown aggregate `{name}`"), &help));
            }
            Some((_, Some(instead))) => {
                return Err(self.unexpected(&format!("`{name}` is not supported yet"), instead));
            }
            Some((_, None)) => {}
        }
        self.skip();
        self.symbol("(")?;
        let aggregate = self.deeper(|parser| parser.arguments(&name))?;
        if !self.is_symbol(")") {
            return Err(self.expected(&format!("`)` after the arguments of `{name}`")));
        }
        self.skip();
        Ok(self.spanned(start, aggregate))
    }

    fn arguments(&mut self, aggregate: &str) -> Result<AggregateTerm, SyntaxError> {
        Ok(match aggregate {
            "count" => {
                if !self.is_symbol(")") {
                    let help =
                        "to count some facts only, write `count() where ... over ...`; to count values, `distinct(x)`";
                    return Err(self.unexpected("`count()` has no argument", help));
                }
                AggregateTerm::Count
            }
            "gap" => AggregateTerm::Gap,
            "share" => AggregateTerm::Share(self.predicate()?),
            "elapsed" => AggregateTerm::Elapsed(self.predicate()?),
            "unseen" => {
                let field = self.field_argument(aggregate)?;
                if !self.eat_symbol(",") {
                    let help = "say how far back to look: unseen(calledNumber, 30d)";
                    return Err(self.unexpected("`unseen` needs a second argument", help));
                }
                AggregateTerm::Unseen(field, self.length("a length of time such as 30d")?)
            }
            _ => {
                let field = self.field_argument(aggregate)?;
                match aggregate {
                    "sum" => AggregateTerm::Sum(field),
                    "mean" => AggregateTerm::Mean(field),
                    "min" => AggregateTerm::Min(field),
                    "max" => AggregateTerm::Max(field),
                    "top" => AggregateTerm::Top(field),
                    _ => AggregateTerm::Distinct(field),
                }
            }
        })
    }

    fn field_argument(&mut self, aggregate: &str) -> Result<Spanned<OperandTerm>, SyntaxError> {
        if !matches!(self.peek(), TokenKind::Word(_)) {
            return Err(self.expected(&format!("a field: {aggregate}(calledNumber)")));
        }
        self.operand()
    }

    fn stream(&mut self) -> Result<Spanned<String>, SyntaxError> {
        let start = self.start();
        let TokenKind::Word(stream) = self.peek().clone() else {
            return Err(self.expected("a stream: calls or complaints"));
        };
        self.skip();
        Ok(self.spanned(start, stream))
    }

    fn length(&mut self, wanted: &str) -> Result<Spanned<LiteralTerm>, SyntaxError> {
        let start = self.start();
        let literal = match self.peek().clone() {
            TokenKind::Constant(constant @ (Constant::Duration(_) | Constant::Number(_))) => {
                LiteralTerm::Constant(constant)
            }
            TokenKind::Parameter(name) => LiteralTerm::Parameter(name),
            _ => return Err(self.expected(wanted)),
        };
        self.skip();
        Ok(self.spanned(start, literal))
    }

    fn window(&mut self) -> Result<Spanned<WindowTerm>, SyntaxError> {
        let start = self.start();
        let window = match self.peek().clone() {
            TokenKind::Word(word) => match &*word {
                "calendar" => {
                    self.skip();
                    self.calendar()?
                }
                "anchored" => {
                    self.skip();
                    WindowTerm::Anchored(self.length("a length of time such as `anchored 24h`")?.node)
                }
                "blocks" => {
                    return Err(self.unexpected(
                        "windows of `blocks` are not supported yet",
                        "until then use a sliding window of the same length: `over 30d`",
                    ));
                }
                "last" => {
                    return Err(self.unexpected(
                        "windows of the `last` facts are not supported yet",
                        "until then use a window of time: `over 7d`",
                    ));
                }
                "day" | "week" | "month" => {
                    let help = format!("write `calendar {word}`, or a length of time: 24h, 7d, 30d");
                    return Err(self.unexpected(&format!("`{word}` is no window"), &help));
                }
                _ => return Err(self.expected("a window: 1h, calendar day, anchored 24h")),
            },
            _ => WindowTerm::Sliding(self.length("a window: 1h, calendar day, anchored 24h")?.node),
        };
        Ok(self.spanned(start, window))
    }

    fn calendar(&mut self) -> Result<WindowTerm, SyntaxError> {
        let unit = match self.peek() {
            TokenKind::Word(word) if word == "day" => CalendarUnit::Day,
            TokenKind::Word(word) if word == "week" => CalendarUnit::Week,
            TokenKind::Word(word) if word == "month" => CalendarUnit::Month,
            _ => return Err(self.expected("`day`, `week` or `month` after `calendar`")),
        };
        self.skip();
        if !self.eat_word("in") {
            return Ok(WindowTerm::Calendar(unit, None));
        }
        let start = self.start();
        let TokenKind::Constant(Constant::Text(zone)) = self.peek().clone() else {
            return Err(self.expected("a time zone in double quotes: in \"Asia/Shanghai\""));
        };
        self.skip();
        Ok(WindowTerm::Calendar(unit, Some(self.spanned(start, zone))))
    }
}

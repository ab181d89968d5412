//! The canonical form of a rule: what can change a verdict, and nothing else (`docs/rules.md`).
//!
//! Its hash is the rule's identity in violations, so this form must not change without a new version in its first
//! line. It is built from the compiled rule: parameters are in it by value, lists by name, zones by name; texts
//! (title, basis, say, the writing of a measure), the mode, the ladder and the tests are not.

use std::fmt::Write as _;

use crate::{
    Aggregate, CalendarUnit, Condition, ContentHash, Expression, Fraction, Key, Literal, Measure, Operand, Predicate,
    Rule, Stream, TimeOf, Window, Zone,
};

/// The hash of a rule's canonical form.
pub(crate) fn rule_hash(rule: &Rule, zone: &Zone, lists: &[Box<str>]) -> ContentHash {
    ContentHash::of(canonical(rule, zone, lists).as_bytes())
}

fn canonical(rule: &Rule, zone: &Zone, lists: &[Box<str>]) -> String {
    let form = Form { rule, lists };
    let key = match rule.key {
        Key::CallingNumber => "callingNumber",
        Key::Pair => "[callingNumber calledNumber]",
    };
    let mut text = format!("ringfence rule 1\nzone {}\nkey {key}\n", zone.name());
    let effective = |at: Option<ringfence_cdr::EventTime>| at.map_or_else(|| "-".to_owned(), |at| at.0.to_string());
    let _ = writeln!(text, "effective {} {}", effective(rule.effective_from), effective(rule.effective_until));
    let _ = writeln!(text, "counted {}", form.predicate(&rule.counted));
    for named in &rule.lets {
        let _ = writeln!(text, "let {} {}", named.name, form.expression(&named.expression));
    }
    let _ = writeln!(text, "when {}", form.condition(&rule.when));
    let _ = writeln!(text, "keep {}\nseverity {}", rule.keep.0, rule.severity.name());
    for level in &rule.escalate {
        let _ = writeln!(text, "escalate {} {}", level.severity.name(), form.condition(&level.when));
    }
    text
}

struct Form<'a> {
    rule: &'a Rule,
    lists: &'a [Box<str>],
}

impl Form<'_> {
    fn joined<T>(&self, word: &str, parts: &[T], form: impl Fn(&T) -> String) -> String {
        let parts: Vec<String> = parts.iter().map(form).collect();
        format!("({word} {})", parts.join(" "))
    }

    fn condition(&self, condition: &Condition) -> String {
        match condition {
            Condition::All(parts) => self.joined("all", parts, |part| self.condition(part)),
            Condition::Any(parts) => self.joined("any", parts, |part| self.condition(part)),
            Condition::Not(part) => format!("(not {})", self.condition(part)),
            Condition::Compare(comparison) => {
                let (left, right) = (self.expression(&comparison.left), self.expression(&comparison.right));
                format!("({} {left} {right})", comparison.operator.name())
            }
        }
    }

    fn expression(&self, expression: &Expression) -> String {
        let binary = |sign: &str, a: &Expression, b: &Expression| {
            format!("({sign} {} {})", self.expression(a), self.expression(b))
        };
        match expression {
            Expression::Measure(id) => self.rule.measures.get(id.0).map(|one| self.measure(one)).unwrap_or_default(),
            Expression::Constant(constant) => fraction(*constant),
            Expression::Add(a, b) => binary("+", a, b),
            Expression::Subtract(a, b) => binary("-", a, b),
            Expression::Multiply(a, b) => binary("*", a, b),
            Expression::Divide(a, b) => binary("/", a, b),
        }
    }

    fn measure(&self, measure: &Measure) -> String {
        let stream = match measure.stream {
            Stream::Calls => "calls",
            Stream::Complaints => "complaints",
        };
        let aggregate = match &measure.aggregate {
            Aggregate::Count => "count".to_owned(),
            Aggregate::Sum(field) => format!("sum {}", field.name()),
            Aggregate::Mean(field) => format!("mean {}", field.name()),
            Aggregate::Min(field) => format!("min {}", field.name()),
            Aggregate::Max(field) => format!("max {}", field.name()),
            Aggregate::Distinct(field) => format!("distinct {}", field.name()),
            Aggregate::Share(predicate) => format!("share {}", self.predicate(predicate)),
            Aggregate::Top(field) => format!("top {}", field.name()),
            Aggregate::Unseen(field, before) => format!("unseen {} {}", field.name(), before.0),
            Aggregate::Gap => "gap".to_owned(),
            Aggregate::Elapsed(predicate) => format!("elapsed {}", self.predicate(predicate)),
        };
        let window = match &measure.window {
            Window::Sliding(length) => format!("sliding {}", length.0),
            Window::Anchored(length) => format!("anchored {}", length.0),
            Window::Calendar(unit, zone) => format!("calendar {} {}", calendar(*unit), zone.name()),
        };
        format!("({aggregate} of {stream} where {} over {window})", self.predicate(&measure.filter))
    }

    fn predicate(&self, predicate: &Predicate) -> String {
        match predicate {
            Predicate::True => "true".to_owned(),
            Predicate::All(parts) => self.joined("and", parts, |part| self.predicate(part)),
            Predicate::Any(parts) => self.joined("or", parts, |part| self.predicate(part)),
            Predicate::Not(part) => format!("(not {})", self.predicate(part)),
            Predicate::Compare(operand, operator, one) => {
                format!("({} {} {})", operator.name(), self::operand(*operand), literal(one))
            }
            Predicate::OneOf(operand, literals) => {
                format!("(in {} {})", self::operand(*operand), self.joined("one-of", literals, literal))
            }
            Predicate::Between(operand, low, high) => {
                format!("(between {} {} {})", self::operand(*operand), literal(low), literal(high))
            }
            Predicate::InList(field, list) => {
                let name = self.lists.get(*list).map(|list| &**list).unwrap_or_default();
                format!("(in {} @{name})", field.name())
            }
            Predicate::StartsWith(field, prefix) => format!("(starts-with {} {})", field.name(), quoted(prefix)),
            Predicate::Is(field) => field.name().to_owned(),
            Predicate::Before(instant) => format!("(before {})", instant.0),
        }
    }
}

/// A text with its length before it, so that no text can pass for something else.
fn quoted(text: &str) -> String {
    format!("{}:{text}", text.len())
}

fn calendar(unit: CalendarUnit) -> &'static str {
    match unit {
        CalendarUnit::Day => "day",
        CalendarUnit::Week => "week",
        CalendarUnit::Month => "month",
    }
}

fn fraction(value: Fraction) -> String {
    let value = value.reduced();
    format!("{}/{}", value.numerator(), value.denominator())
}

fn operand(operand: Operand) -> String {
    let of = |name: &str, of: TimeOf| match of {
        TimeOf::Pack => format!("({name})"),
        TimeOf::Number(field) => format!("({name} {})", field.name()),
    };
    match operand {
        Operand::Field(field) => field.name().to_owned(),
        Operand::Time(which) => of("time", which),
        Operand::Weekday(which) => of("weekday", which),
        Operand::Date(which) => of("date", which),
        Operand::Country(field) => format!("(country {})", field.name()),
    }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => quoted(text),
        Literal::Duration(length) => format!("{}ms", length.0),
        Literal::Integer(value) => value.to_string(),
        Literal::Boolean(value) => value.to_string(),
        Literal::RecordType(value) => value.name().to_owned(),
        Literal::Status(value) => value.name().to_owned(),
        Literal::Time(time) => time.to_string(),
        Literal::Weekday(day) => format!("day-{}", day.to_monday_one_offset()),
        Literal::Date(date) => date.to_string(),
    }
}

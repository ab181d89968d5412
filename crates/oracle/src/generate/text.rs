//! Generated worlds as text: what a failing test prints, in the words of the rule language.

use std::fmt::Write;

use ringfence_cdr::{Cdr, Complaint, EventTime, Millis, RecordType, Served};
use ringfence_rules::{
    Aggregate, Condition, Expression, Field, Fraction, Key, Ladder, Literal, Measure, MeasureId, Operand, Predicate,
    Rule, Sanction, Stream, TimeOf, Unit, Window,
};

use crate::PackWithLists;
use crate::{Delivered, Record};

/// A pack: its zone and lists, its ladders, its rules.
pub(super) fn pack(pack: &PackWithLists) -> String {
    let mut text = format!("zone {}, lateness {}\n", pack.zone.name(), length(pack.lateness));
    for list in pack.tables.lists() {
        let _ = writeln!(text, "@{}", list.name);
        for (number, entries) in list.entries() {
            for entry in entries {
                let bound = |at: EventTime| {
                    if [EventTime::MIN, EventTime::MAX].contains(&at) { String::new() } else { at.to_string() }
                };
                let _ = writeln!(text, "  {number} {}..{}", bound(entry.valid_from), bound(entry.valid_until));
            }
        }
    }
    pack.ladders.iter().for_each(|each| text.push_str(&ladder(each)));
    pack.rules.iter().for_each(|each| text.push_str(&rule(each)));
    text
}

/// A rule with its measures.
pub(super) fn rule(rule: &Rule) -> String {
    let key = match rule.key {
        Key::CallingNumber => "callingNumber",
        Key::Pair => "[callingNumber, calledNumber]",
    };
    let mut text = format!("{}: {} key {key}, keep {}", rule.name, rule.mode.name(), length(rule.keep));
    let _ = write!(text, ", severity {}", rule.severity.name());
    if let Some(from) = rule.effective_from {
        let _ = write!(text, ", from {from}");
    }
    if let Some(until) = rule.effective_until {
        let _ = write!(text, ", until {until}");
    }
    if let Some(ladder) = rule.ladder {
        let _ = write!(text, ", ladder-{ladder}");
    }
    let _ = writeln!(text, "\n  where {}", predicate(&rule.counted));
    for (at, each) in rule.measures.iter().enumerate() {
        let _ = writeln!(text, "  {}: {}", measure_name(MeasureId(at)), measure(each));
    }
    let _ = writeln!(text, "  when {}", condition(&rule.when));
    for level in &rule.escalate {
        let _ = writeln!(text, "  {} when {}", level.severity.name(), condition(&level.when));
    }
    text
}

fn ladder(ladder: &Ladder) -> String {
    let optional = |time: Option<Millis>| time.map_or("never".to_owned(), length);
    let mut text = format!(
        "{}: strikes over {}, again {}, fresh {}, exit {}\n",
        ladder.name,
        length(ladder.strikes.over),
        optional(ladder.strikes.again),
        ladder.fresh,
        optional(ladder.exit_clean),
    );
    for step in &ladder.steps {
        let _ = match &step.sanction {
            Sanction::Warn => writeln!(text, "  at {} warn", step.at),
            Sanction::Suspend { duration, .. } => writeln!(text, "  at {} suspend for {}", step.at, length(*duration)),
        };
    }
    text
}

/// A measure as a user would write it.
pub(super) fn measure(measure: &Measure) -> String {
    let aggregate = match &measure.aggregate {
        Aggregate::Count => "count()".to_owned(),
        Aggregate::Sum(field) => format!("sum({})", field.name()),
        Aggregate::Mean(field) => format!("mean({})", field.name()),
        Aggregate::Min(field) => format!("min({})", field.name()),
        Aggregate::Max(field) => format!("max({})", field.name()),
        Aggregate::Distinct(field) => format!("distinct({})", field.name()),
        Aggregate::Share(satisfied) => format!("share({})", predicate(satisfied)),
        Aggregate::Top(field) => format!("top({})", field.name()),
        Aggregate::Unseen(field, before) => format!("unseen({}, {})", field.name(), length(*before)),
        Aggregate::Gap => "gap()".to_owned(),
        Aggregate::Elapsed(satisfied) => format!("elapsed({})", predicate(satisfied)),
    };
    let stream = match measure.stream {
        Stream::Calls => "",
        Stream::Complaints => " of complaints",
    };
    let filter = match &measure.filter {
        Predicate::True => String::new(),
        filter => format!(" where {}", predicate(filter)),
    };
    let window = match &measure.window {
        Window::Sliding(window) => length(*window),
        Window::Calendar(unit, zone) => {
            format!("calendar {} in \"{}\"", format!("{unit:?}").to_lowercase(), zone.name())
        }
        Window::Anchored(window) => format!("anchored {}", length(*window)),
    };
    format!("{aggregate}{stream}{filter} over {window}")
}

/// The unit of a measure, `None` where it is the number of something.
pub(super) fn unit(measure: &Measure) -> Option<Unit> {
    match measure.aggregate {
        Aggregate::Sum(Field::CallDuration | Field::Delay)
        | Aggregate::Mean(Field::CallDuration | Field::Delay)
        | Aggregate::Min(Field::CallDuration | Field::Delay)
        | Aggregate::Max(Field::CallDuration | Field::Delay)
        | Aggregate::Gap
        | Aggregate::Elapsed(_) => Some(Unit::Duration),
        _ => None,
    }
}

/// The name of a measure in `let`.
pub(super) fn measure_name(id: MeasureId) -> String {
    format!("m{}", id.0)
}

fn condition(all: &Condition) -> String {
    let join = |parts: &[Condition], by: &str| {
        let parts: Vec<String> = parts.iter().map(condition).collect();
        format!("({})", parts.join(by))
    };
    match all {
        Condition::All(parts) => join(parts, " and "),
        Condition::Any(parts) => join(parts, " or "),
        Condition::Not(part) => format!("not {}", condition(part)),
        Condition::Compare(comparison) => comparison.text.to_string(),
    }
}

/// An expression over the names of measures.
pub(super) fn expression(each: &Expression) -> String {
    let two = |left: &Expression, sign: &str, right: &Expression| {
        format!("{} {sign} {}", expression(left), expression(right))
    };
    match each {
        Expression::Measure(id) => measure_name(*id),
        Expression::Constant(value) => value.to_string(),
        Expression::Add(left, right) => two(left, "+", right),
        Expression::Subtract(left, right) => two(left, "-", right),
        Expression::Multiply(left, right) => two(left, "*", right),
        Expression::Divide(left, right) => two(left, "/", right),
    }
}

/// A limit with its unit.
pub(super) fn constant(value: Fraction, unit: Unit) -> String {
    match (unit, value.integer()) {
        (Unit::Duration, Some(milliseconds)) => length(Millis(milliseconds)),
        (_, Some(whole)) => whole.to_string(),
        _ => format!("{}/{}", value.numerator(), value.denominator()),
    }
}

fn predicate(each: &Predicate) -> String {
    let join = |parts: &[Predicate], by: &str| {
        let parts: Vec<String> = parts.iter().map(predicate).collect();
        format!("({})", parts.join(by))
    };
    match each {
        Predicate::True => "true".to_owned(),
        Predicate::All(parts) => join(parts, " and "),
        Predicate::Any(parts) => join(parts, " or "),
        Predicate::Not(part) => format!("not {}", predicate(part)),
        Predicate::Compare(left, operator, right) => {
            format!("{} {} {}", operand(*left), operator.name(), literal(right))
        }
        Predicate::OneOf(left, literals) => {
            let literals: Vec<String> = literals.iter().map(literal).collect();
            format!("{} in [{}]", operand(*left), literals.join(", "))
        }
        Predicate::Between(left, first, last) => {
            format!("{} in {}..{}", operand(*left), literal(first), literal(last))
        }
        Predicate::InList(field, list) => format!("{} in @{list}", field.name()),
        Predicate::StartsWith(field, text) => format!("startsWith({}, \"{text}\")", field.name()),
        Predicate::Is(field) => field.name().to_owned(),
        Predicate::Before(end) => format!("before {end}"),
    }
}

fn operand(operand: Operand) -> String {
    let of = |name: &str, of: TimeOf| match of {
        TimeOf::Pack => format!("{name}()"),
        TimeOf::Number(field) => format!("{name}({})", field.name()),
    };
    match operand {
        Operand::Field(field) => field.name().to_owned(),
        Operand::Time(zone) => of("time", zone),
        Operand::Weekday(zone) => of("weekday", zone),
        Operand::Date(zone) => of("date", zone),
        Operand::Country(field) => format!("country({})", field.name()),
    }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => format!("\"{text}\""),
        Literal::Duration(duration) => length(*duration),
        Literal::Integer(integer) => integer.to_string(),
        Literal::Boolean(boolean) => boolean.to_string(),
        Literal::RecordType(record_type) => record_type.name().to_owned(),
        Literal::Status(status) => status.name().to_owned(),
        Literal::Time(time) => time.to_string(),
        Literal::Weekday(weekday) => format!("{weekday:?}"),
        Literal::Date(date) => date.to_string(),
    }
}

/// One record: when after the start, who, whom, and what it says; its arrival where that is another time.
pub(super) fn record(record: &Delivered, start: EventTime) -> String {
    let mut text = format!("{} ", after(start, record.at()));
    match &record.record {
        Record::Call(call) => text.push_str(&call_text(call)),
        Record::Complaint(complaint) => text.push_str(&complaint_text(complaint, start)),
    }
    if record.arrival != record.at() {
        let _ = write!(text, " arrived {}", after(start, record.arrival));
    }
    text
}

fn call_text(call: &Cdr) -> String {
    let served = if call.served == Served::Yes { "served" } else { "seen" };
    let part = call.part.as_ref().map(|part| format!(" part {} of {}", part.sequence_number, part.reference));
    let leg = call.leg.map(|leg| format!(" leg {} for {}", leg.key, length(leg.ended.since(call.at))));
    format!(
        "{} -> {} {} {served} {} {:?} cause {}/{} {}/{}{}{} #{}",
        call.calling_number,
        call.called_number,
        call.call_duration.map_or("?".to_owned(), length),
        or_dash(call.record_type.map(RecordType::name)),
        call.answer,
        or_dash(call.cause_for_term),
        or_dash(call.diagnostics),
        or_dash(call.details.cell.as_deref()),
        or_dash(call.details.attestation.as_deref()),
        part.unwrap_or_default(),
        leg.unwrap_or_default(),
        call.fingerprint,
    )
}

fn complaint_text(complaint: &Complaint, start: EventTime) -> String {
    format!(
        "{} complains of {} {} at {} {}/{} call {} #{}",
        or_dash(complaint.complainant.as_ref()),
        complaint.complained_number,
        complaint.status.name(),
        after(start, complaint.status_time),
        or_dash(complaint.category.as_deref()),
        or_dash(complaint.channel.as_deref()),
        or_dash(complaint.call_time.map(|call| after(start, call))),
        complaint.fingerprint,
    )
}

fn or_dash(value: Option<impl std::fmt::Display>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

/// An instant as its distance from the start.
pub(super) fn after(start: EventTime, at: EventTime) -> String {
    let Millis(distance) = at.since(start);
    let sign = if distance < 0 { '-' } else { '+' };
    let rest = distance.unsigned_abs();
    let (days, rest) = (rest / 86_400_000, rest % 86_400_000);
    let (hours, rest) = (rest / 3_600_000, rest % 3_600_000);
    let (minutes, rest) = (rest / 60_000, rest % 60_000);
    format!("{sign}{days}d {hours:02}:{minutes:02}:{:02}.{:03}", rest / 1_000, rest % 1_000)
}

/// A length of time in its largest whole unit.
fn length(length: Millis) -> String {
    for (unit, name) in [(Millis::DAY, "d"), (Millis::HOUR, "h"), (Millis::MINUTE, "m"), (Millis::SECOND, "s")] {
        if length.0 != 0 && length.0 % unit.0 == 0 {
            return format!("{}{name}", length.0 / unit.0);
        }
    }
    format!("{}ms", length.0)
}

//! What is done with each value of a datum: the steps that a schema and the wanted names make.

use std::borrow::Cow;

use super::datum::{Datum, Fault};
use super::schema::{Clock, Schema, Type, TypeId};

/// The way through a datum.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    schema: Schema,
    step: Step,
    count: usize,
}

#[derive(Clone, Debug)]
enum Step {
    Skip(TypeId),
    /// The text goes to this place.
    Take(usize, TypeId),
    Record(Vec<Step>),
    Union(Vec<Step>),
    /// Of a map: the values of these keys; the others are of this type.
    Map(Vec<(String, Step)>, TypeId),
}

/// For what a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// A time; whether its format is given.
    Time {
        /// Whether the dialect says how it is written.
        has_format: bool,
    },
    /// A length of time.
    Length,
    /// A text, a number, an id.
    Text,
}

/// A name that is wanted: what is left of it, and where its text goes.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    left: &'a str,
    name: &'a str,
    place: usize,
}

/// For what a name is used.
type Uses<'a> = &'a dyn Fn(&str) -> Vec<Use>;

impl Plan {
    /// The way to the values of these names, of which the schema has each; `uses` says for what each is read.
    ///
    /// # Errors
    /// One sentence for each value that is none of its use.
    pub(crate) fn new(schema: Schema, names: &[String], uses: Uses<'_>) -> Result<Self, Vec<String>> {
        let wanted = names.iter().enumerate().map(|(place, name)| Wanted { left: name, name, place });
        let mut compiler = Compiler { schema: &schema, uses, faults: Vec::new() };
        let step = compiler.step(schema.root, &wanted.collect::<Vec<_>>());
        let faults = compiler.faults;
        if faults.is_empty() { Ok(Self { step, count: names.len(), schema }) } else { Err(faults) }
    }

    /// The texts of a datum, in the order of the names; none where a value is null or there is none.
    pub(crate) fn texts<'a>(&self, datum: &'a [u8]) -> Result<Vec<Option<Cow<'a, str>>>, Fault> {
        let mut texts = vec![None; self.count];
        let mut datum = Datum::of(datum);
        self.take(&self.step, &mut datum, &mut texts)?;
        datum.end()?;
        Ok(texts)
    }

    /// As deep as the names are long.
    fn take<'a>(&self, step: &Step, datum: &mut Datum<'a>, texts: &mut [Option<Cow<'a, str>>]) -> Result<(), Fault> {
        match step {
            Step::Skip(id) => datum.skip(&self.schema, *id, 0),
            Step::Take(place, id) => {
                texts[*place] = datum.value(&self.schema, *id)?;
                Ok(())
            }
            Step::Record(steps) => steps.iter().try_for_each(|step| self.take(step, datum, texts)),
            Step::Union(steps) => {
                let at = datum.branch_at(steps.len())?;
                self.take(&steps[at], datum, texts)
            }
            Step::Map(wanted, other) => loop {
                let (count, _) = datum.block()?;
                if count == 0 {
                    return Ok(());
                }
                for _ in 0..count {
                    datum.count()?;
                    let key = datum.text()?;
                    match wanted.iter().find(|(name, _)| *name == key) {
                        Some((_, step)) => self.take(step, datum, texts)?,
                        None => datum.skip(&self.schema, *other, 0)?,
                    }
                }
            },
        }
    }
}

struct Compiler<'a> {
    schema: &'a Schema,
    uses: Uses<'a>,
    faults: Vec<String>,
}

impl Compiler<'_> {
    fn step(&mut self, id: TypeId, wanted: &[Wanted<'_>]) -> Step {
        let Some(first) = wanted.first() else { return Step::Skip(id) };
        match self.schema.get(id) {
            Type::Union(branches) => Step::Union(branches.iter().map(|branch| self.step(*branch, wanted)).collect()),
            // Nothing is left of a name that is this value itself.
            Type::Null => Step::Skip(id),
            Type::Record(fields) => {
                self.refuse_whole(wanted, "a record: name a field of it, with a dot between");
                let steps = fields.iter().map(|(field, of)| self.step(*of, &within(wanted, field)));
                Step::Record(steps.collect())
            }
            Type::Map(of) => {
                self.refuse_whole(wanted, "a map: name a key of it, with a dot between");
                let mut keys: Vec<&str> =
                    wanted.iter().filter(|wanted| !wanted.left.is_empty()).map(|it| it.left).collect();
                keys.dedup();
                let steps = keys.into_iter().map(|key| (key.to_owned(), self.step(*of, &within(wanted, key))));
                Step::Map(steps.collect(), *of)
            }
            Type::List(_) => {
                self.refuse_whole(wanted, "a list, and a field is one value");
                Step::Skip(id)
            }
            value => {
                if !first.left.is_empty() {
                    return Step::Skip(id);
                }
                for wanted in wanted.iter().filter(|wanted| wanted.left.is_empty()) {
                    let faults = (self.uses)(wanted.name).into_iter().filter_map(|to| misuse(value, to));
                    self.faults.extend(faults.map(|fault| format!("`{}` is {fault}", wanted.name)));
                }
                Step::Take(first.place, id)
            }
        }
    }

    fn refuse_whole(&mut self, wanted: &[Wanted<'_>], what: &str) {
        let whole = wanted.iter().filter(|wanted| wanted.left.is_empty());
        self.faults.extend(whole.map(|wanted| format!("`{}` is {what}", wanted.name)));
    }
}

/// Those that go on inside a field, with what is left of them there.
fn within<'a>(wanted: &[Wanted<'a>], field: &str) -> Vec<Wanted<'a>> {
    let inside = |wanted: &Wanted<'a>| {
        let rest = wanted.left.strip_prefix(field)?;
        let left = if rest.is_empty() { rest } else { rest.strip_prefix('.')? };
        Some(Wanted { left, ..*wanted })
    };
    wanted.iter().filter_map(inside).collect()
}

fn misuse(value: &Type, to: Use) -> Option<&'static str> {
    match (value, to) {
        (Type::Float | Type::Double, Use::Text | Use::Time { .. }) => {
            Some("a floating-point number, of which no id, number or time is read")
        }
        (Type::Whole(Some(Clock::Timestamp { .. })), Use::Time { has_format: true }) => {
            Some("a timestamp by the schema: leave out its `format`")
        }
        (Type::Whole(Some(Clock::Local)), Use::Time { .. }) => Some("a time without an offset, which is not read yet"),
        _ => None,
    }
}

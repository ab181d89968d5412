//! Where a field's text comes from: a column, a constant, or a template of columns and the record's place.

use std::borrow::Cow;

use super::place::{Place, PlaceName};
use super::problem::Problems;
use crate::yaml::Mark;

/// A text made of a row. `C` is how a column is named: by its name, once bound to a file by its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TextSource<C> {
    /// Not there in this file.
    Absent,
    Constant(String),
    Column(C),
    Template(Vec<Piece<C>>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<C> {
    Literal(String),
    Column(C),
    /// A column that a file may lack: `{sequence?}`.
    MayLack(C),
    Place(PlaceName),
}

impl TextSource<String> {
    /// A column name, or a template where the text has braces; `{{` and `}}` are braces themselves.
    pub(super) fn parse(text: &str, at: Mark, problems: &mut Problems) -> Self {
        if !text.contains(['{', '}']) {
            return Self::Column(text.to_owned());
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut characters = text.chars().enumerate().peekable();
        while let Some((offset, character)) = characters.next() {
            match character {
                '{' | '}' if characters.next_if(|(_, next)| *next == character).is_some() => literal.push(character),
                '{' => {
                    let mut name = String::new();
                    let closed = loop {
                        match characters.next() {
                            Some((_, '}')) => break true,
                            Some((_, character)) => name.push(character),
                            None => break false,
                        }
                    };
                    if !closed {
                        problems.add(at.right_by(offset), "this `{` is not closed");
                    } else if name.is_empty() {
                        problems.add(at.right_by(offset), "a column is missing between `{` and `}`");
                    }
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(match PlaceName::of(&name) {
                        Some(place) => Piece::Place(place),
                        None => match name.strip_suffix('?') {
                            Some(name) => Piece::MayLack(name.to_owned()),
                            None => Piece::Column(name),
                        },
                    });
                }
                '}' => problems.add(at.right_by(offset), "this `}` closes nothing; a brace itself is written `}}`"),
                character => literal.push(character),
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Self::Template(pieces)
    }

    /// The names of the columns that it needs, for people.
    pub(super) fn columns_said(&self) -> Option<Box<str>> {
        let names: Vec<&str> = self.columns().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join(", ").into())
    }

    /// The columns that a file must have for it.
    pub(super) fn needed(&self) -> impl Iterator<Item = &String> {
        let may_lack = |name: &&String| match self {
            Self::Template(pieces) => pieces.iter().any(|piece| matches!(piece, Piece::MayLack(own) if own == *name)),
            Self::Absent | Self::Constant(_) | Self::Column(_) => false,
        };
        self.columns().filter(move |name| !may_lack(name))
    }

    /// The columns that it reads.
    pub(super) fn columns(&self) -> impl Iterator<Item = &String> {
        let (one, many) = match self {
            Self::Column(name) => (Some(name), [].as_slice()),
            Self::Template(pieces) => (None, pieces.as_slice()),
            Self::Absent | Self::Constant(_) => (None, [].as_slice()),
        };
        one.into_iter().chain(many.iter().filter_map(|piece| match piece {
            Piece::Column(name) | Piece::MayLack(name) => Some(name),
            Piece::Literal(_) | Piece::Place(_) => None,
        }))
    }

    /// The parts of the record's place that it names.
    pub(super) fn places(&self) -> impl Iterator<Item = PlaceName> {
        let pieces = match self {
            Self::Template(pieces) => pieces.as_slice(),
            Self::Absent | Self::Constant(_) | Self::Column(_) => &[],
        };
        pieces.iter().filter_map(|piece| match piece {
            Piece::Place(name) => Some(*name),
            Piece::Literal(_) | Piece::Column(_) | Piece::MayLack(_) => None,
        })
    }

    /// With the columns of a file; absent where it lacks one.
    pub(super) fn bind(&self, index: impl Fn(&str) -> Option<usize>) -> TextSource<usize> {
        let bound = match self {
            Self::Absent => None,
            Self::Constant(text) => Some(TextSource::Constant(text.clone())),
            Self::Column(name) => index(name).map(TextSource::Column),
            Self::Template(pieces) => {
                let pieces = pieces.iter().map(|piece| match piece {
                    Piece::Literal(text) => Some(Piece::Literal(text.clone())),
                    Piece::Column(name) => index(name).map(Piece::Column),
                    Piece::MayLack(name) => Some(index(name).map_or(Piece::Literal(String::new()), Piece::Column)),
                    Piece::Place(place) => Some(Piece::Place(*place)),
                });
                pieces.collect::<Option<Vec<_>>>().map(TextSource::Template)
            }
        };
        bound.unwrap_or(TextSource::Absent)
    }
}

impl TextSource<usize> {
    /// The text, without blanks around it; empty where there is none. A template all of whose columns are empty is
    /// empty.
    pub(super) fn text<'a>(&'a self, column: impl Fn(usize) -> &'a str, place: Place<'_>) -> Cow<'a, str> {
        match self {
            Self::Absent => Cow::Borrowed(""),
            Self::Constant(text) => Cow::Borrowed(text),
            Self::Column(index) => Cow::Borrowed(column(*index).trim()),
            Self::Template(pieces) => Cow::Owned(render(pieces, column, place)),
        }
    }
}

fn render<'a>(pieces: &[Piece<usize>], column: impl Fn(usize) -> &'a str, place: Place<'_>) -> String {
    let mut text = String::new();
    let (mut columns, mut empty) = (0, 0);
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Place(name) => name.write(place, &mut text),
            Piece::Column(index) | Piece::MayLack(index) => {
                let part = column(*index).trim();
                columns += 1;
                empty += usize::from(part.is_empty());
                text.push_str(part);
            }
        }
    }
    if columns > 0 && columns == empty { String::new() } else { text }
}

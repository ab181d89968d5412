//! A schema: the types that a datum is made of.

/// A schema of Avro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(super) types: Vec<Type>,
    pub(super) root: TypeId,
}

/// A type, by its place in its schema: named types may hold themselves.
pub(super) type TypeId = usize;

/// A type of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Boolean,
    /// `int` and `long` are written alike.
    Whole(Option<Clock>),
    Float,
    Double,
    Bytes(Option<Scale>),
    Text,
    Fixed(usize, Option<Scale>),
    Enum(Vec<Box<str>>),
    List(TypeId),
    Map(TypeId),
    Union(Vec<TypeId>),
    Record(Vec<(Box<str>, TypeId)>),
}

/// Of a decimal: how many of its digits stand behind the point.
pub(super) type Scale = u32;

/// What a whole number counts, where it is a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// Since 1970, in so many parts of a millisecond.
    Timestamp { parts: i64 },
    /// A time without an offset, or a day alone: no instant.
    Local,
}

/// Why a text is no schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no Avro schema: {0}")]
pub struct SchemaError(pub(super) String);

impl Schema {
    pub(super) fn get(&self, id: TypeId) -> &Type {
        // Ids are given by the parser, which fills each.
        &self.types[id]
    }

    /// Whether there is a value of this name: a field, or with dots one of a record inside.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.has_within(self.root, name)
    }

    fn has_within(&self, id: TypeId, name: &str) -> bool {
        match self.get(id) {
            Type::Record(fields) => fields.iter().any(|(field, of)| {
                let inside = name.strip_prefix(&**field).and_then(|rest| rest.strip_prefix('.'));
                **field == *name || inside.is_some_and(|rest| self.has_within(*of, rest))
            }),
            Type::Union(branches) => branches.iter().any(|branch| self.has_within(*branch, name)),
            Type::Map(_) => !name.is_empty(),
            _ => false,
        }
    }
}

//! From the text of a schema (`.avsc`) to its types.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::schema::{Clock, Scale, Schema, SchemaError, Type, TypeId};

/// The most types of a schema, and how deep they may stand in each other.
const TYPES_MAX: usize = 10_000;
const DEPTH_MAX: usize = 64;
/// No decimal that fits 16 bytes has more digits.
const SCALE_MAX: u64 = 38;

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// Where the text is none; what it says is quoted by its names alone.
    pub(crate) fn parse(text: &str) -> Result<Self, SchemaError> {
        let root = serde_json::from_str(text).map_err(|error| SchemaError(format!("no JSON: {error}")))?;
        let mut parser = Parser { types: Vec::new(), named: BTreeMap::new() };
        let root = parser.of(&root, "", 0)?;
        Ok(Self { types: parser.types, root })
    }
}

struct Parser {
    types: Vec<Type>,
    /// By full name.
    named: BTreeMap<String, TypeId>,
}

fn fault<T>(message: impl Into<String>) -> Result<T, SchemaError> {
    Err(SchemaError(message.into()))
}

impl Parser {
    fn add(&mut self, known: Type) -> Result<TypeId, SchemaError> {
        if self.types.len() >= TYPES_MAX {
            return fault(format!("it has more than {TYPES_MAX} types"));
        }
        self.types.push(known);
        Ok(self.types.len() - 1)
    }

    fn of(&mut self, value: &Value, namespace: &str, depth: usize) -> Result<TypeId, SchemaError> {
        if depth > DEPTH_MAX {
            return fault(format!("its types stand more than {DEPTH_MAX} deep in each other"));
        }
        match value {
            Value::String(name) => self.of_name(name, namespace),
            Value::Array(branches) => {
                let branches = branches.iter().map(|branch| self.of(branch, namespace, depth + 1));
                let branches = branches.collect::<Result<Vec<_>, _>>()?;
                self.add(Type::Union(branches))
            }
            Value::Object(object) => self.of_object(object, namespace, depth),
            _ => fault("a type is a name, a list or an object"),
        }
    }

    fn of_name(&mut self, name: &str, namespace: &str) -> Result<TypeId, SchemaError> {
        match primitive(name, None, None) {
            Some(primitive) => self.add(primitive),
            None => {
                let full = self.named.get(&full_name(name, namespace)).or_else(|| self.named.get(name));
                full.copied().map_or_else(|| fault(format!("the type `{name}` is not known")), Ok)
            }
        }
    }

    fn of_object(&mut self, object: &Map<String, Value>, namespace: &str, depth: usize) -> Result<TypeId, SchemaError> {
        let Some(kind) = object.get("type") else { return fault("an object without `type`") };
        let Value::String(kind) = kind else { return self.of(kind, namespace, depth + 1) };
        let inner = |key: &str| object.get(key).map_or_else(|| fault(format!("`{kind}` without `{key}`")), Ok);
        match &**kind {
            "array" => {
                let items = self.of(inner("items")?, namespace, depth + 1)?;
                self.add(Type::List(items))
            }
            "map" => {
                let values = self.of(inner("values")?, namespace, depth + 1)?;
                self.add(Type::Map(values))
            }
            "record" | "error" | "enum" | "fixed" => self.of_named(kind, object, namespace, depth),
            name => match primitive(name, text_of(object, "logicalType"), scale_of(object)) {
                Some(primitive) => self.add(primitive),
                None => self.of_name(name, namespace),
            },
        }
    }

    fn of_named(
        &mut self,
        kind: &str,
        object: &Map<String, Value>,
        namespace: &str,
        depth: usize,
    ) -> Result<TypeId, SchemaError> {
        let Some(name) = text_of(object, "name") else { return fault(format!("`{kind}` without `name`")) };
        let full = full_name(name, text_of(object, "namespace").unwrap_or(namespace));
        // Its place is known before what is inside, which may name it.
        let id = self.add(Type::Null)?;
        if self.named.insert(full.clone(), id).is_some() {
            return fault(format!("the type `{full}` is defined twice"));
        }
        self.types[id] = match kind {
            "enum" => {
                let symbols = object.get("symbols").and_then(Value::as_array);
                let symbols =
                    symbols.map(|symbols| symbols.iter().map(|symbol| symbol.as_str().map(Box::from)).collect());
                match symbols {
                    Some(Some(symbols)) => Type::Enum(symbols),
                    _ => return fault(format!("the enum `{full}` has no list of symbols")),
                }
            }
            "fixed" => match object.get("size").and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok()) {
                Some(size) => Type::Fixed(size, decimal_of(object)),
                None => return fault(format!("the fixed `{full}` has no size")),
            },
            _ => Type::Record(self.fields(object, &full, depth)?),
        };
        Ok(id)
    }

    fn fields(
        &mut self,
        object: &Map<String, Value>,
        full: &str,
        depth: usize,
    ) -> Result<Vec<(Box<str>, TypeId)>, SchemaError> {
        let Some(fields) = object.get("fields").and_then(Value::as_array) else {
            return fault(format!("the record `{full}` has no list of fields"));
        };
        let namespace = full.rsplit_once('.').map_or("", |(namespace, _)| namespace);
        let mut read: Vec<(Box<str>, TypeId)> = Vec::with_capacity(fields.len());
        for field in fields {
            let (Some(name), Some(of)) = (field.get("name").and_then(Value::as_str), field.get("type")) else {
                return fault(format!("a field of `{full}` has no name or no type"));
            };
            if read.iter().any(|(known, _)| **known == *name) {
                return fault(format!("the field `{name}` of `{full}` is there twice"));
            }
            let of = self.of(of, namespace, depth + 1)?;
            read.push((name.into(), of));
        }
        Ok(read)
    }
}

fn primitive(name: &str, logical: Option<&str>, scale: Option<Scale>) -> Option<Type> {
    Some(match name {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "int" | "long" => Type::Whole(logical.and_then(clock)),
        "float" => Type::Float,
        "double" => Type::Double,
        "bytes" => Type::Bytes(scale.filter(|_| logical == Some("decimal"))),
        "string" => Type::Text,
        _ => return None,
    })
}

fn clock(logical: &str) -> Option<Clock> {
    match logical {
        "timestamp-millis" => Some(Clock::Timestamp { parts: 1 }),
        "timestamp-micros" => Some(Clock::Timestamp { parts: 1_000 }),
        "timestamp-nanos" => Some(Clock::Timestamp { parts: 1_000_000 }),
        "local-timestamp-millis" | "local-timestamp-micros" | "local-timestamp-nanos" | "date" => Some(Clock::Local),
        _ => None,
    }
}

fn decimal_of(object: &Map<String, Value>) -> Option<Scale> {
    scale_of(object).filter(|_| text_of(object, "logicalType") == Some("decimal"))
}

/// Zero where it is left out; a scale that no decimal has makes none.
fn scale_of(object: &Map<String, Value>) -> Option<Scale> {
    let scale = object.get("scale").map_or(Some(0), Value::as_u64)?;
    (scale <= SCALE_MAX).then_some(scale as Scale)
}

fn text_of<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}

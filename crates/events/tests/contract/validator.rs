//! As much of JSON Schema as the published schemas use; a keyword that is not known here fails the test.

use regex::Regex;
use serde_json::{Map, Value};

/// Keywords that say nothing of what is valid, or what JSON readers see to.
const NOTES: [&str; 6] = ["$schema", "$defs", "title", "description", "format", "$ref"];

pub(crate) struct Validator {
    root: Value,
}

impl Validator {
    pub(crate) fn new(root: Value) -> Self {
        Self { root }
    }

    /// Everything that is wrong with a value, by place.
    pub(crate) fn problems(&self, value: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        self.check(&self.root, value, "", &mut problems);
        problems
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
        let schema = schema.as_object().expect("a schema");
        if let Some(reference) = schema.get("$ref") {
            let pointer = reference.as_str().and_then(|text| text.strip_prefix('#')).expect("a place in the schema");
            self.check(self.root.pointer(pointer).expect("is defined"), value, place, problems);
        }
        for (keyword, expected) in schema {
            if NOTES.contains(&&**keyword) {
                continue;
            }
            if !self.holds(keyword, expected, schema, value, place, problems) {
                problems.push(format!("{place}: {keyword} {expected}"));
            }
        }
    }

    /// Whether one keyword holds; what is wrong deeper down goes to the problems.
    fn holds(
        &self,
        keyword: &str,
        expected: &Value,
        schema: &Map<String, Value>,
        value: &Value,
        place: &str,
        problems: &mut Vec<String>,
    ) -> bool {
        let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let fits = |schema: &Value| {
            let mut found = Vec::new();
            self.check(schema, value, place, &mut found);
            found.is_empty()
        };
        match keyword {
            "type" => match expected {
                Value::Array(types) => types.iter().any(|name| is_of(name, value)),
                name => is_of(name, value),
            },
            "const" => value == expected,
            "enum" => array(expected).contains(value),
            "oneOf" => array(expected).iter().filter(|schema| fits(schema)).count() == 1,
            "anyOf" => array(expected).iter().any(fits),
            "required" => array(expected).iter().all(|name| value.get(name.as_str().expect("a name")).is_some()),
            "properties" => {
                for (name, schema) in expected.as_object().expect("schemas by name") {
                    if let Some(value) = value.get(name) {
                        self.check(schema, value, &format!("{place}/{name}"), problems);
                    }
                }
                true
            }
            "additionalProperties" => {
                assert!(!schema.contains_key("properties"), "fields may be added");
                for (name, value) in value.as_object().into_iter().flatten() {
                    self.check(expected, value, &format!("{place}/{name}"), problems);
                }
                true
            }
            "items" => {
                for (at, value) in array(value).iter().enumerate() {
                    self.check(expected, value, &format!("{place}/{at}"), problems);
                }
                true
            }
            "prefixItems" => {
                for (at, (schema, value)) in array(expected).iter().zip(array(value)).enumerate() {
                    self.check(schema, &value, &format!("{place}/{at}"), problems);
                }
                true
            }
            "minItems" => {
                value.as_array().is_none_or(|items| items.len() as u64 >= expected.as_u64().expect("a count"))
            }
            "maxItems" => {
                value.as_array().is_none_or(|items| items.len() as u64 <= expected.as_u64().expect("a count"))
            }
            "maxLength" => {
                value.as_str().is_none_or(|text| text.chars().count() as u64 <= expected.as_u64().expect("a count"))
            }
            "minimum" => value.as_f64().is_none_or(|number| number >= expected.as_f64().expect("a number")),
            "pattern" => {
                let pattern = Regex::new(expected.as_str().expect("a text")).expect("a pattern");
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            _ => panic!("the keyword {keyword} is not known here"),
        }
    }
}

fn is_of(name: &Value, value: &Value) -> bool {
    match name.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the type {other} is not known here"),
    }
}

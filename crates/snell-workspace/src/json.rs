//! JSON with comments, as a tree that knows where each value stands.

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::{Deserialize, Serialize};
use snell_source::{Span, SyntaxError};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the file.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value` at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

/// A JSON value and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Json {
    /// The value.
    pub value: JsonValue,
    /// Its bytes in the file, quotes and braces included.
    pub span: Span,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum JsonValue {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written: some do not fit an `f64`.
    Number(String),
    /// A string, escapes resolved.
    String(String),
    /// `[...]`
    Array(Vec<Json>),
    /// `{...}`, in source order; a name may come twice.
    Object(Vec<Member>),
}

/// A name and its value in an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The name; its span includes the quotes.
    pub name: Spanned<String>,
    /// The value.
    pub value: Json,
}

impl Json {
    /// Reads JSON with comments and trailing commas. A text that is not JSON
    /// gives `null` and the error; an empty one `null`.
    #[must_use]
    pub fn parse(text: &str) -> (Json, Option<SyntaxError>) {
        // Two spellings beyond JSONC (JSON5's and a missing comma) are allowed by
        // the reader's defaults; they would hide typing errors.
        let options = ParseOptions {
            allow_comments: true,
            allow_trailing_commas: true,
            allow_loose_object_property_names: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        match parse_to_ast(text, &CollectOptions::default(), &options) {
            Ok(parsed) => (parsed.value.map_or_else(Json::null, Json::from_ast), None),
            Err(error) => {
                let error = SyntaxError::new(span(error.range()), error.kind().to_string());
                (Json::null(), Some(error))
            }
        }
    }

    fn null() -> Json {
        Json {
            value: JsonValue::Null,
            span: Span::default(),
        }
    }

    /// Recursive as the reader itself, which stops at a depth of 512.
    fn from_ast(value: Value<'_>) -> Json {
        let span = span(value.range());
        let value = match value {
            Value::NullKeyword(_) => JsonValue::Null,
            Value::BooleanLit(lit) => JsonValue::Bool(lit.value),
            Value::NumberLit(lit) => JsonValue::Number(lit.value.to_owned()),
            Value::StringLit(lit) => JsonValue::String(lit.value.into_owned()),
            Value::Array(array) => {
                JsonValue::Array(array.elements.into_iter().map(Json::from_ast).collect())
            }
            Value::Object(object) => {
                let member = |prop: jsonc_parser::ast::ObjectProp<'_>| Member {
                    name: name(prop.name),
                    value: Json::from_ast(prop.value),
                };
                JsonValue::Object(object.properties.into_iter().map(member).collect())
            }
        };
        Json { value, span }
    }

    /// The value of a name in an object; the last one counts, as in JavaScript.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.members()
            .iter()
            .rev()
            .find(|member| member.name.value == name)
            .map(|member| &member.value)
    }

    /// The value at the end of a path of names.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Json> {
        path.iter().try_fold(self, |json, name| json.get(name))
    }

    /// The members of an object; none of anything else.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        match &self.value {
            JsonValue::Object(members) => members,
            _ => &[],
        }
    }

    /// The elements of an array; none of anything else.
    #[must_use]
    pub fn elements(&self) -> &[Json] {
        match &self.value {
            JsonValue::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            JsonValue::String(string) => Some(string),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            JsonValue::Bool(bool) => Some(bool),
            _ => None,
        }
    }

    /// The string with its place, if it is one.
    #[must_use]
    pub fn spanned_str(&self) -> Option<Spanned<String>> {
        Some(Spanned::new(self.as_str()?.to_owned(), self.span))
    }

    /// The strings of an array with their places; what is not a string is left out.
    #[must_use]
    pub fn spanned_strings(&self) -> Vec<Spanned<String>> {
        self.elements()
            .iter()
            .filter_map(Json::spanned_str)
            .collect()
    }

    /// What kind of value it is, for error messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            JsonValue::Null => "null",
            JsonValue::Bool(_) => "a boolean",
            JsonValue::Number(_) => "a number",
            JsonValue::String(_) => "a string",
            JsonValue::Array(_) => "an array",
            JsonValue::Object(_) => "an object",
        }
    }

    /// The same value without places, for `serde`. A number that no `f64` holds
    /// becomes `null`.
    #[must_use]
    pub fn to_serde(&self) -> serde_json::Value {
        match &self.value {
            JsonValue::Null => serde_json::Value::Null,
            JsonValue::Bool(bool) => (*bool).into(),
            JsonValue::Number(number) => number
                .parse::<serde_json::Number>()
                .map_or(serde_json::Value::Null, serde_json::Value::Number),
            JsonValue::String(string) => string.as_str().into(),
            JsonValue::Array(elements) => elements.iter().map(Json::to_serde).collect(),
            JsonValue::Object(members) => members
                .iter()
                .map(|member| (member.name.value.clone(), member.value.to_serde()))
                .collect(),
        }
    }
}

fn name(name: ObjectPropName<'_>) -> Spanned<String> {
    let span = span(name.range());
    Spanned::new(name.into_string(), span)
}

fn span(range: Range) -> Span {
    Span::from_range(range.start..range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_place() {
        let text = "// c\n{ \"a\": [1, \"é\"], }";
        let (json, error) = Json::parse(text);
        assert_eq!(error, None);
        let element = &json.get("a").unwrap().elements()[1];
        assert_eq!(element.as_str(), Some("é"));
        assert_eq!(element.span.text(text), "\"é\"");
        assert_eq!(json.members()[0].name.span.text(text), "\"a\"");
    }

    #[test]
    fn errors_have_a_place_and_nesting_has_a_limit() {
        assert!(Json::parse("{ \"a\" 1 }").1.is_some());
        assert!(Json::parse("{ 'a': 1 }").1.is_some());
        assert!(Json::parse(&"[".repeat(100_000)).1.is_some());
        assert_eq!(Json::parse(""), (Json::null(), None));
    }
}

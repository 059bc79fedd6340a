//! YAML as a tree that knows where each value stands.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::DuplicateKeyPolicy;
use snell_source::{Span, SyntaxError};

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Yaml {
    pub(crate) value: YamlValue,
    /// The bytes of the value in the text; of a scalar, its quotes included but not
    /// the indicator of a block (`|`). An alias stands where it is used.
    pub(crate) span: Span,
}

/// A YAML value. Scalars other than strings are kept as the words that they are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum YamlValue {
    Null,
    Scalar(String),
    Sequence(Vec<Yaml>),
    Mapping(Vec<(Yaml, Yaml)>),
}

/// Nesting beyond this is no pipeline; the reader is recursive.
const MAX_DEPTH: usize = 64;

/// Aliases of aliases grow exponentially; pipelines use a few.
const MAX_REPLAYED: usize = 100_000;

impl Yaml {
    /// Reads all documents of a text as far as they can be understood.
    pub(crate) fn parse(text: &str) -> (Vec<Yaml>, Option<SyntaxError>) {
        let options = serde_saphyr::options! {
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
            // YAML 1.2: `on`, `off`, `y` and `n` are words.
            strict_booleans: true,
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
            budget: serde_saphyr::budget! { max_depth: MAX_DEPTH },
        };
        match serde_saphyr::from_multiple_with_options(text, options) {
            Ok(documents) => (documents, None),
            Err(error) => (Vec::new(), Some(syntax_error(text, &error))),
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Yaml> {
        self.entries().find_map(|(k, v)| (k == key).then_some(v))
    }

    /// The keys that are scalars, with their values.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Yaml)> {
        let entries = match &self.value {
            YamlValue::Mapping(entries) => entries.as_slice(),
            _ => &[],
        };
        entries
            .iter()
            .filter_map(|(key, value)| Some((key.as_str()?, value)))
    }

    /// The elements of a sequence; none of anything else.
    pub(crate) fn elements(&self) -> &[Yaml] {
        match &self.value {
            YamlValue::Sequence(elements) => elements,
            _ => &[],
        }
    }

    /// The words of a scalar.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Scalar(string) => Some(string),
            _ => None,
        }
    }
}

fn syntax_error(text: &str, error: &serde_saphyr::Error) -> SyntaxError {
    let at = error
        .location()
        .and_then(|location| location.span().byte_offset())
        .and_then(|offset| usize::try_from(offset).ok())
        .map_or(0, |offset| offset.min(text.len()));
    let words = error.without_snippet().to_string();
    let first = words.lines().next().unwrap_or_default();
    SyntaxError::new(Span::from_range(at..at), first)
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_saphyr::Spanned::<YamlValue>::deserialize(deserializer)?;
        let place = spanned.referenced.span();
        let start = place.byte_offset().unwrap_or(0) as usize;
        let len = place.byte_len().unwrap_or(0) as usize;
        Ok(Yaml {
            value: spanned.value,
            span: Span::from_range(start..start.saturating_add(len)),
        })
    }
}

impl<'de> Deserialize<'de> for YamlValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = YamlValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<YamlValue, E> {
        Ok(YamlValue::Null)
    }

    fn visit_none<E>(self) -> Result<YamlValue, E> {
        Ok(YamlValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<YamlValue, E> {
        Ok(YamlValue::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<YamlValue, E> {
        Ok(YamlValue::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<YamlValue, E> {
        Ok(YamlValue::Scalar(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<YamlValue, E> {
        Ok(YamlValue::Scalar(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<YamlValue, E> {
        Ok(YamlValue::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<YamlValue, E> {
        Ok(YamlValue::Scalar(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<YamlValue, E> {
        Ok(YamlValue::Scalar(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<YamlValue, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(YamlValue::Sequence(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<YamlValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(YamlValue::Mapping(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_scalars() {
        let text = "# é\njobs:\n  a: { run: 'x y' }\n  b:\n    run: |\n      one\n      two\n    n: 5432\n";
        let (documents, error) = Yaml::parse(text);
        assert_eq!(error, None);
        let jobs = documents[0].get("jobs").unwrap();
        let quoted = jobs.get("a").unwrap().get("run").unwrap();
        assert_eq!(quoted.as_str(), Some("x y"));
        assert_eq!(quoted.span.text(text), "'x y'");
        let block = jobs.get("b").unwrap().get("run").unwrap();
        assert_eq!(block.as_str(), Some("one\ntwo\n"));
        assert!(
            block.span.text(text).contains("one\n      two"),
            "{:?}",
            block.span.text(text)
        );
        let number = jobs.get("b").unwrap().get("n").unwrap();
        assert_eq!(number.as_str(), Some("5432"));
    }

    #[test]
    fn broken_deep_and_explosive_texts_are_errors() {
        assert!(Yaml::parse("a: [1, 2").1.is_some());
        assert!(Yaml::parse(&"[".repeat(100_000)).1.is_some());
        let mut bomb = String::from("a0: &a0 [x, x]\n");
        for n in 1..40 {
            bomb += &format!("a{n}: &a{n} [*a{p}, *a{p}]\n", p = n - 1);
        }
        assert!(Yaml::parse(&bomb).1.is_some());
    }

    #[test]
    fn several_documents_and_none() {
        assert_eq!(Yaml::parse("a: 1\n---\nb: 2\n").0.len(), 2);
        assert_eq!(Yaml::parse("").1, None);
    }
}

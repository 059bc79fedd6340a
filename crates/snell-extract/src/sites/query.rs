//! `queries/typescript.scm`, compiled once for each grammar.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use tree_sitter::{Query, QueryPredicateArg};

use super::readers::{READERS, Reader};
use crate::Dialect;
use crate::grammar::Grammar;

/// A copy of the file in `queries/`: a package holds only what lies in its folder.
pub(super) const SOURCE: &str = include_str!("../../queries/typescript.scm");

/// The query with what is read from its predicates.
pub(super) struct Landscape {
    pub(super) query: Query,
    /// By pattern.
    pub(super) patterns: Vec<Pattern>,
    pub(super) site: u32,
    pub(super) receiver: u32,
    /// Finds the words of all patterns.
    pub(super) words: AhoCorasick,
}

/// One pattern of the query.
pub(super) struct Pattern {
    /// The capture that holds the word.
    pub(super) operation: u32,
    pub(super) words: Vec<Box<str>>,
    /// Whether the word may be a part of the name.
    pub(super) part: bool,
    pub(super) reader: &'static Reader,
}

static TYPESCRIPT: LazyLock<Result<Landscape, String>> =
    LazyLock::new(|| Landscape::new(Dialect::TypeScript));
static TSX: LazyLock<Result<Landscape, String>> = LazyLock::new(|| Landscape::new(Dialect::Tsx));

/// The query for a dialect; the error, which a test rules out, says what is
/// wrong with the file.
pub(super) fn landscape(dialect: Dialect) -> Result<&'static Landscape, &'static str> {
    match dialect {
        Dialect::TypeScript => TYPESCRIPT.as_ref(),
        Dialect::Tsx => TSX.as_ref(),
    }
    .map_err(String::as_str)
}

impl Landscape {
    fn new(dialect: Dialect) -> Result<Landscape, String> {
        let language = &Grammar::of(dialect).language;
        let query = Query::new(language, SOURCE).map_err(|error| error.to_string())?;
        let patterns = (0..query.pattern_count())
            .map(|pattern| Pattern::new(&query, pattern))
            .collect::<Result<Vec<_>, _>>()?;
        let capture = |name: &str| {
            query
                .capture_index_for_name(name)
                .ok_or_else(|| format!("no pattern captures @{name}"))
        };
        let mut words: Vec<&str> = patterns
            .iter()
            .flat_map(|pattern| pattern.words.iter().map(AsRef::as_ref))
            .collect();
        words.sort_unstable();
        words.dedup();
        let words = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(words)
            .map_err(|error| error.to_string())?;
        Ok(Landscape {
            site: capture("site")?,
            receiver: capture("receiver")?,
            query,
            patterns,
            words,
        })
    }
}

impl Pattern {
    fn new(query: &Query, pattern: usize) -> Result<Pattern, String> {
        let [predicate] = query.general_predicates(pattern) else {
            return Err(format!("pattern {pattern} needs one #word? or #part?"));
        };
        let part = match &*predicate.operator {
            "word?" => false,
            "part?" => true,
            other => return Err(format!("#{other} is unknown")),
        };
        let mut operation = None;
        let mut words = Vec::new();
        for argument in &predicate.args {
            match argument {
                QueryPredicateArg::Capture(capture) => operation = Some(*capture),
                QueryPredicateArg::String(word) => words.push(word.clone()),
            }
        }
        let operation = operation.ok_or("a predicate names no capture")?;
        let name = query.capture_names()[operation as usize];
        let reader = READERS
            .iter()
            .find(|reader| reader.capture == name)
            .ok_or_else(|| format!("nothing reads @{name}"))?;
        Ok(Pattern {
            operation,
            words,
            part,
            reader,
        })
    }

    /// Whether the word of a match is one of the pattern's.
    pub(super) fn accepts(&self, text: &str) -> bool {
        if self.part {
            self.words.iter().any(|word| text.contains(&**word))
        } else {
            self.words.iter().any(|word| **word == *text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_compiles_for_both_grammars_and_every_capture_is_read() {
        for dialect in [Dialect::TypeScript, Dialect::Tsx] {
            let landscape = landscape(dialect).expect("a query without faults");
            for name in landscape.query.capture_names() {
                let known = matches!(*name, "site" | "receiver")
                    || READERS.iter().any(|reader| reader.capture == *name);
                assert!(known, "nothing reads @{name}");
            }
        }
    }

    #[test]
    fn every_reader_has_a_capture() {
        let landscape = landscape(Dialect::Tsx).expect("a query without faults");
        for reader in READERS {
            let capture = landscape.query.capture_index_for_name(reader.capture);
            assert!(capture.is_some(), "no pattern captures @{}", reader.capture);
        }
    }
}

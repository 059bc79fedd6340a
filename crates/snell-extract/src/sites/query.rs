//! `queries/typescript.scm`, compiled once for each grammar.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use tree_sitter::{Query, QueryPredicate, QueryPredicateArg};

use super::readers::{READERS, Reader};
use crate::Dialect;
use crate::grammar::Grammar;

/// A copy of the file in `queries/`: a package holds only what lies in its folder.
pub(super) const SOURCE: &str = include_str!("../../queries/typescript.scm");

/// The query with what is read from its predicates.
pub(super) struct Landscape {
    pub(super) query: Query,
    /// The predicates of each pattern.
    pub(super) patterns: Vec<Vec<Predicate>>,
    pub(super) site: u32,
    /// Finds the words of all patterns.
    pub(super) words: AhoCorasick,
}

/// `(#model? @method "findMany" "create")`
pub(super) struct Predicate {
    /// What holds the word.
    pub(super) capture: u32,
    words: Vec<Box<str>>,
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
            .map(|pattern| {
                let predicates = query.general_predicates(pattern).iter();
                predicates.map(Predicate::new).collect()
            })
            .collect::<Result<Vec<Vec<Predicate>>, String>>()?;
        let mut words: Vec<&str> = patterns
            .iter()
            .flatten()
            .flat_map(|predicate| predicate.words.iter().map(AsRef::as_ref))
            .collect();
        words.sort_unstable();
        words.dedup();
        let words = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(words)
            .map_err(|error| error.to_string())?;
        Ok(Landscape {
            site: query
                .capture_index_for_name("site")
                .ok_or("no pattern captures @site")?,
            query,
            patterns,
            words,
        })
    }
}

impl Predicate {
    fn new(predicate: &QueryPredicate) -> Result<Predicate, String> {
        let name = &*predicate.operator;
        let reader = READERS.iter().find(|reader| reader.predicate == name);
        let mut capture = None;
        let mut words = Vec::new();
        for argument in &predicate.args {
            match argument {
                QueryPredicateArg::Capture(index) => capture = Some(*index),
                QueryPredicateArg::String(word) => words.push(word.clone()),
            }
        }
        Ok(Predicate {
            capture: capture.ok_or_else(|| format!("#{name} names no capture"))?,
            words,
            reader: reader.ok_or_else(|| format!("nothing reads #{name}"))?,
        })
    }

    /// Whether the text of the capture is one of the words.
    pub(super) fn accepts(&self, text: &str) -> bool {
        let mut words = self.words.iter();
        match self.reader.part {
            true => words.any(|word| text.contains(&**word)),
            false => words.any(|word| **word == *text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_compiles_for_both_grammars_and_every_reader_has_words() {
        for dialect in [Dialect::TypeScript, Dialect::Tsx] {
            let landscape = landscape(dialect).expect("a query without faults");
            for reader in READERS {
                let mut predicates = landscape.patterns.iter().flatten();
                let said = predicates.any(|predicate| predicate.reader.kind == reader.kind);
                assert!(said, "no pattern asks #{}", reader.predicate);
            }
            for pattern in 0..landscape.query.pattern_count() {
                assert!(
                    !landscape.patterns[pattern].is_empty(),
                    "pattern {pattern} has no words"
                );
            }
        }
    }
}

//! The grammar that PostgreSQL's own `gram.y` generates: the second opinion on what is a
//! syntax error, and what a text names even where nobody understands the rest of it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use snell_source::Span;
use tree_sitter::{Language, Parser, Query, QueryCursor, StreamingIterator};

use crate::ast::{Name, ObjectName};

/// The copy of `queries/sql.scm` that the crate is published with.
const QUERY: &str = include_str!("../queries/sql.scm");

static REFERENCES: LazyLock<Option<Query>> = LazyLock::new(|| Query::new(&language(), QUERY).ok());

fn language() -> Language {
    tree_sitter_sql::LANGUAGE.into()
}

thread_local! {
    static SQL: RefCell<Option<Parser>> = RefCell::new(parser(&language()));
    static PLPGSQL: RefCell<Option<Parser>> =
        RefCell::new(parser(&tree_sitter_sql::LANGUAGE_PLPGSQL.into()));
}

fn parser(language: &Language) -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(language).ok()?;
    Some(parser)
}

fn clean(parser: &RefCell<Option<Parser>>, text: &str) -> bool {
    parser
        .borrow_mut()
        .as_mut()
        .and_then(|parser| parser.parse(text, None))
        .is_some_and(|tree| !tree.root_node().has_error())
}

/// Whether the grammar reads `text` without an error.
pub(crate) fn accepts(text: &str) -> bool {
    SQL.with(|parser| clean(parser, text))
}

/// Whether the PL/pgSQL grammar reads a routine's body without an error.
pub(crate) fn accepts_plpgsql(body: &str) -> bool {
    PLPGSQL.with(|parser| clean(parser, body))
}

/// What a text names at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: ReferenceKind,
}

/// What kind of thing a text names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferenceKind {
    /// A table or view.
    Table(ObjectName),
    /// A common table expression's own name.
    CommonTable(ObjectName),
    /// An alias.
    Alias(ObjectName),
    /// A column, with the table or alias before it.
    Column(ObjectName),
    /// `$n`.
    Placeholder(u32),
    /// A distance operator of pgvector.
    VectorOperator,
}

/// The tables, columns, placeholders and vector operators of a text, in order: what
/// `queries/sql.scm` captures, also inside statements that are not valid.
#[must_use]
pub fn references(text: &str) -> Vec<Reference> {
    let Some(query) = REFERENCES.as_ref() else {
        return Vec::new();
    };
    let tree = SQL.with(|parser| {
        parser
            .borrow_mut()
            .as_mut()
            .and_then(|p| p.parse(text, None))
    });
    let Some(tree) = tree else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(query, tree.root_node(), text.as_bytes());
    while let Some(hit) = matches.next() {
        for capture in hit.captures() {
            let span = Span::from_range(capture.node.byte_range());
            let name = query.capture_names()[capture.index as usize];
            if let Some(kind) = read(name, span, text) {
                found.push(Reference { span, kind });
            }
        }
    }
    found.sort_by_key(|reference| reference.span);
    found.dedup();
    found
}

/// What a text names, each name once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Tables and views, with their schemas where written; names that the text makes itself
    /// are left out.
    pub tables: BTreeSet<String>,
    /// Columns, without the table or alias before them.
    pub columns: BTreeSet<String>,
    /// The numbers of `$n`.
    pub placeholders: BTreeSet<u32>,
    /// Distance operators of pgvector.
    pub vector_operators: BTreeSet<String>,
}

/// What a text names: every capture of `queries/sql.scm`, put together.
#[must_use]
pub fn names(text: &str) -> Names {
    let mut names = Names {
        tables: tables(text, 0).iter().map(ToString::to_string).collect(),
        ..Names::default()
    };
    for reference in references(text) {
        match reference.kind {
            ReferenceKind::Column(name) => {
                names.columns.insert(name.name.text.to_string());
            }
            ReferenceKind::Placeholder(number) => {
                names.placeholders.insert(number);
            }
            ReferenceKind::VectorOperator => {
                let operator = reference.span.text(text).to_owned();
                names.vector_operators.insert(operator);
            }
            ReferenceKind::Table(_) | ReferenceKind::CommonTable(_) | ReferenceKind::Alias(_) => {}
        }
    }
    names
}

/// The tables that a text names, save the names that it makes itself; the text starts at byte
/// `start` of its file.
pub(crate) fn tables(text: &str, start: u32) -> Vec<ObjectName> {
    let found = references(text);
    let own: Vec<&str> = found
        .iter()
        .filter_map(|reference| match &reference.kind {
            ReferenceKind::CommonTable(name) | ReferenceKind::Alias(name) => {
                Some(name.name.text.as_str())
            }
            _ => None,
        })
        .collect();
    let shifted = |name: &Name| Name {
        span: name.span.shift(start),
        ..name.clone()
    };
    found
        .iter()
        .filter_map(|reference| match &reference.kind {
            ReferenceKind::Table(name)
                if name.schema.is_some() || !own.contains(&name.name.text.as_str()) =>
            {
                Some(ObjectName {
                    schema: name.schema.as_ref().map(shifted),
                    name: shifted(&name.name),
                })
            }
            _ => None,
        })
        .collect()
}

/// What the capture `name` of the query stands for.
fn read(name: &str, span: Span, text: &str) -> Option<ReferenceKind> {
    let written = span.text(text);
    Some(match name {
        "table" => ReferenceKind::Table(dotted(written, span)?),
        "cte" => ReferenceKind::CommonTable(dotted(written, span)?),
        "alias" => ReferenceKind::Alias(dotted(written, span)?),
        "column" => ReferenceKind::Column(dotted(written, span)?),
        "placeholder" => ReferenceKind::Placeholder(written.trim_start_matches('$').parse().ok()?),
        "vector_operator" => ReferenceKind::VectorOperator,
        _ => return None,
    })
}

/// The last two names of a dotted path, folded as PostgreSQL folds them.
fn dotted(written: &str, span: Span) -> Option<ObjectName> {
    let mut names = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    for (index, character) in written.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => {
                names.push(start..index);
                start = index + 1;
            }
            _ => {}
        }
    }
    names.push(start..written.len());
    let mut names = names.into_iter().map(|range| {
        let part = written[range.clone()].trim();
        let (text, quoted) = crate::parse::identifier(part);
        Name {
            text,
            span: Span::from_range(range).shift(span.start),
            quoted,
        }
    });
    let mut last = names.next_back()?;
    if last.text == "*" {
        last = names.next_back()?;
    }
    Some(ObjectName {
        schema: names.next_back(),
        name: last,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_query_is_the_one_in_queries() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../queries/sql.scm");
        assert_eq!(std::fs::read_to_string(root).unwrap(), QUERY);
    }

    #[test]
    fn every_capture_is_read() {
        let query = REFERENCES.as_ref().expect("the query compiles");
        for name in query.capture_names() {
            let text = if *name == "placeholder" { "$1" } else { "a" };
            let span = Span::new(0, text.len() as u32);
            assert!(read(name, span, text).is_some(), "nobody reads @{name}");
        }
    }

    #[test]
    fn the_grammar_is_the_one_that_was_measured() {
        // Two grammars that export one C symbol link silently: the count tells them apart.
        assert_eq!(language().parse_state_count(), STATES);
    }

    /// Parse states of tree-sitter-postgres 1.2.4.
    const STATES: usize = 16_991;

    #[test]
    fn a_text_names_tables_but_not_what_it_makes_itself() {
        let names = names(
            "WITH near AS (SELECT id FROM chunks ORDER BY embedding <=> $1) SELECT n.id FROM near n JOIN app.docs d USING (id)",
        );
        let tables: Vec<&str> = names.tables.iter().map(String::as_str).collect();
        assert_eq!(tables, ["app.docs", "chunks"]);
        assert!(names.columns.contains("embedding") && names.columns.contains("id"));
        assert!(names.placeholders.contains(&1));
        assert!(names.vector_operators.contains("<=>"));
    }

    #[test]
    fn names_survive_a_broken_statement() {
        let found = references(
            "WITH c AS (SELECT 1) SELECT u.a FROM public.\"User\" AS u WHERE u.v <=> $2 $3 LIMIT",
        );
        let has = |wanted: &str| {
            found.iter().any(|reference| match &reference.kind {
                ReferenceKind::Table(name) => format!("table {name}") == wanted,
                ReferenceKind::CommonTable(name) => format!("cte {name}") == wanted,
                ReferenceKind::Alias(name) => format!("alias {name}") == wanted,
                ReferenceKind::Column(name) => format!("column {name}") == wanted,
                ReferenceKind::Placeholder(n) => format!("${n}") == wanted,
                ReferenceKind::VectorOperator => wanted == "vector",
            })
        };
        for wanted in [
            "cte c",
            "table public.User",
            "alias u",
            "column u.a",
            "$2",
            "vector",
        ] {
            assert!(has(wanted), "{wanted} is missing in {found:?}");
        }
    }
}

//! Names and types of a query, worked out over a catalog as PostgreSQL's `PREPARE` does.
//!
//! What cannot be known is silent: an unknown relation inside a known one, a function of an
//! extension that is not in the library, a column of either make no error of their own.

mod candidates;
mod expressions;
mod from;
mod functions;
mod grouping;
mod modify;
mod narrow;
mod operators;
mod queries;
mod scope;
mod targets;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use crate::Parse;
use crate::ast::{Expr, Query, Statement, StatementKind};
use crate::catalog::{Catalog, DataType, RelationId, TypeId};
use scope::{Scope, Source, Typed};

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultColumn {
    /// Its name.
    pub name: SmolStr,
    /// Its type, when it could be worked out.
    pub data_type: Option<DataType>,
    /// Whether it is certain never to be null.
    pub not_null: bool,
    /// The table's column that it hands through unchanged.
    pub source: Option<(RelationId, u16)>,
    /// The expression that gives it.
    pub span: Span,
}

/// Why PostgreSQL would refuse a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisError {
    /// The error code.
    pub sqlstate: &'static str,
    /// Where.
    pub span: Span,
    /// PostgreSQL's words.
    pub message: String,
    /// The name that was not found.
    pub name: Option<SmolStr>,
    /// The names that stand there instead.
    pub candidates: Vec<SmolStr>,
    /// The relations whose columns those are.
    pub relations: Vec<RelationId>,
}

/// What is known of a placeholder's type before the server sees the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Nothing: the server infers it.
    Open,
    /// The client declares a type that is not known here: no error may follow from it.
    Unknown,
    /// The client declares this type.
    Declared(TypeId),
}

/// What is known about a statement's names and types.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// The columns of its result; empty for a statement without rows.
    pub columns: Vec<ResultColumn>,
    /// Whether every column is known by name.
    pub complete: bool,
    /// Types of `$1`, `$2`, ...; none where nothing decides.
    pub parameters: Vec<Option<DataType>>,
    /// The relations and columns that it reads.
    pub reads: BTreeSet<(RelationId, Option<u16>)>,
    /// The relations and columns that it writes.
    pub writes: BTreeSet<(RelationId, Option<u16>)>,
    /// The types that it names.
    pub types: BTreeSet<TypeId>,
    /// The enums' values that its literals are, and where.
    pub enum_values: Vec<(TypeId, SmolStr, Span)>,
    /// Why PostgreSQL would refuse it, in the order of the text.
    pub errors: Vec<AnalysisError>,
}

/// Works out a query.
#[must_use]
pub fn query(query: &Query, catalog: &Catalog) -> Shape {
    let mut analyzer = Analyzer::new(catalog);
    let (columns, complete) = analyzer.query(query, None);
    analyzer.finish(columns, complete)
}

/// Works out a statement over rows; any other has no shape.
#[must_use]
pub fn statement(statement: &Statement, catalog: &Catalog) -> Shape {
    let mut analyzer = Analyzer::new(catalog);
    let (columns, complete) = analyzer.statement(statement, None);
    analyzer.finish(columns, complete)
}

/// The type of an expression over the columns of one relation.
pub(crate) fn expression_type(
    expr: &Expr,
    relation: RelationId,
    catalog: &Catalog,
) -> Option<DataType> {
    let mut analyzer = Analyzer::new(catalog);
    let source = analyzer.relation_source(relation)?;
    let scope = Scope::of(vec![source], None);
    analyzer.expr(expr, &scope).data_type
}

/// What is known about a raw query.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryFacts {
    /// What the statement does: `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `OTHER`.
    pub kind: &'static str,
    /// The columns of its result.
    pub columns: Vec<ResultColumn>,
    /// Whether every column is known by name.
    pub complete: bool,
    /// Types of `$1`, `$2`, ...
    pub parameters: Vec<Option<DataType>>,
    /// The relations and columns that it reads.
    pub reads: BTreeSet<(RelationId, Option<u16>)>,
    /// The relations and columns that it writes.
    pub writes: BTreeSet<(RelationId, Option<u16>)>,
    /// Why PostgreSQL would refuse it.
    pub errors: Vec<AnalysisError>,
}

/// Works out a raw query's text with `$n` placeholders: its first statement, as the
/// extended protocol takes one. `given` says what the client declares of `$1`, `$2`, ...;
/// further ones are open.
#[must_use]
pub fn analyze(parse: &Parse, catalog: &Catalog, given: &[Given]) -> QueryFacts {
    let mut facts = QueryFacts {
        kind: "OTHER",
        columns: Vec::new(),
        complete: true,
        parameters: Vec::new(),
        reads: BTreeSet::new(),
        writes: BTreeSet::new(),
        errors: parse
            .errors
            .iter()
            .map(|error| AnalysisError {
                sqlstate: "42601",
                span: error.span,
                message: error.message.clone(),
                name: None,
                candidates: Vec::new(),
                relations: Vec::new(),
            })
            .collect(),
    };
    let Some(first) = parse.statements.first() else {
        return facts;
    };
    facts.kind = match &first.kind {
        StatementKind::Query(_) => "SELECT",
        StatementKind::Insert(_) => "INSERT",
        StatementKind::Update(_) => "UPDATE",
        StatementKind::Delete(_) => "DELETE",
        StatementKind::Merge(_) => "MERGE",
        _ => "OTHER",
    };
    if parse.statements.len() > 1 && facts.errors.is_empty() {
        facts.errors.push(AnalysisError {
            sqlstate: "42601",
            span: parse.statements[1].span,
            message: "cannot insert multiple commands into a prepared statement".into(),
            name: None,
            candidates: Vec::new(),
            relations: Vec::new(),
        });
    }
    if !facts.errors.is_empty() {
        return facts;
    }
    let mut analyzer = Analyzer::new(catalog);
    analyzer.given = given.to_vec();
    let (columns, complete) = analyzer.statement(first, None);
    let shape = analyzer.finish(columns, complete);
    facts.columns = shape.columns;
    facts.complete = shape.complete;
    facts.parameters = shape.parameters;
    facts.reads = shape.reads;
    facts.writes = shape.writes;
    facts.errors = shape.errors;
    facts
}

/// How deep expressions and queries are followed; deeper parts stay unknown.
const MAX_DEPTH: u32 = 200;

/// The work on one statement.
struct Analyzer<'c> {
    catalog: &'c Catalog,
    parameters: Vec<Option<DataType>>,
    /// What the client declares of them.
    given: Vec<Given>,
    reads: BTreeSet<(RelationId, Option<u16>)>,
    writes: BTreeSet<(RelationId, Option<u16>)>,
    types: BTreeSet<TypeId>,
    enum_values: Vec<(TypeId, SmolStr, Span)>,
    errors: Vec<AnalysisError>,
    /// Common table expressions in sight, the innermost last.
    common: Vec<(SmolStr, Source)>,
    /// Whether the next query is a side of a set operation, whose open columns the other
    /// side decides.
    keep_open: bool,
    /// Columns of such sides that are still open.
    open: Vec<Typed>,
    depth: u32,
}

impl<'c> Analyzer<'c> {
    fn new(catalog: &'c Catalog) -> Self {
        Analyzer {
            catalog,
            parameters: Vec::new(),
            given: Vec::new(),
            reads: BTreeSet::new(),
            writes: BTreeSet::new(),
            types: BTreeSet::new(),
            enum_values: Vec::new(),
            errors: Vec::new(),
            common: Vec::new(),
            keep_open: false,
            open: Vec::new(),
            depth: 0,
        }
    }

    fn finish(mut self, columns: Vec<ResultColumn>, complete: bool) -> Shape {
        self.errors.sort_by_key(|error| error.span);
        Shape {
            columns,
            complete,
            parameters: self.parameters,
            reads: self.reads,
            writes: self.writes,
            types: self.types,
            enum_values: self.enum_values,
            errors: self.errors,
        }
    }

    fn error(&mut self, sqlstate: &'static str, span: Span, message: String, name: Option<&str>) {
        self.errors.push(AnalysisError {
            sqlstate,
            span,
            message,
            name: name.map(SmolStr::from),
            candidates: Vec::new(),
            relations: Vec::new(),
        });
    }

    /// A name that is not there, with those that are.
    fn missing<'s>(
        &mut self,
        span: Span,
        message: String,
        name: &str,
        instead: impl Iterator<Item = &'s Source>,
    ) {
        self.error("42703", span, message, Some(name));
        let mut candidates = Vec::new();
        let mut relations = Vec::new();
        for column in instead.flat_map(|source| &source.columns) {
            candidates.push(column.name.clone());
            relations.extend(column.source.map(|(relation, _)| relation));
        }
        relations.sort_unstable();
        relations.dedup();
        if let Some(error) = self.errors.last_mut() {
            error.candidates = candidates;
            error.relations = relations;
        }
    }

    /// A statement over rows, with the columns that it returns.
    fn statement(
        &mut self,
        statement: &Statement,
        parent: Option<&Scope<'_>>,
    ) -> (Vec<ResultColumn>, bool) {
        match &statement.kind {
            StatementKind::Query(query) => self.query(query, parent),
            StatementKind::Insert(insert) => self.insert(insert, parent),
            StatementKind::Update(update) => self.update(update, parent),
            StatementKind::Delete(delete) => self.delete(delete, parent),
            StatementKind::Merge(merge) => self.merge(merge, parent),
            _ => (Vec::new(), true),
        }
    }

    /// Gives a value the type that its place asks for: placeholders learn their type here,
    /// literals are read as that type.
    fn coerce(&mut self, typed: &Typed, target: &DataType) {
        if let Some(number) = typed.parameter {
            self.learn(number, target);
        }
        if let Some(text) = &typed.literal {
            self.check_literal(text, target.id, typed.span);
        }
    }

    fn learn(&mut self, number: u32, target: &DataType) {
        let index = (number as usize).saturating_sub(1);
        if index >= 65_535 {
            return;
        }
        if self.parameters.len() <= index {
            self.parameters.resize(index + 1, None);
        }
        if self.parameters[index].is_none() && target.id != TypeId::UNKNOWN {
            self.parameters[index] = Some(DataType::from(target.id));
        }
    }

    fn check_literal(&mut self, text: &str, id: TypeId, span: Span) {
        let wrong = if let Some(values) = self.catalog.enum_values(id) {
            let base = self.catalog.base_of(id);
            self.enum_values.push((base, text.into(), span));
            (!values.iter().any(|value| value.text == text)).then(|| {
                format!(
                    "enum {}",
                    crate::print::identifier(&self.catalog.type_name(id))
                )
            })
        } else {
            match id {
                TypeId::INT2 | TypeId::INT4 | TypeId::INT8 => text
                    .trim()
                    .replace('_', "")
                    .parse::<i64>()
                    .is_err()
                    .then(|| format!("type {}", self.catalog.format_type(&id.into())))
                    .filter(|_| !text.trim().starts_with("0")),
                _ => None,
            }
        };
        if let Some(wrong) = wrong {
            self.error(
                "22P02",
                span,
                format!("invalid input value for {wrong}: \"{text}\""),
                None,
            );
        }
    }
}

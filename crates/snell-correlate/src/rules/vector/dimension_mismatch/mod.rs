//! Vectors of different lengths.

mod models;

use snell_flow::raw::Reading;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Expr, ExprKind, Part, QueryBody, StatementKind, TypeName, walk_statement},
    catalog::{Catalog, RelationId, Table},
};

use super::distance;
use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/dimension-mismatch",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "Vectors of different dimensions meet in one query",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A vector's length, and the column that has it.
type Length = (i32, Option<(RelationId, u16)>);

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let catalog = reading::catalog(context, reading);
        let Some(statement) = reading.statement() else {
            continue;
        };
        let mut pairs: Vec<(&Expr, Length, Length)> = Vec::new();
        walk_statement(statement, &mut |part| match part {
            Part::Expr(expr) => {
                if let ExprKind::Binary(operator, left, right) = &expr.kind
                    && operator.symbol.starts_with('<')
                    && operator.symbol.ends_with('>')
                    && operator.symbol.len() == 3
                {
                    let lengths = (
                        length(reading, catalog, left),
                        length(reading, catalog, right),
                    );
                    if let (Some(left), Some(right)) = lengths {
                        pairs.push((expr, left, right));
                    }
                }
            }
            Part::Change(change) => stored(reading, catalog, &change.kind, &mut pairs),
            _ => {}
        });
        for (expr, (first, a), (second, b)) in pairs {
            if first == second {
                continue;
            }
            let message = format!("vectors of {first} and {second} dimensions meet");
            findings.tell(reading, expr.span, message, |mut one| {
                one = one.label("fails when a row is there (22000); `PREPARE` does not see it");
                for ((table, number), length) in [(a, first), (b, second)]
                    .into_iter()
                    .filter_map(|(c, n)| Some((c?, n)))
                {
                    if let Some(at) = reading::origin(context, reading, table, Some(number)) {
                        one = one.related(at, format!("{length} dimensions"));
                    }
                }
                one.help(
                    "use one embedding model for a column, and its number of dimensions everywhere",
                )
            });
        }
    }
    let mut found = findings.done();
    found.extend(models::findings(context));
    found
}

/// What an insert or update stores, beside the columns that take it.
fn stored<'a>(
    reading: &Reading,
    catalog: &Catalog,
    kind: &'a StatementKind,
    pairs: &mut Vec<(&'a Expr, Length, Length)>,
) {
    let mut add = |relation: RelationId, table: &Table, name: &str, value: &'a Expr| {
        let column = table
            .column(name)
            .filter(|column| distance::is_vector(catalog, column));
        let wanted = column
            .and_then(|c| Some((*c.data_type.modifiers.first()?, Some((relation, c.number)))));
        if let (Some(wanted), Some(given)) = (wanted, length(reading, catalog, value)) {
            pairs.push((value, wanted, given));
        }
    };
    match kind {
        StatementKind::Insert(insert) => {
            let Some((relation, table)) = catalog.find_table(&insert.table) else {
                return;
            };
            let Some(source) = &insert.source else { return };
            match &source.body {
                QueryBody::Values(rows) => {
                    for row in rows {
                        for (name, value) in insert.columns.iter().zip(row) {
                            add(relation.id, table, &name.text, value);
                        }
                    }
                }
                QueryBody::Select(select) => {
                    for (name, target) in insert.columns.iter().zip(&select.targets) {
                        add(relation.id, table, &name.text, &target.expr);
                    }
                }
                _ => {}
            }
        }
        StatementKind::Update(update) => {
            let Some((relation, table)) = catalog.find_table(&update.table) else {
                return;
            };
            for assignment in &update.assignments {
                for (name, value) in assignment.columns.iter().zip(&assignment.values) {
                    add(relation.id, table, &name.text, value);
                }
            }
        }
        _ => {}
    }
}

/// How many dimensions an expression's value has.
fn length(reading: &Reading, catalog: &Catalog, expr: &Expr) -> Option<Length> {
    match &expr.kind {
        ExprKind::Cast(inner, written) => match cast_length(written) {
            Some(Some(length)) => Some((length, None)),
            Some(None) => length_of_literal(inner).or_else(|| length(reading, catalog, inner)),
            None => None,
        },
        ExprKind::String(_) => length_of_literal(expr),
        ExprKind::Column(parts) => column_length(reading, catalog, parts.last()?.text.as_str()),
        _ => None,
    }
}

/// The dimensions of a cast to a vector type, when it names them.
fn cast_length(written: &TypeName) -> Option<Option<i32>> {
    let name = written.name.name.text.as_str();
    if !matches!(name, "vector" | "halfvec" | "sparsevec") || written.array {
        return None;
    }
    match written.modifiers.first() {
        Some(modifier) => Some(Some(modifier.parse().ok()?)),
        None => Some(None),
    }
}

/// `'[1,2,3]'`
fn length_of_literal(expr: &Expr) -> Option<Length> {
    let ExprKind::String(text) = &expr.kind else {
        return None;
    };
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let count = i32::try_from(inner.split(',').count()).ok()?;
    (!inner.trim().is_empty()).then_some((count, None))
}

/// The dimensions of the column of that name, when all tables that the text uses agree.
fn column_length(reading: &Reading, catalog: &Catalog, name: &str) -> Option<Length> {
    let used = reading.facts.reads.iter().chain(&reading.facts.writes);
    let mut found: Option<Length> = None;
    for (id, _) in used {
        let Some(column) = catalog.table(*id).and_then(|table| table.column(name)) else {
            continue;
        };
        if !distance::is_vector(catalog, column) {
            continue;
        }
        let length = *column.data_type.modifiers.first()?;
        match found {
            Some((known, _)) if known != length => return None,
            _ => found = Some((length, Some((*id, column.number)))),
        }
    }
    found
}

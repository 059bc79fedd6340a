//! A filtered nearest-neighbour search that only the vector index serves.

use snell_flow::raw::Reading;
use snell_prisma::Field;
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Expr, ExprKind, QueryBody},
    catalog::{Catalog, KeyTarget, RelationId, Table},
};

use super::distance::{self, Sorted};
use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/filtered-search",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A vector search with a filter may find fewer rows than there are",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    if iterates(context) {
        return findings.done();
    }
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        if !context.databases.get(reading.schema).migrated {
            continue;
        }
        let catalog = reading::catalog(context, reading);
        for sorted in distance::sorted(reading, catalog) {
            tell(context, reading, catalog, &sorted, &mut findings);
        }
    }
    findings.done()
}

fn tell(
    context: &Context<'_>,
    reading: &Reading,
    catalog: &Catalog,
    sorted: &Sorted<'_>,
    findings: &mut Findings<'_, '_>,
) {
    let (id, _) = sorted.column;
    let served = sorted.bare.is_some() && sorted.position == 0 && !sorted.item.descending;
    let ending = format!("_{}_ops", sorted.measure);
    let index = distance::indexes(catalog, sorted.column)
        .into_iter()
        .find(|(_, index)| {
            let class = index.keys.first().map(|key| key.operator_class.as_str());
            index.predicate.is_none() && class.is_some_and(|class| class.ends_with(&ending))
        });
    let (true, Some(_), Some((vectors, index)), Some(table)) =
        (served, &sorted.query.limit, index, catalog.table(id))
    else {
        return;
    };
    let QueryBody::Select(select) = &sorted.query.body else {
        return;
    };
    let mut filters = Vec::new();
    if let Some(condition) = &select.condition {
        equalities(condition, table, &mut filters);
    }
    if filters
        .iter()
        .any(|(number, _)| leads(catalog, id, *number))
    {
        return;
    }
    let Some((number, filter)) = filters.first() else {
        return;
    };
    let column = catalog.column_name(id, *number).unwrap_or_default();
    let message =
        format!("the search takes the nearest rows first, and filters them by `{column}` after");
    findings.tell(reading, filter.span, message, |mut one| {
        one = one.label(format!("no index leads with `{column}`: of the nearest rows those of others are thrown away"));
        if let Some(history) = &reading::schema(context, reading).history {
            one = one.related(
                history.location(vectors.provenance.created),
                format!("`{}` gives {} candidates, whatever `LIMIT` says", vectors.name, candidates(&index.method)),
            );
        }
        let table = catalog.relation(id).map(|relation| reading::quoted(&relation.name));
        one.help(format!(
            "`CREATE INDEX ON {} ({})` lets an exact search over those rows serve it; or `SET hnsw.iterative_scan = strict_order` (pgvector 0.8)",
            table.unwrap_or_default(),
            reading::quoted(&column)
        ))
    });
}

/// Whether an index finds the rows of the one person whom the condition names first: those few are
/// compared one by one, and a vector index would take the nearest of all.
pub(in crate::rules::vector) fn finds_rows_of_one(
    context: &Context<'_>,
    reading: &Reading,
    catalog: &Catalog,
    sorted: &distance::Sorted<'_>,
) -> bool {
    let id = sorted.column.0;
    let (QueryBody::Select(select), Some(table), Some(relation)) =
        (&sorted.query.body, catalog.table(id), catalog.relation(id))
    else {
        return false;
    };
    let mut filters = Vec::new();
    if let Some(condition) = &select.condition {
        equalities(condition, table, &mut filters);
    }
    let datamodel = &reading::schema(context, reading).datamodel;
    let Some(model) = datamodel.models_of_table(&relation.name).next() else {
        return false;
    };
    let is_of_person = |number: u16| {
        let name = catalog.column_name(id, number).unwrap_or_default();
        let mut sides = model.relation_fields().filter_map(Field::relation);
        sides.any(|side| {
            let target = ModelRef {
                schema: reading.schema,
                model: side.target,
            };
            let person = Ownership::Root(RootKind::Identity);
            matches!(side.fields.as_slice(), [field] if datamodel[*field].db_name == name)
                && *context.project.owners.of(target) == person
        })
    };
    filters
        .iter()
        .any(|(number, _)| leads(catalog, id, *number) && is_of_person(*number))
}

/// The column whose index finds the rows among which a search looks.
pub(in crate::rules::vector) fn found_by(
    catalog: &Catalog,
    sorted: &distance::Sorted<'_>,
) -> Option<String> {
    let id = sorted.column.0;
    let fixed = fixed(catalog, sorted);
    let leading = fixed.iter().find(|number| leads(catalog, id, **number))?;
    catalog.column_name(id, *leading)
}

/// The columns that the condition of a search fixes, in its order.
pub(in crate::rules::vector) fn fixed(
    catalog: &Catalog,
    sorted: &distance::Sorted<'_>,
) -> Vec<u16> {
    let mut filters = Vec::new();
    if let (QueryBody::Select(select), Some(table)) =
        (&sorted.query.body, catalog.table(sorted.column.0))
        && let Some(condition) = &select.condition
    {
        equalities(condition, table, &mut filters);
    }
    let mut numbers: Vec<u16> = filters.into_iter().map(|(number, _)| number).collect();
    let mut seen = rustc_hash::FxHashSet::default();
    numbers.retain(|number| seen.insert(*number));
    numbers
}

/// Rows that one look into an index gives by default.
fn candidates(method: &str) -> &'static str {
    match method {
        "hnsw" => "about 40",
        _ => "those of one list as",
    }
}

/// Whether something turns on scans that go on until there are enough rows.
fn iterates(context: &Context<'_>) -> bool {
    let word = "iterative_scan";
    let mut readings = context.readings.iter();
    let schemas = context.project.schemas.iter();
    let mut histories = schemas.filter_map(|(_, schema)| schema.history.as_ref());
    readings.any(|reading| reading.text.text.contains(word))
        || histories.any(|history| {
            let mut files = history.migrations.iter();
            files.any(|migration| context.sources.file(migration.file).text.contains(word))
        })
}

/// The columns of a table that the conjuncts of a condition fix.
fn equalities<'e>(expr: &'e Expr, table: &Table, found: &mut Vec<(u16, &'e Expr)>) {
    let side = |side: &Expr| {
        let inner = match &side.kind {
            ExprKind::Cast(inner, _) => inner,
            _ => side,
        };
        match &inner.kind {
            ExprKind::Column(parts) => table.column(&parts.last()?.text).map(|c| c.number),
            _ => None,
        }
    };
    match &expr.kind {
        ExprKind::Logical(true, operands) => {
            for operand in operands {
                equalities(operand, table, found);
            }
        }
        ExprKind::Binary(operator, left, right) if operator.symbol == "=" => {
            // A comparison of two columns joins.
            if let (Some(number), None) | (None, Some(number)) = (side(left), side(right)) {
                found.push((number, expr));
            }
        }
        _ => {}
    }
}

/// Whether an index, a key or a unique constraint leads with a column.
fn leads(catalog: &Catalog, table: RelationId, number: u16) -> bool {
    let mut indexes = catalog.indexes_of(table);
    indexes.any(|(_, index)| {
        matches!(index.method.as_str(), "btree" | "hash")
            && index.keys.first().is_some_and(
                |key| matches!(key.target, KeyTarget::Column(first) if first == number),
            )
    })
}

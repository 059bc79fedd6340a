//! The searches by distance with what serves them: for an audit, which weighs each.

use snell_source::Location;
use snell_sql::{
    ast::{Expr, ExprKind, QueryBody},
    catalog::{Catalog, KeyTarget, RelationId},
};

use super::{distance, filtered_search};
use crate::{rule::Context, rules::raw_sql::reading};

/// A search by distance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorSearch {
    /// Where it sorts.
    pub at: Location,
    /// The table of the vectors.
    pub table: String,
    /// Their column.
    pub column: String,
    /// The columns that its condition fixes to one value.
    pub filters: Vec<String>,
    /// The index that finds the rows which the condition leaves, with its columns.
    pub found_by: Option<(String, Vec<String>)>,
    /// The indexes of the vectors, each with its method.
    pub indexes: Vec<(String, String)>,
    /// Whether it may be served by such an index: the distance alone decides the order, and there
    /// is a limit.
    pub can_be_served: bool,
    /// Whether the condition holds rows back that are too far.
    pub bounded: bool,
    /// Whether the rows that it compares are those of one person.
    pub of_one_person: bool,
}

/// All of them, in the order of calls.
#[must_use]
pub fn vector_searches(context: &Context<'_>) -> Vec<VectorSearch> {
    let mut found: Vec<VectorSearch> = Vec::new();
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        if !context.databases.get(reading.schema).migrated {
            continue;
        }
        let catalog = reading::catalog(context, reading);
        for sorted in distance::sorted(reading, catalog) {
            let (table, number) = sorted.column;
            let Some(relation) = catalog.relation(table) else {
                continue;
            };
            let fixed = filtered_search::fixed(catalog, &sorted);
            let names = fixed
                .iter()
                .filter_map(|one| catalog.column_name(table, *one));
            let search = VectorSearch {
                at: reading.place(context.project, sorted.item.expr.span),
                table: relation.name.to_string(),
                column: catalog.column_name(table, number).unwrap_or_default(),
                filters: names.collect(),
                found_by: found_by(catalog, table, &fixed),
                indexes: distance::indexes(catalog, sorted.column)
                    .into_iter()
                    .map(|(relation, index)| (relation.name.to_string(), index.method.to_string()))
                    .collect(),
                can_be_served: sorted.bare.is_some()
                    && sorted.position == 0
                    && !sorted.item.descending
                    && sorted.query.limit.is_some(),
                bounded: matches!(&sorted.query.body, QueryBody::Select(select)
                    if select.condition.as_ref().is_some_and(distance::holds)),
                of_one_person: filtered_search::finds_rows_of_one(
                    context, reading, catalog, &sorted,
                ),
            };
            // One call may have several texts.
            if found.iter().all(|known| known.at != search.at) {
                found.push(search);
            }
        }
    }
    found
}

/// The index that leads with the most of these columns, whatever their order.
fn found_by(catalog: &Catalog, table: RelationId, fixed: &[u16]) -> Option<(String, Vec<String>)> {
    let led = |index: &snell_sql::catalog::Index| {
        let keys = index.keys.iter().take_while(
            |key| matches!(key.target, KeyTarget::Column(number) if fixed.contains(&number)),
        );
        keys.count()
    };
    let indexes = catalog.indexes_of(table);
    let served = indexes
        .filter(|(_, index)| matches!(index.method.as_str(), "btree" | "hash"))
        .filter(|(_, index)| index.predicate.as_ref().is_none_or(is_not_null));
    let (relation, index) = served
        .filter(|(_, index)| led(index) > 0)
        .min_by_key(|(_, index)| (std::cmp::Reverse(led(index)), index.keys.len()))?;
    let columns = index.keys.iter().map(|key| match &key.target {
        KeyTarget::Column(number) => catalog.column_name(table, *number).unwrap_or_default(),
        KeyTarget::Expression(_) => "an expression".to_owned(),
    });
    Some((relation.name.to_string(), columns.collect()))
}

/// `column IS NOT NULL`, which a condition that fixes the column implies.
fn is_not_null(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::IsNull(_, false))
}

//! Queries that sort by the distance of vectors.

use snell_flow::raw::Reading;
use snell_sql::{
    ast::{
        Expr, ExprKind, Operator, OrderItem, Part, Query, QueryBody, Select, walk_expression,
        walk_statement,
    },
    catalog::{Catalog, Column, Index, KeyTarget, Relation, RelationId},
};

use crate::rules::raw_sql::columns;

/// The operators that measure a distance, each with what it measures and its functions.
const OPERATORS: [(&str, &str, &[&str]); 6] = [
    ("<->", "l2", &["l2_distance"]),
    ("<=>", "cosine", &["cosine_distance"]),
    (
        "<#>",
        "ip",
        &["inner_product", "vector_negative_inner_product"],
    ),
    ("<+>", "l1", &["l1_distance"]),
    ("<~>", "hamming", &["hamming_distance"]),
    ("<%>", "jaccard", &["jaccard_distance"]),
];

/// The operator class of a measure for a type: `vector_cosine_ops`.
pub(super) fn class(kind: &str, measure: &str) -> String {
    format!("{kind}_{measure}_ops")
}

/// What an operator measures.
fn measure(symbol: &str) -> Option<&'static str> {
    let found = OPERATORS.iter().find(|(operator, ..)| *operator == symbol);
    found.map(|(_, measure, _)| *measure)
}

/// A distance in a query's order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sorted<'a> {
    /// The query that sorts.
    pub(super) query: &'a Query,
    /// Whether it is the statement itself, not a part of one.
    pub(super) outermost: bool,
    /// The item of its order.
    pub(super) item: &'a OrderItem,
    /// Where the item stands among the others.
    pub(super) position: usize,
    /// The item's expression; that of the column which it names.
    pub(super) expr: &'a Expr,
    /// The operator, when the expression is nothing but a distance.
    pub(super) bare: Option<&'a Operator>,
    /// What is measured.
    pub(super) measure: &'static str,
    /// The table and column on one side.
    pub(super) column: (RelationId, u16),
}

/// The distances that a statement sorts by.
pub(super) fn sorted<'a>(reading: &'a Reading, catalog: &Catalog) -> Vec<Sorted<'a>> {
    let mut found = Vec::new();
    let Some(statement) = reading.statement() else {
        return found;
    };
    walk_statement(statement, &mut |part| {
        let Part::Query(query) = part else { return };
        let QueryBody::Select(select) = &query.body else {
            return;
        };
        for (position, item) in query.order_by.iter().enumerate() {
            let expr = named(&item.expr, select);
            let Some((operand, measure)) = distance(expr) else {
                continue;
            };
            let Some(column) = operand
                .into_iter()
                .find_map(|side| vector_column(side, select, catalog))
            else {
                continue;
            };
            let bare = match &expr.kind {
                ExprKind::Binary(operator, ..) if self::measure(&operator.symbol).is_some() => {
                    Some(operator)
                }
                _ => None,
            };
            found.push(Sorted {
                query,
                outermost: query.span == statement.span,
                item,
                position,
                expr,
                bare,
                measure,
                column,
            });
        }
    });
    found
}

/// The expression that a name in `ORDER BY` stands for.
fn named<'a>(expr: &'a Expr, select: &'a Select) -> &'a Expr {
    let ExprKind::Column(parts) = &expr.kind else {
        return expr;
    };
    let [name] = parts.as_slice() else {
        return expr;
    };
    let target = select.targets.iter().find(|target| {
        target
            .alias
            .as_ref()
            .is_some_and(|alias| alias.text == name.text)
    });
    target.map_or(expr, |target| &target.expr)
}

/// A distance somewhere in an expression: its sides, and what it measures.
fn distance(expr: &Expr) -> Option<(Vec<&Expr>, &'static str)> {
    let mut found: Option<(Vec<&Expr>, &'static str)> = None;
    walk_expression(expr, &mut |part| {
        let Part::Expr(inner) = part else { return };
        if found.is_some() {
            return;
        }
        match &inner.kind {
            ExprKind::Binary(operator, left, right) => {
                found = measure(&operator.symbol).map(|m| (vec![&**left, &**right], m));
            }
            ExprKind::Call(call) => {
                let name = call.name.name.text.as_str();
                let known = OPERATORS.iter().find(|(.., names)| names.contains(&name));
                found = known.map(|(_, measure, _)| {
                    let sides = call.arguments.iter().map(|argument| &argument.value);
                    (sides.collect(), *measure)
                });
            }
            _ => {}
        }
    });
    found
}

/// The column of a vector type that an expression is, casts left out.
fn vector_column(expr: &Expr, select: &Select, catalog: &Catalog) -> Option<(RelationId, u16)> {
    let inner = match &expr.kind {
        ExprKind::Cast(inner, _) => &**inner,
        _ => expr,
    };
    let (table, column) = columns::of(inner, select, catalog)?;
    is_vector(catalog, column).then_some((table, column.number))
}

/// What an expression measures, when it is nothing but a distance.
pub(super) fn measured(expr: &Expr) -> Option<&'static str> {
    match &expr.kind {
        ExprKind::Binary(operator, ..) => measure(&operator.symbol),
        ExprKind::Call(_) => distance(expr).map(|(_, measure)| measure),
        _ => None,
    }
}

/// Whether a distance stands somewhere in an expression.
pub(super) fn holds(expr: &Expr) -> bool {
    distance(expr).is_some()
}

/// Whether a text of SQL uses an operator or a function that measures a distance.
pub(super) fn is_in(text: &str) -> bool {
    OPERATORS.iter().any(|(operator, _, functions)| {
        text.contains(operator) || functions.iter().any(|name| text.contains(name))
    })
}

/// Whether a column holds vectors.
pub(in crate::rules) fn is_vector(catalog: &Catalog, column: &Column) -> bool {
    matches!(
        catalog.type_name(column.data_type.id).as_str(),
        "vector" | "halfvec" | "sparsevec"
    )
}

/// The indexes that can find near vectors of a column: of the column itself, or of an
/// expression over it.
pub(super) fn indexes(
    catalog: &Catalog,
    (table, number): (RelationId, u16),
) -> Vec<(&Relation, &Index)> {
    let name = catalog.column_name(table, number).unwrap_or_default();
    catalog
        .indexes_of(table)
        .filter(|(_, index)| matches!(index.method.as_str(), "hnsw" | "ivfflat"))
        .filter(|(_, index)| {
            index.keys.iter().any(|key| match &key.target {
                KeyTarget::Column(other) => *other == number,
                KeyTarget::Expression(expr) => {
                    let mut over = false;
                    walk_expression(expr, &mut |part| {
                        if let Part::Expr(Expr {
                            kind: ExprKind::Column(parts),
                            ..
                        }) = part
                        {
                            over |= parts.last().is_some_and(|part| part.text == name);
                        }
                    });
                    over
                }
            })
        })
        .collect()
}

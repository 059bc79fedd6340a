//! What the items of a `FROM` are called.

use snell_sql::{
    ast::{Expr, ExprKind, FromItem},
    catalog::{Catalog, KeyTarget, RelationId},
};

/// The name by which a query speaks of a table.
pub(super) fn alias(item: &FromItem) -> Option<&str> {
    match item {
        FromItem::Table(name, alias) => {
            let alias = alias.as_ref().and_then(|alias| alias.name.as_ref());
            Some(alias.map_or(name.name.text.as_str(), |alias| alias.text.as_str()))
        }
        _ => None,
    }
}

/// The columns of a table that a condition compares with something, when it says nothing else.
pub(super) fn equal_columns<'a>(condition: &'a Expr, alias: &str) -> Option<Vec<&'a str>> {
    let parts: Vec<&Expr> = match &condition.kind {
        ExprKind::Logical(true, parts) => parts.iter().collect(),
        _ => vec![condition],
    };
    let of_table = |expr: &'a Expr| match &expr.kind {
        ExprKind::Column(names) => match names.as_slice() {
            [of, name] if of.text == alias => Some(name.text.as_str()),
            _ => None,
        },
        _ => None,
    };
    let mut columns = Vec::new();
    for part in parts {
        let ExprKind::Binary(operator, left, right) = &part.kind else {
            return None;
        };
        if operator.symbol != "=" {
            return None;
        }
        columns.extend(of_table(left).or_else(|| of_table(right)));
    }
    Some(columns)
}

/// Whether some columns of a table hold all of a unique key: then there is one row at most.
pub(super) fn has_key_in(catalog: &Catalog, table: RelationId, columns: &[&str]) -> bool {
    let Some(of) = catalog.table(table) else {
        return false;
    };
    catalog.indexes_of(table).any(|(_, index)| {
        index.unique
            && index.predicate.is_none()
            && index.keys.iter().all(|key| match key.target {
                KeyTarget::Column(number) => of
                    .column_at(number)
                    .is_some_and(|column| columns.contains(&column.name.as_str())),
                KeyTarget::Expression(_) => false,
            })
    })
}

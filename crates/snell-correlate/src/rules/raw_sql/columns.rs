//! Which column of which table a name in a query is.

use snell_sql::{
    ast::{Expr, ExprKind, FromItem, ObjectName, Select},
    catalog::{Catalog, Column, RelationId},
};

/// The column that an expression is, among the tables of a `SELECT`. Where a name could be of
/// something that is no table, nothing is said.
pub(in crate::rules) fn of<'c>(
    expr: &Expr,
    select: &Select,
    catalog: &'c Catalog,
) -> Option<(RelationId, &'c Column)> {
    let ExprKind::Column(parts) = &expr.kind else {
        return None;
    };
    let (name, qualifier) = match parts.as_slice() {
        [name] => (name, None),
        [.., qualifier, name] => (name, Some(qualifier)),
        [] => return None,
    };
    let mut tables = Vec::new();
    for item in &select.from {
        collect(item, &mut tables);
    }
    tables
        .into_iter()
        .filter(|(alias, _)| qualifier.is_none_or(|qualifier| qualifier.text == *alias))
        .find_map(|(_, table)| {
            let (relation, table) = catalog.find_table(table)?;
            Some((relation.id, table.column(&name.text)?))
        })
}

fn collect<'a>(item: &'a FromItem, tables: &mut Vec<(&'a str, &'a ObjectName)>) {
    match item {
        FromItem::Table(name, alias) => {
            let alias = alias.as_ref().and_then(|alias| alias.name.as_ref());
            let alias = alias.map_or(name.name.text.as_str(), |alias| alias.text.as_str());
            tables.push((alias, name));
        }
        FromItem::Join(join) => {
            collect(&join.left, tables);
            collect(&join.right, tables);
        }
        FromItem::Function(_) | FromItem::Subquery(..) => {}
    }
}

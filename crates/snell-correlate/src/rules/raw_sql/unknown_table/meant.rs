//! Which table a name that no table has is meant to be.

use snell_flow::raw::Reading;
use snell_sql::{
    ast::{ExprKind, FromItem, Part, StatementKind, walk_statement},
    catalog::{Catalog, Relation, RelationKind},
};

use crate::support::name_words::split;

/// A table, and how it was found.
pub(super) struct Meant<'c> {
    pub(super) table: &'c Relation,
    /// It has every column that the statement reads or writes there, and a name of the same words.
    pub(super) by_columns: bool,
}

/// So many columns say which table is meant.
const ENOUGH: usize = 2;

/// The table that is meant: by what the statement uses of it, where that says something, and by
/// its name.
pub(super) fn table<'c>(reading: &Reading, catalog: &'c Catalog, name: &str) -> Option<Meant<'c>> {
    let tables = catalog.tables().map(|(relation, _)| relation);
    let views = catalog.views().map(|(relation, _)| relation);
    let known: Vec<&Relation> = tables.chain(views).collect();
    let used = columns(reading, name);
    let fits = |relation: &Relation| match &relation.kind {
        RelationKind::Table(table) => used.iter().all(|column| table.column(column).is_some()),
        _ => true,
    };
    let wanted = split(name);
    let related: Vec<&&Relation> = known
        .iter()
        .filter(|relation| matches!(relation.kind, RelationKind::Table(_)))
        .filter(|relation| used.len() >= ENOUGH && fits(relation))
        .filter(|relation| {
            let own = split(&relation.name);
            let within =
                |these: &[String], those: &[String]| these.iter().all(|w| those.contains(w));
            within(&wanted, &own) || within(&own, &wanted)
        })
        .collect();
    if let [table] = related.as_slice() {
        return Some(Meant {
            table,
            by_columns: true,
        });
    }
    let names = known
        .iter()
        .filter(|relation| fits(relation))
        .map(|relation| relation.name.as_str());
    let near = snell_source::closest(name, names)?;
    let table = known.iter().find(|relation| relation.name == near)?;
    Some(Meant {
        table,
        by_columns: false,
    })
}

/// The columns that a statement uses of a table: those that its alias qualifies, and all others
/// too where it is the only one.
fn columns(reading: &Reading, name: &str) -> Vec<String> {
    let Some(statement) = reading.statement() else {
        return Vec::new();
    };
    let (mut aliases, mut items): (Vec<&str>, usize) = (Vec::new(), 0);
    let mut found: Vec<&str> = Vec::new();
    if let StatementKind::Insert(insert) = &statement.kind
        && insert.table.name.text == name
    {
        found.extend(insert.columns.iter().map(|column| column.text.as_str()));
    }
    walk_statement(statement, &mut |part| match part {
        Part::From(FromItem::Table(table, alias)) => {
            items += 1;
            if table.name.text == name {
                let alias = alias.as_ref().and_then(|alias| alias.name.as_ref());
                aliases.push(alias.map_or(name, |alias| alias.text.as_str()));
            }
        }
        Part::From(FromItem::Function(_) | FromItem::Subquery(..)) => items += 1,
        _ => {}
    });
    let plain = matches!(statement.kind, StatementKind::Query(_)) && items == 1;
    walk_statement(statement, &mut |part| {
        let Part::Expr(expr) = part else { return };
        let ExprKind::Column(parts) = &expr.kind else {
            return;
        };
        match parts.as_slice() {
            [.., of, column] if aliases.contains(&of.text.as_str()) => found.push(&column.text),
            [column] if plain => found.push(&column.text),
            _ => {}
        }
    });
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(str::to_owned).collect()
}

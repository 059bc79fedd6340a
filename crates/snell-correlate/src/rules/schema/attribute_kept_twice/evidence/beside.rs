//! What the schema's comments and the migrations say beside the code.

use std::collections::BTreeMap;

use snell_prisma::{FieldId, Model, ast::Comments};
use snell_source::Location;
use snell_sql::ast::{Expr, ExprKind, FromItem, Part, StatementKind, walk_expression};

use super::super::{Attributes, Column};
use crate::support::{statements, tables::TableModel};

/// Words for what is there for those who still know it.
const OLD: [&str; 7] = [
    "backward compat",
    "backwards compat",
    "deprecated",
    "legacy",
    "moved to",
    "moved into",
    "migrated to",
];

/// A comment that says that the attributes were moved: of the rows, or of the columns.
pub(super) fn said(
    table: TableModel<'_>,
    owner: &Model,
    columns: &[Column<'_>],
) -> Option<Location> {
    let schema = table.schema;
    let datamodel = &schema.datamodel;
    let is_old = |text: &str| {
        let text = text.to_lowercase();
        OLD.iter().any(|words| text.contains(words))
    };
    // `moved from AgentSetting`, at the columns.
    let name = table.model.name.as_str();
    let names_rows = |text: &str| {
        let moved = ["moved", "migrated", "copied", "formerly", "replaces"];
        let lower = text.to_lowercase();
        (text.contains(name) || text.contains(table.model.db_name.as_str()))
            && moved.iter().any(|word| lower.contains(word))
    };
    let first = |comments: &Comments, says: &dyn Fn(&str) -> bool| {
        let found = comments.iter().find(|comment| says(&comment.text));
        found.map(|comment| comment.span)
    };
    if let Some(span) = first(&table.model.comments, &is_old) {
        return Some(schema.location(table.model.place(span)));
    }
    let relations = owner.fields.iter().filter(|field| {
        datamodel
            .target(field)
            .is_some_and(|target| target.id == table.model.id)
    });
    for field in relations {
        if let Some(span) = first(&field.comments, &is_old) {
            return Some(schema.location(field.place(span)));
        }
    }
    columns.iter().find_map(|column| {
        let span = first(&column.field.comments, &names_rows)?;
        Some(schema.location(column.field.place(span)))
    })
}

/// The columns that a migration has filled from rows, with the names of those.
pub(super) fn copied(
    table: TableModel<'_>,
    owner: &Model,
    parts: &Attributes<'_>,
) -> BTreeMap<FieldId, (String, Location)> {
    let mut found = BTreeMap::new();
    let Some(history) = &table.schema.history else {
        return found;
    };
    for (place, statement) in statements::all(history) {
        let StatementKind::Update(update) = &statement.kind else {
            continue;
        };
        let from_rows = update.from.iter().any(|item| {
            matches!(item, FromItem::Table(name, _) if name.name.text == table.model.db_name)
        });
        if update.table.name.text != owner.db_name || !from_rows {
            continue;
        }
        let Some(key) = update
            .condition
            .as_ref()
            .and_then(|condition| asked(condition, &parts.name.db_name))
        else {
            continue;
        };
        let set = update.assignments.iter().flat_map(|one| &one.columns);
        for name in set {
            let mut columns = owner.columns();
            if let Some(field) = columns.find(|field| field.db_name == name.text) {
                let at = history.location(place);
                found.entry(field.id).or_insert((key.clone(), at));
            }
        }
    }
    found
}

/// `rows.name = 'model'`
fn asked(condition: &Expr, column: &str) -> Option<String> {
    let mut found = None;
    walk_expression(condition, &mut |part| {
        let Part::Expr(expr) = part else { return };
        let ExprKind::Binary(operator, left, right) = &expr.kind else {
            return;
        };
        let (ExprKind::Column(path), ExprKind::String(text)) = (&left.kind, &right.kind) else {
            return;
        };
        if operator.symbol == "=" && path.last().is_some_and(|name| name.text == column) {
            found.get_or_insert(text.to_string());
        }
    });
    found
}

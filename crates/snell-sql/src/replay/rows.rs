//! Statements that change rows: their names must exist, and some cannot succeed on the
//! empty database that a deploy starts from.

use super::fault::{Fault, fault};
use super::{Related, Replayer};
use crate::analyze;
use crate::ast::{
    Expr, ExprKind, FromItem, Insert, JoinKind, Query, QueryBody, Statement, StatementKind,
};
use crate::catalog::{RelationId, RelationKind, TableConstraint};

impl Replayer {
    pub(super) fn rows(&mut self, statement: &Statement) -> Result<(), Fault> {
        let shape = analyze::statement(statement, &self.catalog);
        self.first_error(&shape)?;
        if let StatementKind::Insert(insert) = &statement.kind {
            self.check_references(insert)?;
        }
        self.touch_rows(statement);
        Ok(())
    }

    /// Remembers which tables may hold rows from now on.
    pub(super) fn touch_rows(&mut self, statement: &Statement) {
        if let StatementKind::Insert(insert) = &statement.kind {
            let empty = insert
                .source
                .as_ref()
                .is_some_and(|source| self.gives_no_rows(source));
            let Some(id) = self.catalog.find(&insert.table).map(|relation| relation.id) else {
                return;
            };
            if !empty
                && self.catalog.table(id).is_some_and(|table| !table.rows)
                && let Some(table) = self.catalog.table_mut(id)
            {
                table.rows = true;
            }
        }
        for modify in modifications(statement) {
            self.touch_rows(modify);
        }
    }

    /// Whether a query reads a table that is certainly empty, where that leaves no rows.
    fn gives_no_rows(&self, query: &Query) -> bool {
        let QueryBody::Select(select) = &query.body else {
            return false;
        };
        if select.group_by.is_empty() && select.targets.iter().any(|t| aggregates(&t.expr)) {
            return false;
        }
        select.from.iter().any(|item| self.empty_item(item))
    }

    fn empty_item(&self, item: &FromItem) -> bool {
        match item {
            FromItem::Table(name, _) => self.catalog.find(name).is_some_and(
                |relation| matches!(&relation.kind, RelationKind::Table(table) if !table.rows),
            ),
            FromItem::Subquery(query, ..) => self.gives_no_rows(query),
            FromItem::Join(join) => match join.kind {
                JoinKind::Inner | JoinKind::Cross => {
                    self.empty_item(&join.left) || self.empty_item(&join.right)
                }
                JoinKind::Left => self.empty_item(&join.left),
                JoinKind::Right => self.empty_item(&join.right),
                JoinKind::Full => self.empty_item(&join.left) && self.empty_item(&join.right),
            },
            FromItem::Function(_) => false,
        }
    }

    /// A constant foreign key into a table that certainly has no rows.
    fn check_references(&self, insert: &Insert) -> Result<(), Fault> {
        let (Some((relation, table)), Some(source)) =
            (self.catalog.find_table(&insert.table), &insert.source)
        else {
            return Ok(());
        };
        let rows: Vec<Vec<&Expr>> = match &source.body {
            QueryBody::Values(rows) => rows.iter().map(|row| row.iter().collect()).collect(),
            QueryBody::Select(select)
                if select.from.is_empty()
                    && select.condition.as_ref().is_none_or(|c| self.holds(c)) =>
            {
                vec![select.targets.iter().map(|target| &target.expr).collect()]
            }
            _ => return Ok(()),
        };
        for constraint in &table.constraints {
            let TableConstraint::ForeignKey(reference) = &constraint.kind else {
                continue;
            };
            let [column] = constraint.columns.as_slice() else {
                continue;
            };
            if !self.certainly_empty(reference.table) || reference.table == relation.id {
                continue;
            }
            let Some(position) = self.position_of(insert, relation.id, *column) else {
                continue;
            };
            let given = rows.iter().filter_map(|row| row.get(position));
            if let Some(value) = given.into_iter().find(|value| constant(value)) {
                return Err(fault(
                    "23503",
                    value.span,
                    format!(
                        "insert or update on table \"{}\" violates foreign key constraint \"{}\": no migration puts rows into \"{}\"",
                        relation.name,
                        constraint.name,
                        self.relation_name(reference.table)
                    ),
                )
                .related(Some(Related {
                    place: constraint.provenance.created,
                    message: "the foreign key is created here".into(),
                })));
            }
        }
        Ok(())
    }

    /// Whether a condition is certainly true: nothing can exist in a table without rows.
    fn holds(&self, condition: &Expr) -> bool {
        match &condition.kind {
            ExprKind::Bool(value) => *value,
            ExprKind::Logical(true, operands) => operands.iter().all(|part| self.holds(part)),
            ExprKind::Not(operand) => match &operand.kind {
                ExprKind::Exists(query) => !self.opaque && self.gives_no_rows(query),
                _ => false,
            },
            _ => false,
        }
    }

    fn certainly_empty(&self, id: RelationId) -> bool {
        !self.opaque && self.catalog.table(id).is_some_and(|table| !table.rows)
    }

    /// Where a column's value stands in the rows of an insert.
    fn position_of(&self, insert: &Insert, id: RelationId, column: u16) -> Option<usize> {
        let table = self.catalog.table(id)?;
        if insert.columns.is_empty() {
            return table.columns.iter().position(|c| c.number == column);
        }
        let name = &table.column_at(column)?.name;
        insert.columns.iter().position(|c| c.text == *name)
    }
}

fn constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Integer(_) | ExprKind::String(_) => true,
        ExprKind::Cast(inner, _) => constant(inner),
        _ => false,
    }
}

fn aggregates(expr: &Expr) -> bool {
    let mut found = false;
    crate::ast::walk_expression(expr, &mut |part| {
        if let crate::ast::Part::Expr(Expr {
            kind: ExprKind::Call(call),
            ..
        }) = part
        {
            found |= crate::library::library()
                .functions
                .get(&call.name.name.text)
                .is_some_and(|functions| functions.iter().any(|function| function.kind == 'a'));
        }
    });
    found
}

/// Statements inside `WITH` that change rows.
fn modifications(statement: &Statement) -> Vec<&Statement> {
    let with = match &statement.kind {
        StatementKind::Query(query) => query.with.as_ref(),
        StatementKind::Insert(insert) => insert.with.as_ref(),
        StatementKind::Update(update) => update.with.as_ref(),
        StatementKind::Delete(delete) => delete.with.as_ref(),
        StatementKind::Merge(merge) => merge.with.as_ref(),
        _ => None,
    };
    with.iter()
        .flat_map(|with| &with.tables)
        .filter_map(|table| match &table.query.body {
            QueryBody::Modify(statement) => Some(statement.as_ref()),
            _ => None,
        })
        .collect()
}

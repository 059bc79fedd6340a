//! Decides conditions of `DO` blocks on a replayed catalog: expressions over constants,
//! variables, `pg_catalog`, `information_schema` and `to_regclass`. Everything else is
//! [`Value::Unknown`], which no condition takes for true or false.

mod functions;
mod system;

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::ast::{
    Expr, ExprKind, FromItem, JoinCondition, JoinKind, Name, Query, QueryBody, Select,
};
use crate::catalog::{Catalog, RelationId, TypeId};

/// A value that is known, or known to be unknown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Text(String),
    Relation(RelationId),
    Type(TypeId),
    /// A schema, which catalogs know by number.
    Namespace(SmolStr),
    Unknown,
}

/// A row of a virtual table, its columns under `alias.column`.
pub(crate) type Row = BTreeMap<(SmolStr, SmolStr), Value>;

/// Rows that a join may produce before it is given up.
const MAX_ROWS: usize = 200_000;

pub(crate) struct Evaluator<'a> {
    catalog: &'a Catalog,
    variables: &'a BTreeMap<SmolStr, Value>,
    outer: Option<&'a Row>,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(catalog: &'a Catalog, variables: &'a BTreeMap<SmolStr, Value>) -> Self {
        Evaluator {
            catalog,
            variables,
            outer: None,
        }
    }

    pub(crate) fn value(&self, expr: &Expr) -> Value {
        let row = self.outer.cloned().unwrap_or_default();
        self.in_row(expr, &row)
    }

    /// The first column of the first row of a query.
    pub(crate) fn first(&self, query: &Query) -> Value {
        let QueryBody::Select(select) = &query.body else {
            return Value::Unknown;
        };
        let Some(target) = select.targets.first() else {
            return Value::Unknown;
        };
        let empty = Row::new();
        let Some(rows) = self.rows(select, &empty) else {
            return Value::Unknown;
        };
        if let ExprKind::Call(call) = &target.expr.kind {
            match call.name.name.text.as_str() {
                "count" => return Value::Integer(i64::try_from(rows.len()).unwrap_or(i64::MAX)),
                "max" | "min" | "sum" | "avg" | "string_agg" | "array_agg" => {
                    return if rows.is_empty() {
                        Value::Null
                    } else {
                        Value::Unknown
                    };
                }
                _ => {}
            }
        }
        match rows.first() {
            Some(row) => self.in_row(&target.expr, row),
            None => Value::Null,
        }
    }

    fn in_row(&self, expr: &Expr, row: &Row) -> Value {
        match &expr.kind {
            ExprKind::Null => Value::Null,
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Integer(text) => text.parse().map_or(Value::Unknown, Value::Integer),
            ExprKind::String(text) => Value::Text(text.to_string()),
            ExprKind::Column(parts) => self.column(parts, row),
            ExprKind::Not(inner) => match self.in_row(inner, row) {
                Value::Bool(value) => Value::Bool(!value),
                other => other,
            },
            ExprKind::Logical(and, items) => self.logical(*and, items, row),
            ExprKind::IsNull(inner, positive) => match self.in_row(inner, row) {
                Value::Unknown => Value::Unknown,
                value => Value::Bool((value == Value::Null) == *positive),
            },
            ExprKind::Binary(operator, left, right) => functions::binary(
                self.catalog,
                &operator.symbol,
                &self.in_row(left, row),
                &self.in_row(right, row),
            ),
            ExprKind::InList(value, items, positive) => self.in_list(value, items, *positive, row),
            ExprKind::AnyArray(operator, left, right, true) if operator.symbol == "=" => {
                match &right.kind {
                    ExprKind::Array(items) => self.in_list(left, items, true, row),
                    _ => Value::Unknown,
                }
            }
            ExprKind::Cast(inner, written) => functions::cast(
                self.catalog,
                self.in_row(inner, row),
                &written.name.name.text,
            ),
            ExprKind::Exists(query) => self.exists(query, row),
            ExprKind::Subquery(query) => Evaluator {
                outer: Some(row),
                ..*self
            }
            .first(query),
            ExprKind::Call(call) => {
                let values: Vec<Value> = call
                    .arguments
                    .iter()
                    .map(|argument| self.in_row(&argument.value, row))
                    .collect();
                functions::call(self.catalog, &call.name.name.text, &values)
            }
            ExprKind::Keyword(word) if word == "current_schema" => {
                functions::call(self.catalog, "current_schema", &[])
            }
            _ => Value::Unknown,
        }
    }

    fn column(&self, parts: &[Name], row: &Row) -> Value {
        let found = match parts {
            [column] => row
                .iter()
                .find(|((_, name), _)| *name == column.text)
                .map(|(_, value)| value)
                .or_else(|| self.variables.get(&column.text)),
            [.., table, column] => row.get(&(table.text.clone(), column.text.clone())),
            [] => None,
        };
        found.cloned().unwrap_or(Value::Unknown)
    }

    fn logical(&self, and: bool, items: &[Expr], row: &Row) -> Value {
        let mut result = Value::Bool(and);
        for item in items {
            match self.in_row(item, row) {
                Value::Bool(value) if value == and => {}
                Value::Bool(value) => return Value::Bool(value),
                other => result = other,
            }
        }
        result
    }

    fn in_list(&self, value: &Expr, items: &[Expr], positive: bool, row: &Row) -> Value {
        let value = self.in_row(value, row);
        let mut unknown = false;
        for item in items {
            match functions::binary(self.catalog, "=", &value, &self.in_row(item, row)) {
                Value::Bool(true) => return Value::Bool(positive),
                Value::Bool(false) => {}
                _ => unknown = true,
            }
        }
        if unknown {
            Value::Unknown
        } else {
            Value::Bool(!positive)
        }
    }

    fn exists(&self, query: &Query, row: &Row) -> Value {
        let QueryBody::Select(select) = &query.body else {
            return Value::Unknown;
        };
        match self.rows(select, row) {
            Some(rows) => Value::Bool(!rows.is_empty()),
            None => Value::Unknown,
        }
    }

    /// The rows of a select over virtual tables; none when they cannot be known.
    fn rows(&self, select: &Select, outer: &Row) -> Option<Vec<Row>> {
        let mut rows = vec![outer.clone()];
        for item in &select.from {
            rows = self.join_item(rows, item, select.condition.as_ref())?;
        }
        if let Some(condition) = &select.condition {
            let mut kept = Vec::new();
            for row in rows {
                match self.in_row(condition, &row) {
                    Value::Bool(true) => kept.push(row),
                    Value::Bool(false) | Value::Null => {}
                    _ => return None,
                }
            }
            rows = kept;
        }
        Some(rows)
    }

    fn join_item(
        &self,
        rows: Vec<Row>,
        item: &FromItem,
        filter: Option<&Expr>,
    ) -> Option<Vec<Row>> {
        let joined = match item {
            FromItem::Table(name, alias) => {
                let alias = alias
                    .as_ref()
                    .and_then(|alias| alias.name.as_ref())
                    .unwrap_or(&name.name);
                let table = system::rows(
                    self.catalog,
                    name.schema.as_ref().map(|schema| schema.text.as_str()),
                    &name.name.text,
                )?;
                product(&rows, &table, &alias.text)?
            }
            FromItem::Join(join) if matches!(join.kind, JoinKind::Inner | JoinKind::Cross) => {
                let left = self.join_item(rows, &join.left, None)?;
                let both = self.join_item(left, &join.right, None)?;
                match &join.condition {
                    JoinCondition::On(on) => self.keep(both, on),
                    JoinCondition::None => both,
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some(match filter {
            Some(filter) => self.keep(joined, filter),
            None => joined,
        })
    }

    /// Drops the rows that a condition already rules out.
    fn keep(&self, rows: Vec<Row>, condition: &Expr) -> Vec<Row> {
        rows.into_iter()
            .filter(|row| {
                !matches!(
                    self.in_row(condition, row),
                    Value::Bool(false) | Value::Null
                )
            })
            .collect()
    }
}

fn product(rows: &[Row], table: &[system::SystemRow], alias: &str) -> Option<Vec<Row>> {
    if rows.len().saturating_mul(table.len()) > MAX_ROWS {
        return None;
    }
    let mut joined = Vec::with_capacity(rows.len() * table.len());
    for row in rows {
        for columns in table {
            let mut row = row.clone();
            for (name, value) in columns {
                row.insert((alias.into(), SmolStr::new_static(name)), value.clone());
            }
            joined.push(row);
        }
    }
    Some(joined)
}

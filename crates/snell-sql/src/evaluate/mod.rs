//! Decides conditions of `DO` blocks on a replayed catalog: expressions over constants,
//! variables, `pg_catalog`, `information_schema` and `to_regclass`. Everything else is
//! [`Value::Unknown`], which no condition takes for true or false.

mod functions;
mod system;

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::ast::{
    Expr, ExprKind, FromFunction, FromItem, JoinCondition, JoinKind, Name, Query, QueryBody,
    Select, Target,
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
    /// An array.
    List(Vec<Value>),
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

    /// The rows of a query, each value under its column's name; none when they cannot be known.
    pub(crate) fn all(&self, query: &Query) -> Option<Vec<Vec<(SmolStr, Value)>>> {
        let QueryBody::Select(select) = &query.body else {
            return None;
        };
        let plain = query.with.is_none()
            && query.limit.is_none()
            && query.offset.is_none()
            && select.group_by.is_empty()
            && select.having.is_none();
        if !plain {
            return None;
        }
        let rows = self.rows(select, &Row::new())?;
        let mut found = Vec::new();
        for row in rows {
            if let [only] = select.targets.as_slice()
                && let Some(items) = self.unnested(&only.expr, &row)
            {
                found.extend(items?.into_iter().map(|item| vec![(name_of(only), item)]));
                continue;
            }
            let mut values = Vec::new();
            for target in &select.targets {
                match &target.expr.kind {
                    ExprKind::Star(_) => {
                        values.extend(row.iter().map(|((_, name), v)| (name.clone(), v.clone())));
                    }
                    // Calls may make one row of many, or many of one.
                    ExprKind::Call(call) if !functions::is_plain(&call.name.name.text) => {
                        return None;
                    }
                    _ => values.push((name_of(target), self.in_row(&target.expr, &row))),
                }
            }
            if select.distinct.is_none() || !found.contains(&values) {
                found.push(values);
            }
        }
        Some(found)
    }

    /// The items of `unnest(array)`, where an expression is that.
    fn unnested(&self, expr: &Expr, row: &Row) -> Option<Option<Vec<Value>>> {
        let ExprKind::Call(call) = &expr.kind else {
            return None;
        };
        match (call.name.name.text.as_str(), call.arguments.as_slice()) {
            ("unnest", [array]) => Some(match self.in_row(&array.value, row) {
                Value::List(items) => Some(items),
                _ => None,
            }),
            _ => None,
        }
    }

    fn in_row(&self, expr: &Expr, row: &Row) -> Value {
        match &expr.kind {
            ExprKind::Array(items) => {
                Value::List(items.iter().map(|item| self.in_row(item, row)).collect())
            }
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
                match self.in_row(right, row) {
                    Value::List(items) => self.among(&self.in_row(left, row), &items, true),
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
            [.., table, column] => {
                row.get(&(table.text.clone(), column.text.clone()))
                    .or_else(|| {
                        let field = format!("{}.{}", table.text, column.text);
                        self.variables.get(field.as_str())
                    })
            }
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
        let items: Vec<Value> = items.iter().map(|item| self.in_row(item, row)).collect();
        self.among(&self.in_row(value, row), &items, positive)
    }

    fn among(&self, value: &Value, items: &[Value], positive: bool) -> Value {
        let mut unknown = false;
        for item in items {
            match functions::binary(self.catalog, "=", value, item) {
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
            FromItem::Function(function) => self.unnest_item(&rows, function)?,
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

    /// `unnest(array) AS t(name)`, or `AS name`.
    fn unnest_item(&self, rows: &[Row], function: &FromFunction) -> Option<Vec<Row>> {
        let ([call], false) = (function.calls.as_slice(), function.ordinality) else {
            return None;
        };
        let items = self.unnested(call, &Row::new())??;
        let alias = function.alias.as_ref();
        let table = alias
            .and_then(|alias| alias.name.as_ref())
            .map_or_else(|| SmolStr::new_static("unnest"), |name| name.text.clone());
        let column = alias
            .and_then(|alias| alias.columns.first())
            .map_or_else(|| table.clone(), |name| name.text.clone());
        if rows.len().saturating_mul(items.len()) > MAX_ROWS {
            return None;
        }
        let joined = rows.iter().flat_map(|row| {
            items.iter().map(|item| {
                let mut row = row.clone();
                row.insert((table.clone(), column.clone()), item.clone());
                row
            })
        });
        Some(joined.collect())
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

/// The name of a target's column.
fn name_of(target: &Target) -> SmolStr {
    if let Some(alias) = &target.alias {
        return alias.text.clone();
    }
    let mut expr = &target.expr;
    while let ExprKind::Cast(inner, _) = &expr.kind {
        expr = inner;
    }
    match &expr.kind {
        ExprKind::Column(parts) => parts.last().map(|part| part.text.clone()),
        ExprKind::Call(call) => Some(call.name.name.text.clone()),
        _ => None,
    }
    .unwrap_or_else(|| SmolStr::new_static("?column?"))
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

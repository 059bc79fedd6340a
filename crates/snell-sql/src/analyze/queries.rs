//! Queries: `SELECT`, `VALUES`, `WITH`, set operations, and the columns that come out.

use smol_str::SmolStr;

use super::from::cte_source;
use super::narrow::{narrow, narrow_joins};
use super::scope::{Scope, Source, SourceColumn};
use super::{Analyzer, MAX_DEPTH, ResultColumn};
use crate::ast::{Expr, ExprKind, Name, Query, QueryBody, Select, With};
use crate::catalog::TypeId;

pub(super) type Columns = (Vec<ResultColumn>, bool);

impl Analyzer<'_> {
    pub(super) fn query(&mut self, query: &Query, parent: Option<&Scope<'_>>) -> Columns {
        if self.depth > MAX_DEPTH {
            return (Vec::new(), false);
        }
        self.depth += 1;
        let keep_open = std::mem::take(&mut self.keep_open);
        let visible = self.common.len();
        if let Some(with) = &query.with {
            self.with(with, parent);
        }
        let columns = self.body(query, parent, keep_open);
        self.common.truncate(visible);
        self.depth -= 1;
        columns
    }

    fn body(&mut self, query: &Query, parent: Option<&Scope<'_>>, keep_open: bool) -> Columns {
        let columns = match &query.body {
            QueryBody::Select(select) => return self.select(select, query, parent, keep_open),
            QueryBody::Values(rows) => self.values(rows, parent),
            QueryBody::Table(name) => {
                let source = self.table_source(name, None);
                (result_columns(&source, query), source.complete)
            }
            QueryBody::Set(_, left, right) => self.set_operation(left, right, parent),
            QueryBody::Modify(statement) => self.statement(statement, parent),
            QueryBody::Unknown => (Vec::new(), false),
        };
        self.output_order(query, &columns, parent);
        columns
    }

    /// After a set operation, `ORDER BY` may name only the columns that come out.
    fn output_order(&mut self, query: &Query, columns: &Columns, parent: Option<&Scope<'_>>) {
        let source = Source {
            columns: columns
                .0
                .iter()
                .map(|column| SourceColumn {
                    name: column.name.clone(),
                    data_type: column.data_type.clone(),
                    not_null: column.not_null,
                    source: None,
                })
                .collect(),
            complete: columns.1,
            ..Source::unknown(SmolStr::default())
        };
        let scope = Scope::of(vec![source], parent);
        for item in &query.order_by {
            if !matches!(item.expr.kind, ExprKind::Integer(_)) {
                self.expr(&item.expr, &scope);
            }
        }
        self.limits(query, &Scope::of(Vec::new(), parent));
    }

    fn limits(&mut self, query: &Query, scope: &Scope<'_>) {
        for expr in query.limit.iter().chain(&query.offset) {
            let typed = self.expr(expr, scope);
            self.coerce(&typed, &TypeId::INT8.into());
        }
    }

    pub(super) fn with(&mut self, with: &With, parent: Option<&Scope<'_>>) {
        for table in &with.tables {
            if with.recursive {
                let source =
                    self.recursive_start(&table.name, &table.columns, &table.query, parent);
                self.common.push((table.name.text.clone(), source));
            }
            let (columns, complete) = self.query(&table.query, parent);
            if with.recursive {
                self.common.pop();
            }
            let source = cte_source(&table.name, &table.columns, columns, complete);
            self.common.push((table.name.text.clone(), source));
        }
    }

    /// Inside itself, a recursive table has the columns of its first part.
    fn recursive_start(
        &mut self,
        name: &Name,
        names: &[Name],
        query: &Query,
        parent: Option<&Scope<'_>>,
    ) -> Source {
        let QueryBody::Set(_, left, _) = &query.body else {
            return Source::unknown(name.text.clone());
        };
        let errors = self.errors.len();
        let visible = self.common.len();
        self.common
            .push((name.text.clone(), Source::unknown(name.text.clone())));
        if let Some(with) = &query.with {
            self.with(with, parent);
        }
        let (columns, complete) = self.query(left, parent);
        self.common.truncate(visible);
        self.errors.truncate(errors);
        cte_source(name, names, columns, complete).nullable()
    }

    fn values(&mut self, rows: &[Vec<Expr>], parent: Option<&Scope<'_>>) -> Columns {
        let scope = Scope::of(Vec::new(), parent);
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut columns: Vec<Vec<super::Typed>> = vec![Vec::new(); width];
        for row in rows {
            for (index, value) in row.iter().enumerate() {
                let typed = self.expr(value, &scope);
                columns[index].push(typed);
            }
        }
        let result = columns
            .into_iter()
            .zip(1..)
            .map(|(values, number)| {
                let span = values.first().map(|value| value.span).unwrap_or_default();
                let unified = self.unify(&values, span);
                ResultColumn {
                    name: format!("column{number}").into(),
                    data_type: unified.data_type,
                    not_null: values.iter().all(|value| value.not_null),
                    source: None,
                    span,
                }
            })
            .collect();
        (result, true)
    }

    fn set_operation(
        &mut self,
        left: &Query,
        right: &Query,
        parent: Option<&Scope<'_>>,
    ) -> Columns {
        let open = self.open.len();
        self.keep_open = true;
        let (left_columns, left_known) = self.query(left, parent);
        self.keep_open = true;
        let (right_columns, right_known) = self.query(right, parent);
        self.keep_open = false;
        let open = self.open.split_off(open);
        let known = left_known && right_known;
        if known && left_columns.len() != right_columns.len() {
            self.error(
                "42601",
                right.span,
                "each query of a set operation must have the same number of columns".into(),
                None,
            );
            return (left_columns, left_known);
        }
        let columns = left_columns
            .into_iter()
            .zip(right_columns)
            .map(|(left, right)| {
                let ids = left
                    .data_type
                    .as_ref()
                    .zip(right.data_type.as_ref())
                    .map(|(a, b)| [a.id, b.id]);
                let data_type = match ids {
                    Some([a, b]) if a == b && a != TypeId::UNKNOWN => left.data_type.clone(),
                    Some(ids) => match self.catalog.common_type(&ids) {
                        Some(common) => {
                            let sides = [left.span, right.span];
                            for typed in open.iter().filter(|o| sides.contains(&o.span)) {
                                self.coerce(typed, &common.into());
                            }
                            Some(common.into())
                        }
                        None => {
                            self.error(
                                "42804",
                                right.span,
                                "types of a set operation cannot be matched".into(),
                                None,
                            );
                            None
                        }
                    },
                    None => None,
                };
                ResultColumn {
                    data_type,
                    not_null: left.not_null && right.not_null,
                    source: None,
                    ..left
                }
            })
            .collect();
        (columns, known)
    }

    fn select(
        &mut self,
        select: &Select,
        query: &Query,
        parent: Option<&Scope<'_>>,
        keep_open: bool,
    ) -> Columns {
        let mut sources = Vec::new();
        for item in &select.from {
            self.from_item(item, &mut sources, parent);
        }
        let mut scope = Scope::of(sources, parent);
        if let Some(condition) = &select.condition {
            self.condition(condition, &scope);
            narrow(&mut scope, condition);
        }
        for item in &select.from {
            narrow_joins(&mut scope, item);
        }
        scope.grouped = !select.group_by.is_empty() && !select.grouping_sets;
        if select.grouping_sets {
            for source in &mut scope.sources {
                *source = source.clone().nullable();
            }
        }
        self.keep_open = keep_open;
        let (columns, complete) = self.targets(&select.targets, &scope);
        // GROUP BY and ORDER BY may name output columns too.
        let by_name = |expr: &Expr| match &expr.kind {
            ExprKind::Integer(_) => true,
            ExprKind::Column(parts) => matches!(
                parts.as_slice(),
                [name] if columns.iter().any(|column| column.name == name.text)
            ),
            _ => false,
        };
        for expr in &select.group_by {
            if !by_name(expr) {
                self.expr(expr, &scope);
            }
        }
        if let Some(having) = &select.having {
            self.condition(having, &scope);
        }
        for expr in select.distinct.iter().flatten() {
            if !by_name(expr) {
                self.expr(expr, &scope);
            }
        }
        for item in &query.order_by {
            if !by_name(&item.expr) {
                self.expr(&item.expr, &scope);
            }
        }
        for (_, window) in &select.windows {
            for expr in window
                .partition_by
                .iter()
                .chain(window.order_by.iter().map(|item| &item.expr))
            {
                self.expr(expr, &scope);
            }
        }
        self.limits(query, &scope);
        self.check_grouping(select, query, &scope);
        (columns, complete)
    }
}

fn result_columns(source: &Source, query: &Query) -> Vec<ResultColumn> {
    source
        .columns
        .iter()
        .map(|column| ResultColumn {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            not_null: column.not_null,
            source: column.source,
            span: query.span,
        })
        .collect()
}

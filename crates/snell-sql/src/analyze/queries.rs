//! Queries: `FROM`, joins, `WITH`, set operations, and the columns that come out.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::functions::call_name;
use super::scope::{Scope, Source, SourceColumn, find_source};
use super::{Analyzer, MAX_DEPTH, ResultColumn};
use crate::ast::{
    Alias, Expr, ExprKind, FromFunction, FromItem, Join, JoinCondition, JoinKind, Name, ObjectName,
    Query, QueryBody, Select, Target, With,
};
use crate::catalog::TypeId;
use crate::library::library;

type Columns = (Vec<ResultColumn>, bool);

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
        (columns, complete)
    }

    /// The columns of a `SELECT` or `RETURNING` list.
    pub(super) fn targets(&mut self, targets: &[Target], scope: &Scope<'_>) -> Columns {
        let keep_open = std::mem::take(&mut self.keep_open);
        let mut columns = Vec::new();
        let mut complete = true;
        for target in targets {
            match &target.expr.kind {
                ExprKind::Star(parts) => complete &= self.star(parts, target, scope, &mut columns),
                ExprKind::FieldStar(inner) => {
                    let typed = self.expr(inner, scope);
                    let (row, known) = self.function_columns(&typed, "");
                    complete &= known;
                    columns.extend(row.into_iter().map(|column| ResultColumn {
                        name: column.name,
                        data_type: column.data_type,
                        not_null: false,
                        source: None,
                        span: target.expr.span,
                    }));
                }
                _ => columns.push(self.target(target, scope, keep_open)),
            }
        }
        (columns, complete)
    }

    fn target(&mut self, target: &Target, scope: &Scope<'_>, keep_open: bool) -> ResultColumn {
        let typed = self.expr(&target.expr, scope);
        let name = match &target.alias {
            Some(alias) => alias.text.clone(),
            None => column_name(&target.expr),
        };
        // What is still open at the end is text.
        let data_type = if typed.open() && keep_open {
            self.open.push(typed.clone());
            typed.data_type
        } else if typed.open() {
            self.coerce(&typed, &TypeId::TEXT.into());
            Some(TypeId::TEXT.into())
        } else {
            typed.data_type
        };
        ResultColumn {
            name,
            data_type,
            not_null: typed.not_null,
            source: typed.source,
            span: target.expr.span,
        }
    }

    fn star(
        &mut self,
        parts: &[Name],
        target: &Target,
        scope: &Scope<'_>,
        columns: &mut Vec<ResultColumn>,
    ) -> bool {
        let sources: Vec<Source> = match parts.last() {
            None => scope
                .sources
                .iter()
                .filter(|source| !source.qualified_only)
                .cloned()
                .collect(),
            Some(alias) => match find_source(scope, &alias.text) {
                Some(source) => vec![Source {
                    merged: Vec::new(),
                    ..source.clone()
                }],
                None => {
                    self.error(
                        "42P01",
                        target.expr.span,
                        format!("missing FROM-clause entry for table \"{}\"", alias.text),
                        Some(&alias.text),
                    );
                    return false;
                }
            },
        };
        let mut complete = true;
        for source in sources {
            complete &= source.complete;
            for column in &source.columns {
                if source.merged.contains(&column.name) {
                    continue;
                }
                self.reads.extend(
                    column
                        .source
                        .map(|(relation, number)| (relation, Some(number))),
                );
                columns.push(ResultColumn {
                    name: column.name.clone(),
                    data_type: column.data_type.clone(),
                    not_null: column.not_null,
                    source: column.source,
                    span: target.expr.span,
                });
            }
        }
        complete
    }

    pub(super) fn from_item(
        &mut self,
        item: &FromItem,
        sources: &mut Vec<Source>,
        parent: Option<&Scope<'_>>,
    ) {
        match item {
            FromItem::Table(name, alias) => {
                let source = self.table_source(name, alias.as_ref());
                self.add_source(source, name.span(), sources);
            }
            FromItem::Function(function) => {
                let source = self.function_source(function, sources, parent);
                sources.push(source);
            }
            FromItem::Subquery(query, alias, lateral) => {
                let (columns, complete) = if *lateral {
                    let scope = Scope::of(sources.clone(), parent);
                    self.query(query, Some(&scope))
                } else {
                    self.query(query, parent)
                };
                let name = Name {
                    text: SmolStr::default(),
                    span: query.span,
                    quoted: false,
                };
                let source = cte_source(&name, &[], columns, complete);
                sources.push(aliased(source, alias.as_ref()));
            }
            FromItem::Join(join) => self.join(join, sources, parent),
        }
    }

    fn add_source(&mut self, source: Source, span: snell_source::Span, sources: &mut Vec<Source>) {
        if sources.iter().any(|other| other.alias == source.alias) {
            self.error(
                "42712",
                span,
                format!("table name \"{}\" specified more than once", source.alias),
                None,
            );
        }
        sources.push(source);
    }

    fn join(&mut self, join: &Join, sources: &mut Vec<Source>, parent: Option<&Scope<'_>>) {
        let start = sources.len();
        self.from_item(&join.left, sources, parent);
        let middle = sources.len();
        self.from_item(&join.right, sources, parent);
        let common: Vec<SmolStr> = match &join.condition {
            JoinCondition::Using(names) => {
                for name in names {
                    self.check_using(name, &sources[start..middle], &sources[middle..]);
                }
                names.iter().map(|name| name.text.clone()).collect()
            }
            JoinCondition::Natural => shared_names(&sources[start..middle], &sources[middle..]),
            _ => Vec::new(),
        };
        if let JoinCondition::On(condition) = &join.condition {
            let scope = Scope::of(sources[start..].to_vec(), parent);
            // A lateral side may look further left, a condition only at the join's own sides.
            self.condition(condition, &scope);
        }
        let (nullable_left, nullable_right) = match join.kind {
            JoinKind::Left => (false, true),
            JoinKind::Right => (true, false),
            JoinKind::Full => (true, true),
            JoinKind::Inner | JoinKind::Cross => (false, false),
        };
        for (index, source) in sources.iter_mut().enumerate().skip(start) {
            let right = index >= middle;
            if (right && nullable_right) || (!right && nullable_left) {
                *source = source.clone().nullable();
            }
            if right {
                source.merged.extend(common.iter().cloned());
            }
        }
        if let Some(alias) = &join.alias
            && alias.name.is_some()
            && !matches!(join.condition, JoinCondition::Using(_))
        {
            let parts: Vec<Source> = sources.drain(start..).collect();
            let joined = Source {
                columns: parts
                    .iter()
                    .flat_map(|part| {
                        part.columns
                            .iter()
                            .filter(|column| !part.merged.contains(&column.name))
                            .cloned()
                    })
                    .collect(),
                complete: parts.iter().all(|part| part.complete),
                ..Source::unknown(SmolStr::default())
            };
            sources.push(aliased(joined, Some(alias)));
        }
    }

    fn check_using(&mut self, name: &Name, left: &[Source], right: &[Source]) {
        for (side, words) in [(left, "left"), (right, "right")] {
            let known = side.iter().all(|source| source.complete);
            let found = side
                .iter()
                .flat_map(|source| &source.columns)
                .any(|column| column.name == name.text);
            if known && !found {
                self.error(
                    "42703",
                    name.span,
                    format!(
                        "column \"{}\" specified in USING clause does not exist in {words} table",
                        name.text
                    ),
                    Some(&name.text),
                );
            }
        }
    }

    /// A table, view, common table expression or system relation in `FROM`.
    pub(super) fn table_source(&mut self, name: &ObjectName, alias: Option<&Alias>) -> Source {
        if name.schema.is_none()
            && let Some((_, source)) = self
                .common
                .iter()
                .rfind(|(common, _)| *common == name.name.text)
        {
            return aliased(source.clone(), alias);
        }
        if let Some(id) = self.catalog.find(name).map(|relation| relation.id) {
            self.reads.insert((id, None));
            let source = self
                .relation_source(id)
                .unwrap_or_else(|| Source::unknown(name.name.text.clone()));
            return aliased(source, alias);
        }
        let schema = name
            .schema
            .as_ref()
            .map_or("pg_catalog", |s| s.text.as_str());
        let key = (SmolStr::from(schema), name.name.text.clone());
        if let Some(system) = library().relations.get(&key) {
            let source = Source {
                columns: system
                    .columns
                    .iter()
                    .map(|(name, id, not_null)| SourceColumn {
                        name: name.clone(),
                        data_type: Some((*id).into()),
                        not_null: *not_null,
                        source: None,
                    })
                    .collect(),
                complete: true,
                table: true,
                ..Source::unknown(name.name.text.clone())
            };
            return aliased(source, alias);
        }
        self.error(
            "42P01",
            name.span(),
            format!("relation \"{name}\" does not exist"),
            Some(&name.name.text),
        );
        aliased(Source::unknown(name.name.text.clone()), alias)
    }

    fn function_source(
        &mut self,
        function: &FromFunction,
        sources: &[Source],
        parent: Option<&Scope<'_>>,
    ) -> Source {
        let scope = Scope::of(sources.to_vec(), parent);
        let alias = function
            .alias
            .as_ref()
            .and_then(|alias| alias.name.as_ref());
        let mut source = Source::unknown(SmolStr::default());
        source.complete = !function.calls.is_empty();
        for call in &function.calls {
            let own = call_name(&call.kind).unwrap_or_default();
            if source.alias.is_empty() {
                source.alias = own.clone();
            }
            let typed = self.expr(call, &scope);
            let name = alias.map_or(own, |alias| alias.text.clone());
            let (columns, complete) = self.function_columns(&typed, &name);
            source.columns.extend(columns);
            source.complete &= complete;
        }
        if function.ordinality {
            source.columns.push(SourceColumn {
                name: "ordinality".into(),
                data_type: Some(TypeId::INT8.into()),
                not_null: true,
                source: None,
            });
        }
        if let Some(alias) = &function.alias
            && !alias.types.is_empty()
        {
            source.complete = true;
            source.columns = alias
                .columns
                .iter()
                .zip(&alias.types)
                .map(|(name, written)| SourceColumn {
                    name: name.text.clone(),
                    data_type: self.named_type(written),
                    not_null: false,
                    source: None,
                })
                .collect();
        }
        aliased(source, function.alias.as_ref())
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

fn cte_source(name: &Name, names: &[Name], columns: Vec<ResultColumn>, complete: bool) -> Source {
    Source {
        columns: columns
            .into_iter()
            .enumerate()
            .map(|(index, column)| SourceColumn {
                name: names
                    .get(index)
                    .map_or(column.name, |name| name.text.clone()),
                data_type: column.data_type,
                not_null: column.not_null,
                source: column.source,
            })
            .collect(),
        complete,
        ..Source::unknown(name.text.clone())
    }
}

/// An item under the alias written for it.
fn aliased(mut source: Source, alias: Option<&Alias>) -> Source {
    let Some(alias) = alias else {
        return source;
    };
    if let Some(name) = &alias.name {
        source.alias = name.text.clone();
    }
    for (column, name) in source.columns.iter_mut().zip(&alias.columns) {
        column.name = name.text.clone();
    }
    source
}

fn shared_names(left: &[Source], right: &[Source]) -> Vec<SmolStr> {
    let names: FxHashSet<&SmolStr> = left
        .iter()
        .flat_map(|source| source.columns.iter().map(|column| &column.name))
        .collect();
    right
        .iter()
        .flat_map(|source| source.columns.iter().map(|column| &column.name))
        .filter(|name| names.contains(name))
        .cloned()
        .collect()
}

/// `FigureColname`: what an expression without an alias is called.
fn column_name(expr: &Expr) -> SmolStr {
    match &expr.kind {
        ExprKind::Column(parts) => parts.last().map(|part| part.text.clone()),
        ExprKind::Field(_, name) => Some(name.text.clone()),
        ExprKind::Call(call) => Some(call.name.name.text.clone()),
        ExprKind::Keyword(word) => word.split('(').next().map(SmolStr::from),
        ExprKind::Cast(inner, written) => {
            let inner = column_name(inner);
            Some(if inner == "?column?" {
                written.name.name.text.clone()
            } else {
                inner
            })
        }
        ExprKind::Case(case) => Some(match &case.otherwise {
            Some(otherwise) if column_name(otherwise) != "?column?" => column_name(otherwise),
            _ => "case".into(),
        }),
        ExprKind::Array(_) | ExprKind::ArrayQuery(_) => Some("array".into()),
        ExprKind::Row(_) => Some("row".into()),
        ExprKind::Exists(_) => Some("exists".into()),
        ExprKind::Subscript(inner, ..) | ExprKind::Collate(inner, _) => Some(column_name(inner)),
        ExprKind::Subquery(query) => match &query.body {
            QueryBody::Select(select) => select.targets.first().map(|target| {
                target
                    .alias
                    .as_ref()
                    .map_or_else(|| column_name(&target.expr), |alias| alias.text.clone())
            }),
            _ => None,
        },
        ExprKind::Bool(_) => Some("bool".into()),
        _ => None,
    }
    .unwrap_or_else(|| "?column?".into())
}

/// Inner joins' conditions hold for every row, like `WHERE`.
fn narrow_joins(scope: &mut Scope<'_>, item: &FromItem) {
    if let FromItem::Join(join) = item
        && matches!(join.kind, JoinKind::Inner | JoinKind::Cross)
    {
        if let JoinCondition::On(condition) = &join.condition {
            narrow(scope, condition);
        }
        narrow_joins(scope, &join.left);
        narrow_joins(scope, &join.right);
    }
}

/// Marks the columns that cannot be null where a condition holds.
fn narrow(scope: &mut Scope<'_>, condition: &Expr) {
    match &condition.kind {
        ExprKind::Logical(true, operands) => {
            for operand in operands {
                narrow(scope, operand);
            }
        }
        ExprKind::IsNull(operand, false) => mark(scope, operand),
        ExprKind::Binary(operator, left, right)
            if matches!(
                operator.symbol.as_str(),
                "=" | "<>" | "<" | ">" | "<=" | ">=" | "~~" | "~~*" | "!~~" | "!~~*" | "~" | "~*"
            ) =>
        {
            mark(scope, left);
            mark(scope, right);
        }
        ExprKind::InList(value, _, true)
        | ExprKind::InQuery(value, _, true)
        | ExprKind::Between(value, _, _, true)
        | ExprKind::AnyArray(_, value, _, true) => mark(scope, value),
        _ => {}
    }
}

fn mark(scope: &mut Scope<'_>, expr: &Expr) {
    let mut expr = expr;
    while let ExprKind::Cast(inner, _) = &expr.kind {
        expr = inner;
    }
    let ExprKind::Column(parts) = &expr.kind else {
        return;
    };
    let Some(name) = parts.last() else { return };
    let qualifier = parts
        .len()
        .checked_sub(2)
        .and_then(|index| parts.get(index));
    for source in &mut scope.sources {
        if qualifier.is_some_and(|qualifier| qualifier.text != source.alias) {
            continue;
        }
        if qualifier.is_none() && source.merged.contains(&name.text) {
            continue;
        }
        if let Some(column) = source.columns.iter_mut().find(|c| c.name == name.text) {
            column.not_null = true;
            return;
        }
    }
}

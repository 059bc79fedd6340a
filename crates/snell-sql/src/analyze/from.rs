//! Items of a `FROM` list: tables, functions, sub-selects, joins.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::functions::call_name;
use super::grouping::gives_one_row;
use super::scope::{Scope, Source, SourceColumn, Typed};
use super::{Analyzer, ResultColumn};
use crate::ast::{
    Alias, Argument, Expr, ExprKind, FromFunction, FromItem, Join, JoinCondition, JoinKind, Name,
    ObjectName,
};
use crate::catalog::TypeId;
use crate::library::library;

/// The table in which Prisma writes down which migrations have run: it makes it itself, with no migration
/// (<https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories>).
const MIGRATIONS: &str = "_prisma_migrations";

impl Analyzer<'_> {
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
        // A side that always gives a row is always there.
        let always = matches!(&join.condition, JoinCondition::On(condition)
            if matches!(condition.kind, ExprKind::Bool(true)))
            && gives_one_row(&join.right);
        let (nullable_left, nullable_right) = match join.kind {
            JoinKind::Left => (false, !always),
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
        self.missing_relation(name);
        aliased(Source::unknown(name.name.text.clone()), alias)
    }

    /// Tells that no table has this name, unless Prisma makes it.
    pub(super) fn missing_relation(&mut self, name: &ObjectName) {
        if name.name.text == MIGRATIONS {
            return;
        }
        self.error(
            "42P01",
            name.span(),
            format!("relation \"{name}\" does not exist"),
            Some(&name.name.text),
        );
    }

    /// The column that a list becomes.
    fn unnested(&self, list: &Typed, name: &str) -> SourceColumn {
        let element = list
            .id()
            .and_then(|id| self.catalog.element_of(self.catalog.base_of(id)));
        SourceColumn {
            name: name.into(),
            data_type: element.map(Into::into),
            not_null: false,
            source: None,
        }
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
            let name = alias.map_or_else(|| own.clone(), |alias| alias.text.clone());
            if let Some(lists) = several_lists(call) {
                for list in lists {
                    let typed = self.expr(&list.value, &scope);
                    source.columns.push(self.unnested(&typed, &own));
                }
                continue;
            }
            let typed = self.expr(call, &scope);
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

/// The arguments of `unnest(a, b)`, which the grammar of `FROM` knows and `pg_proc` does not.
fn several_lists(call: &Expr) -> Option<&[Argument]> {
    match &call.kind {
        ExprKind::Call(call) if call.name.name.text == "unnest" && call.arguments.len() > 1 => {
            Some(&call.arguments)
        }
        _ => None,
    }
}

pub(super) fn cte_source(
    name: &Name,
    names: &[Name],
    columns: Vec<ResultColumn>,
    complete: bool,
) -> Source {
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

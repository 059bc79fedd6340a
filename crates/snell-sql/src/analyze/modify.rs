//! `INSERT`, `UPDATE`, `DELETE` and `MERGE`.

use super::scope::{Scope, Source};
use super::{Analyzer, ResultColumn};
use crate::ast::{
    Assignment, Delete, Expr, ExprKind, Insert, Merge, Name, ObjectName, Query, QueryBody, Update,
};
use crate::catalog::{DataType, RelationId, TypeId};

type Columns = (Vec<ResultColumn>, bool);

impl Analyzer<'_> {
    /// The table that a statement changes, with its number when the catalog has it.
    fn target_table(
        &mut self,
        name: &ObjectName,
        alias: Option<&Name>,
    ) -> (Source, Option<RelationId>) {
        let found = self.catalog.find(name).map(|relation| relation.id);
        let Some(id) = found else {
            self.missing_relation(name);
            return (Source::unknown(name.name.text.clone()), None);
        };
        self.writes.insert((id, None));
        let mut source = self
            .relation_source(id)
            .unwrap_or_else(|| Source::unknown(name.name.text.clone()));
        if let Some(alias) = alias {
            source.alias = alias.text.clone();
        }
        (source, Some(id))
    }

    /// The type of a column that is written, or the error that there is none.
    fn written_column(
        &mut self,
        name: &Name,
        target: &Source,
        table: &ObjectName,
        id: Option<RelationId>,
    ) -> Option<DataType> {
        if let Some(column) = target.columns.iter().find(|c| c.name == name.text) {
            if let (Some(id), Some((_, number))) = (id, column.source) {
                self.writes.insert((id, Some(number)));
            }
            return column.data_type.clone();
        }
        if target.complete {
            let message = format!(
                "column \"{}\" of relation \"{}\" does not exist",
                name.text, table.name.text
            );
            self.missing(name.span, message, &name.text, std::iter::once(target));
        }
        None
    }

    /// A value stored in a column: its type must be assignable.
    fn store(&mut self, value: &Expr, column: &Name, wanted: Option<&DataType>, scope: &Scope<'_>) {
        if matches!(value.kind, ExprKind::Default) {
            return;
        }
        let typed = self.expr(value, scope);
        let Some(wanted) = wanted else { return };
        self.coerce(&typed, wanted);
        if let Some(id) = typed.id() {
            self.check_assignable(id, wanted, &column.text, typed.span);
        }
    }

    fn check_assignable(
        &mut self,
        id: TypeId,
        wanted: &DataType,
        column: &str,
        span: snell_source::Span,
    ) {
        if !self.catalog.assignable(id, wanted.id) {
            self.error(
                "42804",
                span,
                format!(
                    "column \"{column}\" is of type {} but expression is of type {}",
                    self.catalog.format_type(wanted),
                    self.catalog.format_type(&id.into())
                ),
                None,
            );
        }
    }

    pub(super) fn insert(&mut self, insert: &Insert, parent: Option<&Scope<'_>>) -> Columns {
        let visible = self.common.len();
        if let Some(with) = &insert.with {
            self.with(with, parent);
        }
        let (target, id) = self.target_table(&insert.table, insert.alias.as_ref());
        let names: Vec<Name> = if insert.columns.is_empty() {
            target
                .columns
                .iter()
                .map(|column| Name {
                    text: column.name.clone(),
                    span: insert.table.span(),
                    quoted: true,
                })
                .collect()
        } else {
            insert.columns.clone()
        };
        let wanted: Vec<Option<DataType>> = names
            .iter()
            .map(|name| self.written_column(name, &target, &insert.table, id))
            .collect();
        if let Some(source) = &insert.source {
            self.insert_rows(insert, source, &names, &wanted, &target, parent);
        }
        self.conflict(insert, &target, id, parent);
        let scope = Scope::of(vec![target], parent);
        let columns = self.targets(&insert.returning, &scope);
        self.common.truncate(visible);
        columns
    }

    fn insert_rows(
        &mut self,
        insert: &Insert,
        source: &Query,
        names: &[Name],
        wanted: &[Option<DataType>],
        target: &Source,
        parent: Option<&Scope<'_>>,
    ) {
        let known = !insert.columns.is_empty() || target.complete;
        if let QueryBody::Values(rows) = &source.body {
            let visible = self.common.len();
            if let Some(with) = &source.with {
                self.with(with, parent);
            }
            let scope = Scope::of(Vec::new(), parent);
            for row in rows {
                self.check_width(row.len(), names.len(), insert, known, source.span);
                for ((value, column), wanted) in row.iter().zip(names).zip(wanted) {
                    self.store(value, column, wanted.as_ref(), &scope);
                }
            }
            self.common.truncate(visible);
            return;
        }
        self.prepare_open_targets(source, wanted, parent);
        let (columns, complete) = self.query(source, parent);
        if complete {
            self.check_width(columns.len(), names.len(), insert, known, source.span);
        }
        for ((column, name), wanted) in columns.iter().zip(names).zip(wanted) {
            if let (Some(data_type), Some(wanted)) = (&column.data_type, wanted)
                && !open_target(source, column)
            {
                self.check_assignable(data_type.id, wanted, &name.text, column.span);
            }
        }
    }

    /// `INSERT ... SELECT $1, 'x'`: open values take the type of the column that they go to.
    fn prepare_open_targets(
        &mut self,
        source: &Query,
        wanted: &[Option<DataType>],
        _parent: Option<&Scope<'_>>,
    ) {
        let QueryBody::Select(select) = &source.body else {
            return;
        };
        for (target, wanted) in select.targets.iter().zip(wanted) {
            let Some(wanted) = wanted else { continue };
            match &target.expr.kind {
                ExprKind::Parameter(number) => self.learn(*number, wanted),
                ExprKind::String(text) => self.check_literal(text, wanted.id, target.expr.span),
                ExprKind::Star(_) | ExprKind::FieldStar(_) => break,
                _ => {}
            }
        }
    }

    fn check_width(
        &mut self,
        given: usize,
        columns: usize,
        insert: &Insert,
        known: bool,
        span: snell_source::Span,
    ) {
        if known && given > columns {
            self.error(
                "42601",
                span,
                "INSERT has more expressions than target columns".into(),
                None,
            );
        } else if known && given < columns && !insert.columns.is_empty() {
            self.error(
                "42601",
                span,
                "INSERT has more target columns than expressions".into(),
                None,
            );
        }
    }

    fn conflict(
        &mut self,
        insert: &Insert,
        target: &Source,
        id: Option<RelationId>,
        parent: Option<&Scope<'_>>,
    ) {
        let Some(conflict) = &insert.conflict else {
            return;
        };
        let own = Scope::of(vec![target.clone()], parent);
        for key in conflict.keys.iter().chain(&conflict.predicate) {
            self.expr(key, &own);
        }
        let excluded = Source {
            alias: "excluded".into(),
            qualified_only: true,
            ..target.clone()
        };
        let scope = Scope::of(vec![target.clone(), excluded], parent);
        for assignment in conflict.update.iter().flatten() {
            self.assign(assignment, target, &insert.table, id, &scope);
        }
        if let Some(condition) = &conflict.condition {
            self.condition(condition, &scope);
        }
        if let (Some(id), None) = (id, &conflict.constraint)
            && !conflict.keys.is_empty()
        {
            self.check_conflict_keys(id, conflict);
        }
    }

    /// `ON CONFLICT (columns)` must name the columns of a unique index.
    fn check_conflict_keys(&mut self, id: RelationId, conflict: &crate::ast::OnConflict) {
        let Some(table) = self.catalog.table(id) else {
            return;
        };
        let mut wanted = Vec::new();
        for key in &conflict.keys {
            let ExprKind::Column(parts) = &key.kind else {
                return;
            };
            let Some(column) = parts.last().and_then(|name| table.column(&name.text)) else {
                return;
            };
            wanted.push(column.number);
        }
        wanted.sort_unstable();
        wanted.dedup();
        let relation_uncertain = self
            .catalog
            .relation(id)
            .is_some_and(|relation| relation.uncertain);
        let fits = self.catalog.indexes_of(id).any(|(_, index)| {
            let mut keys: Vec<u16> = index
                .keys
                .iter()
                .filter_map(|key| match key.target {
                    crate::catalog::KeyTarget::Column(number) => Some(number),
                    crate::catalog::KeyTarget::Expression(_) => None,
                })
                .collect();
            keys.sort_unstable();
            index.unique
                && keys == wanted
                && keys.len() == index.keys.len()
                && (index.predicate.is_none() || conflict.predicate.is_some())
        });
        if !fits && !relation_uncertain {
            self.error(
                "42P10",
                conflict.span,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification"
                    .into(),
                None,
            );
        }
    }

    fn assign(
        &mut self,
        assignment: &Assignment,
        target: &Source,
        table: &ObjectName,
        id: Option<RelationId>,
        scope: &Scope<'_>,
    ) {
        let wanted: Vec<Option<DataType>> = assignment
            .columns
            .iter()
            .map(|name| self.written_column(name, target, table, id))
            .collect();
        if assignment.partial || assignment.columns.len() != assignment.values.len() {
            for value in &assignment.values {
                if let ExprKind::Subquery(query) = &value.kind {
                    self.query(query, Some(scope));
                } else {
                    self.expr(value, scope);
                }
            }
            return;
        }
        for ((value, column), wanted) in assignment
            .values
            .iter()
            .zip(&assignment.columns)
            .zip(&wanted)
        {
            self.store(value, column, wanted.as_ref(), scope);
        }
    }

    pub(super) fn update(&mut self, update: &Update, parent: Option<&Scope<'_>>) -> Columns {
        let visible = self.common.len();
        if let Some(with) = &update.with {
            self.with(with, parent);
        }
        let (target, id) = self.target_table(&update.table, update.alias.as_ref());
        let mut sources = vec![target.clone()];
        for item in &update.from {
            self.from_item(item, &mut sources, parent);
        }
        let scope = Scope::of(sources, parent);
        for assignment in &update.assignments {
            self.assign(assignment, &target, &update.table, id, &scope);
        }
        if let Some(condition) = &update.condition {
            self.condition(condition, &scope);
        }
        let columns = self.targets(&update.returning, &scope);
        self.common.truncate(visible);
        columns
    }

    pub(super) fn delete(&mut self, delete: &Delete, parent: Option<&Scope<'_>>) -> Columns {
        let visible = self.common.len();
        if let Some(with) = &delete.with {
            self.with(with, parent);
        }
        let (target, _) = self.target_table(&delete.table, delete.alias.as_ref());
        let mut sources = vec![target];
        for item in &delete.using {
            self.from_item(item, &mut sources, parent);
        }
        let scope = Scope::of(sources, parent);
        if let Some(condition) = &delete.condition {
            self.condition(condition, &scope);
        }
        let columns = self.targets(&delete.returning, &scope);
        self.common.truncate(visible);
        columns
    }

    pub(super) fn merge(&mut self, merge: &Merge, parent: Option<&Scope<'_>>) -> Columns {
        let visible = self.common.len();
        if let Some(with) = &merge.with {
            self.with(with, parent);
        }
        let (target, id) = self.target_table(&merge.table, merge.alias.as_ref());
        let mut sources = vec![target.clone()];
        for item in &merge.source {
            self.from_item(item, &mut sources, parent);
        }
        let scope = Scope::of(sources, parent);
        if let Some(condition) = &merge.condition {
            self.condition(condition, &scope);
        }
        for assignment in &merge.assignments {
            self.assign(assignment, &target, &merge.table, id, &scope);
        }
        let columns = self.targets(&merge.returning, &scope);
        self.common.truncate(visible);
        columns
    }
}

/// Whether a result column was an open value, which takes any column's type.
fn open_target(source: &Query, column: &ResultColumn) -> bool {
    let QueryBody::Select(select) = &source.body else {
        return false;
    };
    select.targets.iter().any(|target| {
        target.expr.span == column.span
            && matches!(
                target.expr.kind,
                ExprKind::Parameter(_) | ExprKind::String(_) | ExprKind::Null
            )
    })
}

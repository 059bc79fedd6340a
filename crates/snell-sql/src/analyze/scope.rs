//! What names mean inside a query.

use smol_str::SmolStr;
use snell_source::Span;

use super::Analyzer;
use crate::ast::Name;
use crate::catalog::{DataType, RelationId, RelationKind, TypeId};

/// An expression's type and what else is known of it.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) span: Span,
    /// None when it could not be worked out.
    pub(super) data_type: Option<DataType>,
    /// Whether it is certain never to be null.
    pub(super) not_null: bool,
    /// A placeholder whose type is still open.
    pub(super) parameter: Option<u32>,
    /// A string literal whose type is still open.
    pub(super) literal: Option<SmolStr>,
    /// The column that it hands through.
    pub(super) source: Option<(RelationId, u16)>,
    /// The columns of a row value.
    pub(super) row: Option<Vec<SourceColumn>>,
}

impl Typed {
    pub(super) fn of(id: TypeId, span: Span, not_null: bool) -> Self {
        Typed {
            data_type: Some(id.into()),
            not_null,
            ..Typed::poison(span)
        }
    }

    /// Nothing is known: no error may follow from it.
    pub(super) fn poison(span: Span) -> Self {
        Typed {
            span,
            data_type: None,
            not_null: false,
            parameter: None,
            literal: None,
            source: None,
            row: None,
        }
    }

    pub(super) fn id(&self) -> Option<TypeId> {
        self.data_type.as_ref().map(|data_type| data_type.id)
    }

    /// Whether its type is still open.
    pub(super) fn open(&self) -> bool {
        self.id() == Some(TypeId::UNKNOWN)
    }
}

/// A column of an item in `FROM`.
#[derive(Debug, Clone)]
pub(super) struct SourceColumn {
    pub(super) name: SmolStr,
    pub(super) data_type: Option<DataType>,
    pub(super) not_null: bool,
    pub(super) source: Option<(RelationId, u16)>,
}

/// An item in `FROM`.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) alias: SmolStr,
    pub(super) columns: Vec<SourceColumn>,
    /// Whether all columns are known.
    pub(super) complete: bool,
    /// Whether it is a table, which has system columns.
    pub(super) table: bool,
    /// Columns that `USING` or `NATURAL` merged into another item's.
    pub(super) merged: Vec<SmolStr>,
    /// Whether it may be named by a qualifier only (`excluded`, `old`, `new`).
    pub(super) qualified_only: bool,
}

impl Source {
    pub(super) fn unknown(alias: SmolStr) -> Self {
        Source {
            alias,
            columns: Vec::new(),
            complete: false,
            table: false,
            merged: Vec::new(),
            qualified_only: false,
        }
    }

    pub(super) fn nullable(mut self) -> Self {
        for column in &mut self.columns {
            column.not_null = false;
        }
        self
    }
}

/// The items that an expression may name, and those of the queries around it.
#[derive(Debug, Clone)]
pub(super) struct Scope<'a> {
    pub(super) sources: Vec<Source>,
    pub(super) parent: Option<&'a Scope<'a>>,
    /// Whether a `GROUP BY` makes every group hold a row.
    pub(super) grouped: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn of(sources: Vec<Source>, parent: Option<&'a Scope<'a>>) -> Self {
        Scope {
            sources,
            parent,
            grouped: false,
        }
    }
}

/// Columns that every table has (`pg_attribute` with negative numbers).
const SYSTEM_COLUMNS: &[(&str, u32)] = &[
    ("ctid", 27),
    ("xmin", 28),
    ("cmin", 29),
    ("xmax", 28),
    ("cmax", 29),
    ("tableoid", 26),
];

impl Analyzer<'_> {
    /// A relation of the catalog as an item in `FROM`.
    pub(super) fn relation_source(&self, id: RelationId) -> Option<Source> {
        let relation = self.catalog.relation(id)?;
        let mut source = Source::unknown(relation.name.clone());
        match &relation.kind {
            RelationKind::Table(table) => {
                source.complete = true;
                source.table = true;
                source.columns = table
                    .columns
                    .iter()
                    .map(|column| SourceColumn {
                        name: column.name.clone(),
                        data_type: (column.data_type.id != TypeId::UNKNOWN)
                            .then(|| column.data_type.clone()),
                        not_null: column.not_null && !column.uncertain,
                        source: Some((id, column.number)),
                    })
                    .collect();
            }
            RelationKind::View(view) => {
                source.complete = view.resolved;
                source.columns = view
                    .columns
                    .iter()
                    .zip(1..)
                    .map(|(column, number)| SourceColumn {
                        name: column.name.clone(),
                        data_type: column.data_type.clone(),
                        not_null: column.not_null,
                        source: Some((id, number)),
                    })
                    .collect();
            }
            RelationKind::Sequence(_) => {
                source.columns = [("last_value", TypeId::INT8), ("is_called", TypeId::BOOL)]
                    .into_iter()
                    .map(|(name, kind)| SourceColumn {
                        name: name.into(),
                        data_type: Some(kind.into()),
                        not_null: true,
                        source: None,
                    })
                    .collect();
            }
            RelationKind::Index(_) => return None,
        }
        Some(source)
    }

    /// What a column reference means.
    pub(super) fn column(&mut self, parts: &[Name], span: Span, scope: &Scope<'_>) -> Typed {
        match parts {
            [name] => self.bare_column(name, span, scope),
            [.., qualifier, name] => self.qualified_column(qualifier, name, span, scope),
            [] => Typed::poison(span),
        }
    }

    fn bare_column(&mut self, name: &Name, span: Span, scope: &Scope<'_>) -> Typed {
        let mut level = Some(scope);
        let mut incomplete = false;
        while let Some(current) = level {
            let mut found = current.sources.iter().filter_map(|source| {
                if source.qualified_only || source.merged.contains(&name.text) {
                    return None;
                }
                source
                    .columns
                    .iter()
                    .find(|column| column.name == name.text)
            });
            if let Some(column) = found.next().cloned() {
                if found.next().is_some() {
                    self.error(
                        "42702",
                        span,
                        format!("column reference \"{}\" is ambiguous", name.text),
                        None,
                    );
                    return Typed::poison(span);
                }
                return self.use_column(&column, span);
            }
            incomplete |= current.sources.iter().any(|source| !source.complete);
            level = current.parent;
        }
        if incomplete {
            return Typed::poison(span);
        }
        self.whole_row_or_system(name, span, scope)
    }

    fn whole_row_or_system(&mut self, name: &Name, span: Span, scope: &Scope<'_>) -> Typed {
        let mut level = Some(scope);
        while let Some(current) = level {
            if let Some(source) = current.sources.iter().find(|s| s.alias == name.text) {
                let row = source.columns.clone();
                // A function's single column and its alias are one name.
                if let [only] = row.as_slice()
                    && !source.table
                {
                    return self.use_column(&only.clone(), span);
                }
                return Typed {
                    row: Some(row),
                    ..Typed::of(TypeId::RECORD, span, false)
                };
            }
            if let Some((_, kind)) = SYSTEM_COLUMNS.iter().find(|(n, _)| *n == name.text)
                && current.sources.iter().any(|source| source.table)
            {
                return Typed::of(TypeId(*kind), span, true);
            }
            level = current.parent;
        }
        let mut visible: Vec<&Source> = Vec::new();
        let mut level = Some(scope);
        while let Some(current) = level {
            visible.extend(current.sources.iter().filter(|s| !s.qualified_only));
            level = current.parent;
        }
        let message = format!("column \"{}\" does not exist", name.text);
        self.missing(span, message, &name.text, visible.into_iter());
        Typed::poison(span)
    }

    fn use_column(&mut self, column: &SourceColumn, span: Span) -> Typed {
        if let Some((relation, number)) = column.source {
            self.reads.insert((relation, Some(number)));
        }
        Typed {
            data_type: column.data_type.clone(),
            not_null: column.not_null,
            source: column.source,
            ..Typed::poison(span)
        }
    }

    fn qualified_column(
        &mut self,
        qualifier: &Name,
        name: &Name,
        span: Span,
        scope: &Scope<'_>,
    ) -> Typed {
        let Some(source) = find_source(scope, &qualifier.text).cloned() else {
            return self.missing_source(qualifier, span);
        };
        if let Some(column) = source.columns.iter().find(|c| c.name == name.text) {
            return self.use_column(column, span);
        }
        if !source.complete {
            return Typed::poison(span);
        }
        if source.table
            && let Some((_, kind)) = SYSTEM_COLUMNS.iter().find(|(n, _)| *n == name.text)
        {
            return Typed::of(TypeId(*kind), span, true);
        }
        let message = format!("column {}.{} does not exist", qualifier.text, name.text);
        self.missing(span, message, &name.text, std::iter::once(&source));
        Typed::poison(span)
    }

    fn missing_source(&mut self, qualifier: &Name, span: Span) -> Typed {
        self.error(
            "42P01",
            span,
            format!("missing FROM-clause entry for table \"{}\"", qualifier.text),
            Some(&qualifier.text),
        );
        Typed::poison(span)
    }
}

/// The item that a qualifier names, in this query or one around it.
pub(super) fn find_source<'s>(scope: &'s Scope<'_>, alias: &str) -> Option<&'s Source> {
    let mut level = Some(scope);
    while let Some(current) = level {
        if let Some(source) = current.sources.iter().find(|source| source.alias == alias) {
            return Some(source);
        }
        level = current.parent;
    }
    None
}

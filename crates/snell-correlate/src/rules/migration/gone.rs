//! Columns and tables that a new migration takes away, and who still asks for them.

use snell_project::schema::{Schema, SchemaId};
use snell_source::{Location, Span};
use snell_sql::{
    ast::{AlterActionKind, Assignment, ObjectKind, Statement, StatementKind},
    catalog::Column,
};

use crate::{
    rule::Context,
    rules::{
        consistency::{self, UnknownKey},
        raw_sql::reading,
    },
    support::{
        migrations::{Change, Lived, actions, changes, mentions_column, statements},
        name_words::split,
    },
};

/// A column that a new migration drops or renames.
#[derive(Clone, Copy)]
pub(super) struct GoneColumn<'a> {
    pub(super) change: Change<'a>,
    pub(super) lived: Lived<'a>,
    pub(super) column: &'a Column,
    /// The action.
    pub(super) span: Span,
    /// The new name of a column that is renamed.
    pub(super) renamed: Option<&'a str>,
    /// Whether a column of that name is made anew: those who ask for it find something.
    pub(super) made_anew: bool,
}

/// The columns of tables in use that new migrations drop or rename.
pub(super) fn columns<'a>(context: &Context<'a>) -> Vec<GoneColumn<'a>> {
    let gone = actions(context).filter_map(|(change, action, lived)| {
        let (name, renamed) = match &action.kind {
            AlterActionKind::DropColumn(part) => (&part.name, None),
            AlterActionKind::RenameColumn(old, new) => (old, Some(new.text.as_str())),
            _ => return None,
        };
        let column = lived.table.column(&name.text)?;
        let made_anew = change
            .history
            .replay
            .catalog
            .table(lived.relation.id)
            .is_some_and(|table| table.column(&name.text).is_some());
        let is_swapped = made_anew && renamed.is_some();
        (!change.is_fresh_column(column) && !is_swapped).then_some(GoneColumn {
            change,
            lived,
            column,
            span: action.span,
            renamed,
            made_anew,
        })
    });
    gone.collect()
}

/// A table in use that a new migration drops.
#[derive(Clone, Copy)]
pub(super) struct GoneTable<'a> {
    pub(super) change: Change<'a>,
    pub(super) lived: Lived<'a>,
    /// Its name in the statement.
    pub(super) span: Span,
}

/// The tables in use that new migrations drop, and that are not there afterwards.
pub(super) fn tables<'a>(context: &Context<'a>) -> Vec<GoneTable<'a>> {
    let mut found = Vec::new();
    for change in changes(context) {
        let StatementKind::Drop(drop) = &change.step.statement.kind else {
            continue;
        };
        if drop.kind != ObjectKind::Table {
            continue;
        }
        for target in &drop.names {
            if let Some(lived) = change.lived(&target.name) {
                found.push(GoneTable {
                    change,
                    lived,
                    span: target.name.span(),
                });
            }
        }
    }
    found
}

/// What client calls ask for that no model has, found once for all rules.
struct Asked(Vec<UnknownKey>);

/// Where something that is gone is still asked for.
pub(super) struct Use {
    pub(super) at: Location,
    pub(super) words: String,
}

impl GoneColumn<'_> {
    /// Who still asks for the column: the schema, client calls, raw queries.
    pub(super) fn uses(&self, context: &Context<'_>) -> Vec<Use> {
        let table = self.lived.relation.name.as_str();
        let column = self.column.name.as_str();
        let mut found: Vec<Use> = Vec::new();
        if self.made_anew {
            return found;
        }
        if let Some(at) = self.change.declared(table, Some(column)) {
            found.push(Use {
                at,
                words: "the schema still maps a field to it: the client asks for it in every query"
                    .to_owned(),
            });
        }
        let field = camel_case(column);
        let asked = context
            .shared
            .get_or_init(|| Asked(consistency::unknown_keys(context)));
        for key in &asked.0 {
            let schema = context.project.schemas.get(key.schema);
            let is_it = key.name == column || key.name == field;
            if key.table == table && is_it && schema.path == self.change.schema.path {
                found.push(Use {
                    at: key.at,
                    words: "this call still names it".to_owned(),
                });
            }
        }
        found.extend(in_raw(
            context,
            self.change.schema,
            "42703",
            column,
            Some(table),
        ));
        found
    }

    /// The column that takes its place, when the migration drops one and adds one like it.
    pub(super) fn added_instead(&self) -> Option<(&str, Location)> {
        if self.renamed.is_some() || self.made_anew {
            return None;
        }
        let mut dropped = 0;
        let mut added = Vec::new();
        for other in self.change.beside() {
            let StatementKind::AlterTable(alter) = &other.step.statement.kind else {
                continue;
            };
            if !other.is(&alter.name, self.lived.relation) {
                continue;
            }
            for action in &alter.actions {
                match &action.kind {
                    AlterActionKind::AddColumn(column, _) => {
                        let written = column.type_name.as_ref()?;
                        let same = other.step.before.resolve_type(written).as_ref()
                            == Some(&self.column.data_type);
                        if same {
                            added.push((column.name.text.as_str(), other.at(action.span)));
                        }
                    }
                    AlterActionKind::DropColumn(part) => {
                        let table = other.step.before.table(self.lived.relation.id);
                        let column = table.and_then(|table| table.column(&part.name.text));
                        dropped += usize::from(
                            column.is_some_and(|c| c.data_type == self.column.data_type),
                        );
                    }
                    _ => {}
                }
            }
        }
        let alike: Vec<_> = added
            .iter()
            .filter(|(name, _)| are_alike(name, &self.column.name))
            .collect();
        let found = match (alike.as_slice(), added.as_slice()) {
            ([only], _) => *only,
            ([], [only]) if dropped == 1 => only,
            _ => return None,
        };
        (!self.is_copied()).then_some(*found)
    }

    /// Whether the migration copies the column's values before it goes.
    pub(super) fn is_copied(&self) -> bool {
        let column = self.column.name.as_str();
        let reads = |assignment: &Assignment| {
            assignment
                .values
                .iter()
                .any(|value| mentions_column(value, column))
        };
        self.change
            .earlier()
            .any(|other| match &other.step.statement.kind {
                StatementKind::Update(update) => update.assignments.iter().any(reads),
                // A loop carries values over by its variables: what it reads is in its text.
                StatementKind::Do(block) => {
                    let fills = |inner: &&Statement| {
                        matches!(
                            inner.kind,
                            StatementKind::Update(_) | StatementKind::Insert(_)
                        )
                    };
                    let block = block.block.as_ref();
                    block.is_some_and(|block| statements(block).iter().any(fills))
                        && other.text().contains(column)
                }
                StatementKind::Insert(_) | StatementKind::CreateTableAs(_) => {
                    other.text().contains(column)
                }
                _ => false,
            })
    }
}

impl GoneTable<'_> {
    /// Whether the migration copies rows of the table before it goes.
    pub(super) fn is_copied(&self) -> bool {
        self.change.earlier().any(|other| {
            let fills = matches!(
                other.step.statement.kind,
                StatementKind::Insert(_)
                    | StatementKind::CreateTableAs(_)
                    | StatementKind::Update(_)
            );
            fills && other.step.before.relation(self.lived.relation.id).is_some()
        })
    }

    /// Who still asks for the table: the schema, raw queries.
    pub(super) fn uses(&self, context: &Context<'_>) -> Vec<Use> {
        let name = self.lived.relation.name.as_str();
        let is_back = self.change.history.replay.catalog.find_named(None, name);
        if is_back.is_some() {
            return Vec::new();
        }
        let schema = self.change.declared(name, None).map(|at| Use {
            at,
            words: "the schema still has a model of it".to_owned(),
        });
        schema
            .into_iter()
            .chain(in_raw(context, self.change.schema, "42P01", name, None))
            .collect()
    }
}

/// The raw queries of the application that fail for want of a name.
fn in_raw(
    context: &Context<'_>,
    schema: &Schema,
    sqlstate: &str,
    name: &str,
    table: Option<&str>,
) -> Vec<Use> {
    let mut found: Vec<Use> = Vec::new();
    for reading in reading::all(context) {
        let other: SchemaId = reading.schema;
        if context.project.schemas.get(other).path != schema.path {
            continue;
        }
        let catalog = context.databases.catalog(context.project, other);
        for error in reading.errors.iter().filter(|error| !error.dumped) {
            let error = &error.error;
            let of_table = table.is_none_or(|table| {
                let mut relations = error.relations.iter();
                relations.any(|id| {
                    catalog
                        .relation(*id)
                        .is_some_and(|found| found.name == table)
                })
            });
            let is_it = error.sqlstate == sqlstate
                && error
                    .name
                    .as_deref()
                    .is_some_and(|found| found == name || found.ends_with(&format!(".{name}")));
            let at = reading.place(context.project, error.span);
            if is_it && of_table && !found.iter().any(|one| one.at == at) {
                found.push(Use {
                    at,
                    words: "this raw query still names it".to_owned(),
                });
            }
        }
    }
    found
}

/// `user_id` as a field is usually called: `userId`.
fn camel_case(column: &str) -> String {
    let mut words = column.split('_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(letters.as_str());
        name
    })
}

/// Whether two names share a word that says something.
fn are_alike(one: &str, other: &str) -> bool {
    const COMMON: [&str; 6] = ["id", "at", "is", "by", "has", "name"];
    let other = split(other);
    split(one)
        .iter()
        .any(|word| word.len() > 1 && !COMMON.contains(&word.as_str()) && other.contains(word))
}

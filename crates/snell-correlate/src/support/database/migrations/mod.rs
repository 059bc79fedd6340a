//! The statements of new migrations, with the state that each of them met.
//!
//! A rule about the text of migrations asks for [`changes`] or [`actions`]: those hold
//! what new migrations do and nothing of older ones, which nobody may change any more.

mod blocks;
mod columns;
mod types;
mod words;

use snell_prisma::Place;
use snell_project::schema::{History, MigrationFile, Schema};
use snell_source::{
    Confidence, Diagnostic, DiagnosticBuilder, FileId, Location, RuleMetadata, Span,
};
use snell_sql::{
    Step,
    ast::{AlterAction, ObjectName, StatementKind},
    catalog::{Column, Relation, RelationKind, Table, View},
};

use crate::rule::Context;

pub(crate) use blocks::statements;
pub(crate) use columns::{calls, columns_read, is_constant, mentions_column};
pub(crate) use types::{TypeChange, is_serial, type_change};
pub(crate) use words::{first_words, has_word, insert_after, names, qualified, quoted};

/// A statement that a new migration runs.
#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
    /// The texts.
    pub context: Context<'a>,
    /// Whose migration it is.
    pub schema: &'a Schema,
    /// All migrations of the schema.
    pub history: &'a History,
    /// The migration.
    pub migration: &'a MigrationFile,
    /// The statement, and the state before it.
    pub step: &'a Step,
    /// The number of the step among those of the history.
    number: usize,
}

/// A table that was there before the change, and may hold rows.
#[derive(Clone, Copy)]
pub(crate) struct Lived<'a> {
    /// The relation.
    pub relation: &'a Relation,
    /// The table.
    pub table: &'a Table,
}

/// The histories that are judged, with their schemas.
pub(crate) fn histories<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a Schema, &'a History)> + use<'a> {
    let schemas = context.project.schemas.iter();
    schemas.filter_map(|(_, schema)| Some((schema, schema.history.as_ref()?)))
}

/// One finding for each new migration, about the first of its statements that has the fault.
pub(crate) fn first_of_each(
    context: &Context<'_>,
    finding: fn(Change<'_>) -> Option<Diagnostic>,
) -> Vec<Diagnostic> {
    let mut told: Vec<FileId> = Vec::new();
    let mut found = Vec::new();
    for change in changes(context) {
        if told.contains(&change.migration.file) {
            continue;
        }
        if let Some(finding) = finding(change) {
            told.push(change.migration.file);
            found.push(finding);
        }
    }
    found
}

/// The statements of new migrations that can run, those inside `DO` blocks included.
pub(crate) fn changes<'a>(context: &Context<'a>) -> impl Iterator<Item = Change<'a>> + use<'a> {
    let context = *context;
    histories(&context).flat_map(move |(schema, history)| {
        let steps = history.new_steps().enumerate();
        steps
            .filter(|(_, (_, step))| step.ran)
            .map(move |(number, (migration, step))| Change {
                context,
                schema,
                history,
                migration,
                step,
                number,
            })
    })
}

/// The actions of `ALTER TABLE` on tables that may hold rows.
pub(crate) fn actions<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (Change<'a>, &'a AlterAction, Lived<'a>)> + use<'a> {
    changes(context).flat_map(|change| {
        let StatementKind::AlterTable(alter) = &change.step.statement.kind else {
            return Vec::new();
        };
        let Some(lived) = change.lived(&alter.name) else {
            return Vec::new();
        };
        let actions = alter.actions.iter();
        actions.map(|action| (change, action, lived)).collect()
    })
}

impl<'a> Change<'a> {
    /// A part of the migration's file; of a text that is executed, the words that execute it.
    pub(crate) fn at(&self, span: Span) -> Location {
        let inside = self.step.place.span.contains(span) && !self.is_executed();
        Location::new(
            self.migration.file,
            if inside { span } else { self.step.span },
        )
    }

    fn is_executed(&self) -> bool {
        self.step.span != self.step.statement.span
    }

    /// The statement's text.
    pub(crate) fn text(&self) -> &'a str {
        self.context
            .sources
            .text(Location::new(self.migration.file, self.step.span))
    }

    /// A part of the file's text.
    pub(crate) fn text_of(&self, span: Span) -> &'a str {
        self.context.sources.text(self.at(span))
    }

    /// A finding about a part of the statement.
    pub(crate) fn finding(
        &self,
        rule: &'static RuleMetadata,
        span: Span,
        message: impl Into<String>,
    ) -> DiagnosticBuilder {
        let finding = Diagnostic::at(rule, self.at(span), message);
        if self.step.maybe {
            finding.confidence(Confidence::Likely)
        } else {
            finding
        }
    }

    /// What a finding of this change is about.
    pub(crate) fn subject(&self, what: &str) -> String {
        format!(
            "schema:{} migration:{} {what}",
            self.schema.path, self.migration.name
        )
    }

    /// A table that was there before the change, and may hold rows: not a temporary one, nor
    /// one that the migration itself made.
    pub(crate) fn lived(&self, name: &ObjectName) -> Option<Lived<'a>> {
        let (relation, table) = self.step.before.find_table(name)?;
        (relation.schema != "pg_temp" && !self.is_fresh(relation))
            .then_some(Lived { relation, table })
    }

    /// A view that was there before the change.
    pub(crate) fn lived_view(&self, name: &ObjectName) -> Option<(&'a Relation, &'a View)> {
        let relation = self.step.before.find(name)?;
        match &relation.kind {
            RelationKind::View(view) if !self.is_fresh(relation) => Some((relation, view)),
            _ => None,
        }
    }

    /// Whether the change itself, or what runs with it, made a relation.
    pub(crate) fn is_fresh(&self, relation: &Relation) -> bool {
        let created = relation.provenance.created;
        self.history.is_fresh(created, self.step.place.migration)
    }

    /// Whether the change itself, or what runs with it, added a column.
    pub(crate) fn is_fresh_column(&self, column: &Column) -> bool {
        let created = column.provenance.created;
        self.history.is_fresh(created, self.step.place.migration)
    }

    /// The statements of the same migration that ran before this one.
    pub(crate) fn earlier(self) -> impl Iterator<Item = Change<'a>> {
        self.beside()
            .filter(move |other| other.number < self.number)
    }

    /// The statements of the same migration that run after this one.
    pub(crate) fn later(self) -> impl Iterator<Item = Change<'a>> {
        self.beside()
            .filter(move |other| other.number > self.number)
    }

    /// All statements of the same migration.
    pub(crate) fn beside(self) -> impl Iterator<Item = Change<'a>> {
        let steps = &self.history.replay.steps;
        let own = self.step.place.migration;
        // Steps come in the order of their migrations.
        let first = steps.partition_point(|step| step.place.migration < own);
        let all = steps.iter().enumerate().skip(first);
        all.take_while(move |(_, step)| step.place.migration == own)
            .filter(|(_, step)| step.ran)
            .map(move |(number, step)| Change {
                number,
                step,
                ..self
            })
    }

    /// Whether two statements of a migration run in one transaction: nothing between them
    /// opens or ends another.
    pub(crate) fn is_in_transaction_of(&self, other: &Change<'_>) -> bool {
        let (first, last) = if self.number < other.number {
            (self.step.place.span, other.step.place.span)
        } else {
            (other.step.place.span, self.step.place.span)
        };
        let statements = self.migration.parse.statements.iter();
        !statements
            .filter(|one| one.span.start >= first.end && one.span.end <= last.start)
            .any(|one| matches!(one.kind, StatementKind::Transaction(_)))
    }

    /// The rows of a table that statements of this migration have changed before this one,
    /// by `UPDATE`, `INSERT` or a block.
    pub(crate) fn is_filled_before(&self, relation: &Relation) -> bool {
        self.earlier()
            .any(|other| match &other.step.statement.kind {
                StatementKind::Update(update) => other.is(&update.table, relation),
                StatementKind::Insert(insert) => other.is(&insert.table, relation),
                StatementKind::Do(block) => block.block.as_ref().is_none_or(|block| {
                    statements(block).iter().any(|inner| match &inner.kind {
                        StatementKind::Update(update) => is_named(&update.table, relation),
                        StatementKind::Insert(insert) => is_named(&insert.table, relation),
                        _ => false,
                    })
                }),
                StatementKind::Query(query) => query.with.is_some(),
                _ => false,
            })
    }

    /// Whether all rows of a table were removed before this statement, by this migration.
    pub(crate) fn is_emptied_before(&self, relation: &Relation) -> bool {
        self.earlier()
            .any(|other| match &other.step.statement.kind {
                StatementKind::Truncate(tables) => {
                    tables.iter().any(|table| other.is(table, relation))
                }
                StatementKind::Delete(delete) => {
                    delete.condition.is_none() && other.is(&delete.table, relation)
                }
                _ => false,
            })
    }

    /// Whether a name means a relation when the statement runs.
    pub(crate) fn is(&self, name: &ObjectName, relation: &Relation) -> bool {
        let found = self.step.before.find(name);
        found.is_some_and(|found| found.id == relation.id)
    }

    /// Where the schema declares an enum, by the name of its type in the database.
    pub(crate) fn declared_enum(&self, name: &str) -> Option<Location> {
        let mut enums = self.schema.datamodel.enums().iter();
        let found = enums.find(|one| one.db_name == name)?;
        Some(self.schema.location(Place {
            span: found.name_span,
            ..found.at
        }))
    }

    /// Where the schema declares a table, or a column of it.
    pub(crate) fn declared(&self, table: &str, column: Option<&str>) -> Option<Location> {
        let mut models = self.schema.datamodel.models_of_table(table);
        let model = models.next()?;
        match column {
            None => Some(self.schema.model_name(model)),
            Some(column) => Some(self.schema.field_name(model.field_of_column(column)?)),
        }
    }
}

/// Adds the place in the schema as a related label, when there is one.
pub(crate) fn with_place(
    finding: DiagnosticBuilder,
    at: Option<Location>,
    words: &str,
) -> DiagnosticBuilder {
    match at {
        Some(at) => finding.related(at, words),
        None => finding,
    }
}

/// Whether a name inside of a block is that of a relation: the catalog that the block met was kept for what the block
/// itself names.
fn is_named(name: &ObjectName, relation: &Relation) -> bool {
    let schema = name.schema.as_ref();
    name.name.text == relation.name && schema.is_none_or(|schema| schema.text == relation.schema)
}

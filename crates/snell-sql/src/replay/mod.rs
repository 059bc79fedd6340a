//! Migrations in order, statement by statement, on a catalog in memory: what PostgreSQL
//! would build, and where it would stop.

mod alter;
mod alter_columns;
mod alter_constraints;
mod blocks;
mod constraints;
mod defined;
mod drop_types;
mod drops;
mod fault;
mod foreign_keys;
mod indexes;
mod keys;
mod outcome;
mod renames;
mod routines;
mod rows;
mod steps;
mod tables;
#[cfg(test)]
mod tests;
mod unsettled;
mod views;

use std::collections::BTreeSet;

use smol_str::SmolStr;
use snell_source::Span;

use crate::ast::{
    AlterActionKind, Detach, Name, ObjectKind, ObjectName, RebuildKind, Statement, StatementKind,
    Transaction,
};
use crate::catalog::{Catalog, Place, Provenance, RelationId, TypeId};
use crate::parse::Parse;

use fault::{Fault, fault};

pub use outcome::{Failure, Migration, NoEffect, Note, NoteKind, OnFailure, Related, Replay, Step};
pub(crate) use tables::split_qualified;
pub use unsettled::Unsettled;

/// Runs migrations in the order given, on an empty database.
#[must_use]
pub fn replay(migrations: &[Migration<'_>], on_failure: OnFailure) -> Replay {
    let mut replayer = Replayer::new(on_failure);
    for (index, migration) in migrations.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        replayer.traced = migration.traced;
        if !replayer.file(index, migration.parse) && on_failure == OnFailure::Stop {
            break;
        }
    }
    let mut unsettled = replayer.unsettled;
    unsettled.everything |= replayer.opaque;
    Replay {
        catalog: replayer.catalog,
        failures: replayer.failures,
        notes: replayer.notes,
        unsettled,
        steps: replayer.steps,
    }
}

/// The state between two statements.
struct Replayer {
    catalog: Catalog,
    failures: Vec<Failure>,
    notes: Vec<Note>,
    unsettled: Unsettled,
    on_failure: OnFailure,
    /// The statement that runs.
    place: Place,
    /// Above zero inside a branch that may not run.
    maybe: u32,
    /// Whether a statement ran that nobody could follow.
    opaque: bool,
    /// What objects were named before they were dropped, for the other side of a failure.
    dropped: Vec<(SmolStr, Place)>,
    /// Enum values that the open transaction added to types it did not create.
    new_values: Vec<(TypeId, SmolStr, Place)>,
    /// Types that the open transaction created.
    new_types: BTreeSet<TypeId>,
    /// The catalog at the start of the transaction that an error rolls back to.
    checkpoint: Catalog,
    /// Whether the file that runs may have to go back to it.
    keeps: bool,
    savepoints: Vec<(SmolStr, Catalog)>,
    /// Whether `BEGIN` opened a transaction.
    explicit: bool,
    /// Statements of the file that runs.
    statements: usize,
    /// Temporary tables that go at the next commit.
    temporary: Vec<RelationId>,
    /// Whether the statements of the running file are kept.
    traced: bool,
    /// Where an executed text stands, while it runs.
    executed: Option<Span>,
    steps: Vec<Step>,
}

impl Replayer {
    fn new(on_failure: OnFailure) -> Self {
        let catalog = Catalog::new();
        Replayer {
            checkpoint: catalog.clone(),
            keeps: true,
            catalog,
            failures: Vec::new(),
            notes: Vec::new(),
            unsettled: Unsettled::default(),
            on_failure,
            place: Place {
                migration: 0,
                span: Span::default(),
            },
            maybe: 0,
            opaque: false,
            dropped: Vec::new(),
            new_values: Vec::new(),
            new_types: BTreeSet::new(),
            savepoints: Vec::new(),
            explicit: false,
            statements: 0,
            temporary: Vec::new(),
            traced: false,
            executed: None,
            steps: Vec::new(),
        }
    }

    /// Runs one file; whether it ran to its end.
    fn file(&mut self, migration: u32, parse: &Parse) -> bool {
        self.place = Place {
            migration,
            span: Span::default(),
        };
        if let Some(dialect) = parse.dialect {
            self.note(NoteKind::Foreign(dialect));
            return true;
        }
        let whole = self.on_failure != OnFailure::Statement;
        let rolls_back = |statement: &Statement| {
            matches!(
                statement.kind,
                StatementKind::Transaction(Transaction::Rollback)
            )
        };
        self.keeps = whole || parse.statements.iter().any(rolls_back);
        self.statements = parse.statements.len();
        self.explicit = false;
        self.commit();
        if whole && let Some(statement) = parse.statements.iter().find(|s| s.broken) {
            // The server parses the whole message before it runs any of it.
            self.place.span = statement.span;
            self.fail(syntax_fault(parse, statement));
            return false;
        }
        let mut clean = true;
        for statement in &parse.statements {
            self.place.span = statement.span;
            if let Err(fault) = self.top_statement(parse, statement) {
                self.leave_open(statement);
                self.fail(fault);
                clean = false;
                if whole {
                    self.catalog = self.checkpoint.clone();
                    break;
                }
            }
        }
        self.commit();
        self.end_session();
        clean
    }

    fn top_statement(&mut self, parse: &Parse, statement: &Statement) -> Result<(), Fault> {
        if statement.broken {
            return Err(syntax_fault(parse, statement));
        }
        if parse.unread.contains(&statement.span) {
            self.unsettled.everything = true;
            return Ok(());
        }
        if needs_no_transaction(statement) && (self.statements > 1 || self.explicit) {
            if self.on_failure == OnFailure::Statement {
                self.note(NoteKind::InTransaction {
                    sqlstate: "25001".into(),
                    span: statement.span,
                    related: None,
                });
            } else {
                return Err(fault(
                    "25001",
                    statement.span,
                    "this statement cannot run inside a transaction block, and a file of several statements is one",
                ));
            }
        }
        self.guarded(statement)
    }

    /// Runs a statement; when it fails, nothing of it stays.
    fn guarded(&mut self, statement: &Statement) -> Result<(), Fault> {
        // What a block runs is guarded in turn.
        if matches!(statement.kind, StatementKind::Do(_)) {
            let before = self.catalog.clone();
            let result = self.noted(statement);
            if result.is_err() {
                self.catalog = before;
            }
            return result;
        }
        if !has_parts(statement) {
            return self.noted(statement);
        }
        let start = self.catalog.begin();
        let result = self.noted(statement);
        match result {
            Ok(()) => self.catalog.keep(),
            Err(_) => self.catalog.take_back(start),
        }
        result
    }

    fn noted(&mut self, statement: &Statement) -> Result<(), Fault> {
        let step = self.trace(statement);
        let result = self.statement(statement);
        if let Some(step) = step {
            self.steps[step].ran = result.is_ok();
        }
        result
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Fault> {
        use StatementKind as S;
        match &statement.kind {
            S::CreateTable(create) => self.create_table(create),
            S::CreateTableAs(create) => self.create_table_as(create),
            S::AlterTable(alter) => self.alter_table(alter),
            S::CreateIndex(create) => self.create_index(create),
            S::Drop(drop) => self.drop_objects(drop),
            S::Rename(rename) => self.rename(rename),
            S::SetSchema(set) => self.set_schema(set),
            S::CreateType(create) => self.create_type(create),
            S::AlterType(alter) => self.alter_type(alter),
            S::CreateDomain(create) => self.create_domain(create),
            S::CreateSequence(create) => self.create_sequence(create),
            S::AlterSequence(alter) => self.alter_sequence(alter),
            S::CreateView(create) => self.create_view(create),
            S::CreateSchema(create) => self.create_schema(create),
            S::CreateExtension(create) => self.create_extension(create),
            S::CreateFunction(create) => self.create_function(create),
            S::CreateTrigger(create) => self.create_trigger(create),
            S::CreatePolicy(create) => self.create_policy(create),
            S::AlterPolicy(alter) => self.alter_policy(alter),
            S::Comment(comment) => self.comment(comment),
            S::Query(_) | S::Insert(_) | S::Update(_) | S::Delete(_) | S::Merge(_) => {
                self.rows(statement)
            }
            S::Truncate(tables) | S::Lock(tables) => tables
                .iter()
                .try_for_each(|table| self.relation(table).map(|_| ())),
            S::Rebuild(rebuild) => self.rebuild(rebuild),
            S::Refresh(refresh) => self.relation(&refresh.name).map(|_| ()),
            S::Do(block) => self.do_block(block),
            S::Transaction(transaction) => {
                self.transaction(transaction);
                Ok(())
            }
            S::Set(set) => {
                self.set_parameter(set);
                Ok(())
            }
            S::Publication(name, create) => self.publication(name, *create),
            S::Foreign(_) | S::Other(_) => Ok(()),
        }
    }

    fn transaction(&mut self, transaction: &Transaction) {
        match transaction {
            Transaction::Begin => {
                self.commit();
                self.explicit = true;
            }
            Transaction::Commit => {
                self.explicit = false;
                self.commit();
            }
            Transaction::Rollback => {
                self.explicit = false;
                self.catalog = self.checkpoint.clone();
                self.commit();
            }
            Transaction::Savepoint(name) => {
                self.savepoints
                    .push((name.text.clone(), self.catalog.clone()));
            }
            Transaction::Release(name) => self.savepoints.retain(|(n, _)| *n != name.text),
            Transaction::RollbackTo(name) => {
                let found = self.savepoints.iter().rfind(|(n, _)| *n == name.text);
                if let Some((_, catalog)) = found {
                    self.catalog = catalog.clone();
                }
            }
            Transaction::Other => {}
        }
    }

    /// What is done is done: a later error does not take it back.
    fn commit(&mut self) {
        for id in std::mem::take(&mut self.temporary) {
            self.remove_table(id);
        }
        self.new_values.clear();
        self.new_types.clear();
        self.savepoints.clear();
        if self.keeps {
            self.checkpoint = self.catalog.clone();
        }
    }

    /// Prisma opens a session for each `migrate deploy`, which ends with its temporary tables;
    /// a file that relies on those of another is not a case worth following.
    fn end_session(&mut self) {
        let temporary: Vec<RelationId> = self
            .catalog
            .relations()
            .filter(|relation| relation.schema == crate::catalog::TEMPORARY)
            .map(|relation| relation.id)
            .collect();
        for id in temporary {
            self.remove_table(id);
        }
        self.catalog.search_path = vec!["public".into()];
    }

    fn fail(&mut self, fault: Fault) {
        if self.maybe > 0 {
            return self.note(NoteKind::Undecided);
        }
        self.failures.push(Failure {
            statement: self.place,
            span: fault.span,
            sqlstate: fault.sqlstate.into(),
            message: fault.message,
            related: fault.related,
            certain: !self.opaque,
        });
    }

    fn note(&mut self, kind: NoteKind) {
        self.notes.push(Note {
            place: self.place,
            kind,
        });
    }

    /// Records that `IF [NOT] EXISTS` made a part of the running statement do nothing.
    fn no_effect(&mut self, name: &Name, reason: NoEffect) {
        self.note(NoteKind::NoEffect {
            name: name.text.clone(),
            span: name.span,
            reason,
        });
    }

    fn provenance(&self) -> Provenance {
        Provenance::new(self.place)
    }

    /// Where an object of that name was dropped, for the other side of "does not exist".
    fn dropped_at(&self, name: &str) -> Option<Related> {
        let (_, place) = self.dropped.iter().rfind(|(n, _)| n == name)?;
        Some(Related {
            place: *place,
            message: format!("\"{name}\" was dropped or renamed here"),
        })
    }

    /// The relation that a statement needs.
    fn relation(&self, name: &ObjectName) -> Result<RelationId, Fault> {
        if let Some(relation) = self.catalog.find(name) {
            return Ok(relation.id);
        }
        if let Some(schema) = &name.schema
            && !self.catalog.schemas.contains_key(&schema.text)
            && schema.text != "pg_catalog"
            && schema.text != "information_schema"
        {
            return Err(fault(
                "42P01",
                name.span(),
                format!("relation \"{name}\" does not exist"),
            ));
        }
        Err(fault(
            "42P01",
            name.span(),
            format!("relation \"{name}\" does not exist"),
        )
        .related(self.dropped_at(&name.name.text)))
    }

    /// The table that a statement needs.
    fn table(&self, name: &ObjectName) -> Result<RelationId, Fault> {
        let id = self.relation(name)?;
        if self.catalog.table(id).is_some() {
            return Ok(id);
        }
        Err(fault(
            "42809",
            name.span(),
            format!("\"{}\" is not a table", name.name.text),
        ))
    }

    /// Records that the running statement shaped a relation.
    fn shaped(&mut self, id: RelationId) {
        let (place, uncertain) = (self.place, self.maybe > 0);
        if let Some(relation) = self.catalog.relation_mut(id) {
            relation.provenance.shaped = place;
            relation.uncertain |= uncertain;
        }
    }
}

fn syntax_fault(parse: &Parse, statement: &Statement) -> Fault {
    let error = parse
        .errors
        .iter()
        .find(|error| statement.span.contains(error.span));
    match error {
        Some(error) => fault(
            "42601",
            error.span,
            format!("syntax error: {}", error.message),
        ),
        None => fault("42601", statement.span, "syntax error"),
    }
}

/// Statements that PostgreSQL refuses inside a transaction block.
fn needs_no_transaction(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::CreateIndex(create) => create.concurrently,
        StatementKind::Drop(drop) => drop.concurrently,
        StatementKind::AlterTable(alter) => alter.actions.iter().any(|action| {
            matches!(
                action.kind,
                AlterActionKind::DetachPartition(_, Detach::Concurrently)
            )
        }),
        StatementKind::Rebuild(rebuild) => match rebuild.kind {
            RebuildKind::Reindex(ObjectKind::Index | ObjectKind::Table) => rebuild.concurrently,
            RebuildKind::Reindex(_) | RebuildKind::VacuumFull => true,
            RebuildKind::Cluster => rebuild.names.is_empty(),
        },
        StatementKind::Other(words) => {
            words.starts_with("VACUUM")
                || words.starts_with("CREATE DATABASE")
                || words.starts_with("DROP DATABASE")
                || words.starts_with("ALTER SYSTEM")
        }
        _ => false,
    }
}

/// Whether a statement can fail after part of it is done.
fn has_parts(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::AlterTable(alter) => alter.actions.len() > 1,
        StatementKind::Drop(drop) => drop.names.len() > 1,
        StatementKind::CreateTable(_) => true,
        _ => false,
    }
}

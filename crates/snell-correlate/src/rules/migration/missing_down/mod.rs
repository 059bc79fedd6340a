//! Migrations without a way back.

use snell_project::schema::{History, MigrationFile, Schema};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ObjectKind, Statement, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::histories,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/missing-down",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Migrations that drop or delete have no file with the way back",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    histories(context)
        .filter_map(|(schema, history)| finding(context, schema, history))
        .collect()
}

/// One for a schema: the newest migration that takes something away and has no way back.
fn finding(context: &Context<'_>, schema: &Schema, history: &History) -> Option<Diagnostic> {
    let taking: Vec<(&MigrationFile, &Statement)> = history
        .migrations
        .iter()
        .filter_map(|migration| {
            let first = migration
                .parse
                .statements
                .iter()
                .find(|one| takes(&one.kind))?;
            Some((migration, first))
        })
        .collect();
    let bare: Vec<&(&MigrationFile, &Statement)> = taking
        .iter()
        .filter(|(migration, _)| !has_way_back(context, migration))
        .collect();
    let (migration, statement) = bare.last()?;
    let kept = taking.len() - bare.len();
    let message = match kept {
        0 => format!(
            "{} of {} migrations take something away, and none has a file with the way back",
            bare.len(),
            history.migrations.len()
        ),
        kept => format!(
            "migration `{}` takes something away and has no file with the way back, as {kept} others have",
            migration.name
        ),
    };
    Some(
        Diagnostic::at(&RULE.metadata, Location::new(migration.file, statement.span), message)
            .label("the newest of them")
            .help("put the statements that undo it beside it (`down.sql`: `prisma migrate diff --from-schema-datamodel new --to-schema-datamodel old --script` writes the schema's part), or write down once that the way back is a restored backup and a new migration")
            .subject(format!("schema:{} down", schema.path)),
    )
}

/// Whether a statement takes away what another one cannot bring back.
fn takes(kind: &StatementKind) -> bool {
    match kind {
        StatementKind::Drop(drop) => drop.kind == ObjectKind::Table,
        StatementKind::Delete(_) | StatementKind::Truncate(_) => true,
        StatementKind::AlterTable(alter) => alter
            .actions
            .iter()
            .any(|action| matches!(action.kind, AlterActionKind::DropColumn(_))),
        _ => false,
    }
}

/// Whether a file beside a migration is called as a way back.
fn has_way_back(context: &Context<'_>, migration: &MigrationFile) -> bool {
    let own = context.sources.file(migration.file).path.parent();
    let mut files = context.project.workspace.files.iter();
    files.any(|file| {
        let name = file
            .path
            .file_name()
            .unwrap_or_default()
            .to_ascii_lowercase();
        file.path.parent() == own
            && ["down", "rollback", "revert", "undo"]
                .iter()
                .any(|word| name.contains(word))
    })
}

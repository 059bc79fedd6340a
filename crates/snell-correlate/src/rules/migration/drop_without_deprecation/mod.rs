//! A column or table goes in the migration that moves its values, with no step in between.

use snell_project::schema::History;
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ColumnChange, StatementKind};

use crate::{
    rule::{Context, Rule},
    rules::migration::gone::{self, GoneColumn, GoneTable},
    support::migrations::Change,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/drop-without-deprecation",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration copies the values of a column or table and drops it at once",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let columns = gone::columns(context).into_iter().filter(|gone| {
        gone.renamed.is_none()
            && gone.is_copied()
            && gone.uses(context).is_empty()
            && !is_announced(
                gone.change,
                &gone.lived.relation.name,
                Some(&gone.column.name),
            )
    });
    let tables = gone::tables(context).into_iter().filter(|gone| {
        gone.is_copied()
            && gone.uses(context).is_empty()
            && !is_announced(gone.change, &gone.lived.relation.name, None)
    });
    let mut found: Vec<Diagnostic> = columns.map(|gone| of_column(&gone)).collect();
    found.extend(tables.map(|gone| of_table(&gone)));
    found
}

fn of_column(gone: &GoneColumn<'_>) -> Diagnostic {
    let (table, column) = (&gone.lived.relation.name, &gone.column.name);
    let created = gone
        .change
        .history
        .part(gone.column.provenance.created, column);
    finding(
        gone.change,
        gone.span,
        &format!("`{column}` of `{table}`"),
        created,
        &format!("table:{table} column:{column}"),
    )
}

fn of_table(gone: &GoneTable<'_>) -> Diagnostic {
    let table = &gone.lived.relation.name;
    let created = gone
        .change
        .history
        .part(gone.lived.relation.provenance.created, table);
    finding(
        gone.change,
        gone.span,
        &format!("`{table}`"),
        created,
        &format!("table:{table}"),
    )
}

fn finding(
    change: Change<'_>,
    span: snell_source::Span,
    what: &str,
    created: Location,
    subject: &str,
) -> Diagnostic {
    change
        .finding(
            &RULE.metadata,
            span,
            format!("{what} is copied and dropped in one migration: no version of the code knows both places"),
        )
        .label("what runs until the deploy is done still names it, and what is written meanwhile is lost")
        .related(created, "comes from here")
        .help("copy in this migration, and deploy code that writes both places and reads the new one; drop the old one in a later migration, when nothing has named it for a while")
        .subject(change.subject(subject))
}

/// Whether an earlier migration has said that it will go: made it optional, or written so in a
/// comment; or its name says it.
fn is_announced(change: Change<'_>, table: &str, column: Option<&str>) -> bool {
    const SAYS: [&str; 4] = ["deprecated", "legacy", "obsolete", "unused"];
    let name = column.unwrap_or(table).to_ascii_lowercase();
    SAYS.iter().any(|word| name.contains(word))
        || earlier(change.history, change).any(|kind| match kind {
            StatementKind::AlterTable(alter) if alter.name.name.text == table => {
                alter.actions.iter().any(|action| match &action.kind {
                    AlterActionKind::AlterColumn(own, ColumnChange::NotNull(false)) => {
                        Some(own.text.as_str()) == column
                    }
                    _ => false,
                })
            }
            StatementKind::Comment(comment) => {
                let own = comment.name.name.text.as_str();
                let of = comment.table.as_ref().map(|table| table.name.text.as_str());
                let meant = match column {
                    Some(column) => own == column && of == Some(table),
                    None => own == table,
                };
                let text = comment
                    .text
                    .as_deref()
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                meant && SAYS.iter().any(|word| text.contains(word))
            }
            _ => false,
        })
}

/// The statements of the migrations before.
fn earlier<'a>(
    history: &'a History,
    change: Change<'a>,
) -> impl Iterator<Item = &'a StatementKind> {
    let own = change.step.place.migration as usize;
    let migrations = history.migrations.iter().take(own);
    migrations.flat_map(|migration| migration.parse.statements.iter().map(|one| &one.kind))
}

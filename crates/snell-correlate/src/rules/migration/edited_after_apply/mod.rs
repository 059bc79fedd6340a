//! A migration that databases have run says something else now.

use snell_prisma::Place;
use snell_project::schema::{Age, Schema};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::migration::out_of_order::start,
    support::migrations::histories,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/edited-after-apply",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration that was there before the change is edited or taken away by it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let edited = histories(context).flat_map(|(schema, history)| {
        let migrations = history.migrations.iter();
        let edited = migrations.filter(|migration| migration.age == Age::Edited);
        edited.map(move |migration| {
            let name = &migration.name;
            Diagnostic::at(
                &RULE.metadata,
                start(migration),
                format!("migration `{name}` was there before this change: databases have run another text of it"),
            )
            .label("edited")
            .help("take the edit back, and put what is new into a migration of its own")
            .note("`prisma migrate deploy` runs no migration twice; `prisma migrate dev` compares checksums, comments included, and asks to reset the database")
            .subject(format!("schema:{} migration:{name}", schema.path))
        })
    });
    let schemas = context.project.schemas.iter();
    edited
        .chain(schemas.filter_map(|(_, schema)| gone(schema)))
        .collect()
}

/// Migrations of a schema that were taken away, told as one.
fn gone(schema: &Schema) -> Option<Diagnostic> {
    let first = schema.removed.first()?;
    let (which, are, label) = match schema.removed.len() {
        1 => (format!("migration `{first}`"), "was", "its schema"),
        n => (
            format!("{n} migrations, `{first}` the first,"),
            "were",
            "their schema",
        ),
    };
    let source = schema.datamodel.datasource()?;
    let at = schema.location(Place {
        span: source.name_span,
        ..source.at
    });
    let found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("{which} {are} there before this change: databases keep what was made"),
    )
    .label(label)
    .help("put the folder back, and undo what it did in a migration of its own")
    .note("`prisma migrate dev` finds a migration in the database that is not in the folder, and asks to reset it; databases that deploys reach go on without a word, with columns that nothing knows");
    let subject = format!("schema:{} removed:{first}", schema.path);
    let migrations = schema
        .history
        .iter()
        .flat_map(|history| &history.migrations);
    let added: Vec<&str> = migrations
        .filter(|migration| migration.age == Age::New)
        .map(|migration| words(&migration.name))
        .collect();
    let renamed = schema.removed.iter().any(|old| added.contains(&words(old)));
    Some(match !added.is_empty() && !renamed {
        true => found
            .lowered(
                Severity::Medium,
                "a new migration comes with the change: where it does what the old ones did, databases must be told that it ran (`prisma migrate resolve --applied`)",
            )
            .subject(subject),
        false => found.subject(subject),
    })
}

/// A migration's name without its time: one that is only renamed runs again.
fn words(name: &str) -> &str {
    name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_')
}

//! A migration that databases have run says something else now.

use snell_project::schema::Age;
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
        summary: "A migration that was there before the change is edited by it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    histories(context)
        .flat_map(|(schema, history)| {
            let edited = history.migrations.iter().filter(|migration| migration.age == Age::Edited);
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
        })
        .collect()
}

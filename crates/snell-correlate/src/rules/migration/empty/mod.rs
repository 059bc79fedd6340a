//! A migration that does nothing.

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/empty",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A migration holds no statement",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| Some((schema, schema.history.as_ref()?)))
        .flat_map(|(schema, history)| {
            let migrations = history.migrations.iter();
            let empty = migrations.filter(|migration| {
                migration.parse.statements.is_empty() && migration.parse.errors.is_empty()
            });
            empty.map(move |migration| {
                let text = &context.sources.file(migration.file).text;
                Diagnostic::at(
                    &RULE.metadata,
                    Location::new(migration.file, first_line(text)),
                    format!("migration `{}` holds no statement", migration.name),
                )
                .label("nothing runs here")
                .help("delete the folder while no database has run it; else say in a comment why it stays")
                .subject(format!("schema:{} migration:{}", schema.path, migration.name))
            })
        })
        .collect()
}

/// The first line with words, if there is one.
fn first_line(text: &str) -> Span {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim_end();
        if !words.is_empty() {
            return Span::from_range(start..start + words.len());
        }
        start += line.len();
    }
    Span::default()
}

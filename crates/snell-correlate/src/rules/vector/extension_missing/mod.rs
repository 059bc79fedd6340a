//! Vectors without the extension that brings them.

use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::Failure;

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/extension-missing",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A migration uses vectors before any migration creates the extension",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Whether a migration fails for want of the extension.
pub(super) fn is_about(failure: &Failure) -> bool {
    let of_vector = [
        "\"vector\"",
        "\"halfvec\"",
        "\"sparsevec\"",
        "\"hnsw\"",
        "\"ivfflat\"",
    ];
    failure.certain
        && failure.sqlstate == "42704"
        && failure.message.ends_with("does not exist")
        && of_vector.iter().any(|name| failure.message.contains(name))
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| of_schema(schema))
        .collect()
}

/// The first failure tells of all: the next ones follow from it.
fn of_schema(schema: &Schema) -> Option<Diagnostic> {
    let history = schema.history.as_ref()?;
    let failure = history.replay.failures.iter().find(|f| is_about(f))?;
    let at = history.within(failure.statement, failure.span);
    let migration = history
        .migrations
        .get(failure.statement.migration as usize)?;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "migration `{}` uses pgvector, and no migration before it creates the extension",
            migration.name
        ),
    )
    .label(format!("{} ({})", failure.message, failure.sqlstate));
    let later = history.replay.catalog.extensions.get("vector");
    if let Some(place) = later.and_then(|extension| extension.provenance) {
        found = found.related(history.location(place.created), "created only here");
    }
    let field = schema
        .datamodel
        .models()
        .iter()
        .flat_map(|model| model.columns())
        .find(|field| matches!(&field.ty, snell_prisma::FieldType::Unsupported(text) if text.contains("vec")));
    if let Some(field) = field {
        found = found.related(schema.field_type(field), "the schema has vectors too");
    }
    Some(
        found
            .help("add `CREATE EXTENSION IF NOT EXISTS vector;` to the first migration that uses it, before that")
            .subject(format!("schema:{} extension:vector", schema.path)),
    )
}

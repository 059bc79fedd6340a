//! An index is built concurrently on a server whose version gets it wrong.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{RebuildKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::changes,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/concurrent-index-corruption-pg14",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "An index is built concurrently on PostgreSQL 14.0 to 14.3, which may leave rows out of it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let images = &context.project.workspace.deployment.images;
    let Some(image) = images.iter().find(|image| is_affected(&image.image)) else {
        return Vec::new();
    };
    let mut concurrent = changes(context).filter(|change| match &change.step.statement.kind {
        StatementKind::CreateIndex(create) => create.concurrently,
        StatementKind::Rebuild(rebuild) => {
            rebuild.concurrently && matches!(rebuild.kind, RebuildKind::Reindex(_))
        }
        _ => false,
    });
    let Some(change) = concurrent.next() else {
        return Vec::new();
    };
    let finding = change
        .finding(
            &RULE.metadata,
            change.step.span,
            format!("`{}` may leave out of this index rows that are changed while it is built", image.image),
        )
        .label("CONCURRENTLY is broken before 14.4")
        .help("update the server to 14.4 or later first; then REINDEX what was built concurrently before, and check it with amcheck")
        .note(format!("the image stands in {}", image.path));
    vec![finding.subject(change.subject("pg14"))]
}

/// `postgres:14.2-alpine`: 14.0 to 14.3, and nothing that only says 14.
///
/// Source: release notes of PostgreSQL 14.4.
fn is_affected(image: &str) -> bool {
    let Some((name, tag)) = image.rsplit_once(':') else {
        return false;
    };
    let is_postgres = ["postgres", "pgvector", "postgis", "timescaledb"]
        .iter()
        .any(|word| name.contains(word));
    let version = tag
        .strip_prefix("14.")
        .or_else(|| tag.strip_prefix("pg14."));
    let minor = version.map(|rest| {
        rest.split(|c: char| !c.is_ascii_digit())
            .next()
            .unwrap_or("")
    });
    is_postgres && minor.is_some_and(|minor| matches!(minor, "0" | "1" | "2" | "3"))
}

//! An index over more dimensions than it can hold.

use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::Failure;

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/index-unusable-dimension",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A vector index cannot be created over its column",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Whether a migration fails for the number of dimensions.
pub(super) fn is_about(failure: &Failure) -> bool {
    failure.certain
        && matches!(failure.sqlstate.as_str(), "54000" | "22023")
        && failure.message.contains("dimensions")
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas.flat_map(|(_, schema)| of_schema(schema)).collect()
}

fn of_schema(schema: &Schema) -> Vec<Diagnostic> {
    let Some(history) = &schema.history else {
        return Vec::new();
    };
    let failures = history.replay.failures.iter().filter(|f| is_about(f));
    failures
        .filter_map(|failure| {
            let migration = history.migrations.get(failure.statement.migration as usize)?;
            let mut found = Diagnostic::at(
                &RULE.metadata,
                history.within(failure.statement, failure.span),
                format!("migration `{}` creates an index that pgvector refuses", migration.name),
            )
            .label(format!("{} ({})", failure.message, failure.sqlstate));
            if let Some(related) = &failure.related {
                found = found.related(history.location(related.place), related.message.clone());
            }
            let help = if failure.sqlstate == "22023" {
                "give the column its number of dimensions: `vector(1536)`"
            } else {
                "index a shorter form: `USING hnsw ((embedding::halfvec(3072)) halfvec_cosine_ops)`, and search by the same cast"
            };
            Some(found.help(help).subject(format!(
                "schema:{} migration:{} at:{}",
                schema.path, migration.name, failure.span.start
            )))
        })
        .collect()
}

//! What Prisma refuses in a schema.

use snell_prisma::ErrorKind;
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/invalid",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "Prisma refuses the schema",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let errors = context.schema_errors.iter();
    errors
        .map(|(file, error)| {
            let label = match error.kind {
                ErrorKind::Syntax => "not read: nothing is known of what stands here",
                ErrorKind::Semantic => "Prisma refuses this",
            };
            Diagnostic::at(
                &RULE.metadata,
                Location::new(*file, error.span),
                error.message.clone(),
            )
            .label(label)
            .help("`prisma validate` says the same; no client is generated before it is mended")
            .subject(format!("schema:{}", error.message))
        })
        .collect()
}

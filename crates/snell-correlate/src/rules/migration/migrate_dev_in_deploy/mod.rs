//! A deployment runs `prisma migrate dev` or `reset`.

use crate::{
    rule::{Context, Rule},
    support::deployed,
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/migrate-dev-in-deploy",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A deployment runs `prisma migrate dev` or `prisma migrate reset`",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    deployed::commands(context.project, is_for_work)
        .iter()
        .map(|deployed| {
            deployed
                .finding(
                    &RULE.metadata,
                    "a deployment runs a command that may reset the database",
                    "for a database that may be lost",
                )
                .help("run `prisma migrate deploy`: it runs what is pending, and nothing else")
                .subject(deployed.subject())
        })
        .collect()
}

fn is_for_work(text: &str) -> bool {
    text.contains("prisma") && (text.contains("migrate dev") || text.contains("migrate reset"))
}

//! A deployment changes the database by `prisma db push`.

use crate::{
    rule::{Context, Rule},
    support::deployed,
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/db-push-in-deploy",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A deployment runs `prisma db push`",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = deployed::commands(context.project, deployed::is_push);
    // One script pushes once, whichever way it takes.
    let first = |at: usize| {
        let file = all[at].command.file;
        all[..at].iter().all(|before| before.command.file != file)
    };
    (0..all.len())
        .filter(|at| first(*at))
        .map(|at| {
            let deployed = &all[at];
            let mut finding = deployed
                .finding(
                    &RULE.metadata,
                    "a deployment runs `prisma db push`: the database becomes what the schema says, whatever is in it",
                    "no migration says what it does",
                )
                .help("write migrations, and run `prisma migrate deploy` in their place; `db push` is for a database that may be lost");
            let text = &deployed.command.fact.text;
            if !text.contains("--accept-data-loss") && !text.contains("--force-reset") {
                finding = finding.lowered(
                    Severity::Medium,
                    "without `--accept-data-loss` it refuses to drop what holds data",
                );
            }
            finding.subject(deployed.subject())
        })
        .collect()
}

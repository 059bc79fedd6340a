//! CONCURRENTLY in a file of several statements.

use crate::{
    rule::{Context, Rule},
    rules::migration::in_transaction,
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/concurrently-in-transaction",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration has CONCURRENTLY beside other statements, and PostgreSQL refuses it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    in_transaction::refused(context, "25001")
        .map(|refused| {
            let migration = refused.migration;
            let mut finding = Diagnostic::at(
                &RULE.metadata,
                refused.at,
                format!("migration `{migration}` fails: this statement cannot run inside a transaction, and a file of several statements is one"),
            )
            .label("PostgreSQL: 25001");
            if let Some((at, words)) = refused.related {
                finding = finding.related(at, words);
            }
            finding
                .help("give it a migration of its own, with no other statement in it: Prisma sends that one alone, outside of a transaction")
                .subject(refused.subject)
        })
        .collect()
}

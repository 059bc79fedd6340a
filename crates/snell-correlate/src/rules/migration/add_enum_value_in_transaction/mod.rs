//! A new value of an enum is used in the transaction that adds it.

use crate::{
    rule::{Context, Rule},
    rules::migration::in_transaction,
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-enum-value-in-transaction",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration uses an enum value in the transaction that adds it, and PostgreSQL refuses it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    in_transaction::refused(context, "55P04")
        .map(|refused| {
            let migration = refused.migration;
            let mut finding = Diagnostic::at(
                &RULE.metadata,
                refused.at,
                format!("migration `{migration}` fails: a new value of an enum cannot be used in the transaction that adds it"),
            )
            .label("PostgreSQL: 55P04");
            if let Some((at, words)) = refused.related {
                finding = finding.related(at, words);
            }
            finding
                .help("add the value in a migration of its own, and use it in the next one")
                .subject(refused.subject)
        })
        .collect()
}

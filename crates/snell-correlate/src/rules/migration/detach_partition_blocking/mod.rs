//! A partition is taken away under a lock of the whole table.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, Detach};

use crate::{
    rule::{Context, Rule},
    support::migrations::actions,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/detach-partition-blocking",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration detaches a partition without CONCURRENTLY",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::DetachPartition(partition, Detach::Blocking) = &action.kind else {
                return None;
            };
            let (table, partition) = (&lived.relation.name, &partition.name.text);
            let finding = change
                .finding(
                    &RULE.metadata,
                    action.span,
                    format!("taking `{partition}` out of `{table}` waits for all who read or write the table, and all others wait behind it"),
                )
                .label("needs an ACCESS EXCLUSIVE lock on the table with all its partitions");
            let text = change.text().trim_end_matches(';');
            let finding = finding.help(format!(
                "give it a migration with no other statement, which Prisma then runs outside of a transaction: `{text} CONCURRENTLY;` (not for a table with a default partition)"
            ));
            Some(finding.subject(change.subject(&format!("table:{table} partition:{partition}"))))
        })
        .collect()
}

//! An exclusion constraint whose index is built while everybody waits.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ConstraintKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::actions,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-exclusion-constraint",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration adds an exclusion constraint, which builds its index under an exclusive lock",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::AddConstraint(constraint) = &action.kind else {
                return None;
            };
            if !matches!(constraint.kind, ConstraintKind::Exclude(_)) || change.is_emptied_before(lived.relation) {
                return None;
            }
            let table = &lived.relation.name;
            let name = constraint.name.as_ref().map_or("exclude", |name| name.text.as_str());
            Some(
                change
                    .finding(
                        &RULE.metadata,
                        action.span,
                        format!("the exclusion constraint on `{table}` builds its index while nobody can read or write the table"),
                    )
                    .label("compares all rows, and fails when two conflict")
                    .help("there is no way to build it concurrently: add it in a quiet hour, or to a new table that takes over")
                    .subject(change.subject(&format!("table:{table} constraint:{name}"))),
            )
        })
        .collect()
}

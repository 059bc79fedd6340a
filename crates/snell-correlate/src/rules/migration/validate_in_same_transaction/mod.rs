//! A constraint is added and validated in one go, which undoes the point of two steps.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::actions,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/validate-in-same-transaction",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration validates a constraint in the transaction that adds it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::ValidateConstraint(name) = &action.kind else {
                return None;
            };
            let (added, by) = change.beside().find_map(|other| {
                let StatementKind::AlterTable(alter) = &other.step.statement.kind else {
                    return None;
                };
                if !other.is(&alter.name, lived.relation) || !other.is_in_transaction_of(&change) {
                    return None;
                }
                let action = alter.actions.iter().find(|action| match &action.kind {
                    AlterActionKind::AddConstraint(added) => {
                        added.not_valid && added.name.as_ref().is_some_and(|own| own.text == name.text)
                    }
                    _ => false,
                })?;
                Some((other, action))
            })?;
            let table = &lived.relation.name;
            Some(
                change
                    .finding(
                        &RULE.metadata,
                        action.span,
                        format!("`{}` is validated in the transaction that adds it: `{table}` stays locked while all rows are read", name.text),
                    )
                    .label("reads all rows")
                    .related(added.at(by.span), "takes the lock, which is held until the transaction ends")
                    .help("move the VALIDATE CONSTRAINT into the next migration: Prisma runs a file as one transaction")
                    .subject(change.subject(&format!("table:{table} constraint:{}", name.text))),
            )
        })
        .collect()
}

//! A stored generated column is added to a table in use.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ConstraintKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{actions, has_word},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-generated-column",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration adds a stored generated column, which rewrites the table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::AddColumn(column, _) = &action.kind else {
                return None;
            };
            let is_generated = column
                .constraints
                .iter()
                .any(|constraint| matches!(constraint.kind, ConstraintKind::Generated(_)));
            // PostgreSQL 18 knows virtual ones, which are worked out when they are read.
            if !is_generated || has_word(change.text_of(action.span), "virtual") {
                return None;
            }
            let (table, own) = (&lived.relation.name, &column.name.text);
            (lived.table.column(own).is_none()).then(|| {
                change
                    .finding(
                        &RULE.metadata,
                        action.span,
                        format!("adding the generated column `{own}` rewrites `{table}` and locks it meanwhile"),
                    )
                    .label("worked out and stored for every row")
                    .help("add an ordinary column, let a trigger keep it, and fill old rows in batches; or index the expression instead of storing it")
                    .subject(change.subject(&format!("table:{table} column:{own}")))
            })
        })
        .collect()
}

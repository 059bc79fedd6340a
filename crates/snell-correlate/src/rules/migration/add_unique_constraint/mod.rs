//! A unique constraint whose index is built while everybody waits.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ConstraintKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{actions, names, qualified, quoted},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-unique-constraint",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration adds a unique constraint, which builds its index under an exclusive lock",
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
            let ConstraintKind::Unique(parts, _) = &constraint.kind else {
                return None;
            };
            if parts.using_index.is_some() || change.is_emptied_before(lived.relation) {
                return None;
            }
            let table = &lived.relation.name;
            let name = constraint.name.as_ref().map_or_else(
                || quoted(&format!("{table}_key")),
                |name| quoted(&name.text),
            );
            let on = qualified(lived.relation);
            let columns = names(&parts.columns);
            Some(
                change
                    .finding(
                        &RULE.metadata,
                        action.span,
                        format!("the unique constraint on `{table}` builds its index while nobody can read or write the table"),
                    )
                    .label("builds an index over all rows, and fails when two are alike")
                    .help(format!("in a migration with no other statement: `CREATE UNIQUE INDEX CONCURRENTLY {name} ON {on} ({columns})`; Prisma asks for no constraint"))
                    .help(format!("where a constraint is needed, make it of the index afterwards: ALTER TABLE {on} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"))
                    .subject(change.subject(&format!("table:{table} constraint:{name}"))),
            )
        })
        .collect()
}

//! A primary key whose index is built while everybody waits.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ConstraintKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{actions, names, qualified, quoted},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-primary-key",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration adds a primary key, which builds its index under an exclusive lock",
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
            let ConstraintKind::PrimaryKey(parts) = &constraint.kind else {
                return None;
            };
            if parts.using_index.is_some() || change.is_emptied_before(lived.relation) {
                return None;
            }
            let table = &lived.relation.name;
            let name = constraint.name.as_ref().map_or_else(
                || quoted(&format!("{table}_pkey")),
                |name| quoted(&name.text),
            );
            let on = qualified(lived.relation);
            let built = quoted(&format!("{}_new", name.trim_matches('"')));
            Some(
                change
                    .finding(
                        &RULE.metadata,
                        action.span,
                        format!("the primary key of `{table}` builds its index while nobody can read or write the table"),
                    )
                    .label("builds an index over all rows, and fails when two are alike or one has no value")
                    .help(format!("in a migration with no other statement: `CREATE UNIQUE INDEX CONCURRENTLY {built} ON {on} ({})`", names(&parts.columns)))
                    .help(format!("then, where the old key goes: ALTER TABLE {on} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {built}"))
                    .subject(change.subject(&format!("table:{table} constraint:{name}"))),
            )
        })
        .collect()
}

//! A table moves to another schema of the database.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{changes, qualified, quoted, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/move-schema",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration moves a table or other object to another schema of the database",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .filter_map(|change| {
            let (name, to, span) = match &change.step.statement.kind {
                StatementKind::AlterTable(alter) => {
                    let (to, span) = alter.actions.iter().find_map(|action| match &action.kind {
                        AlterActionKind::SetSchema(to) => Some((to, action.span)),
                        _ => None,
                    })?;
                    (&alter.name, to, span)
                }
                StatementKind::SetSchema(set) => (&set.name, &set.schema, change.step.span),
                _ => return None,
            };
            let relation = change.step.before.find(name)?;
            if change.is_fresh(relation) || relation.schema == to.text {
                return None;
            }
            let own = &relation.name;
            let started = change
                .finding(
                    &RULE.metadata,
                    span,
                    format!("`{own}` moves from the schema `{}` to `{}`: queries that look for it there fail", relation.schema, to.text),
                )
                .label("running code looks for it in the old place");
            Some(
                with_place(started, change.declared(own, None), "the model")
                    .help(format!("leave a view behind until the deploy is done: CREATE VIEW {} AS SELECT * FROM {}.{}", qualified(relation), quoted(&to.text), quoted(own)))
                    .subject(change.subject(&format!("table:{own}"))),
            )
        })
        .collect()
}

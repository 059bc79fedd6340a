//! A column that numbers the rows of a table in use.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ConstraintKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{actions, is_serial, qualified, quoted, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/add-serial-column",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration adds a SERIAL or identity column, which rewrites the table",
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
            let is_identity = column
                .constraints
                .iter()
                .any(|constraint| matches!(constraint.kind, ConstraintKind::Identity(_)));
            let numbers = is_identity || column.type_name.as_ref().is_some_and(is_serial);
            let (table, own) = (&lived.relation.name, &column.name.text);
            (numbers && lived.table.column(own).is_none()).then(|| {
                let started = change
                    .finding(
                        &RULE.metadata,
                        action.span,
                        format!("adding `{own}` numbers every row of `{table}`: it rewrites the table and locks it meanwhile"),
                    )
                    .label("a number from a sequence for every row");
                let on = qualified(lived.relation);
                with_place(started, change.declared(table, Some(own)), "the field")
                    .help(format!("add it without a default, make a sequence, then ALTER TABLE {on} ALTER COLUMN {} SET DEFAULT nextval(...), and number old rows in batches", quoted(own)))
                    .subject(change.subject(&format!("table:{table} column:{own}")))
            })
        })
        .collect()
}

//! A column becomes optional under code that expects a value.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ColumnChange};

use crate::{
    rule::{Context, Rule},
    support::migrations::{actions, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/drop-not-null",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A migration lets a column be empty, which running code does not expect",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::AlterColumn(name, ColumnChange::NotNull(false)) = &action.kind
            else {
                return None;
            };
            let column = lived.table.column(&name.text)?;
            // A column that goes afterwards is on its way out: nobody reads its new rows.
            let stays = change.declared(&lived.relation.name, Some(&column.name));
            if !column.not_null || change.is_fresh_column(column) || stays.is_none() {
                return None;
            }
            let (table, own) = (&lived.relation.name, &column.name);
            let finding = change
                .finding(
                    &RULE.metadata,
                    action.span,
                    format!("`{own}` of `{table}` may be empty from here on: a client of the old schema fails on the first row without a value"),
                )
                .label("optional from now on");
            Some(
                with_place(finding, stays, "the field")
                    .help("deploy first the code that can read a row without it, and only then the code that writes one")
                    .subject(change.subject(&format!("table:{table} column:{own}"))),
            )
        })
        .collect()
}

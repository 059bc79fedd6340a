//! A column gets another type, and every row is written anew.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterActionKind, ColumnChange};

use crate::{
    rule::{Context, Rule},
    support::migrations::{TypeChange, actions, qualified, type_change, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/change-column-type",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration changes the type of a column, which rewrites the table",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    actions(context)
        .filter_map(|(change, action, lived)| {
            let AlterActionKind::AlterColumn(name, ColumnChange::Type(written, using)) = &action.kind
            else {
                return None;
            };
            let catalog = &change.step.before;
            let column = lived.table.column(&name.text)?;
            let to = catalog.resolve_type(written)?;
            if type_change(catalog, &column.data_type, &to) != TypeChange::Rewrite {
                return None;
            }
            let (table, own) = (&lived.relation.name, &column.name);
            let (from, into) = (catalog.format_type(&column.data_type), catalog.format_type(&to));
            let started = change
                .finding(
                    &RULE.metadata,
                    action.span,
                    format!("changing `{own}` from {from} to {into} rewrites `{table}` and locks it meanwhile"),
                )
                .label("every row is written anew, and every index on the column");
            let mut finding = with_place(started, change.declared(table, Some(own)), "the field");
            if using.is_some() || may_fail(&from, &into) {
                finding = finding.note("it fails at the first row whose value does not fit");
            }
            let on = qualified(lived.relation);
            Some(
                finding
                    .help(format!("add a column of the new type beside it (ALTER TABLE {on} ADD COLUMN ...), write both, fill it in batches, read the new one, and drop the old one in a later migration"))
                    .note("code that runs while the migration is deployed still expects the old type")
                    .subject(change.subject(&format!("table:{table} column:{own}"))),
            )
        })
        .collect()
}

/// Whether values of a type may not fit into another: only what is certain to fit is left out.
fn may_fail(from: &str, into: &str) -> bool {
    const WIDER: [(&str, &str); 8] = [
        ("smallint", "integer"),
        ("smallint", "bigint"),
        ("integer", "bigint"),
        ("integer", "numeric"),
        ("bigint", "numeric"),
        ("real", "double precision"),
        ("integer", "double precision"),
        ("json", "jsonb"),
    ];
    let is_text = into == "text" || into == "character varying";
    let is_time = from.starts_with("timestamp") && into.starts_with("timestamp");
    !is_text && !is_time && !WIDER.contains(&(from, into))
}

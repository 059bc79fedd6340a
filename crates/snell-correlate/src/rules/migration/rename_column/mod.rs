//! A column of a table in use gets another name.

use crate::{
    rule::{Context, Rule},
    rules::migration::gone,
    support::migrations::with_place,
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/rename-column",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration renames a column that running code still uses by its old name",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let columns = gone::columns(context).into_iter();
    columns
        .filter_map(|gone| {
            let new = gone.renamed?;
            if !gone.uses(context).is_empty() {
                return None;
            }
            let (table, old) = (&gone.lived.relation.name, &gone.column.name);
            let change = gone.change;
            let started = change
                .finding(
                    &RULE.metadata,
                    gone.span,
                    format!("renaming `{old}` of `{table}` breaks the code that runs until the deploy is done"),
                )
                .label(format!("a client of the old schema asks for `{old}` in every query"));
            Some(
                with_place(started, change.declared(table, Some(new)), "the field")
                    .help(format!("keep the column and rename the field: `@map(\"{old}\")` needs no migration"))
                    .help("or add the new column, write both, fill it, read the new one, and drop the old one in a later migration")
                    .subject(change.subject(&format!("table:{table} column:{old}"))),
            )
        })
        .collect()
}

//! A column of a table in use is dropped.

use crate::{
    rule::{Context, Rule},
    rules::migration::gone::{self, GoneColumn},
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/drop-column",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration drops a column whose values are lost and which running code still selects",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let columns = gone::columns(context).into_iter();
    columns
        .filter(|column| column.renamed.is_none())
        .filter(|column| column.uses(context).is_empty() && column.added_instead().is_none())
        // Whose values are kept is told by `drop-without-deprecation`.
        .filter(|column| !column.is_copied())
        .map(finding)
        .collect()
}

fn finding(gone: GoneColumn<'_>) -> Diagnostic {
    let (table, column) = (&gone.lived.relation.name, &gone.column.name);
    let history = gone.change.history;
    let message = if gone.made_anew {
        format!("`{column}` of `{table}` is dropped and made anew: its values are lost")
    } else {
        format!(
            "dropping `{column}` of `{table}` loses its values, and breaks the code that runs until the deploy is done"
        )
    };
    gone.change
        .finding(&RULE.metadata, gone.span, message)
        .label("a client of the old schema names this column in every query")
        .related(history.part(gone.column.provenance.created, column), "comes from here")
        .help(if gone.made_anew {
            "to change its type, write the cast: ALTER COLUMN ... TYPE ... USING ...; or add the new column under another name, and fill it from the old one"
        } else {
            "deploy first what no longer knows the field (or has it as `@ignore`), and drop the column in a later migration"
        })
        .subject(gone.change.subject(&format!("table:{table} column:{column}")))
}

//! A table in use is dropped.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::migration::gone::{self, GoneTable},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/drop-table",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration drops a table with its rows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let tables = gone::tables(context).into_iter();
    tables
        .filter(|gone| gone.uses(context).is_empty())
        // Whose rows are kept is told by `drop-without-deprecation`.
        .filter(|gone| !gone.is_copied())
        .map(finding)
        .collect()
}

fn finding(gone: GoneTable<'_>) -> Diagnostic {
    let (change, table) = (gone.change, &gone.lived.relation.name);
    let created = change
        .history
        .part(gone.lived.relation.provenance.created, table);
    change
        .finding(
            &RULE.metadata,
            gone.span,
            format!("dropping `{table}` loses its rows, and breaks the code that runs until the deploy is done"),
        )
        .label("all rows go with it")
        .related(created, "comes from here")
        .help("rename it first, keep it for as long as somebody may want the rows back, and drop it in a later migration")
        .subject(change.subject(&format!("table:{table}")))
}

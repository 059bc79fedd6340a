//! What a new migration takes away is still asked for.

use crate::{
    rule::{Context, Rule},
    rules::migration::gone::{self, Use},
    support::migrations::Change,
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/drop-column-still-used",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A migration drops or renames a column or table that the code still uses",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let columns = gone::columns(context).into_iter().filter_map(|gone| {
        let uses = gone.uses(context);
        let (table, column) = (&gone.lived.relation.name, &gone.column.name);
        let does = match gone.renamed {
            Some(new) => format!("renames `{column}` of `{table}` to `{new}`"),
            None => format!("drops `{column}` of `{table}`"),
        };
        let what = format!("table:{table} column:{column}");
        finding(gone.change, gone.span, &does, &what, uses)
    });
    let tables = gone::tables(context).into_iter().filter_map(|gone| {
        let uses = gone.uses(context);
        let table = &gone.lived.relation.name;
        finding(
            gone.change,
            gone.span,
            &format!("drops `{table}`"),
            &format!("table:{table}"),
            uses,
        )
    });
    columns.chain(tables).collect()
}

fn finding(
    change: Change<'_>,
    span: Span,
    does: &str,
    what: &str,
    uses: Vec<Use>,
) -> Option<Diagnostic> {
    let first = uses.first()?;
    let mut finding = change
        .finding(
            &RULE.metadata,
            span,
            format!(
                "migration `{}` {does}, which is still used",
                change.migration.name
            ),
        )
        .label("gone from here on")
        .related(first.at, first.words.clone());
    for other in uses.iter().skip(1).take(SHOWN) {
        finding = finding.related(other.at, other.words.clone());
    }
    if uses.len() > SHOWN + 1 {
        finding = finding.note(format!("{} more places use it", uses.len() - SHOWN - 1));
    }
    Some(
        finding
            .help("take the uses away first, deploy that, and change the database in the migration after it")
            .subject(change.subject(what)),
    )
}

/// Further uses that are shown.
const SHOWN: usize = 4;

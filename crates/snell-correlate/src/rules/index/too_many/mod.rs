//! A table with very many indexes.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        index_use::{Current, CurrentIndex, Standing},
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/too-many",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A table has more indexes than its writes should pay for",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Indexes that a table may have beside its keys and uniques.
const MOST: usize = 8;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let current = Current::shared(context);
    let tables = tables::of_postgres(context);
    tables
        .filter_map(|table| finding(&table, current.of(&table)))
        .collect()
}

fn finding(table: &TableModel<'_>, indexes: &[CurrentIndex]) -> Option<Diagnostic> {
    // What is superfluous or unused is told of each.
    let counted = |one: &&CurrentIndex| {
        !one.index.unique && !matches!(one.standing(), Standing::Redundant | Standing::Unused)
    };
    let counted: Vec<&CurrentIndex> = indexes.iter().filter(counted).collect();
    if counted.len() <= MOST {
        return None;
    }
    let model = table.model;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        table.schema.model_name(model),
        format!(
            "`{}` has {} indexes beside its keys",
            model.name,
            counted.len()
        ),
    )
    .label("each insert writes to all of them");
    let unknown = counted
        .iter()
        .filter(|one| one.standing() == Standing::Unknown);
    for one in unknown.take(3) {
        found = found.related(one.index.at, "no query is known that uses it");
    }
    Some(
        found
            .help("ask a server that has run for weeks which of them it reads: `idx_scan` of the view `pg_stat_user_indexes`")
            .help("indexes that begin alike can often be one, and one that all queries narrow by the same constant can hold those rows alone")
            .subject(wording::subject(model, "indexes")),
    )
}

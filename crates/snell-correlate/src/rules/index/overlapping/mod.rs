//! An index of which queries use no more than another one has.

use snell_prisma::FieldId;
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
        name: "index/overlapping",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Queries have of an index only what another one gives too",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let current = Current::shared(context);
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let indexes = current.of(&table);
        let partly = indexes
            .iter()
            .filter(|one| one.standing() == Standing::Partly);
        found.extend(partly.filter_map(|one| finding(&table, one, indexes)));
    }
    found
}

/// Of two indexes with the same first columns, the one whose other columns no query uses.
fn finding(
    table: &TableModel<'_>,
    one: &CurrentIndex,
    indexes: &[CurrentIndex],
) -> Option<Diagnostic> {
    let index = &one.index;
    let used = one.services.iter().map(|service| service.bound).max()?;
    let needed: Vec<FieldId> = index.fields().take(used).collect();
    if needed.is_empty() || !index.is_plain() || !one.known {
        return None;
    }
    let other = indexes.iter().find(|other| {
        other.index.at != index.at
            && other.instead.is_none()
            && other.index.ordered
            && other.index.partial.is_none()
            && other.index.keys.len() >= used
            && other
                .index
                .fields()
                .take(used)
                .all(|field| needed.contains(&field))
            && other.standing() == Standing::Used
    })?;
    let model = table.model;
    let columns: Vec<FieldId> = index.fields().collect();
    let shared = wording::fields(&table.schema.datamodel, &needed);
    Some(
        Diagnostic::at(
            &RULE.metadata,
            index.at,
            format!("`{}` on `{}` overlaps with `{}`", index.name, model.name, other.index.name),
        )
        .label(format!("no query uses more of it than `{shared}`"))
        .related(other.index.at, format!("has `{shared}` first, too"))
        .help("ask a server that has run for weeks which of the two it reads: `idx_scan` of the view `pg_stat_user_indexes`")
        .subject(wording::subject(model, &wording::fields(&table.schema.datamodel, &columns))),
    )
}

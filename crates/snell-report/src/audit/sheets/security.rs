//! The row security that migrations give to tables.

use super::{Cell, Sheet, names};
use crate::audit::{
    Audit, Model, Owned,
    health::{count, share},
    tables::{GuardedTable, TablePolicy},
};

/// Each policy in a row of its own; a table whose policies are off, or that has none, says so.
/// Nothing where no table has row security.
pub(in crate::audit) fn policies(audit: &Audit) -> Sheet {
    let guarded: Vec<&GuardedTable> = audit
        .row_security
        .tables
        .iter()
        .filter(|table| table.enabled || !table.policies.is_empty())
        .collect();
    if guarded.is_empty() {
        return Sheet::default();
    }
    let mut rows = Vec::new();
    for table in guarded {
        let name = match (table.enabled, table.forced) {
            (false, _) => format!("`{}`, not enabled", table.name),
            (true, true) => format!("`{}`, forced", table.name),
            (true, false) => format!("`{}`", table.name),
        };
        if table.policies.is_empty() {
            let mut row = vec![
                Cell::words(&name),
                Cell::words("none: it shows nobody a row"),
            ];
            row.resize(7, Cell::default());
            rows.push(row);
        }
        rows.extend(table.policies.iter().map(|one| row(&name, one)));
    }
    Sheet {
        lead: lead(audit),
        heads: vec![
            "Table",
            "Policy",
            "For",
            "Roles",
            "USING",
            "WITH CHECK",
            "Made",
        ],
        rows,
    }
}

/// The tables without, and the models of owners among them.
pub(in crate::audit) fn without(audit: &Audit) -> Vec<String> {
    let tables = audit.row_security.tables.iter();
    let plain: Vec<&String> = tables
        .filter(|one| !one.enabled)
        .map(|one| &one.name)
        .collect();
    let open: Vec<&String> = owned(audit)
        .filter(|model| !model.row_security)
        .map(|model| &model.name)
        .collect();
    let mut said = Vec::new();
    if !plain.is_empty() {
        said.push(format!("Tables without: {}.", names(plain)));
    }
    if !open.is_empty() {
        said.push(format!(
            "Of the models whose rows somebody owns, {} {} without: conditions of the application alone keep their rows apart.",
            names(open.iter().copied()),
            if open.len() == 1 { "is" } else { "are" }
        ));
    }
    said
}

/// The models whose rows somebody owns.
pub(in crate::audit) fn owned(audit: &Audit) -> impl Iterator<Item = &Model> {
    let models = audit.models.iter();
    models.filter(|model| matches!(model.ownership, Owned::Directly(_) | Owned::Through(_)))
}

/// How many tables, for whom, and what tells them who asks.
fn lead(audit: &Audit) -> String {
    let security = &audit.row_security;
    let enabled: Vec<&GuardedTable> = security.tables.iter().filter(|one| one.enabled).collect();
    let policies = || security.tables.iter().flat_map(|one| &one.policies);
    let mut roles: Vec<&String> = policies().flat_map(|one| &one.roles).collect();
    roles.sort_unstable();
    roles.dedup();
    let mut words = format!(
        "{} of {} that the migrations build {} row-level security ({}), with {}",
        enabled.len(),
        count(security.tables.len(), "table"),
        if enabled.len() == 1 { "has" } else { "have" },
        share(enabled.len(), security.tables.len()),
        count(policies().count(), "policy"),
    );
    match roles.as_slice() {
        [] => {}
        [only] => words.push_str(&format!(" for the role `{only}`")),
        _ => words.push_str(&format!(" for the roles {}", names(roles))),
    }
    words.push('.');
    if !security.settings.is_empty() {
        words.push_str(&format!(
            " Who asks, they read from {}.",
            names(&security.settings)
        ));
    }
    let forced = enabled.iter().filter(|one| one.forced).count();
    words.push_str(match forced {
        0 if enabled.is_empty() => "",
        0 => " None is forced: policies do not bind the owner of the tables, nor a role that bypasses row security.",
        n if n == enabled.len() => " All are forced: they bind the owner of the tables as well, superusers and roles that bypass row security excepted.",
        _ => " Where they are forced, they bind the owner of the table as well.",
    });
    words
}

fn row(table: &str, policy: &TablePolicy) -> Vec<Cell> {
    let condition = |text: &Option<String>| {
        let text = text.as_deref();
        Cell::words(text.map_or_else(String::new, cut))
    };
    let restrictive = match policy.restrictive {
        true => ", restrictive",
        false => "",
    };
    vec![
        Cell::words(table),
        Cell::words(format!("`{}`{restrictive}", policy.name)),
        Cell::words(&policy.command),
        Cell::words(match policy.roles.is_empty() {
            true => "everybody".to_owned(),
            false => names(&policy.roles),
        }),
        condition(&policy.using),
        condition(&policy.check),
        Cell::places(std::slice::from_ref(&policy.spot), ""),
    ]
}

/// A condition as code; the end of a long one is in its migration.
fn cut(text: &str) -> String {
    const LONGEST: usize = 160;
    let text = text.replace('`', "'");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{} ...`", &text[..end]),
        None => format!("`{text}`"),
    }
}

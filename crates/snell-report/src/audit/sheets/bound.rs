//! What row security holds beside the conditions of queries, in words for the isolation matrix.

use std::collections::BTreeSet;

use crate::audit::{
    Audit,
    health::count,
    tables::{GuardedTable, TablePolicy},
};

/// The tables of the matrix that have policies: whom those keep apart, and over which connection the
/// application alone does.
pub(in crate::audit) fn beside_conditions(audit: &Audit) -> Option<String> {
    let asked: BTreeSet<&str> = audit
        .queries
        .iter()
        .filter(|query| query.owned)
        .filter_map(|query| query.model.as_deref())
        .collect();
    let models = audit.models.iter();
    let tables: BTreeSet<&str> = models
        .filter(|model| asked.contains(model.name.as_str()))
        .map(|model| model.table.as_str())
        .collect();
    let guarded = audit.row_security.tables.iter();
    let guarded: Vec<&GuardedTable> = guarded
        .filter(|one| one.enabled && !one.policies.is_empty() && tables.contains(plain(&one.name)))
        .collect();
    if guarded.is_empty() {
        return None;
    }
    let policies = || guarded.iter().flat_map(|one| &one.policies);
    let trusted = roles(policies().filter(|one| is_open(one)));
    let mut bound = roles(policies().filter(|one| !is_open(one)));
    bound.retain(|role| !trusted.contains(role));
    let mut text = format!(
        "Beside what queries ask, row-level security keeps rows of {} of the {} here apart",
        guarded.len(),
        count(tables.len(), "table"),
    );
    if !bound.is_empty() {
        text.push_str(&format!(" for {}", bound.join(", ")));
    }
    if !trusted.is_empty() {
        text.push_str(&format!(
            "; a policy lets {} see every row, so that over such a connection the conditions and the permissions of the application alone decide",
            trusted.join(", ")
        ));
    }
    text.push('.');
    Some(text)
}

/// The name of a table without its schema.
fn plain(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn is_open(policy: &TablePolicy) -> bool {
    let all = policy.using.as_deref().map(str::trim);
    !policy.restrictive && !policy.roles.is_empty() && all == Some("true")
}

/// The roles of policies, each once, as code.
fn roles<'a>(policies: impl Iterator<Item = &'a TablePolicy>) -> Vec<String> {
    let names: BTreeSet<&String> = policies.flat_map(|one| &one.roles).collect();
    names.into_iter().map(|name| format!("`{name}`")).collect()
}

//! Who is let through to endpoints, by the roles that are asked for; and what changes rows and asks for
//! none.

use std::collections::{BTreeMap, BTreeSet};

use super::{Audit, Owned};
use crate::trace::{Step, StepKind, Trace};

/// Roles that stand beside an endpoint; more are counted.
const SHOWN: usize = 4;

/// Who is let through, in a reader's words, with code in backticks.
pub(super) fn who(trace: &Trace) -> String {
    if !trace.roles.is_empty() {
        return named(&trace.roles, SHOWN);
    }
    match &trace.role_in_code {
        Some(role) if !role.is_empty() => return format!("`{role}`, asked for in code"),
        Some(_) => return "a role, asked for in code".to_owned(),
        None => {}
    }
    match trace.access.strip_prefix("only ") {
        Some(markers) => {
            let markers: Vec<String> = markers.split(", ").map(|one| format!("`{one}`")).collect();
            format!("who passes {}", markers.join(", "))
        }
        None => trace.access.clone(),
    }
}

/// Endpoints by their names, each with who is let through; the first of them where there are more.
pub(super) fn endpoints(audit: &Audit, names: &[String], shown: usize) -> String {
    // Those that everybody who is signed in comes to tell most.
    let mut found: Vec<(usize, String)> = names
        .iter()
        .map(|name| {
            let trace = audit.endpoints.iter().find(|trace| trace.name == *name);
            let few = trace.is_some_and(is_for_some);
            let roles = trace.map_or(0, |trace| trace.roles.len());
            let who = trace.map_or_else(String::new, |trace| format!(" ({})", short(trace)));
            (
                if few { usize::MAX - roles } else { 0 },
                format!("`{name}`{who}"),
            )
        })
        .collect();
    found.sort();
    let more = found.len().saturating_sub(shown);
    let mut parts: Vec<String> = found
        .into_iter()
        .take(shown)
        .map(|(_, text)| text)
        .collect();
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    parts.join(", ")
}

/// Who is let through, in a few words.
fn short(trace: &Trace) -> String {
    match trace.roles.len() {
        0 => who(trace),
        1 | 2 => named(&trace.roles, 2),
        n => format!("{n} roles"),
    }
}

/// Names in backticks, the first of them where there are more.
fn named(names: &[String], shown: usize) -> String {
    let spans = |one: &String| {
        let parts: Vec<String> = one.split(" and ").map(|part| format!("`{part}`")).collect();
        parts.join(" and ")
    };
    let first: Vec<String> = names.iter().take(shown).map(spans).collect();
    match names.len().saturating_sub(shown) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Whether somebody who is signed in may still be refused, by what they are.
fn is_for_some(trace: &Trace) -> bool {
    trace.access.starts_with("only ")
        || trace.access.starts_with("administrators")
        || trace.role_in_code.is_some()
}

/// The endpoints that ask for roles, by what they ask for: the fewest roles first.
pub(super) fn asking(audit: &Audit) -> Vec<(String, Vec<&Trace>)> {
    /// A set of roles stands whole once.
    const WHOLE: usize = 24;
    let mut groups: BTreeMap<(usize, String), Vec<&Trace>> = BTreeMap::new();
    for trace in audit.endpoints.iter().filter(|trace| is_for_some(trace)) {
        let words = match trace.roles.is_empty() {
            true => who(trace),
            false => named(&trace.roles, WHOLE),
        };
        let own = groups.entry((trace.roles.len(), words));
        own.or_default().push(trace);
    }
    let groups = groups.into_iter();
    groups.map(|((_, words), traces)| (words, traces)).collect()
}

/// An endpoint that changes rows for everybody who is signed in.
pub(super) struct Unasked<'a> {
    pub(super) trace: &'a Trace,
    /// What it changes: `Vehicle.update`.
    pub(super) changes: Vec<&'a str>,
}

/// The endpoints that change rows of others or of nobody and ask for no role, where others do.
pub(super) fn unasked(audit: &Audit) -> Vec<Unasked<'_>> {
    let asking = audit
        .endpoints
        .iter()
        .any(|trace| !trace.roles.is_empty() || is_for_some(trace));
    if !asking {
        return Vec::new();
    }
    let people = audit.models.iter();
    let people: BTreeSet<&str> = people
        .filter(|model| model.ownership == Owned::Owner)
        .map(|model| model.name.as_str())
        .collect();
    let open = audit.endpoints.iter().filter(|trace| !is_for_some(trace));
    open.filter_map(|trace| {
        let mut changes = BTreeSet::new();
        changed(&trace.steps, &people, &mut changes);
        let changes: Vec<&str> = changes.into_iter().collect();
        (!changes.is_empty()).then_some(Unasked { trace, changes })
    })
    .collect()
}

/// The queries that change rows which nothing ties to who asks. What could not be decided is none, nor
/// what the ways to sign in change of the `people` themselves: who that is, something else says than a session.
fn changed<'a>(steps: &'a [Step], people: &BTreeSet<&str>, found: &mut BTreeSet<&'a str>) {
    for step in steps {
        if let StepKind::Query { query, verdict, .. } = &step.kind
            && writes(query)
        {
            let model = query.split('.').next().unwrap_or(query);
            let tied = match *verdict {
                "Public" => people.contains(model),
                other => matches!(
                    other,
                    "Scoped"
                        | "ScopedByParent"
                        | "CheckedBefore"
                        | "CheckedAfter"
                        | "Admin"
                        | "Unknown"
                ),
            };
            if !tied {
                found.insert(query);
            }
        }
        changed(&step.steps, people, found);
    }
}

/// Whether a query changes rows, by the name of its operation.
fn writes(query: &str) -> bool {
    let operation = query.rsplit('.').next().unwrap_or(query);
    let heads = ["create", "update", "upsert", "delete", "$executeRaw"];
    heads.iter().any(|head| operation.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_roles_are_counted() {
        let roles = ["A", "B", "C", "D", "E", "F"].map(str::to_owned);
        assert_eq!(named(&roles[..2], SHOWN), "`A`, `B`");
        assert_eq!(named(&roles, SHOWN), "`A`, `B`, `C`, `D` and 2 more");
    }

    #[test]
    fn operations_tell_whether_rows_change() {
        assert!(writes("Agent.updateMany") && writes("$executeRawUnsafe"));
        assert!(!writes("Agent.findMany") && !writes("$queryRaw"));
    }
}

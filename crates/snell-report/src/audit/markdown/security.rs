//! Part 7: whose rows requests reach, and what must stay secret.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    super::{Audit, Query, health::unowned, roles, sheets, standing::Standing},
    about::{about, told},
    row_security,
    schema::{model, owned},
    secrets,
    text::{Document, code, prose},
};
use crate::trace::Spot;

pub(super) fn write(out: &mut Document, audit: &Audit, picture: Option<&str>) {
    out.heading(2, "7. Security");
    out.heading(3, "7.1 Isolation matrix");
    matrix(out, audit);
    out.picture("Endpoints and models", picture);
    about(out, audit, "Isolation", &["isolation/"]);
    out.heading(3, "7.2 Row-level security");
    row_security::write(out, audit);
    out.heading(3, "7.3 Roles and permissions");
    administrators(out, audit);
    out.heading(3, "7.4 Secrets and personal data");
    secrets::write(out, audit);
    about(
        out,
        audit,
        "Secrets and personal data",
        &[
            "security/plaintext",
            "security/pii",
            "security/sensitive",
            "security/weak",
            "security/static-iv",
            "security/hardcoded",
            "security/credential",
            "security/password",
            "seed-data/hardcoded-secret",
        ],
    );
    out.heading(3, "7.5 The identity provider and its webhooks");
    told(
        out,
        audit,
        "Synchronisation of users, and the format of their ids",
        &[
            "security/clerk",
            "security/webhook",
            "integrity/external-id",
        ],
    );
    out.heading(3, "7.6 Input, errors and configuration");
    told(
        out,
        audit,
        "What comes in, and what goes out beside rows",
        &[
            "security/mass",
            "security/operator",
            "security/user-controlled",
            "security/validation",
            "security/whitelist",
            "security/serialization",
            "security/error",
            "security/env",
            "security/guard",
            "security/insecure",
            "security/extension",
            "security/function",
            "security/security",
            "security/app-role",
            "raw-sql/unparameterized",
            "raw-sql/prisma-raw",
        ],
    );
}

fn matrix(out: &mut Document, audit: &Audit) {
    let mut by_model: BTreeMap<&str, Vec<&Query>> = BTreeMap::new();
    for query in audit.queries.iter().filter(|query| query.owned) {
        if let Some(name) = &query.model {
            by_model.entry(name).or_default().push(query);
        }
    }
    if by_model.is_empty() {
        let unknown = unowned(audit).map(|said| prose(&said.words));
        let none = "No query on rows that somebody owns was found.";
        out.paragraph(unknown.as_deref().unwrap_or(none));
        return;
    }
    let rows: Vec<Vec<String>> = by_model
        .iter()
        .map(|(name, queries)| {
            let mut counts = [0usize; 6];
            for standing in queries.iter().flat_map(|query| Standing::all_of(query)) {
                counts[standing as usize] += 1;
            }
            let ownership =
                model(audit, name).map_or_else(String::new, |model| owned(&model.ownership));
            let mut row = vec![code(name), ownership, queries.len().to_string()];
            row.extend(counts.iter().map(|count| match count {
                0 => "–".to_owned(),
                count => count.to_string(),
            }));
            row
        })
        .collect();
    let standings = Standing::ALL.map(|standing| format!("# {}", standing.words()));
    let mut heads = vec!["Model", "Whose rows", "# Queries"];
    heads.extend(standings.iter().map(String::as_str));
    out.paragraph("Each way from an endpoint to a query counts once; queries that no endpoint was found to lead to count as undecided, those in methods that nothing calls do not.");
    out.table(&heads, &rows);
    if let Some(words) = sheets::beside_conditions(audit) {
        out.paragraph(&prose(&words));
    }
    ways(out, &by_model);
}

/// A query on a way that is open or undecided: how bad, model and operation, where, verdict and why.
type Open<'a> = (
    Reverse<Standing>,
    (&'a str, &'a str),
    &'a Spot,
    (&'a str, &'a str),
);

/// The queries with ways that are open or undecided, each once.
fn open_ways(out: &mut Document, open: BTreeMap<Open<'_>, Vec<&str>>) {
    const SHOWN: usize = 3;
    if open.is_empty() {
        return;
    }
    let rows: Vec<Vec<String>> = open
        .into_iter()
        .map(
            |((_, (name, operation), at, (verdict, reason)), mut endpoints)| {
                endpoints.sort_unstable();
                endpoints.dedup();
                let mut named: Vec<String> =
                    endpoints.iter().take(SHOWN).map(|one| code(one)).collect();
                if endpoints.len() > SHOWN {
                    named.push(format!("{} more", endpoints.len() - SHOWN));
                }
                vec![
                    code(&format!("{name}.{operation}")),
                    words(verdict).to_owned(),
                    prose(reason),
                    named.join(", "),
                    out.at(at),
                ]
            },
        )
        .collect();
    out.paragraph("Queries with ways that are open or undecided:");
    out.long_table(
        "queries",
        &["Query", "Verdict", "Why", "From", "Where"],
        &rows,
    );
}

/// Endpoint by endpoint: the models that it reaches, with the worst verdict of each.
fn ways(out: &mut Document, by_model: &BTreeMap<&str, Vec<&Query>>) {
    let mut endpoints: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let mut open: BTreeMap<Open<'_>, Vec<&str>> = BTreeMap::new();
    for (name, queries) in by_model {
        for query in queries {
            for way in &query.ways {
                let own = endpoints.entry(&way.endpoint).or_default();
                let verdict = own.entry(name).or_insert(&way.verdict);
                if Standing::of(&way.verdict) > Standing::of(verdict) {
                    *verdict = &way.verdict;
                }
                let standing = Standing::of(&way.verdict);
                if standing >= Standing::Undecided {
                    let what = (*name, query.operation.as_str());
                    let key = (
                        Reverse(standing),
                        what,
                        &query.spot,
                        (&*way.verdict, &*way.reason),
                    );
                    open.entry(key).or_default().push(&way.endpoint);
                }
            }
        }
    }
    open_ways(out, open);
    out.paragraph("Endpoint by endpoint, each model with its verdict:");
    let mut by_verdicts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (endpoint, models) in &endpoints {
        let verdicts = verdicts(models);
        by_verdicts
            .entry(verdicts)
            .or_default()
            .push(code(endpoint));
    }
    let mut rows: Vec<Vec<String>> = by_verdicts
        .into_iter()
        .map(|(verdicts, endpoints)| vec![endpoints.join(", "), verdicts])
        .collect();
    rows.sort();
    out.table(&["Endpoint", "Models by verdict"], &rows);
}

/// The models that an endpoint reaches, sorted by the worst verdict of each.
fn verdicts(models: &BTreeMap<&str, &str>) -> String {
    let mut by_verdict: BTreeMap<(Standing, &str), Vec<&str>> = BTreeMap::new();
    for (model, verdict) in models {
        let key = (Standing::of(verdict), *verdict);
        by_verdict.entry(key).or_default().push(model);
    }
    let parts: Vec<String> = by_verdict
        .iter()
        .rev()
        .map(|((standing, verdict), models)| {
            let names: Vec<String> = models.iter().map(|name| code(name)).collect();
            let verdict = match standing {
                Standing::Open => format!("**{}**", words(verdict)),
                _ => words(verdict).to_owned(),
            };
            format!("{verdict}: {}", names.join(" "))
        })
        .collect();
    parts.join("; ")
}

/// A verdict in a reader's words.
fn words(verdict: &str) -> &str {
    match verdict {
        "Scoped" => "own rows",
        "ScopedByParent" => "rows of an own row",
        "CheckedBefore" => "checked before",
        "CheckedAfter" => "checked after",
        "Admin" => "administrators",
        "System" => "no user",
        "Public" => "public",
        "OwnerFromClient" => "owner from the client",
        "ClientKeyOnly" => "any row by its key",
        "Unfiltered" => "rows of all",
        "RefersToAny" => "refers to any row",
        "NotCalled" => "not called",
        "Unreached" => "not reached",
        "Unknown" => "undecided",
        other => other,
    }
}

fn administrators(out: &mut Document, audit: &Audit) {
    let groups = roles::asking(audit);
    let all: usize = groups.iter().map(|(_, traces)| traces.len()).sum();
    if all == 0 {
        out.paragraph("No endpoint asks for a role or a permission.");
    } else {
        out.paragraph(&format!(
            "{} of {} for a role or a permission, of which one is enough; whose rows they reach is judged as of any other, but for those that administrators alone come to.",
            all,
            match audit.endpoints.len() {
                1 => "1 endpoint asks".to_owned(),
                n => format!("{n} endpoints ask"),
            }
        ));
        let rows: Vec<Vec<String>> = groups
            .iter()
            .map(|(who, traces)| {
                let links: Vec<String> = traces
                    .iter()
                    .map(|trace| out.named(&code(&trace.name), &trace.spot))
                    .collect();
                vec![prose(who), traces.len().to_string(), links.join(", ")]
            })
            .collect();
        out.table(&["Who is let through", "# Endpoints", "Which"], &rows);
    }
    unasked(out, audit);
    about(
        out,
        audit,
        "Roles",
        &[
            "isolation/admin",
            "isolation/roles",
            "isolation/unguarded",
            "security/roles",
        ],
    );
}

/// What changes rows and asks for no role, where others do.
fn unasked(out: &mut Document, audit: &Audit) {
    const SHOWN: usize = 4;
    let open = roles::unasked(audit);
    if open.is_empty() {
        return;
    }
    out.paragraph(&format!(
        "{} no role and {} rows that nothing ties to who asks: rows of all, or of nobody.",
        match open.len() {
            1 => "1 endpoint asks for".to_owned(),
            n => format!("{n} endpoints ask for"),
        },
        if open.len() == 1 { "changes" } else { "change" },
    ));
    let rows: Vec<Vec<String>> = open
        .iter()
        .map(|one| {
            let mut changes: Vec<String> = one
                .changes
                .iter()
                .take(SHOWN)
                .map(|query| code(query))
                .collect();
            if one.changes.len() > SHOWN {
                changes.push(format!("{} more", one.changes.len() - SHOWN));
            }
            vec![
                code(&one.trace.name),
                prose(&roles::who(one.trace)),
                changes.join(", "),
                out.at(&one.trace.spot),
            ]
        })
        .collect();
    out.long_table(
        "endpoints",
        &["Endpoint", "Who is let through", "Changes", "Where"],
        &rows,
    );
}

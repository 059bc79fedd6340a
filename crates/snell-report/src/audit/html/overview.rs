//! The first part: what matters, on one screen.

use std::cmp::Reverse;

use snell_source::{Confidence, Severity};

use super::{
    super::{Area, standing::Standing},
    context::Context,
    count,
};
use crate::render::html::{list, severity, tags::Html};

/// How many findings are to be mended first.
const FIRST: usize = 7;
/// How many endpoints that ask most are named.
const COSTLY: usize = 5;

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    let counts = &context.audit.report.counts;
    out.leaf(
        "p",
        &[("class", "lead")],
        &format!(
            "{}, {}, {} of Prisma's client and {} in {}.",
            count(counts.models, "model"),
            count(counts.migrations, "migration"),
            count(counts.client_calls, "call"),
            count(counts.raw_queries, "raw query"),
            count(counts.files, "file"),
        ),
    );
    tiles(out, context);
    fix_first(out, context);
    changes(out, context);
    out.open("div", &[("class", "two")]);
    out.open("div", &[]);
    health(out, context);
    out.close();
    out.open("div", &[]);
    isolation(out, context);
    costly(out, context);
    said(out, "What is sound", &sound(context));
    said(out, "What could not be judged", &blind(context));
    out.close();
    out.close();
    patterns(out, context);
}

/// What most parts have in common, and what departs from it.
fn patterns(out: &mut Html, context: &Context<'_>) {
    /// Departures that are named; more are counted.
    const SHOWN: usize = 3;
    let conventions = &context.audit.conventions;
    if conventions.is_empty() {
        return;
    }
    out.leaf("h3", &[], "Patterns and departures");
    let heads = ["Pattern", "Established", "# Share", "Departures"];
    out.table("plain", &heads, |out| {
        for one in conventions {
            out.open("tr", &[]);
            out.leaf("td", &[], pattern(&one.about));
            out.words("td", &[], &one.is);
            out.leaf(
                "td",
                &[("class", "num")],
                &format!("{} of {}", one.holds, one.of),
            );
            out.open("td", &[]);
            for (n, (name, is, at)) in one.departures.iter().take(SHOWN).enumerate() {
                if n > 0 {
                    out.text(", ");
                }
                out.leaf("code", &[], name);
                if !is.is_empty() {
                    out.text(" ");
                    out.prose(is);
                }
                out.text(" ");
                out.place(&at.file, at.line);
            }
            if one.departures.len() > SHOWN {
                out.text(&format!(" and {} more", one.departures.len() - SHOWN));
            }
            if one.departures.is_empty() {
                out.leaf("span", &[("class", "calm")], "none");
            }
            out.close();
            out.close();
        }
    });
}

/// What a convention is about, for readers.
fn pattern(name: &str) -> &str {
    match name {
        "models" => "names of models",
        "fields" => "names of fields",
        "enums" => "names of enums",
        "enumValues" => "values of enums",
        "tables" => "names of tables",
        "enumTypes" => "names of enum types in the database",
        "columns" => "names of columns",
        "keys" => "primary keys",
        "ownerColumn" => "the owner's column",
        "createdAt" => "the time at which a row was made",
        "updatedAt" => "the time at which a row was changed",
        "client" => "the way to Prisma's client",
        "errors" => "where Prisma's errors are told apart",
        "isolation" => "what keeps the rows of owners apart",
        "vectors" => "how vectors are stored",
        other => other,
    }
}

fn said(out: &mut Html, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        out.leaf("h3", &[], title);
        list(out, lines);
    }
}

/// The severities with their numbers; each leads to its findings.
fn tiles(out: &mut Html, context: &Context<'_>) {
    let counts = Context::by_severity(
        context
            .active()
            .map(|(_, finding, _)| finding.diagnostic.severity),
    );
    out.open("ul", &[("class", "tiles")]);
    for (one, n) in Severity::WORST_FIRST.into_iter().zip(counts) {
        let class = match (one, n) {
            (_, 0) => "zero",
            (Severity::Critical, _) => "critical",
            (Severity::High, _) => "high",
            (Severity::Medium, _) => "medium",
            (Severity::Low, _) => "low",
            (Severity::Info, _) => "info",
        };
        out.open("li", &[]);
        out.open(
            "a",
            &[
                ("class", class),
                ("href", "#findings"),
                ("data-query", &format!("severity={}", one.as_str())),
            ],
        );
        out.leaf("strong", &[], &n.to_string());
        out.text(" ");
        out.leaf("span", &[], one.as_str());
        out.close();
        out.close();
    }
    out.close();
}

fn fix_first(out: &mut Html, context: &Context<'_>) {
    let mut worst: Vec<_> = context
        .active()
        .filter(|(_, finding, _)| finding.diagnostic.severity >= Severity::Medium)
        .collect();
    worst.sort_by_cached_key(|(_, finding, more)| {
        let diagnostic = &finding.diagnostic;
        (
            Reverse((diagnostic.severity, diagnostic.confidence)),
            more.phase,
            context.spot(finding),
        )
    });
    out.leaf("h3", &[], "Fix first");
    if worst.is_empty() {
        out.leaf(
            "p",
            &[("class", "calm")],
            "Nothing of medium severity or above was found.",
        );
        return;
    }
    out.open("ol", &[("class", "first")]);
    for (_, finding, more) in worst.iter().take(FIRST) {
        let spot = context.spot(finding);
        out.open("li", &[]);
        severity(out, finding.diagnostic.severity);
        out.open("div", &[]);
        out.open("p", &[]);
        out.link(&more.id, &more.id);
        out.text(" ");
        out.prose(&finding.diagnostic.message);
        out.close();
        out.place(&spot.file, spot.line);
        out.close();
        out.close();
    }
    out.close();
    if worst.len() > FIRST {
        out.open("p", &[("class", "sub")]);
        out.text(&format!(
            "{} more of medium severity or above; ",
            worst.len() - FIRST
        ));
        out.link("plan", "the plan");
        out.text(" says in which order.");
        out.close();
    }
}

/// What changed since the audit that this one is compared with.
fn changes(out: &mut Html, context: &Context<'_>) {
    let Some(changes) = &context.audit.changes else {
        return;
    };
    out.leaf("h3", &[], "Since the last audit");
    let rows = changes
        .new
        .iter()
        .map(|entry| ("new", entry, String::new(), true))
        .chain(changes.changed.iter().map(|(then, now)| {
            (
                "changed",
                now,
                format!(", was {}", then.severity.as_str()),
                true,
            )
        }))
        .chain(
            changes
                .gone
                .iter()
                .map(|entry| ("gone", entry, String::new(), false)),
        );
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        out.leaf("p", &[("class", "calm")], "Nothing changed.");
        return;
    }
    out.table("plain", &["", "Finding", "Severity", "What"], |out| {
        for (kind, entry, then, here) in rows {
            out.open("tr", &[]);
            out.leaf("td", &[], kind);
            out.open("td", &[]);
            match here {
                true => out.link(&entry.id, &entry.id),
                false => out.text(&entry.id),
            }
            out.close();
            out.open("td", &[]);
            severity(out, entry.severity);
            out.text(&then);
            out.close();
            out.words("td", &[], &entry.message);
            out.close();
        }
    });
}

/// Findings by area and severity.
fn health(out: &mut Html, context: &Context<'_>) {
    out.leaf("h3", &[], "Health by area");
    let heads = [
        "Area",
        "# Critical",
        "# High",
        "# Medium",
        "# Low",
        "# Info",
    ];
    out.table("plain health", &heads, |out| {
        for area in Area::ALL {
            let of_area = context.active().filter(|(_, _, more)| more.area == area);
            let counts =
                Context::by_severity(of_area.map(|(_, finding, _)| finding.diagnostic.severity));
            let number = (area as usize + 1).to_string();
            out.open("tr", &[]);
            out.open("th", &[("scope", "row")]);
            out.leaf(
                "a",
                &[
                    ("href", "#findings"),
                    ("data-query", &format!("area={number}")),
                ],
                area.title(),
            );
            out.close();
            for (one, n) in Severity::WORST_FIRST.into_iter().zip(counts) {
                if n == 0 {
                    out.number(0);
                    continue;
                }
                out.open("td", &[("class", "num")]);
                let query = format!("area={number}&severity={}", one.as_str());
                out.leaf(
                    "a",
                    &[("href", "#findings"), ("data-query", &query)],
                    &n.to_string(),
                );
                out.close();
            }
            out.close();
        }
    });
}

/// How the ways from endpoints to rows that somebody owns stand.
fn isolation(out: &mut Html, context: &Context<'_>) {
    let mut counts = [0usize; 6];
    for query in context.audit.queries.iter().filter(|query| query.owned) {
        for standing in Standing::all_of(query) {
            counts[standing as usize] += 1;
        }
    }
    let all: usize = counts.iter().sum();
    if all == 0 {
        return;
    }
    out.open("h3", &[]);
    out.link("isolation", "Whose rows requests reach");
    out.close();
    let parts: Vec<_> = Standing::ALL
        .map(|one| (one.class(), counts[one as usize]))
        .into();
    out.bar(&parts);
    out.open("ul", &[("class", "legend")]);
    for one in Standing::ALL {
        if counts[one as usize] > 0 {
            out.open("li", &[]);
            out.leaf("span", &[("class", one.class())], one.letter());
            out.text(&format!(" {} {}", counts[one as usize], one.words()));
            out.close();
        }
    }
    out.close();
}

/// The endpoints that ask most of the database.
fn costly(out: &mut Html, context: &Context<'_>) {
    let mut traces: Vec<usize> = (0..context.audit.endpoints.len()).collect();
    let trace = |n: usize| &context.audit.endpoints[n];
    traces.retain(|n| !trace(*n).budget.repeated.is_empty());
    traces.sort_by(|a, b| {
        let weight = trace(*b).budget.weight().cmp(&trace(*a).budget.weight());
        weight
            .then_with(|| trace(*a).name.cmp(&trace(*b).name))
            .then(a.cmp(b))
    });
    if traces.is_empty() {
        return;
    }
    out.open("h3", &[]);
    out.link("endpoints", "Requests that query in loops");
    out.close();
    out.open("ul", &[("class", "costly")]);
    for n in traces.iter().take(COSTLY) {
        out.open("li", &[]);
        out.link(&context.endpoints[*n], &trace(*n).name);
        out.text(" ");
        out.leaf("code", &[], &trace(*n).budget.to_string());
        out.close();
    }
    out.close();
    if traces.len() > COSTLY {
        out.leaf(
            "p",
            &[("class", "sub")],
            &format!("and {} more", traces.len() - COSTLY),
        );
    }
}

/// What was looked at and is as it should be.
fn sound(context: &Context<'_>) -> Vec<String> {
    let audit = context.audit;
    let counts = &audit.report.counts;
    let has = |prefix: &str| {
        context
            .active()
            .any(|(_, finding, _)| finding.diagnostic.rule.name.starts_with(prefix))
    };
    let mut lines = Vec::new();
    let migrations = audit.migrations.len();
    if migrations > 0 && audit.migrations.iter().all(|one| one.failure.is_none()) {
        lines.push(format!(
            "All {} run on an empty database, one after the other.",
            count(migrations, "migration")
        ));
    }
    if migrations > 0 && !audit.drift.iter().any(|drift| drift.managed) {
        lines.push(
            "The database that the migrations build is the one that the schema describes."
                .to_owned(),
        );
    }
    if counts.raw_queries > 0 && !has("raw-sql/unparameterized") && !has("raw-sql/prisma-raw") {
        lines.push(format!(
            "Values reach all {} as parameters.",
            count(counts.raw_queries, "raw query")
        ));
    }
    if !audit.relations.is_empty() && audit.relations.iter().all(|key| key.explicit) {
        lines.push("Every foreign key says what the deletion of the other row does.".to_owned());
    }
    if !audit.relations.is_empty() && audit.relations.iter().all(|key| key.indexed) {
        lines.push("Every foreign key has an index.".to_owned());
    }
    if counts.owned_queries > 0 && !has("isolation/") {
        lines.push(format!(
            "No query on rows that somebody owns was found to reach those of others ({} looked at, {} undecided).",
            counts.owned_queries, counts.undecided_queries
        ));
    }
    lines
}

/// What was not judged.
fn blind(context: &Context<'_>) -> Vec<String> {
    let audit = context.audit;
    let counts = &audit.report.counts;
    let mut lines = Vec::new();
    if counts.undecided_queries > 0 {
        lines.push(format!(
            "Of {} on rows that somebody owns, {} could not be decided: they are among the questions.",
            count(counts.owned_queries, "query"),
            counts.undecided_queries
        ));
    }
    let partial = audit.raw.iter().filter(|raw| !raw.whole).count();
    if partial > 0 {
        lines.push(format!(
            "The text of {} is known in part only.",
            count(partial, "raw query")
        ));
    }
    let unsure = context
        .active()
        .filter(|(_, finding, _)| finding.diagnostic.confidence == Confidence::Possible)
        .count();
    if unsure > 0 {
        lines.push(format!(
            "{} rest on indirect evidence: they say `possible`.",
            count(unsure, "finding")
        ));
    }
    if !audit.report.notices.is_empty() {
        lines.push(format!(
            "{} about files and limits stand under Coverage.",
            count(audit.report.notices.len(), "remark")
        ));
    }
    lines
}

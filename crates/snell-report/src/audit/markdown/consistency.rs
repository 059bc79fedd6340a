//! Part 5: the code against the schema.

use std::collections::{BTreeMap, BTreeSet};

use snell_source::{Severity, Sources};

use super::{
    super::{
        Audit, Mirror, RawQuery,
        health::{active, spot},
        sheets,
        standing::Standing,
    },
    about::{about, about_those, told, told_those},
    performance::GROWTH,
    summary::link,
    text::{Document, code, codes, count, escaped, share},
};
use crate::trace::Spot;

pub(super) fn write(out: &mut Document, audit: &Audit, sources: &Sources) {
    out.heading(2, "5. Application consistency");
    out.heading(3, "5.1 Schema and code");
    told(
        out,
        audit,
        "What the code takes for true and the schema does not say",
        &[
            "consistency/unknown",
            "consistency/type",
            "consistency/missing-required",
            "consistency/id-type",
            "consistency/bigint",
            "consistency/schema-migration-drift",
            "consistency/cast",
            "consistency/nullable",
            "integrity/nullable-always-set",
        ],
    );
    out.heading(3, "5.2 Enums and closed sets of values");
    told(
        out,
        audit,
        "Value sets",
        &[
            "consistency/enum",
            "consistency/switch",
            "integrity/enum-like-string",
        ],
    );
    out.heading(3, "5.3 DTOs, response types and front ends");
    mirrors(out, audit);
    about(
        out,
        audit,
        "Mirrors that no longer agree",
        &[
            "consistency/dto",
            "consistency/response",
            "consistency/request",
            "consistency/length",
            "consistency/falsy",
            "security/validation",
            "security/whitelist",
            "security/serialization",
        ],
    );
    out.heading(3, "5.4 The life of fields");
    fields(out, audit);
    out.sheet("columns", &sheets::columns(audit));
    about(
        out,
        audit,
        "Fields that are unused, only written or never written",
        &[
            "consistency/unused",
            "consistency/write-only",
            "consistency/never-written",
            "consistency/default",
            "integrity/missing-default",
        ],
    );
    out.heading(3, "5.5 Query patterns");
    let grows = |rule: &str| GROWTH.iter().any(|head| rule.starts_with(head));
    told_those(
        out,
        audit,
        "Loops, eager loading, transactions and errors (long lists are in [6.2](#62-growing-tables-pages-and-retention))",
        |_, rule| rule.starts_with("query/") && !grows(rule),
    );
    out.heading(3, "5.6 Raw queries");
    raw(out, audit, sources);
    out.heading(3, "5.7 Vector search in code");
    told(out, audit, "Embeddings and similarity search", &["vector/"]);
}

fn mirrors(out: &mut Document, audit: &Audit) {
    if audit.mirrors.is_empty() {
        out.paragraph("No type of the code was found to mirror a model.");
        return;
    }
    let mut by_model: BTreeMap<&str, Vec<&Mirror>> = BTreeMap::new();
    for mirror in &audit.mirrors {
        by_model.entry(&mirror.model).or_default().push(mirror);
    }
    out.paragraph(&format!(
        "{} {}. Behind each stands how that is known: it is written to the model, mapped from its rows, returned with them, or named after it; and how many of its properties are fields, where some are not.",
        count(audit.mirrors.len(), "type"),
        if audit.mirrors.len() == 1 { "mirrors a model" } else { "mirror models" },
    ));
    let rows: Vec<Vec<String>> = by_model
        .iter()
        .map(|(model, mirrors)| {
            let types: Vec<String> = mirrors.iter().map(|one| mirror(out, one)).collect();
            vec![code(model), types.len().to_string(), types.join(", ")]
        })
        .collect();
    out.long_table("models", &["Model", "# Types", "Which"], &rows);
}

/// A type with how it is known, as a link to it.
fn mirror(out: &Document, mirror: &Mirror) -> String {
    let name = match mirror.name.is_empty() {
        true => "inline".to_owned(),
        false => escaped(&mirror.name),
    };
    let properties = match mirror.properties {
        Some((all, bound)) if bound < all => format!(", {bound} of {all}"),
        Some(_) => String::new(),
        None => ", not all known".to_owned(),
    };
    format!(
        "{} ({}{properties})",
        out.named(&name, &mirror.spot),
        escaped(&mirror.evidence)
    )
}

fn fields(out: &mut Document, audit: &Audit) {
    let judged = || audit.fields.iter().filter(|field| !field.exempt);
    let all = judged().count();
    let written = judged().filter(|field| field.written > 0).count();
    let elsewhere =
        judged().filter(|field| field.written == 0 && (field.elsewhere || field.by_sql > 0));
    let elsewhere = match elsewhere.count() {
        0 => String::new(),
        n => format!(", {n} more by raw SQL or by objects that are handed on whole"),
    };
    let named = judged().filter(|field| field.named).count();
    let shown = judged().filter(|field| field.front_ends > 0).count();
    out.paragraph(&format!(
        "Of {} (keys and time stamps of the database left out) code writes {written} by name ({}){elsewhere}, names {named} ({}), and front ends name {shown} ({}).",
        count(all, "column"),
        share(written, all),
        share(named, all),
        share(shown, all),
    ));
    let quiet: Vec<Vec<String>> = judged()
        .filter(|field| field.written + field.by_sql == 0 && !field.elsewhere || !field.named)
        .map(|field| {
            vec![
                code(&format!("{}.{}", field.model, field.name)),
                match (field.written + field.by_sql, field.elsewhere) {
                    (0, true) => "whole objects".to_owned(),
                    (n, _) => n.to_string(),
                },
                field.asked.to_string(),
                if field.named { "yes" } else { "no" }.to_owned(),
                field.front_ends.to_string(),
            ]
        })
        .collect();
    if !quiet.is_empty() {
        out.paragraph("Columns that nothing was seen to write, or that no other code names:");
        out.long_table(
            "columns",
            &[
                "Column",
                "# Writes",
                "# Filters and orders",
                "Named by code",
                "# Front ends",
            ],
            &quiet,
        );
    }
}

fn raw(out: &mut Document, audit: &Audit, sources: &Sources) {
    if audit.raw.is_empty() {
        out.paragraph("There are no raw queries.");
        return;
    }
    // Texts of one place are one query.
    let mut places: BTreeMap<&Spot, Vec<&RawQuery>> = BTreeMap::new();
    for raw in &audit.raw {
        places.entry(&raw.spot).or_default().push(raw);
    }
    let found = of_places(audit, sources, &places);
    let rows: Vec<Vec<String>> = places
        .iter()
        .map(|(at, texts)| {
            let first = texts[0];
            let own = found.get(at).map_or(&[][..], Vec::as_slice);
            let links: Vec<String> = own.iter().map(|n| link(&audit.findings[*n].id)).collect();
            let tables = |of: fn(&RawQuery) -> &Vec<String>| {
                let mut all: Vec<String> = texts.iter().flat_map(|raw| of(raw)).cloned().collect();
                all.sort();
                all.dedup();
                match all.is_empty() {
                    true => "–".to_owned(),
                    false => codes(&all),
                }
            };
            vec![
                out.at(at),
                format!("{} ({})", code(&first.method), escaped(&first.form)),
                tables(|raw| &raw.reads),
                tables(|raw| &raw.writes),
                texts
                    .iter()
                    .map(|raw| raw.parameters)
                    .max()
                    .unwrap_or(0)
                    .to_string(),
                whose(audit, at),
                verdict(audit, texts, own),
                match links.is_empty() {
                    true => "–".to_owned(),
                    false => links.join(" "),
                },
            ]
        })
        .collect();
    out.long_table(
        "raw queries",
        &[
            "Where",
            "Method",
            "Reads",
            "Writes",
            "# Parameters",
            "Whose rows",
            "Verdict",
            "Findings",
        ],
        &rows,
    );
    out.line("<details><summary>The texts</summary>");
    let texts: Vec<String> = audit
        .raw
        .iter()
        .map(|raw| {
            let name = raw.spot.file.rsplit('/').next().unwrap_or_default();
            format!("-- {name}:{}\n{}", raw.spot.line, raw.sql)
        })
        .collect();
    out.fence("sql", &texts.join("\n\n"));
    out.line("</details>");
    out.blank();
    // What is said of no text alone.
    let told: Vec<usize> = found.into_values().flatten().collect();
    let beside = |n: usize, rule: &str| rule.starts_with("raw-sql/") && !told.contains(&n);
    if active(audit).any(|(n, finding)| beside(n, finding.diagnostic.rule.name)) {
        about_those(out, audit, "Raw SQL beside these", beside);
    }
}

/// What is to be thought of the texts of one place.
fn verdict(audit: &Audit, texts: &[&RawQuery], found: &[usize]) -> String {
    if let Some(error) = texts.iter().find_map(|raw| raw.errors.first()) {
        return format!("**refused**: {}", escaped(error));
    }
    let worst = found
        .iter()
        .map(|n| audit.report.findings[*n].diagnostic.severity);
    match worst.max() {
        Some(worst) if worst >= Severity::Medium => return "**faulty**".to_owned(),
        Some(worst) if worst >= Severity::Low => return "could be better".to_owned(),
        _ => {}
    }
    if texts.iter().any(|raw| !raw.whole) {
        return "known in part".to_owned();
    }
    match texts.iter().all(|raw| raw.read) {
        true => "sound: names, types and parameters".to_owned(),
        false => "parameters alone were judged: its database is no PostgreSQL".to_owned(),
    }
}

/// Whose rows a raw query reaches, by the worst of its ways.
fn whose(audit: &Audit, at: &Spot) -> String {
    let queries = audit.queries.iter();
    let own = queries.filter(|query| query.spot == *at && query.owned);
    let ways: BTreeSet<Standing> = own.flat_map(Standing::all_of).collect();
    let words: Vec<&str> = ways.iter().rev().map(|one| one.words()).collect();
    match words.is_empty() {
        true => "–".to_owned(),
        false => words.join(", "),
    }
}

/// The findings about each text: those whose place is inside of it, or behind it and before the next
/// one, no further than a statement is long.
fn of_places(
    audit: &Audit,
    sources: &Sources,
    places: &BTreeMap<&Spot, Vec<&RawQuery>>,
) -> BTreeMap<Spot, Vec<usize>> {
    const LONGEST: u32 = 40;
    let mut found: BTreeMap<Spot, Vec<usize>> = BTreeMap::new();
    for (n, finding) in active(audit) {
        let rule = finding.diagnostic.rule.name;
        if !rule.starts_with("raw-sql/") && !rule.starts_with("isolation/raw-sql") {
            continue;
        }
        let at = spot(sources, finding);
        let before = places
            .keys()
            .filter(|one| one.file == at.file && one.line <= at.line);
        let nearest = before.max_by_key(|one| one.line);
        // A text may be put together above the call.
        let above = places
            .keys()
            .filter(|one| one.file == at.file && one.line > at.line)
            .min_by_key(|one| one.line);
        let own = nearest.filter(|one| at.line - one.line <= LONGEST);
        if let Some(own) = own.or(above.filter(|one| one.line - at.line <= LONGEST)) {
            found.entry((**own).clone()).or_default().push(n);
        }
    }
    found
}

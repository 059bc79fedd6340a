//! The schema against the code: normal forms, constraints, indexes, sets of values, mirrors and the
//! life of rows and columns, under the headings of the document.

use super::{
    super::{
        Change, health,
        markdown::anchor,
        sheets::{self, Sheet},
    },
    context::Context,
    count,
};
use crate::render::html::tags::Html;

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    let audit = context.audit;
    if audit.models.is_empty() {
        out.leaf("p", &[("class", "calm")], "There are no models.");
        return;
    }
    tables(out, context);
    head(out, "5.2 Enums and closed sets of values");
    findings(out, context, "Value sets", |_, rule| {
        [
            "consistency/enum",
            "consistency/switch",
            "integrity/enum-like-string",
        ]
        .iter()
        .any(|head| rule.starts_with(head))
    });
    head(out, "5.3 DTOs, response types and front ends");
    sheet(
        out,
        context,
        &sheets::mirrors(audit),
        "No type of the code was found to mirror a model.",
    );
    head(out, "5.4 The life of fields");
    sheet(
        out,
        context,
        &sheets::columns(audit),
        "There are no columns beside keys.",
    );
    head(
        out,
        "The life of sessions, messages, agents, memories, translations and credentials",
    );
    sheet(
        out,
        context,
        &sheets::parts(audit),
        "No model plays one of these parts.",
    );
    documentation(out, context);
}

/// Normal forms, constraints and indexes.
fn tables(out: &mut Html, context: &Context<'_>) {
    let audit = context.audit;
    head(out, "3.2 Normalization");
    findings(
        out,
        context,
        "Departures from normal forms and doubtful column types",
        |n, rule| rule.starts_with("schema/") && audit.findings[n].change != Change::Keep,
    );
    sheet(
        out,
        context,
        &sheets::derived(audit),
        "No column says again what others say, by its name or the schema's comments.",
    );
    findings(
        out,
        context,
        "Intentional, as far as the code tells, though kept twice",
        |n, rule| audit.findings[n].change == Change::Keep && health::DENORMALIZED.contains(&rule),
    );
    head(out, "3.4 Constraints");
    let kept: Vec<String> = sheets::constraints(audit)
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| count(n, word))
        .collect();
    if !kept.is_empty() {
        out.leaf(
            "p",
            &[],
            &format!(
                "What the database keeps, whoever writes: {}.",
                kept.join(", ")
            ),
        );
    }
    findings(
        out,
        context,
        "Constraints that are missing, useless or could be better",
        |_, rule| rule.starts_with("integrity/"),
    );
    head(out, "4.2 Missing indexes");
    sheet(
        out,
        context,
        &sheets::missing_indexes(audit),
        "No query of the code lacks one.",
    );
    head(out, "4.4 Vector search");
    vectors(out, context);
}

/// A heading with the address that it has in the document; the number stays there.
fn head(out: &mut Html, heading: &str) {
    let words = match heading.split_once(' ') {
        Some((number, words)) if number.starts_with(|c: char| c.is_ascii_digit()) => words,
        _ => heading,
    };
    out.leaf("h3", &[("id", &anchor(heading)), ("tabindex", "-1")], words);
}

fn sheet(out: &mut Html, context: &Context<'_>, sheet: &Sheet, none: &str) {
    if sheet.rows.is_empty() {
        out.leaf("p", &[("class", "calm")], none);
    }
    super::sheets::write(out, context, sheet);
}

/// The findings of some rules, as links.
fn findings(
    out: &mut Html,
    context: &Context<'_>,
    what: &str,
    wanted: impl Fn(usize, &str) -> bool,
) {
    let all = &context.audit.report.findings;
    let found: Vec<usize> = (0..all.len())
        .filter(|n| context.counts(*n) && wanted(*n, all[*n].diagnostic.rule.name))
        .collect();
    let words = match found.is_empty() {
        true => format!("{what}: nothing was found."),
        false => format!("{what}:"),
    };
    out.leaf("p", &[("class", "sub")], &words);
    if !found.is_empty() {
        context.short_list(out, &found);
    }
}

fn vectors(out: &mut Html, context: &Context<'_>) {
    let audit = context.audit;
    sheet(
        out,
        context,
        &sheets::searches(audit),
        "No search by distance was found.",
    );
    if audit.searches.is_empty() {
        return;
    }
    out.open("ul", &[]);
    for search in &audit.searches {
        out.open("li", &[]);
        out.place(&search.spot.file, search.spot.line);
        out.text(": ");
        out.prose(&sheets::assessment(search).join(" "));
        out.close();
    }
    out.close();
    out.leaf("p", &[("class", "sub")], sheets::FIRST_GUESS);
}

/// How much of the schema says what it is for.
fn documentation(out: &mut Html, context: &Context<'_>) {
    let models = &context.audit.models;
    head(out, "Documentation coverage");
    let documented = models.iter().filter(|model| model.documented).count();
    let kept = count(models.iter().filter(|model| model.kept).count(), "model");
    let columns: usize = models.iter().map(|model| model.columns).sum();
    let with_words: usize = models.iter().map(|model| model.documented_columns).sum();
    out.words(
        "p",
        &[],
        &format!(
            "{documented} of {} ({}) and {with_words} of {} ({}) have a comment that says what they are; Prisma keeps those of {kept} (`///`).",
            count(models.len(), "model"),
            health::share(documented, models.len()),
            count(columns, "column"),
            health::share(with_words, columns),
        ),
    );
}

//! What was read, what is silenced, and what could not be judged.

use super::{context::Context, points, row_filter};
use crate::render::html::{notices, read, severity, tags::Html};

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    read(out, &context.audit.report);
    notices(out, &context.audit.report);
    points::write(out, context);
    silenced(out, context);
    raw(out, context);
    out.leaf("h3", &[], "Method");
    out.leaf("p", &[], "The Prisma schema, the migrations (replayed statement by statement into a catalog), the TypeScript and the SQL in it were parsed and joined: every call of Prisma's client with its model, every raw text with the tables that it names, every endpoint with the queries that it reaches. Values were followed from requests to queries through calls. What could not be decided is said to be undecided, and is no finding. Severity says how much harm a fault does, confidence how sure it is.");
}

fn silenced(out: &mut Html, context: &Context<'_>) {
    let findings = context.audit.report.findings.iter();
    let silent: Vec<_> = findings.filter(|finding| !finding.is_active()).collect();
    out.leaf("h3", &[], "Suppressed and accepted findings");
    if silent.is_empty() {
        out.leaf("p", &[("class", "calm")], "There are none.");
        return;
    }
    out.table(
        "plain",
        &["Rule", "Severity", "What", "Where", "Reason"],
        |out| {
            for finding in silent {
                let spot = context.spot(finding);
                out.open("tr", &[]);
                out.code_cell(finding.diagnostic.rule.name);
                out.open("td", &[]);
                severity(out, finding.diagnostic.severity);
                out.close();
                out.words("td", &[], &finding.diagnostic.message);
                out.open("td", &[]);
                out.place(&spot.file, spot.line);
                out.close();
                let why = match &finding.suppressed {
                    Some(suppression) => suppression.reason.as_deref().unwrap_or("no reason given"),
                    None => "in the baseline",
                };
                out.leaf("td", &[], why);
                out.close();
            }
        },
    );
}

fn raw(out: &mut Html, context: &Context<'_>) {
    /// Characters of a text that are shown.
    const SHOWN: usize = 160;
    let raw = &context.audit.raw;
    if raw.is_empty() {
        return;
    }
    out.leaf("h3", &[], "Raw queries");
    row_filter(out, "filter raw queries");
    out.table(
        "plain rows",
        &["Where", "Method", "Form", "Verdict", "Text"],
        |out| {
            for one in raw {
                out.open("tr", &[("tabindex", "-1")]);
                out.open("td", &[]);
                out.place(&one.spot.file, one.spot.line);
                out.close();
                out.code_cell(&one.method);
                out.leaf("td", &[], &one.form);
                out.open("td", &[]);
                match (one.errors.first(), one.whole) {
                    (Some(error), _) => {
                        out.leaf("span", &[("class", "v open")], "refused");
                        out.text(" ");
                        out.text(error);
                    }
                    (None, true) => out.leaf("span", &[("class", "v scoped")], "understood"),
                    (None, false) => out.leaf("span", &[("class", "v undecided")], "known in part"),
                }
                out.close();
                let short: String = one.sql.chars().take(SHOWN).collect();
                let end = if short.len() < one.sql.len() {
                    "\u{2026}"
                } else {
                    ""
                };
                out.code_cell(&format!("{short}{end}"));
                out.close();
            }
        },
    );
}

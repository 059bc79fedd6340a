//! An audit as one HTML file: an overview, the findings with their lines, the models, the
//! endpoints, who reaches whose rows, the diagram, the plan, and what a person must decide.

mod context;
mod coverage;
mod diagram;
mod endpoints;
mod indexes;
mod isolation;
mod migrations;
mod models;
mod overview;
mod plan;
mod points;
mod recommendations;
mod schema;
mod secrets;
mod sheets;

use snell_source::Sources;

use self::context::Context;
use super::{Audit, health::count, markdown, questions::questions};
use crate::covered::covered;
use crate::render::html::{Document, findings, tags::Html};

/// The second line of every page that snell wrote: what has it may be replaced.
pub const MARK: &str =
    "<!-- snell audit: `snell audit --format html --update` replaces this file -->";

/// Writes an audit as a page. The same audit gives the same bytes.
#[must_use]
pub fn render(audit: &Audit, sources: &Sources) -> String {
    let covered = covered(&audit.report.findings, sources);
    let sources = covered.as_ref().unwrap_or(sources);
    let context = Context::new(audit, sources);
    let title = format!("Database audit: {}", audit.report.workspace);
    let mut document = Document::new(&title, &audit.report.tool.version, Some(MARK));
    let entries = context.entries();
    document.part("overview", "Overview", None, |out| {
        also(out, "1. Executive summary");
        overview::write(out, &context)
    });
    document.part("findings", "Findings", Some(entries.len()), |out| {
        also(out, "2. Findings");
        findings(out, &entries, sources, &audit.report.tool);
    });
    document.part("diagram", "Diagram", None, |out| {
        diagram::write(out, &context)
    });
    document.part("models", "Models", Some(context.models.len()), |out| {
        also(out, "3.1 Models");
        models::list(out, &context)
    });
    document.part("schema", "Schema and code", None, |out| {
        schema::write(out, &context);
    });
    document.part(
        "endpoints",
        "Endpoints",
        Some(audit.endpoints.len()),
        |out| {
            also(out, "6.1 What one request costs");
            endpoints::write(out, &context);
        },
    );
    document.part("isolation", "Isolation", None, |out| {
        also(out, "7.1 Isolation matrix");
        isolation::write(out, &context)
    });
    document.part("secrets", "Secrets", Some(audit.secrets.len()), |out| {
        also(out, "7.4 Secrets and personal data");
        secrets::write(out, &context);
    });
    document.part(
        "migrations",
        "Migrations",
        Some(audit.migrations.len()),
        |out| {
            also(out, "2.7 Migrations and seed data");
            migrations::write(out, &context);
            migrations::seeds(out, &context);
        },
    );
    document.part("plan", "Plan", None, |out| {
        also(out, "8. Refactoring plan");
        plan::write(out, &context);
    });
    document.part("recommendations", "Recommendations", None, |out| {
        also(out, "9. Recommendations");
        recommendations::write(out, &context)
    });
    open_questions(&mut document, audit, sources);
    document.part("coverage", "Coverage", None, |out| {
        also(out, "A. Coverage");
        coverage::write(out, &context)
    });
    for (n, model) in context.models.iter().enumerate() {
        document.below("models", &model.id, &model.table.name, |out| {
            models::page(out, &context, n)
        });
    }
    document.finish()
}

/// The address that a part of the document has under this heading: links to it lead here, too.
fn also(out: &mut Html, heading: &str) {
    out.leaf("span", &[("id", &markdown::anchor(heading))], "");
}

/// What a person must decide.
fn open_questions(document: &mut Document, audit: &Audit, sources: &Sources) {
    let asked = questions(audit, sources);
    document.part("questions", "Questions", Some(asked.len()), |out| {
        also(out, "E. Questions for a person");
        if asked.is_empty() {
            out.leaf("p", &[("class", "calm")], "Nothing is left for a person to decide.");
            return;
        }
        out.leaf("p", &[], "What the files cannot decide, with what is known and where to look. The same as JSON: snell audit --format json.");
        row_filter(out, "filter questions");
        out.table("plain rows", &["Question", "What is known", "What answers it"], |out| {
            for question in &asked {
                out.open("tr", &[("tabindex", "-1")]);
                out.words("td", &[], &question.question);
                out.words("td", &[], &question.evidence);
                out.open("td", &[]);
                match &question.ask {
                    Some(sql) => out.leaf("code", &[], sql),
                    None => out.place(&question.file, question.line),
                }
                out.close();
                out.close();
            }
        });
    });
}

/// A field that leaves the rows of the next list that contain what is typed.
fn row_filter(out: &mut Html, words: &str) {
    out.open(
        "input",
        &[
            ("type", "search"),
            ("class", "row-filter"),
            ("placeholder", words),
            ("aria-label", words),
            ("autocomplete", "off"),
            ("spellcheck", "false"),
        ],
    );
}

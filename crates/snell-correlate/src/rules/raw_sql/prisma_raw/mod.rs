//! `Prisma.raw` puts text from outside into a tagged template.

use snell_flow::raw::HoleKind;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::origin::{self, Intake, Origin};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/prisma-raw",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "`Prisma.raw` puts text from outside into a query",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for query in context.raw.iter() {
        let call = context.project.calls.get(query.call);
        if !functions::is_application(context.project, call.module) {
            continue;
        }
        for intake in origin::intakes(context, query, HoleKind::Raw) {
            // A fragment may be part of several queries.
            let at = origin::place(context, intake.hole.at);
            if found.iter().all(|known| known.primary().at != at) {
                let name = functions::name(context.project, intake.run.function);
                found.push(finding(
                    context,
                    &intake,
                    &name,
                    origin::method(context, query),
                ));
            }
        }
    }
    found
}

fn finding(
    context: &Context<'_>,
    intake: &Intake<'_>,
    function: &str,
    method: snell_source::Location,
) -> Diagnostic {
    let at = origin::place(context, intake.hole.at);
    let what = functions::short(context.text(at));
    let sender = match intake.origin {
        Origin::Client(..) => ", which a client sends,",
        _ => "",
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`Prisma.raw` makes `{what}`{sender} a part of the SQL"),
    )
    .label("becomes part of the statement, not a value in it");
    for step in &intake.run.chain {
        found = found.related(origin::place(context, *step), "handed on here");
    }
    if let Origin::Client(function, index) | Origin::Parameter(function, index) = intake.origin
        && let Some(place) = origin::parameter_place(context, function, index)
    {
        found = found.related(place, "comes in here");
    }
    found = found.related(method, "the query it becomes a part of");
    found = match intake.origin {
        Origin::Client(..) => found,
        Origin::Parameter(..) => found.confidence(Confidence::Likely),
        Origin::Row | Origin::Silent => found.confidence(Confidence::Possible).lowered(
            Severity::Medium,
            "the text comes from a row: whoever wrote that row decides",
        ),
    };
    found
        .help("leave out `Prisma.raw` for a value; choose names of tables and columns from a constant list")
        .subject(format!("raw:{function} Prisma.raw"))
}

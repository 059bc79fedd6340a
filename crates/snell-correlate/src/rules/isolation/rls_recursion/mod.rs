//! Policies that read the table which they guard, directly or by the policies of another.

use snell_project::schema::{History, Schema};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::catalog::RelationId;

use super::rls_without_force;
use crate::{
    rule::{Context, Rule},
    support::policy_reads::{Circle, circles},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-recursion",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "Policies read the table that they guard: queries of it fail",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Tables that a note names.
const MAX_NAMED: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| Some((schema, schema.history.as_ref()?)))
        .flat_map(|(schema, history)| {
            let circles = circles(history).into_iter();
            circles.filter_map(move |circle| finding(context, schema, history, &circle))
        })
        .collect()
}

fn finding(
    context: &Context<'_>,
    schema: &Schema,
    history: &History,
    circle: &Circle<'_>,
) -> Option<Diagnostic> {
    let catalog = &history.replay.catalog;
    let name = |id: RelationId| catalog.relation(id).map(|relation| relation.name.as_str());
    let (first, policy) = *circle.steps.first()?;
    let table = name(first)?;
    let fails = match circle.command {
        "select" => "every query",
        "insert" => "every `INSERT`",
        "update" => "every `UPDATE`",
        _ => "every `DELETE`",
    };
    let others = circle.steps.iter().skip(1);
    let others: Vec<&str> = others.filter_map(|(id, _)| name(*id)).collect();
    let message = match others.as_slice() {
        [] => format!(
            "policy `{}` of `{table}` reads `{table}` itself: {fails} of it fails",
            policy.name
        ),
        others => format!(
            "policy `{}` of `{table}` reads `{}`, whose policies read `{table}` again: {fails} of it fails",
            policy.name,
            others.join("`, then `")
        ),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        history.location(policy.provenance.created),
        message,
    )
    .label("42P17: infinite recursion detected in policy");
    for (id, policy) in circle.steps.iter().skip(1) {
        found = found.related(
            history.location(policy.provenance.created),
            format!("and this one of `{}`", name(*id)?),
        );
    }
    if let Some(model) = schema.datamodel.models_of_table(table).next() {
        found = found.related(schema.model_name(model), "the table");
    }
    let behind: Vec<&str> = circle.behind.iter().filter_map(|id| name(*id)).collect();
    if !behind.is_empty() {
        let shown = behind[..behind.len().min(MAX_NAMED)].join("`, `");
        let more = match behind.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        found = found.note(format!(
            "queries of `{shown}`{more} fail with it: their policies read these tables"
        ));
    }
    let mut tables = circle.steps.iter().filter_map(|(id, _)| catalog.table(*id));
    let binds = tables.any(|table| table.force_row_security)
        || rls_without_force::has_other_role(context, history);
    if !binds {
        found = found.lowered(
            Severity::Medium,
            "policies do not bind the owner of a table: it fails once the application connects as a role of its own",
        );
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help(format!(
                "ask for `{table}` by columns of the row, or by a function that is `SECURITY DEFINER` with a `search_path` of its own, whose owner the policies do not bind: it reads the other table without them"
            ))
            .subject(format!("table:{table}")),
    )
}

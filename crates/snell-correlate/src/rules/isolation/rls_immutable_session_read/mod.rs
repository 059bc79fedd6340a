//! A function that reads who asks and says that it always answers alike.

use snell_project::schema::{History, Schema};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{CreateFunction, ExprKind, Part, StatementKind, walk_expression},
    catalog::Place,
};

use crate::{
    rule::{Context, Rule},
    support::{policies, statements},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-immutable-session-read",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A function that reads the session is IMMUTABLE: its answer is kept for the next user",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What a body reads of the session.
const SESSION: [&str; 7] = [
    "current_setting(",
    "auth.uid(",
    "auth.jwt(",
    "auth.role(",
    "current_user",
    "session_user",
    "current_role",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, schema) in context.project.schemas.iter() {
        let Some(history) = &schema.history else {
            continue;
        };
        for (place, statement) in statements::all(history) {
            let StatementKind::CreateFunction(create) = &statement.kind else {
                continue;
            };
            let read = create.body.as_ref().and_then(|body| session(&body.text));
            if let Some(read) = read
                && is_immutable(history, create, place)
            {
                found.push(finding(context, schema, history, (create, place), read));
            }
        }
    }
    found
}

fn session(body: &str) -> Option<&'static str> {
    let lower = body.to_ascii_lowercase();
    SESSION.into_iter().find(|word| lower.contains(word))
}

/// Whether the function is still what this statement made it.
fn is_immutable(history: &History, create: &CreateFunction, place: Place) -> bool {
    let mut functions = history.replay.catalog.functions.iter();
    functions.any(|function| {
        function.name == create.name.name.text
            && function.volatility == "immutable"
            && function.provenance.shaped == place
    })
}

fn finding(
    context: &Context<'_>,
    schema: &Schema,
    history: &History,
    (create, place): (&CreateFunction, Place),
    read: &str,
) -> Diagnostic {
    let name = &create.name.name.text;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        history.within(place, create.name.span()),
        format!("function `{name}` reads the session, and is `IMMUTABLE`"),
    )
    .label(format!(
        "`{}`: the plan of a prepared statement keeps the first answer",
        read.trim_end_matches('(')
    ));
    let of_schema = policies::active(context).filter(|one| std::ptr::eq(one.schema, schema));
    let user = of_schema
        .flat_map(|guarded| {
            guarded
                .table
                .policies
                .iter()
                .map(move |policy| (guarded, policy))
        })
        .find(|(_, policy)| policies::conditions(policy).any(|condition| calls(condition, name)));
    found = match user {
        Some((guarded, policy)) => found.related(
            guarded.policy_at(policy),
            "this policy asks for the rows of whoever was first",
        ),
        None => found.lowered(Severity::Medium, "no policy calls it"),
    };
    found
        .help("make it `STABLE`: the same within one statement, and asked again in the next")
        .subject(format!("function:{name}"))
}

fn calls(condition: &snell_sql::ast::Expr, name: &str) -> bool {
    let mut found = false;
    walk_expression(condition, &mut |part| {
        if let Part::Expr(inner) = part
            && let ExprKind::Call(call) = &inner.kind
        {
            found |= call.name.name.text == name;
        }
    });
    found
}

//! Text from outside becomes part of a raw query.

use snell_flow::raw::{HoleKind, RawForm, RawQuery};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::origin::{self, Intake, Origin};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/unparameterized",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "Text from outside becomes part of a raw query",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let queries = context.raw.iter().filter(|query| {
        let call = context.project.calls.get(query.call);
        let told = query.form == RawForm::Called;
        !told
            && origin::takes_text(query)
            && functions::is_application(context.project, call.module)
    });
    queries
        .filter_map(|query| {
            let intakes = origin::intakes(context, query, HoleKind::Text);
            (!intakes.is_empty()).then(|| finding(context, query, &intakes))
        })
        .collect()
}

fn finding(context: &Context<'_>, query: &RawQuery, intakes: &[Intake<'_>]) -> Diagnostic {
    let call = context.project.calls.get(query.call);
    let operation = call.operation.as_str();
    let first = &intakes[0];
    let at = origin::place(context, first.hole.at);
    let what = functions::short(context.text(at));
    let (message, label) = words(first, &what, operation);
    let mut found = Diagnostic::at(&RULE.metadata, at, message).label(label);
    for more in &intakes[1..] {
        let place = origin::place(context, more.hole.at);
        found = found.related(place, "comes in the same way");
    }
    for step in &first.run.chain {
        found = found.related(origin::place(context, *step), "handed on here");
    }
    if let Origin::Client(function, index) | Origin::Parameter(function, index) = first.origin
        && let Some(place) = origin::parameter_place(context, function, index)
    {
        let text = match functions::client_decorator(context.project, function, index) {
            Some(name) => format!("the client sends it (`@{name}`)"),
            None => "comes in here".to_owned(),
        };
        found = found.related(place, text);
    }
    found = found.related(
        origin::method(context, query),
        "runs the text as it is; only `$1`, `$2`, ... are parameters",
    );
    let severity = origin::severity(first.origin);
    found = match first.origin {
        Origin::Client(..) => found.confidence(Confidence::Certain),
        Origin::Parameter(..) if is_whole_text(first) => {
            found.confidence(Confidence::Possible).lowered(
                Severity::Medium,
                "the whole statement is handed over: its callers decide, and none was found",
            )
        }
        Origin::Parameter(..) if setting(first).is_some() => {
            found.confidence(Confidence::Likely).lowered(
                Severity::Medium,
                "a setting of the session, and no caller was found that hands over what a client sent",
            )
        }
        Origin::Parameter(..) => found.confidence(Confidence::Likely).lowered(
            severity,
            "no caller was found that hands over what a client sent",
        ),
        Origin::Row | Origin::Silent => found.confidence(Confidence::Possible).lowered(
            severity,
            "the text comes from a row: whoever wrote that row decides",
        ),
    };
    // Parameters are of no help where nothing but the client's text is run.
    if matches!(first.origin, Origin::Client(..)) && is_whole_text(first) {
        found = found.help("the whole statement is the client's: take the endpoint away, or run it as a role of the database that may read only what every client may see, and read its syntax first");
        return found.subject(subject(context, query, first));
    }
    if let Some((name, local)) = setting(first) {
        return found
            .help(format!(
                "`SET` takes no parameters: `$executeRaw` as the tag of `SELECT set_config('{name}', ${{value}}, {local})`"
            ))
            .subject(subject(context, query, first));
    }
    if is_notify(first) {
        return found
            .help("`NOTIFY` takes no parameters: `$executeRaw` as the tag of `SELECT pg_notify('channel', ${value})`")
            .subject(subject(context, query, first));
    }
    found
        .help(format!(
            "use `{}` as the tag of a template, whose values (`${{value}}`) are parameters; choose names of tables and columns from a constant list",
            operation.trim_end_matches("Unsafe")
        ))
        .subject(subject(context, query, first))
}

fn subject(context: &Context<'_>, query: &RawQuery, intake: &Intake<'_>) -> String {
    let operation = context.project.calls.get(query.call).operation.as_str();
    let function = functions::name(context.project, function_of(query, intake));
    format!("raw:{function} {operation}")
}

/// The function in which the query itself stands.
fn function_of(query: &RawQuery, intake: &Intake<'_>) -> snell_project::module::FunctionRef {
    query
        .runs
        .first()
        .map_or(intake.run.function, |run| run.function)
}

fn words(intake: &Intake<'_>, what: &str, operation: &str) -> (String, &'static str) {
    match intake.origin {
        Origin::Client(..) => (
            format!(
                "what a client sends becomes part of the SQL that `{operation}` runs: `{what}`"
            ),
            "becomes part of the statement, not a value in it",
        ),
        Origin::Parameter(..) => (
            format!(
                "`{what}` becomes part of the SQL that `{operation}` runs, whatever a caller hands over"
            ),
            "becomes part of the statement, not a value in it",
        ),
        Origin::Row | Origin::Silent => (
            format!("`{what}`, read from a row, becomes part of the SQL that `{operation}` runs"),
            "becomes part of the statement, not a value in it",
        ),
    }
}

/// Whether a message is sent by a statement that takes no parameters
/// (<https://www.postgresql.org/docs/current/sql-notify.html>).
fn is_notify(intake: &Intake<'_>) -> bool {
    let first = intake.text.text.split_whitespace().next();
    first.is_some_and(|word| word.eq_ignore_ascii_case("notify"))
}

/// The setting whose value comes in, and whether it holds for the transaction alone: `SET LOCAL app.tenant = '...'`
/// (<https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SET>).
fn setting<'a>(intake: &Intake<'a>) -> Option<(&'a str, bool)> {
    let mut words = intake.text.text.split_whitespace();
    let set = words.next().filter(|word| word.eq_ignore_ascii_case("set"));
    let mut name = set.and(words.next())?;
    let local = name.eq_ignore_ascii_case("local");
    if local || name.eq_ignore_ascii_case("session") {
        name = words.next()?;
    }
    let name = name.split('=').next()?;
    // Names of settings of one's own have a dot; the others are words of PostgreSQL (`ROLE`, `TRANSACTION`).
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    (name.contains('.') && name.chars().all(is_name)).then_some((name, local))
}

/// Whether the function is a plain way to the client's method.
fn is_whole_text(intake: &Intake<'_>) -> bool {
    intake.text.text.trim().is_empty()
}

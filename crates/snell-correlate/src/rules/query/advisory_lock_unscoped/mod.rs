//! Advisory locks that the pool loses: taken for a session, or for a
//! transaction that ends with the statement.

use snell_flow::{QueryEvent, SqlPart, Value};
use snell_project::client::{CallId, ClientCall};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use super::{clients, shape};
use crate::{
    functions,
    rule::{Context, Rule},
    support::queries,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/advisory-lock-unscoped",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "An advisory lock does not live as long as what it protects",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What a function of PostgreSQL locks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Session,
    Transaction,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    queries::application(context)
        .filter(|(call, _)| {
            call.operation.is_raw() && functions::is_application(context.project, call.module)
        })
        .filter_map(|(call, event)| finding(context, call, &event))
        .collect()
}

fn finding(context: &Context<'_>, call: &ClientCall, event: &QueryEvent<'_>) -> Option<Diagnostic> {
    let text = shape::raw_text(event.query)?;
    let (name, scope) = lock_of(&text)?;
    let transaction = event.event.transaction;
    let at = place(context, event, name).unwrap_or_else(|| queries::operation_at(context, call));
    let function = functions::name(context.project, event.function);
    let started = |message: String| Diagnostic::at(&RULE.metadata, at, message);
    let found = match scope {
        Scope::Session => {
            let instead = name.replace("advisory_", "advisory_xact_");
            let help = format!(
                "take it inside of `$transaction` with `{instead}`, which the end of the transaction releases"
            );
            let unlocked = unlocks(event, transaction);
            let own = started(format!(
                "`{name}` locks for the session, which the pool shares"
            ));
            let own = match unlocked {
                Some(unlock) if transaction.is_some() => own
                    .label("kept when the transaction fails before it is released")
                    .related(
                        query_at(context, unlock),
                        "released here, on the same connection",
                    )
                    .lowered(Severity::Low, "the same transaction releases it"),
                Some(unlock) => own
                    .label("stays with the connection that ran this statement")
                    .related(
                        query_at(context, unlock),
                        "may run on another connection, and releases nothing there",
                    ),
                None => own.label("stays with the connection when this code is done"),
            };
            own.help(help)
        }
        Scope::Transaction => {
            let alone = transaction.is_none()
                && !call.client.transaction
                && !call.client.takes_queries_over()
                && call.confidence != Confidence::Possible
                && clients::is_own(context, call)
                && !clients::follows_the_request(context, call);
            // A statement that goes on to do the work holds the lock itself.
            let only_locks = text
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("select pg_");
            if !alone || !only_locks {
                return None;
            }
            started(format!("`{name}` outside of a transaction is released at once"))
                .label("the statement is a transaction of its own")
                .help("open a transaction with `$transaction(async (tx) => ...)`, lock with `tx`, and do on `tx` what the lock protects")
        }
    };
    Some(
        found
            .confidence(Confidence::Likely)
            .subject(format!("query:{function} {name}")),
    )
}

/// The function that takes a lock in a text, and for how long it does.
fn lock_of(text: &str) -> Option<(&str, Scope)> {
    let mut from = 0;
    while let Some(found) = text[from..].find("pg_") {
        let start = from + found;
        let length = text[start..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(text.len() - start);
        let name = &text[start..start + length];
        let scope = match name {
            "pg_advisory_lock"
            | "pg_advisory_lock_shared"
            | "pg_try_advisory_lock"
            | "pg_try_advisory_lock_shared" => Some(Scope::Session),
            "pg_advisory_xact_lock"
            | "pg_advisory_xact_lock_shared"
            | "pg_try_advisory_xact_lock"
            | "pg_try_advisory_xact_lock_shared" => Some(Scope::Transaction),
            _ => None,
        };
        if let Some(scope) = scope {
            return Some((name, scope));
        }
        from = start + length.max(1);
    }
    None
}

/// A query of the same function that releases the lock, in the same transaction or, like it, in none.
fn unlocks(event: &QueryEvent<'_>, transaction: Option<CallId>) -> Option<CallId> {
    event.summary.events.iter().find_map(|other| {
        let snell_flow::EventKind::Query(query) = &other.kind else {
            return None;
        };
        let releases = other.transaction == transaction
            && shape::raw_text(query).is_some_and(|text| text.contains("pg_advisory_unlock"));
        releases.then_some(query.call)
    })
}

fn query_at(context: &Context<'_>, call: CallId) -> Location {
    queries::operation_at(context, context.project.calls.get(call))
}

/// Where the text names the function.
fn place(context: &Context<'_>, event: &QueryEvent<'_>, name: &str) -> Option<Location> {
    let Some(Value::Sql(parts)) = event.query.arguments.first() else {
        return None;
    };
    parts.iter().find_map(|part| {
        let SqlPart::Text { at, .. } = part else {
            return None;
        };
        let start = at.span.start + u32::try_from(context.text(*at).find(name)?).ok()?;
        let end = start + u32::try_from(name.len()).ok()?;
        Some(Location::new(at.file, Span::new(start, end)))
    })
}

//! Conversations that never end.

use snell_project::{client::Operation, schema::ModelRef};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        name_words::has_word,
        queries,
        roles::{Roles, Session},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/session-lifecycle-missing",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Nothing says whether a conversation goes on or is over",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of columns that say in which state a conversation is.
const STATES: [&str; 18] = [
    "status",
    "state",
    "stage",
    "closed",
    "ended",
    "end",
    "archived",
    "archive",
    "deleted",
    "expires",
    "expired",
    "expiry",
    "active",
    "finished",
    "completed",
    "resolved",
    "open",
    "pinned",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let roles = Roles::shared(context);
    let sessions = roles.sessions.iter();
    sessions
        .filter_map(|session| finding(context, session))
        .collect()
}

fn finding(context: &Context<'_>, session: &Session) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(session.model.schema);
    let model = context.project.schemas.model(session.model);
    let says = model.columns().any(|field| has_word(&field.name, &STATES));
    if says {
        return None;
    }
    let messages = context.project.schemas.model(session.messages);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!("nothing says whether a `{}` is over", model.name),
    )
    .label("no status, and no time of an end")
    .related(schema.model_name(messages), "its turns go on for ever");
    if let Some(at) = deleted(context, session.model) {
        found = found.related(at, "the only end that there is: the rows go");
    }
    Some(
        found
            .help("an `archivedAt DateTime?` takes a conversation out of lists, and gives retention something to go by")
            .subject(format!("model:{} lifecycle", model.name)),
    )
}

/// Where the code deletes a conversation.
fn deleted(context: &Context<'_>, model: ModelRef) -> Option<snell_source::Location> {
    queries::of_model(context, model)
        .into_iter()
        .filter(|query| functions::is_application(context.project, query.call.module))
        .find(|query| {
            matches!(
                query.call.operation,
                Operation::Delete | Operation::DeleteMany
            )
        })
        .map(|query| queries::operation_at(context, query.call))
}

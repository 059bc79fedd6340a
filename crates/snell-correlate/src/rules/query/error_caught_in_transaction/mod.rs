//! Failures caught inside a transaction that PostgreSQL has given up by then.

mod after;
mod handlers;
mod harm;

use snell_flow::Value;
use snell_prisma::Provider;
use snell_project::{
    client::{ClientCall, Operation},
    module::In,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use self::{
    handlers::{Way, handlers},
    harm::{Harm, harm, in_handler},
};
use super::{
    repeated,
    transactions::{self, Inside, What},
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/error-caught-in-transaction",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A failure is caught inside a transaction, which PostgreSQL has given up by then",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        let all = transactions::inside(context, summary);
        let mut told: Vec<Location> = Vec::new();
        for (n, inside) in all.iter().enumerate() {
            let Some(mut caught) = caught(context, &all, n) else {
                continue;
            };
            if told.contains(&caught.handler) {
                continue;
            }
            let asked = caught.asked.take();
            let Some(harm) = asked.or_else(|| harm(context, &all, n, &caught)) else {
                continue;
            };
            told.push(caught.handler);
            found.push(finding(context, inside, &caught, &harm));
        }
    }
    found
}

/// Where the failure of a query is caught.
struct Caught {
    /// What is guarded: the `try`'s statements, or the call before `.catch(...)`.
    guarded: Location,
    /// The `catch`, or the callback of `.catch(...)`.
    handler: Location,
    /// Whether the handler ends the transaction's callback: nothing comes after it but the commit.
    returns: bool,
    /// Whether the model has a key that the query can collide with.
    refusable: bool,
    /// Whether it goes on after some failures of the database, and throws others.
    some: bool,
    /// What a handler that throws in the end asks the transaction for.
    asked: Option<Harm>,
}

fn caught(context: &Context<'_>, all: &[Inside<'_>], position: usize) -> Option<Caught> {
    let inside = &all[position];
    let What::Query(query) = inside.what else {
        return None;
    };
    let project = context.project;
    let call = project.calls.get(query.call);
    let refusable = refusable(context, call, query.arguments.first())?;
    if !call.client.transaction || !is_postgres(context, call) {
        return None;
    }
    let callback = transactions::callback(context, inside.transaction)?;
    let body = project
        .modules
        .facts(callback.module)
        .function(callback.id)
        .span;
    let own = In {
        module: call.module,
        id: call.expression,
    };
    // The innermost `try` decides: what it throws on goes to the next.
    let ways = inside.chain.iter().copied().chain([own]);
    for (n, at) in ways.enumerate().collect::<Vec<_>>().into_iter().rev() {
        for caught in handlers(context, at) {
            let of_callback = n > 0 || body.contains(caught.guarded);
            if !of_callback {
                return None;
            }
            let asked = match caught.way {
                Way::Throws => in_handler(context, all, position, (at.module, &caught)),
                Way::GoesOn | Way::GoesOnAfter => None,
            };
            if caught.way != Way::Throws || asked.is_some() {
                let handler = project.modules.at(at.module, caught.span);
                let in_callback = n == 0
                    && at.module == callback.module
                    && project.modules.get(at.module).context.function(at.id) == Some(callback.id);
                return Some(Caught {
                    guarded: project.modules.at(at.module, caught.guarded),
                    handler,
                    returns: in_callback
                        && caught.is_statement
                        && says_return(context.text(handler)),
                    refusable,
                    some: caught.way == Way::GoesOnAfter,
                    asked,
                });
            }
        }
    }
    None
}

/// Whether the database can refuse the query by what it says; `None` when it fails only with the
/// database, or before it is sent.
fn refusable(context: &Context<'_>, call: &ClientCall, arguments: Option<&Value>) -> Option<bool> {
    match call.operation {
        // Which key it may collide with is not read.
        Operation::ExecuteRaw | Operation::ExecuteRawUnsafe => return Some(false),
        Operation::Create
        | Operation::CreateMany
        | Operation::CreateManyAndReturn
        | Operation::Upsert
        | Operation::Update
        | Operation::UpdateMany => {}
        _ => return None,
    }
    let model = context.project.schemas.model(call.model()?);
    let arguments = arguments?.as_object()?;
    let skips = arguments.entries.contains_key("skipDuplicates");
    let keys = ["data", "create", "update"];
    let written = keys.iter().filter_map(|key| arguments.entries.get(*key));
    let rows: Vec<&Value> = written
        .flat_map(|entry| match &entry.value {
            Value::Array(rows) => rows.elements.iter().chain(&rows.rest).collect(),
            row => vec![row],
        })
        .collect();
    let gives = |row: &Value, name: &str| {
        row.as_object()
            .is_none_or(|row| !row.spreads.is_empty() || row.entries.contains_key(name))
    };
    let collides = model.columns().any(|field| {
        let key = model.is_foreign_key(field.id)
            || !skips
                && model.unique_criteria().any(|key| {
                    key.columns
                        .iter()
                        .any(|column| column.field == Some(field.id))
                });
        key && rows.iter().any(|row| gives(row, &field.name))
    });
    let connects = model
        .relation_fields()
        .any(|field| rows.iter().any(|row| gives(row, &field.name)));
    let new = !matches!(call.operation, Operation::Update | Operation::UpdateMany);
    // A row that is not there ends no transaction: Prisma says so itself.
    (collides || connects || new).then_some(collides || connects)
}

fn is_postgres(context: &Context<'_>, call: &ClientCall) -> bool {
    let schema = call
        .schema
        .or_else(|| call.model().map(|model| model.schema));
    schema.is_some_and(|schema| {
        let provider = context.project.schemas.get(schema).datamodel.provider();
        matches!(provider, Provider::PostgreSql | Provider::CockroachDb)
    })
}

fn says_return(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| word == "return")
}

fn finding(context: &Context<'_>, inside: &Inside<'_>, caught: &Caught, harm: &Harm) -> Diagnostic {
    let project = context.project;
    let What::Query(query) = inside.what else {
        unreachable!("only queries are caught");
    };
    let call = project.calls.get(query.call);
    let title = repeated::title(context, call);
    let opener = project.calls.get(inside.transaction);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(call.module, call.name.span),
        format!(
            "When `{title}` fails, the failure is caught, and the transaction around it is lost"
        ),
    )
    .label("a statement that fails ends the whole transaction in PostgreSQL")
    .related(
        project.modules.at(opener.module, opener.name.span),
        "the transaction",
    );
    for at in &inside.chain {
        found = found.related(repeated::callee_name(context, *at), "this call leads to it");
    }
    if caught.handler.span.start < caught.handler.span.end {
        found = found.related(
            caught.handler,
            match (harm, caught.some) {
                (Harm::Asked { .. }, _) => "asks the transaction once more before it throws",
                (_, true) => "goes on after a failure that the database tells",
                (_, false) => "goes on as if nothing had happened",
            },
        );
    }
    found = match harm {
        Harm::After(at) | Harm::Asked { at, .. } => found.related(
            *at,
            "is refused then: `current transaction is aborted` (25P02)",
        ),
        Harm::Round => {
            found.note("the next round is refused then: `current transaction is aborted` (25P02)")
        }
        Harm::Before(at) => found.related(*at, "is undone as well, and the commit tells nobody"),
    };
    if !caught.refusable {
        found = found.lowered(
            Severity::Medium,
            "nothing says that a key can be taken: it may fail only when something else is wrong",
        );
    }
    if matches!(harm, Harm::Asked { certain: false, .. }) {
        found = found.lowered(
            Severity::Medium,
            "it throws in the end: what is lost is which failure it was, and what the handler writes",
        );
    }
    if caught.some && !matches!(harm, Harm::After(_)) {
        found = found.lowered(
            Severity::Medium,
            "it goes on after this failure alone: others are thrown on",
        );
    }
    found
        .confidence(match harm {
            Harm::After(_) | Harm::Round | Harm::Asked { certain: true, .. } => Confidence::Certain,
            Harm::Before(_) | Harm::Asked { .. } => Confidence::Likely,
        })
        .help(instead(call.operation))
        .subject(format!(
            "query:{} {title}",
            functions::name(project, inside.opener.function)
        ))
}

/// What to do in the place of going on: nothing that the statement is already.
fn instead(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => {
            "catch outside of `$transaction`, or make the statement one that cannot fail: `createMany({ data: rows, skipDuplicates: true })`, `upsert`"
        }
        Operation::CreateMany | Operation::CreateManyAndReturn => {
            "catch outside of `$transaction`, or make the statement one that cannot fail: `skipDuplicates: true`"
        }
        _ => {
            "catch outside of `$transaction`, and ask before the statement for what it may be refused for; what may be lost without the rest belongs into a transaction of its own"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_is_already_is_not_advised() {
        assert!(instead(Operation::Create).contains("`upsert`"));
        assert!(!instead(Operation::Upsert).contains("`upsert`"));
        assert!(!instead(Operation::CreateMany).contains("createMany"));
    }
}

//! Transactions that decide by what they read, while others may change it.

use rustc_hash::FxHashMap;
use snell_flow::{EventKind, Fact, Root, Summary, Value};
use snell_project::{
    client::{CallId, Operation},
    schema::SchemaId,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{repeated, transactions};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/isolation-level",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Transactions decide by what they read, at a level at which others change it meanwhile",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Further transactions that the finding shows.
const MAX_SHOWN: usize = 4;

/// A transaction with the read that decides, and the write that it decides.
struct Decision {
    transaction: CallId,
    read: CallId,
    write: CallId,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut by_schema: FxHashMap<SchemaId, Vec<Decision>> = FxHashMap::default();
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module)
            || transactions::takes_locks(context, summary)
        {
            continue;
        }
        for decision in decisions(context, summary) {
            let Some(schema) = context.project.calls.get(decision.write).schema else {
                continue;
            };
            by_schema.entry(schema).or_default().push(decision);
        }
    }
    let mut schemas: Vec<SchemaId> = by_schema.keys().copied().collect();
    schemas.sort();
    schemas
        .into_iter()
        .filter_map(|schema| finding(context, &by_schema[&schema]))
        .collect()
}

/// The transactions of a function in which a condition on a row that was read
/// decides whether something is written. One for each transaction.
fn decisions(context: &Context<'_>, summary: &Summary) -> Vec<Decision> {
    let mut found: Vec<Decision> = Vec::new();
    for event in &summary.events {
        let (Some(transaction), EventKind::Query(query)) = (event.transaction, &event.kind) else {
            continue;
        };
        let call = context.project.calls.get(query.call);
        let known = found.iter().any(|one| one.transaction == transaction);
        if known
            || !call.operation.is_write()
            || transactions::callback(context, transaction).is_none()
            || transactions::text(context, transaction).contains("isolationLevel")
        {
            continue;
        }
        let inside = |id: CallId| {
            summary.events.iter().any(|other| {
                other.transaction == Some(transaction)
                    && matches!(&other.kind, EventKind::Query(query) if query.call == id)
            })
        };
        let read = event.facts.iter().find_map(|fact| {
            let id = decided_by(fact)?;
            let read = context.project.calls.get(id);
            // What is only looked for by its key is the row that is written, or none.
            let counts = matches!(
                read.operation,
                Operation::Count
                    | Operation::Aggregate
                    | Operation::FindFirst
                    | Operation::FindMany
            );
            (counts && inside(id)).then_some(id)
        });
        if let Some(read) = read {
            found.push(Decision {
                transaction,
                read,
                write: query.call,
            });
        }
    }
    found
}

/// The query of whose rows a fact speaks.
fn decided_by(fact: &Fact) -> Option<CallId> {
    let values: Vec<&Value> = match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => vec![value],
        Fact::Equal(a, b) | Fact::Differ(a, b) => vec![a, b],
        _ => return None,
    };
    let mut found = None;
    for value in values {
        value.visit(&mut |value| {
            if let Value::Opaque(opaque) = value
                && let Root::Row(row) = &opaque.root
            {
                found.get_or_insert(row.call);
            }
        });
    }
    found
}

fn finding(context: &Context<'_>, decisions: &[Decision]) -> Option<Diagnostic> {
    let (first, others) = decisions.split_first()?;
    let place = |id: CallId| {
        let call = context.project.calls.get(id);
        context.project.modules.at(call.module, call.name.span)
    };
    let title = |id: CallId| repeated::title(context, context.project.calls.get(id));
    let message = match others.len() {
        0 => format!(
            "a transaction decides about `{}` by what it read, and others may change that meanwhile",
            title(first.write)
        ),
        n => format!(
            "{} transactions decide about writes by what they read, and others may change that meanwhile",
            n + 1
        ),
    };
    let mut found = Diagnostic::at(&RULE.metadata, place(first.transaction), message)
        .label("at `ReadCommitted`, the default, each query sees what others have done until then")
        .related(place(first.read), "what is read here decides")
        .related(place(first.write), "whether this is written");
    for other in others.iter().take(MAX_SHOWN) {
        found = found.related(
            place(other.transaction),
            format!("the same with `{}`", title(other.write)),
        );
    }
    if others.len() > MAX_SHOWN {
        found = found.note(format!("{} more like these", others.len() - MAX_SHOWN));
    }
    Some(
        found
            .confidence(Confidence::Possible)
            .help("where two at once must not both pass, say it: `{ isolationLevel: Prisma.TransactionIsolationLevel.Serializable }` with another try on P2034, a lock of the row, or a constraint")
            .subject("transactions:isolation".to_owned()),
    )
}

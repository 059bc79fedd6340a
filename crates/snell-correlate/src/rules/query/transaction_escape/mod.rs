//! Queries inside a transaction's callback that run outside of the transaction.

use std::cmp::Reverse;

use snell_flow::Summary;
use snell_project::{
    client::{CallId, ClientCall, Operation},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    clients, repeated,
    transactions::{self, Inside, What},
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/transaction-escape",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A query in a transaction's callback runs outside of the transaction",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of what is written whether the transaction succeeds or not.
const ASIDE: [&str; 6] = ["log", "audit", "event", "metric", "track", "notif"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Told> = Vec::new();
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        let mut told = Vec::new();
        let mut own: Vec<Told> = Vec::new();
        let locked = locked(context, summary);
        for inside in transactions::inside(context, summary) {
            let What::Query(query) = inside.what else {
                continue;
            };
            let key = (inside.transaction, query.call);
            let call = context.project.calls.get(query.call);
            if !told.contains(&key) && escapes(context, call, &inside) {
                told.push(key);
                let handed = hands_over_a_client(context, &inside);
                let waits = locked.iter().any(|(transaction, model)| {
                    *transaction == inside.transaction && call.model() == Some(*model)
                });
                own.push(Told {
                    transaction: inside.transaction,
                    handed,
                    helper: (!inside.chain.is_empty()).then_some(query.call),
                    finding: finding(context, call, &inside, waits),
                });
            }
        }
        found.extend(by_cause(own));
    }
    by_helper(found)
}

/// A query that escapes.
struct Told {
    transaction: CallId,
    /// Whether the callback is handed a client.
    handed: bool,
    /// The query, where it stands in a function that the callback calls.
    helper: Option<CallId>,
    finding: Diagnostic,
}

impl Told {
    fn at(&self) -> Location {
        self.finding.primary().at
    }
}

/// The models whose rows a transaction itself changes, and holds until it ends.
fn locked(context: &Context<'_>, summary: &Summary) -> Vec<(CallId, ModelRef)> {
    let within = transactions::inside(context, summary).into_iter();
    within
        .filter_map(|inside| {
            let What::Query(query) = inside.what else {
                return None;
            };
            let call = context.project.calls.get(query.call);
            let holds = matches!(
                call.operation,
                Operation::Update
                    | Operation::UpdateMany
                    | Operation::UpdateManyAndReturn
                    | Operation::Upsert
                    | Operation::Delete
                    | Operation::DeleteMany
            );
            let own = holds && !escapes(context, call, &inside);
            Some((inside.transaction, call.model().filter(|_| own)?))
        })
        .collect()
}

/// One finding for each cause, the worst of those that share it: a callback that takes no client,
/// or one call inside of which several queries run.
fn by_cause(mut found: Vec<Told>) -> Vec<Told> {
    found.sort_by_key(|one| Reverse(one.finding.severity));
    let mut causes: Vec<Told> = Vec::new();
    for one in found {
        let same = causes.iter_mut().find(|first| {
            first.transaction == one.transaction && (!one.handed || first.at() == one.at())
        });
        match same {
            Some(first) => first.finding.also(one.at(), "this as well"),
            None => causes.push(one),
        }
    }
    causes
}

/// One finding for each function that uses a client of its own, however many transactions call it: it is mended in one place.
fn by_helper(mut found: Vec<Told>) -> Vec<Diagnostic> {
    found.sort_by_key(|one| (Reverse(one.finding.severity), one.at()));
    let mut told: Vec<Told> = Vec::new();
    for one in found {
        let same = told
            .iter_mut()
            .find(|first| one.helper.is_some() && first.helper == one.helper);
        match same {
            Some(first) => first.finding.also(one.at(), "and from here"),
            None => told.push(one),
        }
    }
    told.into_iter().map(|one| one.finding).collect()
}

/// Whether a call uses a client of its own rather than the one that the callback is handed.
fn escapes(context: &Context<'_>, call: &ClientCall, inside: &Inside<'_>) -> bool {
    call.operation != Operation::Transaction
        && !call.client.transaction
        && !call.client.extended
        && call.confidence != Confidence::Possible
        && clients::is_own(context, call)
        && !clients::follows_the_request(context, call)
        && (hands_over_a_client(context, inside) || !finds_it_otherwise(context, call))
}

/// Whether the callback takes the transaction's client.
fn hands_over_a_client(context: &Context<'_>, inside: &Inside<'_>) -> bool {
    transactions::callback(context, inside.transaction).is_some_and(|callback| {
        let facts = context.project.modules.facts(callback.module);
        !facts.function(callback.id).parameters.is_empty()
    })
}

/// Whether the client may find a transaction that nobody hands it: a class with a `$transaction`
/// of its own, or an application that keeps one in a store that follows asynchronous calls.
fn finds_it_otherwise(context: &Context<'_>, call: &ClientCall) -> bool {
    let project = context.project;
    let opens = call.client.class.is_some_and(|class| {
        let facts = project.modules.facts(class.module);
        facts.class(class.id).member("$transaction").is_some()
    });
    opens
        || project.modules.iter().any(|(module, owner)| {
            let text = &context.sources.file(owner.file).text;
            let of_the_database = ["ransaction", "risma"]
                .iter()
                .any(|word| text.contains(word));
            functions::is_application(project, module)
                && of_the_database
                && clients::follows_calls(text)
        })
}

/// `waits`: the transaction holds rows that the query may wait for.
fn finding(
    context: &Context<'_>,
    call: &ClientCall,
    inside: &Inside<'_>,
    waits: bool,
) -> Diagnostic {
    let project = context.project;
    let title = repeated::title(context, call);
    let own = project.modules.at(call.module, call.name.span);
    let place = match inside.chain.first() {
        Some(first) => repeated::callee_name(context, *first),
        None => own,
    };
    let opener = project.calls.get(inside.transaction);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        place,
        format!("`{title}` runs outside of the transaction around it"),
    )
    .label(
        match (
            hands_over_a_client(context, inside),
            inside.chain.is_empty(),
        ) {
            (true, true) => "not the client that the callback is handed",
            (true, false) => "leads to a client that is not the one the callback is handed",
            (false, true) => "the callback takes no client, and this one knows of no transaction",
            (false, false) => "leads to a client that knows of no transaction",
        },
    )
    .related(
        project.modules.at(opener.module, opener.name.span),
        "the transaction",
    );
    for step in inside.chain.iter().skip(1) {
        found = found.related(repeated::callee_name(context, *step), "which calls this");
    }
    if !inside.chain.is_empty() {
        found = found.related(own, "the query");
    }
    if !call.operation.is_write() {
        found = found.lowered(
            match inside.chain.is_empty() {
                true => Severity::Medium,
                false => Severity::Low,
            },
            "it reads: it does not see what the transaction has written so far",
        );
    } else if clients::is_caught(context, call) {
        found = found.lowered(
            Severity::Low,
            "its failure is caught: inside the transaction it would end the transaction",
        );
    } else if is_aside(context, call, inside) {
        found = found.lowered(
            Severity::Low,
            "what it writes may be meant to stay when the transaction fails",
        );
    } else if !inside.chain.is_empty() {
        found = found.lowered(Severity::High, "the query is in a function that is called");
    } else if !waits {
        found = found.lowered(
            Severity::High,
            "it waits for no row that the transaction holds: what it writes stays when the transaction fails",
        );
    }
    let tx = handed_name(context, inside);
    found
        .confidence(Confidence::Likely)
        .help(advice(context, inside, &tx))
        .subject(format!(
            "query:{} {title}",
            functions::name(project, inside.opener.function)
        ))
}

/// How the callback calls the client that it is handed.
fn handed_name(context: &Context<'_>, inside: &Inside<'_>) -> String {
    let project = context.project;
    let callback = transactions::callback(context, inside.transaction);
    let name = callback.and_then(|callback| {
        let facts = project.modules.facts(callback.module);
        let first = facts.function(callback.id).parameters.first()?;
        Some(
            context
                .text(project.modules.at(callback.module, first.span))
                .to_owned(),
        )
    });
    name.as_deref()
        .and_then(|text| text.split(':').next())
        .map_or("tx", str::trim)
        .to_owned()
}

/// What to do, by whether the callback takes a client and whether the query stands in it.
fn advice(context: &Context<'_>, inside: &Inside<'_>, tx: &str) -> String {
    match (
        hands_over_a_client(context, inside),
        inside.chain.is_empty(),
    ) {
        (true, true) => format!("call it on `{tx}`"),
        (true, false) => format!("hand `{tx}` on, and query with it"),
        (false, true) => {
            "take the client, `$transaction(async (tx) => ...)`, and call it on `tx`".to_owned()
        }
        (false, false) => {
            "take the client, `$transaction(async (tx) => ...)`, hand `tx` on, and query with it"
                .to_owned()
        }
    }
}

fn is_aside(context: &Context<'_>, call: &ClientCall, inside: &Inside<'_>) -> bool {
    let model = call.model().map(|model| {
        context
            .project
            .schemas
            .model(model)
            .name
            .to_ascii_lowercase()
    });
    let called = inside.chain.iter().map(|at| {
        context
            .text(repeated::callee_name(context, *at))
            .to_ascii_lowercase()
    });
    model
        .into_iter()
        .chain(called)
        .any(|name| ASIDE.iter().any(|word| name.contains(word)))
}

//! Failures caught inside a transaction that PostgreSQL has given up by then.

use snell_extract::facts::{Block, Expression, ExpressionId, FunctionBody, Statement};
use snell_flow::Value;
use snell_prisma::Provider;
use snell_project::{
    client::{ClientCall, Operation},
    module::{ExpressionRef, FunctionRef, In, ModuleId},
    types::{Type, Types},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use super::{
    repeated,
    transactions::{self, Inside, What},
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::order::Place,
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
            let Some(caught) = caught(context, inside) else {
                continue;
            };
            if told.contains(&caught.handler) {
                continue;
            }
            let Some(harm) = harm(context, &all, n, &caught) else {
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
}

/// What else the transaction does.
enum Harm {
    /// A query that comes after the failure: it is refused.
    After(Location),
    /// The next round of a loop: it is refused as well.
    Round,
    /// What was written before: it is undone, and nobody hears of it.
    Before(Location),
}

fn caught(context: &Context<'_>, inside: &Inside<'_>) -> Option<Caught> {
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
        for way in handlers(context, at) {
            let of_callback = n > 0 || body.contains(way.guarded);
            if !of_callback {
                return None;
            }
            if way.goes_on {
                let handler = project.modules.at(at.module, way.handler);
                let in_callback = n == 0
                    && at.module == callback.module
                    && project.modules.get(at.module).context.function(at.id) == Some(callback.id);
                return Some(Caught {
                    guarded: project.modules.at(at.module, way.guarded),
                    handler,
                    returns: in_callback && way.is_statement && says_return(context.text(handler)),
                    refusable,
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

/// What catches a failure.
struct Way {
    guarded: Span,
    handler: Span,
    /// Without throwing on every way.
    goes_on: bool,
    /// A `catch` block, no callback.
    is_statement: bool,
}

/// What catches a failure at a place of a function, innermost first.
fn handlers(context: &Context<'_>, at: ExpressionRef) -> Vec<Way> {
    let module = context.project.modules.get(at.module);
    let facts = &module.facts;
    let mut found = Vec::new();
    if let Some((guarded, handler)) = catch_call(context, at) {
        found.push(Way {
            guarded,
            handler: facts.function(handler.id).span,
            goes_on: goes_on(context, handler),
            is_statement: false,
        });
    }
    let Some(mut outer) = module.context.function(at.id) else {
        return found;
    };
    while let Some(parent) = facts.function(outer).parent {
        outer = parent;
    }
    let place = Place::of(facts, Some(outer), facts.span(at.id));
    for (block, handler) in place.tries() {
        let (Some(first), Some(last)) = (block.first(), block.last()) else {
            continue;
        };
        let guarded = Span::new(first.span.start, last.span.end);
        let span = match (handler.first(), handler.last()) {
            (Some(first), Some(last)) => Span::new(first.span.start, last.span.end),
            _ => Span::new(guarded.end, guarded.end),
        };
        let text = context.text(context.project.modules.at(at.module, guarded));
        // A savepoint keeps what comes after it apart; a nested transaction is one.
        let apart =
            text.to_ascii_lowercase().contains("savepoint") || text.contains("$transaction");
        found.push(Way {
            guarded,
            handler: span,
            goes_on: !apart && !throws(context, at.module, handler),
            is_statement: true,
        });
    }
    found
}

/// `query.catch(callback)`
fn catch_call(context: &Context<'_>, at: ExpressionRef) -> Option<(Span, FunctionRef)> {
    let module = context.project.modules.get(at.module);
    let facts = &module.facts;
    let member = module.context.parent(at.id)?;
    let Expression::Member { property, .. } = facts.expression(member) else {
        return None;
    };
    let call = module.context.parent(member)?;
    let Expression::Call { arguments, .. } = facts.expression(call) else {
        return None;
    };
    if property.text != "catch" {
        return None;
    }
    match facts.expression(facts.unwrap_casts(arguments.first()?.value)) {
        Expression::Function(id) => Some((
            facts.span(at.id),
            In {
                module: at.module,
                id: *id,
            },
        )),
        _ => None,
    }
}

fn goes_on(context: &Context<'_>, function: FunctionRef) -> bool {
    let facts = context.project.modules.facts(function.module);
    match &facts.function(function.id).body {
        FunctionBody::Block(body) => !throws(context, function.module, body),
        FunctionBody::Expression(value) => !always_throws(context, function.module, *value),
        FunctionBody::None => false,
    }
}

/// Whether every way through a block throws. What calls something that is not followed may.
fn throws(context: &Context<'_>, module: ModuleId, block: &Block) -> bool {
    block.iter().any(|statement| match &statement.kind {
        Statement::Throw(_) => true,
        Statement::Expression(value) | Statement::Return(Some(value)) => {
            always_throws(context, module, *value)
        }
        Statement::If {
            then,
            otherwise: Some(otherwise),
            ..
        } => throws(context, module, then) && throws(context, module, otherwise),
        Statement::Block(body) => throws(context, module, body),
        Statement::Switch { cases, .. } => cases
            .iter()
            .any(|case| case.test.is_none() && throws(context, module, &case.body)),
        Statement::Try {
            finalizer: Some(last),
            ..
        } => throws(context, module, last),
        _ => false,
    })
}

/// `handleError(error)`: a function that throws, or of which the name lets one think so.
fn always_throws(context: &Context<'_>, module: ModuleId, id: ExpressionId) -> bool {
    let facts = context.project.modules.facts(module);
    let id = match facts.expression(facts.unwrap_casts(id)) {
        Expression::Await(inner) => facts.unwrap_casts(*inner),
        _ => facts.unwrap_casts(id),
    };
    let Expression::Call { callee, .. } = facts.expression(id) else {
        return false;
    };
    let called = Types::new(&context.project.modules).of(In {
        module,
        id: *callee,
    });
    if let Type::Function(function) = called {
        let facts = context.project.modules.facts(function.module);
        return match &facts.function(function.id).body {
            FunctionBody::Block(body) => body.iter().any(|statement| has_throw(&statement.kind)),
            _ => false,
        };
    }
    let name = match facts.expression(*callee) {
        Expression::Identifier { name, .. } => name,
        Expression::Member {
            object, property, ..
        } => {
            // `Promise.reject(error)`
            let rejects = property.text == "reject"
                && matches!(facts.expression(*object), Expression::Identifier { name, .. } if name == "Promise");
            if rejects {
                return true;
            }
            &property.text
        }
        _ => return false,
    };
    let lower = name.to_ascii_lowercase();
    ["throw", "handle", "fail", "rethrow", "raise"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Whether a statement throws somewhere: a helper that maps errors throws on most of its ways.
fn has_throw(statement: &Statement) -> bool {
    let any = |block: &Block| block.iter().any(|inner| has_throw(&inner.kind));
    match statement {
        Statement::Throw(_) => true,
        Statement::If {
            then, otherwise, ..
        } => any(then) || otherwise.as_ref().is_some_and(any),
        Statement::Block(body) => any(body),
        Statement::Switch { cases, .. } => cases.iter().any(|case| any(&case.body)),
        _ => false,
    }
}

/// What the transaction loses: a later query, the next round, what was written before.
fn harm(
    context: &Context<'_>,
    all: &[Inside<'_>],
    position: usize,
    caught: &Caught,
) -> Option<Harm> {
    let project = context.project;
    let own = &all[position];
    let queries = |inside: &Inside<'_>| match inside.what {
        What::Query(query) if inside.transaction == own.transaction => {
            let call = project.calls.get(query.call);
            call.client.transaction.then(|| {
                (
                    project.modules.at(call.module, call.name.span),
                    call.operation,
                )
            })
        }
        _ => None,
    };
    let is_guarded = |inside: &Inside<'_>| {
        let of_query = match inside.what {
            What::Query(query) => {
                let call = project.calls.get(query.call);
                let facts = project.modules.facts(call.module);
                Some(project.modules.at(call.module, facts.span(call.expression)))
            }
            What::Unfollowed(_) => None,
        };
        let through = inside.chain.iter().map(|at| {
            let facts = project.modules.facts(at.module);
            project.modules.at(at.module, facts.span(at.id))
        });
        through
            .chain(of_query)
            .any(|at| at.file == caught.guarded.file && caught.guarded.span.contains(at.span))
    };
    let later = all[position + 1..].iter().find_map(|inside| {
        let (at, _) = queries(inside).filter(|_| !is_guarded(inside))?;
        let in_handler = at.file == caught.handler.file && caught.handler.span.contains(at.span);
        (in_handler || !caught.returns).then_some(at)
    });
    if let Some(at) = later {
        return Some(Harm::After(at));
    }
    let round = own.around.is_some_and(|around| {
        around.at.file == caught.guarded.file && !caught.guarded.span.contains(around.at.span)
    });
    if round && !caught.returns {
        return Some(Harm::Round);
    }
    let before = all[..position].iter().find_map(|inside| {
        let (at, operation) = queries(inside)?;
        operation.is_write().then_some(at)
    });
    before.map(Harm::Before)
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
        found = found.related(caught.handler, "goes on as if nothing had happened");
    }
    found = match harm {
        Harm::After(at) => found.related(
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
    found
        .confidence(match harm {
            Harm::After(_) | Harm::Round => Confidence::Certain,
            Harm::Before(_) => Confidence::Likely,
        })
        .help("catch outside of `$transaction`, or make the statement one that cannot fail: `createMany({ data: rows, skipDuplicates: true })`, `upsert`")
        .subject(format!(
            "query:{} {title}",
            functions::name(project, inside.opener.function)
        ))
}

//! Answers of one user that are kept under a key which every user shares.

use rustc_hash::FxHashSet;
use snell_extract::facts::{BindingKind, Decorator, Expression, MemberKind};
use snell_flow::{
    Facts, Opaque, Root, RowOrigin, TextPart, Value,
    scope::{Key, Origin, Trust, Verdict, Walk, origins, verdict},
};
use snell_project::{
    client::CallId,
    endpoint::{Endpoint, EndpointKind},
    module::{ExpressionRef, In, ModuleId, Symbol},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::unfollowed::{self, Around},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/cache-key-unscoped",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "What belongs to one user is cached under a key that does not say whose it is",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Calls into calls that are searched for what is put into a cache.
const MAX_DEPTH: usize = 6;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut told: FxHashSet<ExpressionRef> = FxHashSet::default();
    let mut found = Vec::new();
    for (entered, walked) in context.flow.endpoints().zip(context.walks) {
        let endpoint = project.endpoints.get(entered.endpoint);
        if !endpoint.kind.is_request()
            || !functions::is_application(project, endpoint.module)
            || endpoint.access.public.is_some()
        {
            continue;
        }
        if let Some(at) = intercepted(context, endpoint)
            && let Some(query) = personal(context, &walked.walk)
        {
            found.push(by_address(context, endpoint, at, query));
        }
        let mut search = Search {
            context,
            taken: Vec::new(),
            found: Vec::new(),
        };
        unfollowed::each(
            &entered.summary.events,
            MAX_DEPTH,
            &mut |at, arguments, around| {
                search.call(at, arguments, around);
            },
        );
        for (at, row) in search.found {
            if told.insert(at) {
                found.push(by_hand(context, endpoint, at, row));
            }
        }
    }
    found
}

/// The decorator that answers `GET` requests from a cache, by their address alone.
fn intercepted(context: &Context<'_>, endpoint: &Endpoint) -> Option<Location> {
    let of_class = endpoint.class?;
    if endpoint.kind != EndpointKind::Http || !endpoint.name.starts_with("GET") {
        return None;
    }
    let class = context
        .project
        .modules
        .facts(of_class.module)
        .class(of_class.id);
    let own = class.members.iter().filter(|member| {
        matches!(member.kind, MemberKind::Method(id) if id == endpoint.handler.id)
            && endpoint.handler.module == of_class.module
    });
    let mut decorators = own
        .flat_map(|member| &member.decorators)
        .chain(&class.decorators);
    let found = decorators.find(|one| caches(context, of_class.module, one))?;
    Some(context.project.modules.at(of_class.module, found.span))
}

fn caches(context: &Context<'_>, module: ModuleId, decorator: &Decorator) -> bool {
    let facts = context.project.modules.facts(module);
    let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
        return false;
    };
    functions::decorator_name(facts, decorator) == Some("UseInterceptors")
        && arguments.iter().any(|argument| {
            let Expression::Identifier {
                binding: Some(binding),
                ..
            } = facts.expression(argument.value)
            else {
                return false;
            };
            matches!(
                context.project.modules.binding(module, *binding),
                Symbol::External { name, .. } if name == "CacheInterceptor"
            )
        })
}

/// A query of rows of who asks, which the endpoint gives back.
fn personal(context: &Context<'_>, walk: &Walk<'_>) -> Option<CallId> {
    let found = walk.queries.iter().find(|reached| {
        let call = reached.query.call;
        let trust = reached.trust();
        verdict(context.project, reached, trust) == Verdict::Scoped
            && walk.escapes.iter().any(|escape| escape.row.call == call)
    });
    found.map(|reached| reached.query.call)
}

/// Looks for what is put into a cache: rows of who asks, under a key without them.
struct Search<'a, 'f> {
    context: &'a Context<'a>,
    /// The keys under which the cache was asked before anything tied them to who asks.
    taken: Vec<Vec<Key>>,
    found: Vec<(ExpressionRef, &'f RowOrigin)>,
}

impl<'f> Search<'_, 'f> {
    fn call(&mut self, at: ExpressionRef, arguments: &'f [Value], around: &Around<'_, '_>) {
        let Some((method, key)) = cache_call(self.context, at).zip(arguments.first()) else {
            return;
        };
        let value = match method {
            "get" | "getex" => {
                if !is_tied(key, &around.held()) {
                    self.taken.push(sent(key));
                }
                return;
            }
            "set" | "put" | "add" => arguments.get(1),
            "setex" | "setEx" => arguments.get(2),
            _ => None,
        };
        if let Some(row) = value.and_then(row_of_identity)
            && (is_constant(key) || is_shared(key) && self.taken.contains(&sent(key)))
        {
            self.found.push((at, row));
        }
    }
}

/// The method of `this.cache.set(...)`, when what it is called on outlives the request.
fn cache_call<'a>(context: &Context<'a>, at: ExpressionRef) -> Option<&'a str> {
    let facts = context.project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return None;
    };
    let Expression::Member {
        object, property, ..
    } = facts.expression(*callee)
    else {
        return None;
    };
    let receiver = match facts.expression(*object) {
        Expression::Identifier { name, binding } => {
            // A variable of the function is gone with the request.
            let local = binding.is_some_and(|id| {
                let binding = facts.binding(id);
                binding.function.is_some() && matches!(binding.kind, BindingKind::Variable { .. })
            });
            if local {
                return None;
            }
            name
        }
        Expression::Member { property, .. } => &property.text,
        _ => return None,
    };
    let receiver = receiver.to_ascii_lowercase();
    (receiver.contains("cache") || receiver.contains("redis")).then_some(property.text.as_str())
}

fn is_constant(key: &Value) -> bool {
    is_made_of(key, &|_| false)
}

/// Whether all of a key is known, and nothing of it is who asks or theirs.
fn is_shared(key: &Value) -> bool {
    is_made_of(
        key,
        &|part| matches!(&part.root, Root::ClientInput(decorator, _) if decorator != "Headers"),
    )
}

/// Whether a text is made of constants and of what `allowed` says, and of nothing else: a part that
/// is not known may be anybody's.
fn is_made_of(text: &Value, allowed: &dyn Fn(&Opaque) -> bool) -> bool {
    match text {
        Value::Literal(_) => true,
        Value::Opaque(part) => allowed(part),
        Value::Text(parts) => parts.iter().all(|part| match part {
            TextPart::Constant(_) => true,
            TextPart::Value(value, _) => is_made_of(value, allowed),
        }),
        _ => false,
    }
}

/// What the client sent of a key.
fn sent(key: &Value) -> Vec<Key> {
    let mut found = Vec::new();
    origins(key, &mut |origin| {
        if let Origin::Client(sent) = origin {
            found.push(sent);
        }
    });
    found
}

/// Whether what holds ties a part of the key to who asks, or may do so.
fn is_tied(key: &Value, facts: &Facts) -> bool {
    let trust = Trust::of(facts);
    trust.opaque || trust.privileged || trust.is_trusted(key)
}

/// A row in a value that was looked up for who asks.
fn row_of_identity(value: &Value) -> Option<&RowOrigin> {
    let mut found = None;
    origins(value, &mut |origin| {
        if let Origin::Row(row, _) = origin {
            let mut scoped = false;
            origins(&row.arguments, &mut |origin| {
                scoped |= matches!(origin, Origin::Identity(_));
            });
            if scoped {
                found.get_or_insert(row);
            }
        }
    });
    found
}

fn by_address(
    context: &Context<'_>,
    endpoint: &Endpoint,
    at: Location,
    query: CallId,
) -> Diagnostic {
    Diagnostic::at(
        &RULE.metadata,
        at,
        format!("the answer of `{}` is cached by its address, for every user", endpoint.name),
    )
    .label("the next user gets what the first one was given")
    .related(query_at(context, query), "its rows are those of who asks")
    .confidence(Confidence::Likely)
    .help("extend `CacheInterceptor` and make the user a part of the key (`trackBy`), or do not cache what belongs to one user")
    .subject(format!("endpoint:{}", endpoint.name))
}

fn by_hand(
    context: &Context<'_>,
    endpoint: &Endpoint,
    at: ExpressionRef,
    row: &RowOrigin,
) -> Diagnostic {
    let facts = context.project.modules.facts(at.module);
    let key = match facts.expression(at.id) {
        Expression::Call { arguments, .. } => arguments.first().map(|first| first.value),
        _ => None,
    };
    let place = In {
        module: at.module,
        id: key.unwrap_or(at.id),
    };
    Diagnostic::at(
        &RULE.metadata,
        context.project.modules.location(place),
        format!(
            "`{}` caches rows of one user under a key that every user shares",
            endpoint.name
        ),
    )
    .label("does not say whose it is")
    .related(
        query_at(context, row.call),
        "these rows are those of who asks",
    )
    .related(endpoint.at, "the endpoint")
    .confidence(Confidence::Likely)
    .help("make the owner a part of the key, wherever it is written and read")
    .subject(format!("endpoint:{} cache", endpoint.name))
}

fn query_at(context: &Context<'_>, call: CallId) -> Location {
    let call = context.project.calls.get(call);
    context.project.modules.at(call.module, call.name.span)
}

//! Properties of the request that nothing sets: who asks is `undefined` there, for everybody.

pub(super) mod decorated;
pub(super) mod keys;
mod put;

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_extract::facts::MemberKind;
use snell_flow::{
    Opaque, Root, Step, Value,
    scope::{Reached, leaves},
};
use snell_project::{
    client::{CallId, Operation},
    endpoint::{Endpoint, EndpointKind},
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location};

use self::put::{Put, Puts, Stage};
use super::{RULE, names_rows, refuses_undefined, sent::is_asked};
use crate::{functions, rule::Context};

/// So many other queries are shown.
const SHOWN: usize = 4;

/// The queries that lose a condition with one property of the request.
struct Lost {
    /// The query whose condition it is, with the key in it.
    query: CallId,
    key: Location,
    endpoint: Location,
    others: Vec<CallId>,
    why: Why,
}

/// Why nothing is there.
enum Why {
    /// What is left there has other properties: these.
    Other(Location, Vec<SmolStr>),
    /// A middleware takes it from what guards leave, and those run later.
    Early(Location, SmolStr),
}

/// One finding for each property that nothing sets.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let puts = Puts::find(context);
    if puts.anything || !puts.has_guards() {
        return Vec::new();
    }
    let mut found: BTreeMap<String, Lost> = BTreeMap::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        let judged = endpoint.kind == EndpointKind::Http
            && endpoint.class.is_some()
            && functions::is_application(project, endpoint.module);
        if !judged {
            continue;
        }
        for reached in &entered.walk.queries {
            let Some((way, place, why)) = lost(context, &puts, endpoint, reached) else {
                continue;
            };
            let call = reached.query.call;
            let known = found.entry(way).or_insert_with(|| Lost {
                query: call,
                key: place,
                endpoint: endpoint.at,
                others: Vec::new(),
                why,
            });
            if known.query == call || known.others.contains(&call) {
                continue;
            }
            // What changes the rows of everybody says more than what reads them.
            let writes = |call: CallId| project.calls.get(call).operation.is_write();
            if writes(call) && !writes(known.query) {
                known.others.insert(0, known.query);
                (known.query, known.key, known.endpoint) = (call, place, endpoint.at);
            } else {
                known.others.push(call);
            }
        }
    }
    found
        .iter()
        .map(|(way, lost)| told(context, way, lost))
        .collect()
}

fn told(context: &Context<'_>, way: &str, lost: &Lost) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(lost.query);
    let model = call.model().map(|model| project.schemas.model(model));
    let accessor = model.map_or("", |model| model.accessor.as_str());
    let title = format!("{accessor}.{}", call.operation.as_str());
    let does = match call.operation {
        Operation::FindFirst | Operation::FindFirstOrThrow => "finds any row",
        Operation::DeleteMany => "deletes the rows of everybody",
        Operation::UpdateMany | Operation::UpdateManyAndReturn => "changes the rows of everybody",
        Operation::FindMany => "reads the rows of everybody",
        _ => "counts the rows of everybody",
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        lost.key,
        format!("`{title}` {does}: nothing sets `request.{way}`"),
    )
    .label("is always `undefined`, and so this condition is gone")
    .related(lost.endpoint, "it is taken from the request here");
    let (first, last) = way.split_once('.').unwrap_or(("", way));
    found = match &lost.why {
        Why::Other(at, keys) => {
            let meant = keys.iter().find(|key| {
                let key = key.to_ascii_lowercase();
                key.ends_with(&last.to_ascii_lowercase())
            });
            let found = found.related(*at, format!("what is left there has no `{last}`"));
            match meant {
                Some(meant) => found.help(format!("read `request.{first}.{meant}`")),
                None => found.help(format!("set `{last}` where `request.{first}` is set")),
            }
        }
        Why::Early(at, from) => found
            .related(*at, "a middleware runs before the guards")
            .help(format!(
                "set it in a guard or an interceptor, which run when `request.{from}` is there"
            )),
    };
    for other in lost.others.iter().take(SHOWN) {
        let other = project.calls.get(*other);
        let at = project.modules.at(other.module, other.name.span);
        found = found.related(at, "this query loses it too");
    }
    if lost.others.len() > SHOWN {
        found = found.note(format!("{} queries lose it", lost.others.len() + 1));
    }
    found
        .confidence(Confidence::Likely)
        .subject(format!("request:{way}"))
}

/// The property of the request by which a query goes, and that nothing sets, with the key of its
/// condition.
fn lost(
    context: &Context<'_>,
    puts: &Puts,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
) -> Option<(String, Location, Why)> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let loses = matches!(
        call.operation,
        Operation::FindMany
            | Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::UpdateMany
            | Operation::UpdateManyAndReturn
            | Operation::DeleteMany
            | Operation::Count
            | Operation::Aggregate
            | Operation::GroupBy
    );
    if !loses || call.client.changes_queries() || refuses_undefined(context, model) {
        return None;
    }
    let arguments = reached.query.arguments.first()?.as_object()?;
    let filter = &arguments.entries.get("where")?.value;
    let entries = &filter.as_object()?.entries;
    let leaves = leaves(filter)?;
    leaves.iter().find_map(|leaf| {
        let [column] = leaf.path.as_slice() else {
            return None;
        };
        let Value::Opaque(opaque) = leaf.value else {
            return None;
        };
        let stands = leaf.always && !leaf.weak && says_whose(context, model, column);
        if !stands || is_asked(&reached.facts, leaf.value) {
            return None;
        }
        let (way, why) = unset(context, puts, endpoint, opaque)?;
        let entry = entries.get(column)?;
        let key = project.modules.at(entry.module, entry.key);
        Some((way.join("."), key, why))
    })
}

/// Whether a column says whose a row is, or which it is.
fn says_whose(context: &Context<'_>, model: ModelRef, column: &str) -> bool {
    let declared = context.project.schemas.model(model);
    let owned = match context.project.owners.of(model) {
        Ownership::Owned(chains) => declared
            .field(column)
            .is_some_and(|field| chains.iter().any(|chain| chain.key == Some(field.id))),
        _ => false,
    };
    owned || names_rows(declared, column)
}

/// The way on the request to a value that nothing sets, where all ways to it are such: `user`, `id`.
fn unset(
    context: &Context<'_>,
    puts: &Puts,
    endpoint: &Endpoint,
    value: &Opaque,
) -> Option<(Vec<SmolStr>, Why)> {
    let mut ways = ways(value, || decorated::ways(context, endpoint))?;
    // What no guard before the endpoint leaves is passed over.
    if ways.len() > 1 {
        ways.retain(|way| {
            way.first()
                .is_none_or(|first| may_be_there(context, puts, endpoint, first))
        });
    }
    let mut found = ways.into_iter().map(|way| {
        let why = why(context, puts, endpoint, &way)?;
        Some((way, why))
    });
    let first = found.next()??;
    found.all(|other| other.is_some()).then_some(first)
}

/// The ways on the request to a value: itself where it is read there, else those by which a decorator comes to who asks.
pub(super) fn ways(
    value: &Opaque,
    decorated: impl FnOnce() -> Option<Vec<Vec<SmolStr>>>,
) -> Option<Vec<Vec<SmolStr>>> {
    let names = value.path.iter().map(|step| match step {
        Step::Property(name) => Some(name.clone()),
        _ => None,
    });
    let names = names.collect::<Option<Vec<SmolStr>>>()?;
    match &value.root {
        Root::ClientInput(part, None) if part == "Req" => Some(vec![names]),
        Root::Identity => {
            let mut ways = decorated()?;
            for way in &mut ways {
                way.extend(names.iter().cloned());
            }
            Some(ways)
        }
        _ => None,
    }
}

/// Whether something before an endpoint may leave a property on the request.
fn may_be_there(context: &Context<'_>, puts: &Puts, endpoint: &Endpoint, name: &str) -> bool {
    let mut all = puts.of(name).iter();
    puts.outside
        || puts.may_be_put(None, name)
        || all.any(|put| put.stage != Stage::Guard || stands(context, endpoint, put))
}

/// Why nothing stands at a way on the request, where that is known.
fn why(context: &Context<'_>, puts: &Puts, endpoint: &Endpoint, way: &[SmolStr]) -> Option<Why> {
    match way {
        [name] => {
            let all = puts.of(name).iter();
            let all: Vec<&Put> = all
                .filter(|put| put.stage != Stage::Guard || stands(context, endpoint, put))
                .collect();
            let early = all.iter().all(|put| {
                put.stage == Stage::Middleware
                    && put
                        .from
                        .as_ref()
                        .is_some_and(|from| is_of_guards(puts, from))
            });
            let first = all.first().filter(|_| early)?;
            let from = first.from.clone()?;
            let sure = !puts.outside && !puts.may_be_put(None, name);
            sure.then_some(Why::Early(first.at, from))
        }
        [name, key] => {
            let before = puts.of(name).iter();
            let before: Vec<&Put> = before
                .filter(|put| put.stage != Stage::Guard || stands(context, endpoint, put))
                .collect();
            let mut keys: Vec<SmolStr> = Vec::new();
            for put in &before {
                keys.extend(put.keys.as_ref()?.iter().cloned());
            }
            let first = before.first()?;
            let unset =
                !keys.is_empty() && !keys.contains(key) && !puts.may_be_put(Some(name), key);
            unset.then_some(Why::Other(first.at, keys))
        }
        _ => None,
    }
}

/// Whether the guard that leaves something may stand before an endpoint: one that is written at other
/// classes and methods alone does not.
fn stands(context: &Context<'_>, endpoint: &Endpoint, put: &Put) -> bool {
    let project = context.project;
    let class = functions::class_of(project, endpoint.handler);
    let Some(class) = class.filter(|_| !put.by.is_empty()) else {
        return true;
    };
    let mut members = class.members.iter();
    let method = members
        .find(|member| matches!(member.kind, MemberKind::Method(id) if id == endpoint.handler.id));
    let own = method.into_iter().flat_map(|method| &method.decorators);
    let here = own.chain(&class.decorators).any(|decorator| {
        let at = project.modules.at(endpoint.handler.module, decorator.span);
        let text = context.text(at);
        put.by.iter().any(|guard| text.contains(guard.as_str()))
    });
    here || class.extends.is_some() || put.may_stand_anywhere(context)
}

/// Whether guards alone leave something.
fn is_of_guards(puts: &Puts, name: &str) -> bool {
    let all = puts.of(name);
    !all.is_empty() && all.iter().all(|put| put.stage == Stage::Guard)
}

//! Every query with the ways on which endpoints reach it, and whose rows it
//! reaches on each: what a person asks of the whole program.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_project::{
    Project,
    client::CallId,
    endpoint::{Endpoint, EndpointKind},
    module::ExpressionRef,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use super::{
    Key, Origin, Reached, Round, Trust, Verdict, Walk, Walked,
    content::ties_of_new,
    is_signed_in, origins,
    told::{asks_for_role, role_asked, told},
    verdict,
};
use crate::value::{RowOrigin, Value};

/// Whose rows a query reaches on one way, who comes there taken into account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// What the query and the checks before it say.
    Of(Verdict),
    /// What is known of the query says no more than this, and no rule judges it: the key may be
    /// one that is handed round, and what stands before the endpoint may look at anything.
    Told(Verdict),
    /// Its rows are compared with who asks before they are used.
    CheckedAfter,
    /// Only some who are signed in come here.
    Admin,
    /// Everybody may come here.
    Public,
    /// Nobody asks: a schedule, a queue, what stands before endpoints.
    System,
}

/// One way from an endpoint to a query.
#[derive(Debug, Clone)]
pub struct QueryPath {
    /// The position of the endpoint in the project's.
    pub endpoint: usize,
    /// The calls that lead to the query, outermost first.
    pub trail: Vec<ExpressionRef>,
    /// Whose rows it reaches.
    pub scope: Scope,
    /// The loops around it, outermost first.
    pub loops: Vec<Round>,
    /// The role that code has asked for before; empty where it names none.
    pub role: Option<SmolStr>,
}

/// What one endpoint runs.
#[derive(Debug)]
pub struct EndpointPaths {
    /// The position of the endpoint in the project's.
    pub endpoint: usize,
    /// Its queries in order, each once for each way.
    pub queries: Vec<(CallId, QueryPath)>,
    /// It was not followed to its end.
    pub cut: bool,
}

/// What one endpoint runs, and whose rows each of its queries reaches.
#[must_use]
pub fn ways_of(project: &Project, walked: &Walked<'_>) -> EndpointPaths {
    let endpoint = project.endpoints.get(walked.endpoint);
    let queries = walked.walk.queries.iter().map(|reached| {
        let path = QueryPath {
            endpoint: walked.endpoint,
            trail: reached.trail.clone(),
            scope: scope(project, endpoint, &walked.walk, reached),
            role: role_asked(project, &reached.facts),
            loops: reached.loops.clone(),
        };
        (reached.query.call, path)
    });
    EndpointPaths {
        endpoint: walked.endpoint,
        queries: queries.collect(),
        cut: walked.walk.cut,
    }
}

/// The ways to each query. Where a bus hands something on that a request made, the way of
/// the request says more than that of the bus.
#[must_use]
pub fn query_paths<'e>(
    project: &Project,
    endpoints: &'e [EndpointPaths],
) -> BTreeMap<CallId, Vec<&'e QueryPath>> {
    let mut paths: BTreeMap<CallId, Vec<&QueryPath>> = BTreeMap::new();
    for (call, path) in endpoints.iter().flat_map(|endpoint| &endpoint.queries) {
        paths.entry(*call).or_default().push(path);
    }
    let of_bus =
        |path: &&QueryPath| project.endpoints.get(path.endpoint).kind == EndpointKind::Command;
    for ways in paths.values_mut() {
        if !ways.iter().all(of_bus) {
            ways.retain(|way| !of_bus(way));
        }
    }
    paths
}

fn scope(project: &Project, endpoint: &Endpoint, walk: &Walk<'_>, reached: &Reached<'_>) -> Scope {
    let trust = reached.trust();
    let found = match by_arguments(project, reached, trust) {
        Some(found) => found,
        None => verdict(project, reached, trust),
    };
    let settled = matches!(
        found,
        Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore | Verdict::NotOwned
    );
    // What a guard does to the rows of who asks is in scope as anywhere else.
    let own = endpoint.kind == EndpointKind::Before && found == Verdict::Scoped;
    if endpoint.kind.is_system() && found != Verdict::NotOwned && !own {
        return Scope::System;
    }
    if endpoint.kind == EndpointKind::Field && found == Verdict::Scoped {
        return Scope::Of(Verdict::ScopedByParent);
    }
    let access = &endpoint.access;
    let asks_itself = endpoint.is_bare() && is_signed_in(&reached.facts);
    // A name says whom an endpoint is for, and keeps nobody out.
    let keeps_out = !access.restricted.is_empty() || !access.unknown.is_empty();
    let is_admin = access.exempt || access.administrative && keeps_out;
    if settled && !(is_admin && found == Verdict::NotOwned) {
        Scope::Of(found)
    } else if is_admin {
        Scope::Admin
    } else if access.verified {
        Scope::System
    } else if access.public.is_some() {
        Scope::Public
    } else if !project.calls.get(reached.query.call).operation.is_write()
        && is_checked_after(walk, reached)
    {
        Scope::CheckedAfter
    } else if asks_for_role(project, &reached.facts) {
        Scope::Admin
    } else if found == Verdict::Unknown && endpoint.is_open_to_everybody()
        || asks_nobody(endpoint, walk, reached, trust)
    {
        Scope::Public
    } else if found == Verdict::Unknown {
        match told(project, walk, reached, trust) {
            // A rule counts those.
            Some(told @ Verdict::ClientKeyOnly(_))
                if endpoint.is_open_to_every_user() && is_of_group(project, reached) =>
            {
                Scope::Of(told)
            }
            Some(told) => Scope::Told(told),
            None => Scope::Of(found),
        }
    } else if !access.unknown.is_empty() && !asks_itself {
        Scope::Told(found)
    } else {
        Scope::Of(found)
    }
}

/// Whether a query is on rows that belong to a group of people.
fn is_of_group(project: &Project, reached: &Reached<'_>) -> bool {
    let Some(model) = project.calls.get(reached.query.call).model() else {
        return false;
    };
    let Ownership::Owned(chains) = project.owners.of(model) else {
        return false;
    };
    chains.iter().any(|chain| {
        let root = ModelRef {
            schema: model.schema,
            model: chain.root,
        };
        *project.owners.of(root) == Ownership::Root(RootKind::Tenant)
    })
}

/// Whether a function that is an endpoint by itself was followed, and asks nothing of who is there.
fn asks_nobody(endpoint: &Endpoint, walk: &Walk<'_>, reached: &Reached<'_>, trust: &Trust) -> bool {
    endpoint.is_bare()
        && !is_signed_in(&reached.facts)
        && !walk.cut
        && !walk.uses_identity
        && !walk.doubtful
        && !reached.doubtful
        && !trust.opaque
        && !walk.asks_others(&reached.facts, &reached.query.arguments)
}

impl Scope {
    /// Whether it is known whose rows are reached, or a rule judges it.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        !matches!(self, Scope::Of(Verdict::Unknown) | Scope::Told(_))
    }
}

/// New rows by what is written into them, raw queries by what they are handed.
fn by_arguments(project: &Project, reached: &Reached<'_>, trust: &Trust) -> Option<Verdict> {
    let call = project.calls.get(reached.query.call);
    let arguments = &reached.query.arguments;
    let parts: Vec<&Value> = if call.operation.is_raw() {
        arguments.iter().collect()
    } else if call.operation.is_create() {
        let model = call.model()?;
        if *project.owners.of(model) == Ownership::Global {
            return None;
        }
        let whole = arguments.first()?;
        match whole
            .as_object()
            .and_then(|object| object.entries.get("data"))
        {
            Some(data) => {
                let mut ties = Vec::new();
                ties_of_new(project, model, &data.value, &mut ties);
                ties
            }
            None if is_data_checked(whole, trust) => return Some(Verdict::CheckedBefore),
            None => return None,
        }
    } else {
        return None;
    };
    let (mut identity, mut row, mut checked) = (false, false, false);
    for part in parts {
        let mut rows = Vec::new();
        part.visit(&mut |value| {
            if matches!(value, Value::Opaque(_)) {
                rows.push(value.clone());
            }
        });
        for value in &rows {
            origins(value, &mut |origin| match origin {
                Origin::Identity(_) => identity = true,
                Origin::Row(found, _) => row |= trust.is_row_in_scope(found),
                Origin::Client(key) => {
                    checked |= trust.holds(&key) || trust.inside(&key).next().is_some();
                }
                _ => {}
            });
        }
    }
    Some(match (identity, row, checked) {
        (true, ..) => Verdict::Scoped,
        (_, true, _) => Verdict::ScopedByParent,
        (_, _, true) => Verdict::CheckedBefore,
        _ => Verdict::Unknown,
    })
}

/// `create(args)`, `create({ ...args, select })`: whether a check ties something of the data to who asks.
fn is_data_checked(arguments: &Value, trust: &Trust) -> bool {
    match arguments {
        Value::Object(object) => {
            let mut spreads = object.spreads.iter();
            spreads.any(|spread| is_data_checked(spread, trust))
        }
        Value::Opaque(_) => {
            let mut checked = false;
            origins(arguments, &mut |origin| {
                if let Origin::Client(key) = origin {
                    let of_data = |known: &Key| {
                        known
                            .path
                            .get(key.path.len())
                            .is_some_and(|name| name == "data")
                    };
                    checked |= trust.inside(&key).any(of_data);
                }
            });
            checked
        }
        _ => false,
    }
}

/// Whether rows are tied to who asks before any of them is given back.
fn is_checked_after(walk: &Walk<'_>, reached: &Reached<'_>) -> bool {
    let Some(arguments) = reached.query.arguments.first() else {
        return false;
    };
    let row = RowOrigin::of(reached.query.call, arguments);
    let own = walk.escapes.iter().filter(|escape| *escape.row == row);
    let mut escapes = own.peekable();
    if escapes.peek().is_some() {
        return escapes.all(|escape| escape.trust().is_row_in_scope(escape.row));
    }
    walk.trust().is_row_in_scope(&row)
}

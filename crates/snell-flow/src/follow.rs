//! Runs the functions of modules, and keeps what they do where rules find it.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use rustc_hash::FxHashSet;
use snell_extract::facts::FunctionId;
use snell_project::{
    Project,
    client::CallId,
    endpoint::{Endpoint, Given},
    module::{ExpressionRef, FunctionRef, In, ModuleId},
};
use snell_source::Span;

use crate::{
    call_graph::{CallGraph, Once},
    event::{Event, EventKind, Query, Summary},
    interpret::{Constants, Interpreter, Limits},
    value::{Entry, ObjectValue, Root, Value},
};

/// Followed from each function on its own: deep enough for helpers that build
/// filters and for wrappers around loops.
const ALONE: Limits = Limits {
    depth: 4,
    steps: 20_000,
    total: 400_000,
};

/// Followed from an endpoint, through controllers, services and repositories.
const ENTERED: Limits = Limits {
    depth: 14,
    steps: 20_000,
    total: 800_000,
};

/// What the functions of one module do. A pure function of the project.
#[derive(Debug, Clone)]
pub struct ModuleFlow {
    functions: Vec<Arc<Summary>>,
    endpoints: Vec<EndpointFlow>,
}

/// What an endpoint does, its parameters known by what they are handed.
#[derive(Debug, Clone)]
pub struct EndpointFlow {
    /// Its position in the project's endpoints.
    pub endpoint: usize,
    /// What it does.
    pub summary: Arc<Summary>,
}

/// What all functions do when nothing is known of their callers.
#[derive(Debug, Default)]
pub struct Flow {
    functions: BTreeMap<FunctionRef, Arc<Summary>>,
    queries: BTreeMap<CallId, Vec<(FunctionRef, usize)>>,
    endpoints: Vec<EndpointFlow>,
    call_graph: OnceLock<CallGraph>,
}

/// A query in the function that runs it.
#[derive(Debug, Clone, Copy)]
pub struct QueryEvent<'f> {
    /// The outermost function around the call (a method, not a callback in it).
    pub function: FunctionRef,
    /// The query.
    pub query: &'f Query,
    /// Its loops, and what holds before it.
    pub event: &'f Event,
    /// What the function does in all; the event is one of it.
    pub summary: &'f Summary,
    /// The position of the event in the summary.
    pub position: usize,
}

/// Follows modules, each on its own and in any order.
#[derive(Debug)]
pub struct Follower<'p> {
    project: &'p Project,
    constants: Constants,
}

impl<'p> Follower<'p> {
    /// Of this project.
    #[must_use]
    pub fn new(project: &'p Project) -> Self {
        Follower {
            project,
            constants: Constants::default(),
        }
    }

    /// The same, where it is known which calls read from a store who asked.
    #[must_use]
    pub fn knowing(project: &'p Project, stored: FxHashSet<ExpressionRef>) -> Self {
        Follower {
            project,
            constants: Constants::knowing(stored),
        }
    }

    /// Follows the functions of one module.
    #[must_use]
    pub fn follow(&self, module: ModuleId) -> ModuleFlow {
        ModuleFlow {
            functions: self.functions(module),
            endpoints: self.endpoints(module),
        }
    }

    fn functions(&self, module: ModuleId) -> Vec<Arc<Summary>> {
        let project = self.project;
        let mut interpreter = Interpreter::new(project, &self.constants, ALONE);
        let facts = project.modules.facts(module);
        let mut functions = Vec::new();
        let mut seen: FxHashSet<CallId> = FxHashSet::default();
        let mut keep = |summary: Arc<Summary>, functions: &mut Vec<Arc<Summary>>| {
            seen.extend(own_queries(&summary).map(|(_, query)| query.call));
            functions.push(summary);
            seen.len()
        };
        for (function, n) in facts.functions.iter().zip(0u32..) {
            if function.parent.is_none() {
                let summary = interpreter.alone(In {
                    module,
                    id: FunctionId(n),
                });
                keep(summary, &mut functions);
            }
        }
        keep(Arc::new(interpreter.module_body(module)), &mut functions);
        // Functions that none of these ran: methods of returned objects, callbacks
        // kept for later.
        let context = &project.modules.get(module).context;
        let missed: Vec<FunctionRef> = project
            .calls
            .of_module(module)
            .filter(|(id, _)| !seen.contains(id))
            .filter_map(|(_, call)| {
                Some(In {
                    module,
                    id: context.function(call.expression)?,
                })
            })
            .collect();
        for function in missed {
            if functions.iter().all(|summary| summary.function != function) {
                functions.push(interpreter.alone(function));
            }
        }
        functions
    }

    /// Follows the endpoints whose classes a module holds.
    fn endpoints(&self, module: ModuleId) -> Vec<EndpointFlow> {
        let mut interpreter = Interpreter::new(self.project, &self.constants, ENTERED);
        let here = self.project.endpoints.iter().enumerate();
        here.filter(|(_, endpoint)| endpoint.module == module)
            .map(|(position, endpoint)| {
                let arguments = endpoint.parameters.iter();
                let arguments = (0u32..).zip(arguments);
                let arguments = arguments
                    .map(|(n, given)| match given {
                        // What a queue or a bus hands over is known by where it came in.
                        Given::Unknown if endpoint.kind.is_system() => {
                            Value::opaque(Root::Parameter(endpoint.handler, n))
                        }
                        given => handed(given, module),
                    })
                    .collect();
                let facts = self.project.modules.facts(endpoint.handler.module);
                let declares = facts.function(endpoint.handler.id).class.map(|id| In {
                    module: endpoint.handler.module,
                    id,
                });
                let this = endpoint.class.filter(|class| Some(*class) != declares);
                EndpointFlow {
                    endpoint: position,
                    summary: interpreter.entered(endpoint.handler, this, arguments),
                }
            })
            .collect()
    }
}

/// The modules whose functions can come to a query or answer a request, in
/// order. What the others do concerns no rule.
#[must_use]
pub fn worth_following(project: &Project) -> Vec<ModuleId> {
    let queries = project.calls.iter().map(|(_, call)| call.module);
    let endpoints = project.endpoints.iter().map(|endpoint| endpoint.module);
    let reaching = project.modules.reaching(queries.chain(endpoints));
    let all = project.modules.iter().map(|(id, _)| id);
    all.filter(|id| reaching.contains(id)).collect()
}

/// The value of an endpoint's parameter.
fn handed(given: &Given, module: ModuleId) -> Value {
    match given {
        Given::Identity => Value::opaque(Root::Identity),
        Given::Client(decorator, key) => {
            Value::opaque(Root::ClientInput(decorator.clone(), key.clone()))
        }
        Given::Headers(_) => Value::opaque(Root::ClientInput("Headers".into(), None)),
        Given::Request | Given::Circumstances => {
            Value::opaque(Root::ClientInput("Req".into(), None))
        }
        Given::Parent => Value::opaque(Root::ClientInput("Parent".into(), None)),
        Given::Procedure => procedure(module),
        Given::Response { .. } => Value::opaque(Root::Response),
        Given::Nothing => Value::Undefined,
        Given::File => Value::opaque(Root::ClientInput("File".into(), None)),
        Given::Other | Given::Unknown => Value::Unknown,
    }
}

/// `{ ctx, input }`
fn procedure(module: ModuleId) -> Value {
    let parts = [("ctx", "Context"), ("input", "Args"), ("rawInput", "Args")];
    let entries = parts.map(|(key, decorator)| {
        let entry = Entry {
            value: Value::opaque(Root::ClientInput(decorator.into(), None)),
            always: true,
            beneath: false,
            key: Span::new(0, 0),
            at: None,
            module,
        };
        (key.into(), entry)
    });
    Value::Object(Arc::new(ObjectValue {
        entries: entries.into_iter().collect(),
        spreads: Vec::new(),
    }))
}

impl Flow {
    /// Puts the flows of all modules together.
    #[must_use]
    pub fn of(modules: impl IntoIterator<Item = ModuleFlow>) -> Self {
        let mut flow = Flow::default();
        let mut functions = Vec::new();
        for module in modules {
            functions.extend(module.functions);
            flow.endpoints.extend(module.endpoints);
        }
        flow.endpoints.sort_by_key(|endpoint| endpoint.endpoint);
        for summary in functions {
            for (position, query) in own_queries(&summary) {
                flow.queries
                    .entry(query.call)
                    .or_default()
                    .push((summary.function, position));
            }
            flow.functions.insert(summary.function, summary);
        }
        flow
    }

    /// What a function does when nothing is known of its callers.
    #[must_use]
    pub fn function(&self, function: FunctionRef) -> Option<&Arc<Summary>> {
        self.functions.get(&function)
    }

    /// All functions that were run on their own.
    pub fn functions(&self) -> impl Iterator<Item = &Arc<Summary>> {
        self.functions.values()
    }

    /// What the endpoints do, in their order.
    pub fn endpoints(&self) -> impl Iterator<Item = &EndpointFlow> {
        self.endpoints.iter()
    }

    /// What an endpoint does, by its position in the project's.
    #[must_use]
    pub fn endpoint(&self, position: usize) -> Option<&EndpointFlow> {
        let found = self
            .endpoints
            .binary_search_by_key(&position, |entered| entered.endpoint);
        found.ok().map(|n| &self.endpoints[n])
    }

    /// Which functions run which, in all that was followed.
    pub fn call_graph(&self) -> &CallGraph {
        self.call_graph.get_or_init(|| CallGraph::of(self))
    }

    /// What an endpoint sends to who asks: what the method gives back, and what is handed to the response
    /// by it or what it calls.
    #[must_use]
    pub fn answers<'f>(&'f self, entered: &'f EndpointFlow, endpoint: &Endpoint) -> Vec<&'f Value> {
        let mut found = Vec::new();
        let returns = endpoint.sends_what_it_returns();
        for event in entered.summary.events.iter().filter(|_| returns) {
            if let EventKind::Return { value } = &event.kind {
                found.push(value);
            }
        }
        if self.call_graph().answers(&entered.summary) {
            Once::of(self).visit(&entered.summary, &mut |event| {
                if let EventKind::Answer { value } = &event.kind {
                    found.push(value);
                }
            });
        }
        found
    }

    /// A call wherever its own function runs it: more than once when a
    /// callback runs more than once.
    pub fn runs(&self, call: CallId) -> impl Iterator<Item = QueryEvent<'_>> {
        self.queries
            .get(&call)
            .into_iter()
            .flatten()
            .filter_map(|(function, position)| {
                let summary = self.functions.get(function)?;
                let event = &summary.events[*position];
                let EventKind::Query(query) = &event.kind else {
                    return None;
                };
                Some(QueryEvent {
                    function: *function,
                    query,
                    event,
                    summary,
                    position: *position,
                })
            })
    }

    /// Every call with its first run, in the order of calls.
    pub fn queries(&self) -> impl Iterator<Item = QueryEvent<'_>> {
        self.queries
            .keys()
            .filter_map(|call| self.runs(*call).next())
    }
}

/// The queries that a function runs itself, not those of the functions it calls.
fn own_queries(summary: &Summary) -> impl Iterator<Item = (usize, &Query)> {
    summary
        .events
        .iter()
        .enumerate()
        .filter_map(|(position, event)| match &event.kind {
            EventKind::Query(query) => Some((position, query)),
            _ => None,
        })
}

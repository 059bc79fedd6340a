//! Which raw queries there are, and the runs in which their texts are known.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::{FxHashMap, FxHashSet};
use snell_extract::facts::{Argument, Expression};
use snell_project::{
    Project,
    client::{CallId, ClientCall, Operation},
    module::{ExpressionRef, FunctionRef, In},
};

use super::{
    assemble::Assembler,
    locate::locate,
    text::{HoleKind, Parameter, SqlText},
    typed,
    values::Values,
};
use crate::{
    event::{EventKind, Query, Summary},
    fact::Fact,
    follow::Flow,
    value::{Root, SqlPart, Value},
};

/// How a raw query is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RawForm {
    /// `` $queryRaw`...` ``
    Tagged,
    /// `$queryRaw(Prisma.sql...)`
    Fragment,
    /// `$queryRawUnsafe('...', a, b)`
    Unsafe,
    /// `` $queryRaw(`...`) ``: a plain string where a fragment belongs.
    Called,
    /// `$queryRawTyped(name(a))`: the text is a file.
    Typed,
}

/// A raw query.
#[derive(Debug, Clone)]
pub struct RawQuery {
    /// The call.
    pub call: CallId,
    /// How it is written.
    pub form: RawForm,
    /// Its runs: first as its own function runs it, then as callers make it.
    pub runs: Vec<RawRun>,
}

/// One way in which a raw query is reached.
#[derive(Debug, Clone)]
pub struct RawRun {
    /// The outermost function of the way.
    pub function: FunctionRef,
    /// The calls on the way, outermost first; none in the query's own function.
    pub chain: Vec<ExpressionRef>,
    /// What holds there.
    pub facts: Vec<Fact>,
    /// The texts it may have.
    pub texts: Vec<SqlText>,
}

/// All raw queries of a project.
#[derive(Debug, Default)]
pub struct RawQueries {
    queries: BTreeMap<CallId, RawQuery>,
    called: FxHashSet<FunctionRef>,
}

/// Runs of one query beyond these are left out.
const MAX_RUNS: usize = 64;
/// Calls between a query and the function that gives its text.
const MAX_CHAIN: usize = 4;

impl RawQueries {
    /// Those that a project's functions run.
    #[must_use]
    pub fn of(project: &Project, flow: &Flow) -> Self {
        let values = Values::new(project);
        let mut raw = RawQueries::default();
        for (id, call) in project.calls.iter() {
            if !call.operation.is_raw() {
                continue;
            }
            if call.operation == Operation::QueryRawTyped {
                let query = RawQuery {
                    call: id,
                    form: RawForm::Typed,
                    runs: typed::run(project, call).into_iter().collect(),
                };
                raw.queries.insert(id, query);
                continue;
            }
            let mut query = RawQuery {
                call: id,
                form: RawForm::Tagged,
                runs: Vec::new(),
            };
            for run in flow.runs(id) {
                query.form = form(project, call, run.query);
                let run = RawRun {
                    function: run.function,
                    chain: Vec::new(),
                    facts: run.event.facts.iter().cloned().collect(),
                    texts: texts(project, &values, call, run.query),
                };
                query.add(run);
            }
            if query.runs.is_empty() {
                query.runs.extend(unreached(project, &values, call));
            }
            raw.queries.insert(id, query);
        }
        raw.follow_callers(project, flow, &values);
        raw
    }

    /// All of them, in the order of calls.
    pub fn iter(&self) -> impl Iterator<Item = &RawQuery> {
        self.queries.values()
    }

    /// The raw query that a call is.
    #[must_use]
    pub fn get(&self, call: CallId) -> Option<&RawQuery> {
        self.queries.get(&call)
    }

    /// Whether a function of the workspace calls this one.
    #[must_use]
    pub fn is_called(&self, function: FunctionRef) -> bool {
        self.called.contains(&function)
    }

    /// Adds the runs of queries whose text a caller gives.
    fn follow_callers(&mut self, project: &Project, flow: &Flow, values: &Values<'_>) {
        let open: FxHashSet<CallId> = self
            .queries
            .values()
            .filter(|query| query.runs.iter().any(RawRun::needs_caller))
            .map(|query| query.call)
            .collect();
        let mut finder = Finder {
            open: &open,
            holds: FxHashMap::default(),
            called: FxHashSet::default(),
        };
        let mut found = Vec::new();
        for summary in flow.functions() {
            finder.find(
                summary,
                summary.function,
                &mut Vec::new(),
                &mut Vec::new(),
                &mut found,
            );
        }
        self.called = finder.called;
        for Found {
            function,
            chain,
            facts,
            query,
        } in found
        {
            let call = project.calls.get(query.call);
            let run = RawRun {
                function,
                chain,
                facts,
                texts: texts(project, values, call, &query),
            };
            if let Some(known) = self.queries.get_mut(&query.call) {
                known.add(run);
            }
        }
    }
}

impl RawQuery {
    fn add(&mut self, run: RawRun) {
        let known = self
            .runs
            .iter()
            .any(|other| other.function == run.function && other.texts == run.texts);
        if !known && self.runs.len() < MAX_RUNS {
            self.runs.push(run);
        }
    }

    /// The different texts of all runs that are known to the last byte.
    pub fn whole_texts(&self) -> impl Iterator<Item = (&RawRun, &SqlText)> {
        self.runs
            .iter()
            .flat_map(|run| run.texts.iter().map(move |text| (run, text)))
            .filter(|(_, text)| text.is_whole())
    }
}

impl RawRun {
    /// Whether the text depends on what callers hand over.
    fn needs_caller(&self) -> bool {
        self.texts.iter().any(|text| {
            text.holes().any(|hole| {
                let mut depends = false;
                hole.value.visit(&mut |value| {
                    if let Value::Opaque(opaque) = value {
                        depends |= matches!(opaque.root, Root::Parameter(..));
                    }
                });
                depends
            }) || text.parameters.iter().any(|parameter| {
                parameter.perhaps_fragment
                    && matches!(&parameter.value, Value::Opaque(opaque) if matches!(opaque.root, Root::Parameter(..)))
            })
        })
    }
}

/// A run of an open query inside a call.
struct Found {
    function: FunctionRef,
    chain: Vec<ExpressionRef>,
    facts: Vec<Fact>,
    query: Query,
}

/// Looks for open queries in the summaries of callees.
struct Finder<'o> {
    open: &'o FxHashSet<CallId>,
    holds: FxHashMap<*const Summary, bool>,
    called: FxHashSet<FunctionRef>,
}

impl Finder<'_> {
    fn find(
        &mut self,
        summary: &Arc<Summary>,
        outermost: FunctionRef,
        chain: &mut Vec<ExpressionRef>,
        facts: &mut Vec<Fact>,
        found: &mut Vec<Found>,
    ) {
        for event in &summary.events {
            match &event.kind {
                EventKind::Query(query) if !chain.is_empty() && self.open.contains(&query.call) => {
                    let mut all = facts.clone();
                    all.extend(event.facts.iter().cloned());
                    found.push(Found {
                        function: outermost,
                        chain: chain.clone(),
                        facts: all,
                        query: query.clone(),
                    });
                }
                EventKind::Call { at, summary } => {
                    if chain.is_empty() {
                        self.called.insert(summary.function);
                    }
                    if chain.len() < MAX_CHAIN && self.holds(summary, MAX_CHAIN) {
                        let known = facts.len();
                        facts.extend(event.facts.iter().cloned());
                        chain.push(*at);
                        self.find(summary, outermost, chain, facts, found);
                        chain.pop();
                        facts.truncate(known);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether an open query runs somewhere inside.
    fn holds(&mut self, summary: &Arc<Summary>, depth: usize) -> bool {
        let key = Arc::as_ptr(summary);
        if let Some(known) = self.holds.get(&key) {
            return *known;
        }
        self.holds.insert(key, false);
        let holds = depth > 0
            && summary.events.iter().any(|event| match &event.kind {
                EventKind::Query(query) => self.open.contains(&query.call),
                EventKind::Call { summary, .. } => self.holds(summary, depth - 1),
                _ => false,
            });
        self.holds.insert(key, holds);
        holds
    }
}

/// The text of a tagged query that no run reaches: behind a `return`, in what is too deep to be
/// followed. Of its values only the types are known.
fn unreached(project: &Project, values: &Values<'_>, call: &ClientCall) -> Option<RawRun> {
    let module = project.modules.get(call.module);
    let inside = |id| In {
        module: call.module,
        id,
    };
    let Expression::TaggedTemplate { template, .. } = module.facts.expression(call.expression)
    else {
        return None;
    };
    let mut parts = Vec::new();
    for (n, chunk) in template.chunks.iter().enumerate() {
        parts.push(SqlPart::Text {
            text: chunk.text.clone(),
            at: project.modules.at(call.module, chunk.span),
            verbatim: chunk.verbatim,
        });
        if let Some(id) = template.values.get(n) {
            parts.push(SqlPart::Value(Value::Unknown, inside(*id)));
        }
    }
    let mut assembler = Assembler::new(values);
    assembler.fragment(&Value::Sql(parts.into()), inside(call.expression));
    Some(RawRun {
        function: In {
            module: call.module,
            id: module.context.function(call.expression)?,
        },
        chain: Vec::new(),
        facts: Vec::new(),
        texts: assembler.finish(),
    })
}

fn form(project: &Project, call: &ClientCall, query: &Query) -> RawForm {
    let facts = project.modules.facts(call.module);
    match facts.expression(call.expression) {
        Expression::TaggedTemplate { .. } => RawForm::Tagged,
        _ if call.operation.is_unsafe_raw() => RawForm::Unsafe,
        _ => match query.arguments.first() {
            Some(Value::Text(_) | Value::Literal(_)) => RawForm::Called,
            _ => RawForm::Fragment,
        },
    }
}

fn texts(project: &Project, values: &Values<'_>, call: &ClientCall, query: &Query) -> Vec<SqlText> {
    let Some(first) = query.arguments.first() else {
        return Vec::new();
    };
    let facts = project.modules.facts(call.module);
    let inside = |id| In {
        module: call.module,
        id,
    };
    let mut assembler = Assembler::new(values);
    match facts.expression(call.expression) {
        Expression::Call { arguments, .. } => {
            let at = arguments
                .first()
                .map_or(call.expression, |argument| argument.value);
            if form(project, call, query) == RawForm::Fragment {
                assembler.fragment(first, inside(at));
                return assembler.finish();
            }
            assembler.text(first, inside(at), HoleKind::Text);
            let (parameters, open) = parameters(arguments, &query.arguments, call);
            let mut texts = assembler.finish();
            for text in &mut texts {
                locate(project, call.module, at, text);
                text.parameters.clone_from(&parameters);
                text.open_parameters = open;
            }
            texts
        }
        _ => {
            assembler.fragment(first, inside(call.expression));
            assembler.finish()
        }
    }
}

/// The arguments after the text, and whether there may be more of them.
fn parameters(
    arguments: &[Argument],
    values: &[Value],
    call: &ClientCall,
) -> (Vec<Parameter>, bool) {
    let spread = arguments.iter().any(|argument| argument.spread);
    let parameters = values
        .iter()
        .enumerate()
        .skip(1)
        .map(|(n, value)| Parameter {
            value: value.clone(),
            at: match arguments.get(n) {
                Some(argument) if !spread => Some(In {
                    module: call.module,
                    id: argument.value,
                }),
                _ => None,
            },
            list: false,
            element: false,
            perhaps_fragment: false,
        });
    let known = !spread || values.len() >= arguments.len() && !values.contains(&Value::Unknown);
    (parameters.collect(), !known)
}

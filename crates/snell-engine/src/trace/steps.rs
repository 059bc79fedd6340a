//! A function's events as a tree: calls opened, loops and transactions as
//! branches, and nothing that leads to no query.

use rustc_hash::FxHashMap;
use snell_flow::{
    Event, EventKind, Summary, remote,
    scope::{EndpointPaths, QueryPath, Scope, Verdict},
};
use snell_project::{
    client::{CallId, Operation},
    module::ExpressionRef,
    types::Types,
};
use snell_report::trace::{Standing, Step, StepKind};
use snell_source::Location;

use super::spot;
use crate::{Analysis, facts};

/// Steps of one trace; what is cut is said by [`EndpointPaths::cut`].
const MAX_STEPS: usize = 2_000;

/// What an endpoint does.
pub(super) fn of(analysis: &Analysis, summary: &Summary, ways: &EndpointPaths) -> Vec<Step> {
    let mut known: FxHashMap<(CallId, &[ExpressionRef]), &QueryPath> = FxHashMap::default();
    for (call, way) in &ways.queries {
        known.entry((*call, &way.trail)).or_insert(way);
    }
    let mut drawer = Drawer {
        analysis,
        types: Types::new(&analysis.project.modules),
        known,
        trail: Vec::new(),
        steps: 0,
    };
    drawer.function(summary)
}

struct Drawer<'a> {
    analysis: &'a Analysis,
    types: Types<'a>,
    known: FxHashMap<(CallId, &'a [ExpressionRef]), &'a QueryPath>,
    trail: Vec<ExpressionRef>,
    steps: usize,
}

/// A branch that an event stands in.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Around {
    Loop(Location),
    Transaction(CallId, Location),
}

impl Around {
    fn at(self) -> Location {
        match self {
            Around::Loop(at) | Around::Transaction(_, at) => at,
        }
    }
}

impl Drawer<'_> {
    fn function(&mut self, summary: &Summary) -> Vec<Step> {
        let mut root = Vec::new();
        let mut open: Vec<(Around, Vec<Step>)> = Vec::new();
        for event in &summary.events {
            let Some(step) = self.event(event) else {
                continue;
            };
            let around = self.around(event);
            let shared = open
                .iter()
                .zip(&around)
                .take_while(|((one, _), other)| one == *other)
                .count();
            self.close(&mut root, &mut open, shared);
            open.extend(around[shared..].iter().map(|one| (*one, Vec::new())));
            top(&mut root, &mut open).push(step);
        }
        self.close(&mut root, &mut open, 0);
        root
    }

    /// The loops and the transaction around an event, outermost first.
    fn around(&self, event: &Event) -> Vec<Around> {
        let loops = event.loops.iter().map(|around| Around::Loop(around.at));
        let mut around: Vec<Around> = loops.collect();
        if let Some(transaction) = event.transaction {
            let project = &self.analysis.project;
            let call = project.calls.get(transaction);
            let at = project.modules.at(call.module, call.name.span);
            // What begins before it in the same file is around it.
            let outside = around
                .iter()
                .take_while(|one| one.at().file == at.file && one.at().span.start < at.span.start)
                .count();
            around.insert(outside, Around::Transaction(transaction, at));
        }
        around
    }

    /// Closes branches until this many are open.
    fn close(&self, root: &mut Vec<Step>, open: &mut Vec<(Around, Vec<Step>)>, keep: usize) {
        while open.len() > keep {
            let Some((around, steps)) = open.pop() else {
                return;
            };
            let kind = match around {
                Around::Loop(at) => StepKind::Loop {
                    over: facts::iterated(self.analysis, at),
                },
                Around::Transaction(..) => StepKind::Transaction,
            };
            top(root, open).push(Step {
                kind,
                spot: spot(self.analysis, around.at()),
                steps,
            });
        }
    }

    fn event(&mut self, event: &Event) -> Option<Step> {
        if self.steps >= MAX_STEPS {
            return None;
        }
        let step = match &event.kind {
            EventKind::Query(query) => self.query(query.call),
            EventKind::Call { at, summary } => self.call(*at, summary),
            EventKind::Unfollowed { at, .. } => {
                let system = remote(&self.analysis.project, &self.types, *at)?;
                Some(Step {
                    kind: StepKind::Remote { system },
                    spot: spot(self.analysis, self.analysis.project.modules.location(*at)),
                    steps: Vec::new(),
                })
            }
            EventKind::Check { .. } | EventKind::Answer { .. } | EventKind::Return { .. } => None,
        }?;
        self.steps += 1;
        Some(step)
    }

    fn query(&self, id: CallId) -> Option<Step> {
        let project = &self.analysis.project;
        let call = project.calls.get(id);
        if call.operation == Operation::Transaction {
            return None;
        }
        let way = self.known.get(&(id, self.trail.as_slice()))?;
        let operation = call.operation.as_str();
        let query = match facts::model_name(self.analysis, call) {
            Some(model) => format!("{model}.{operation}"),
            None => operation.to_owned(),
        };
        Some(Step {
            kind: StepKind::Query {
                query,
                verdict: facts::verdict_name(&way.scope),
                reason: facts::reason(&way.scope),
                standing: standing(&way.scope),
                executions: facts::executions(self.analysis, &way.loops),
            },
            spot: spot(
                self.analysis,
                project.modules.at(call.module, call.name.span),
            ),
            steps: Vec::new(),
        })
    }

    /// A call that leads to something; one that does nothing but call another is one line with it.
    fn call(&mut self, at: ExpressionRef, summary: &Summary) -> Option<Step> {
        self.trail.push(at);
        let mut steps = self.function(summary);
        self.trail.pop();
        if steps.is_empty() {
            return None;
        }
        let modules = &self.analysis.project.modules;
        let mut calls = vec![modules.function_name(summary.function)];
        if let [
            Step {
                kind: StepKind::Call { calls: inner },
                ..
            },
        ] = steps.as_mut_slice()
        {
            calls.append(inner);
            steps = steps.pop().map_or_else(Vec::new, |only| only.steps);
        }
        Some(Step {
            kind: StepKind::Call { calls },
            spot: spot(self.analysis, modules.location(at)),
            steps,
        })
    }
}

fn top<'s>(root: &'s mut Vec<Step>, open: &'s mut [(Around, Vec<Step>)]) -> &'s mut Vec<Step> {
    match open.last_mut() {
        Some((_, steps)) => steps,
        None => root,
    }
}

fn standing(scope: &Scope) -> Standing {
    match scope {
        Scope::CheckedAfter | Scope::Admin | Scope::System => Standing::Sound,
        Scope::Public | Scope::Told(_) => Standing::Unknown,
        Scope::Of(verdict) => match verdict {
            Verdict::Scoped
            | Verdict::ScopedByParent
            | Verdict::CheckedBefore
            | Verdict::NotOwned => Standing::Sound,
            Verdict::Unknown => Standing::Unknown,
            Verdict::OwnerFromClient(_) | Verdict::ClientKeyOnly(_) | Verdict::Unfiltered => {
                Standing::Open
            }
        },
    }
}

//! The calls whose arguments can be judged, and the faults in them.

use std::rc::Rc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_flow::{EventKind, Once, Query, Summary, Value};
use snell_project::{
    client::{CallId, CallTarget, ClientCall, arguments::Shape},
    schema::{ModelRef, Schema, SchemaId},
};
use snell_source::{Confidence, Location};

use super::{
    describe::is_test,
    extensions::Extensions,
    foreign::{Foreign, is_expected},
    walk::{Fault, FaultKind, Grammar, Walk},
};
use crate::{Context, functions};

/// A fault, in its call.
pub(super) struct Found<'p> {
    pub(super) fault: Fault,
    pub(super) call: &'p ClientCall,
    pub(super) model: ModelRef,
    pub(super) schema: &'p Schema,
    /// Whether a field that must be filled is left out of the same call.
    pub(super) incomplete: bool,
}

/// The faults in the arguments of the project's calls that `wanted` chooses, each place once.
pub(super) fn faults<'p>(context: &Context<'p>, wanted: fn(&FaultKind) -> bool) -> Vec<Found<'p>> {
    let all = context.shared.get_or_init(|| AllFaults::of(context));
    let wanted = all.faults.iter().filter(|one| wanted(&one.fault.kind));
    let mut found: Vec<Found<'p>> = wanted
        .map(|one| Found {
            fault: one.fault.clone(),
            call: context.project.calls.get(one.call),
            model: one.model,
            schema: context.project.schemas.get(one.model.schema),
            incomplete: all.incomplete.contains(&one.call),
        })
        .collect();
    found.dedup_by(|a, b| a.fault.at == b.fault.at && a.fault.kind == b.fault.kind);
    found
}

/// The faults of all kinds, found once for all rules.
struct AllFaults {
    faults: Vec<OfCall>,
    /// The calls that leave out a field which must be filled.
    incomplete: FxHashSet<CallId>,
}

impl AllFaults {
    fn of(context: &Context<'_>) -> Self {
        let faults = all(context);
        let missing = |one: &&OfCall| matches!(one.fault.kind, FaultKind::Missing(_));
        let incomplete = faults.iter().filter(missing).map(|one| one.call).collect();
        AllFaults { faults, incomplete }
    }
}

/// A fault, and the call of which model it is in.
struct OfCall {
    fault: Fault,
    call: CallId,
    model: ModelRef,
}

/// All of them, in the order of places.
fn all(context: &Context<'_>) -> Vec<OfCall> {
    let judge = Judge {
        context: *context,
        extensions: Extensions::of(context.project),
        foreign: Foreign::of(context),
        grammars: context
            .project
            .schemas
            .iter()
            .map(|(_, schema)| Rc::new(Grammar::of(&schema.datamodel)))
            .collect(),
    };
    // Each query with whether a test runs it.
    let mut queries: Vec<(&Query, bool)> = Vec::new();
    // Functions are followed from many callers, and most of those hand on the same to a query.
    let mut alike: FxHashSet<(CallId, Option<&Value>)> = FxHashSet::default();
    let mut once = Once::of(context.flow);
    // What a test hands to the application says nothing of the application: its
    // functions come last, so that what others call is known by then.
    let of_test = |summary: &Summary| {
        let module = summary.function.module;
        context.project.path_facts(module).test
    };
    for test in [false, true] {
        let functions = context.flow.functions();
        for summary in functions.filter(|summary| of_test(summary) == test) {
            once.visit(summary, &mut |event| {
                if let EventKind::Query(query) = &event.kind
                    && alike.insert((query.call, query.arguments.first()))
                {
                    queries.push((query, test));
                }
            });
        }
    }
    let mut taken: FxHashSet<Location> = FxHashSet::default();
    let mut found: Vec<OfCall> = queries
        .iter()
        .flat_map(|(query, from_test)| {
            let mut found = judge.query(query, &mut taken);
            found.retain(|found| !from_test || is_test(context, found.fault.at));
            found
        })
        .collect();
    found.retain(|found| {
        // A key on some paths alone that another call takes: the paths to the
        // two calls differ.
        let shared = found.fault.conditional && taken.contains(&found.fault.at);
        !shared && !is_expected(context, found.fault.at) && !judge.is_fixture(found)
    });
    found.sort_by_key(|found| found.fault.at);
    found
}

/// A key in a client call of the application that the model around it does not have.
pub(in crate::rules) struct UnknownKey {
    /// The schema.
    pub(in crate::rules) schema: SchemaId,
    /// The model's table.
    pub(in crate::rules) table: SmolStr,
    /// The key, or the column that is named.
    pub(in crate::rules) name: SmolStr,
    /// Where it stands.
    pub(in crate::rules) at: Location,
}

/// All keys of the application's client calls that the models around them do not have.
pub(in crate::rules) fn unknown_keys(context: &Context<'_>) -> Vec<UnknownKey> {
    let wanted =
        |kind: &FaultKind| matches!(kind, FaultKind::UnknownKey | FaultKind::UnknownColumn(_));
    let found = faults(context, wanted);
    let own = found
        .into_iter()
        .filter(|found| functions::is_application(context.project, found.call.module));
    own.map(|found| UnknownKey {
        schema: found.model.schema,
        table: found.around().db_name.clone(),
        name: match &found.fault.kind {
            FaultKind::UnknownColumn(name) => name.clone(),
            _ => found.fault.key.clone(),
        },
        at: found.fault.at,
    })
    .collect()
}

struct Judge<'p> {
    context: Context<'p>,
    extensions: Extensions,
    foreign: Foreign,
    /// Of each schema, in their order.
    grammars: Vec<Rc<Grammar<'p>>>,
}

impl<'p> Judge<'p> {
    fn query(&self, query: &Query, taken: &mut FxHashSet<Location>) -> Vec<OfCall> {
        let project = self.context.project;
        let call = project.calls.get(query.call);
        let (Some(argument), CallTarget::Models(targets)) = (query.arguments.first(), &call.target)
        else {
            return Vec::new();
        };
        if call.confidence == Confidence::Possible || self.foreign.holds(&self.context, call) {
            return Vec::new();
        }
        let candidates = self.candidates(call, targets);
        let mut all = candidates.iter().map(|model| {
            let walk = self.walk(call, *model, argument);
            taken.extend(walk.taken);
            walk.faults
        });
        let Some(mut faults) = all.next() else {
            return Vec::new();
        };
        // Wrong is only what is wrong whichever of the models is asked.
        for others in all {
            faults.retain(|fault| {
                others.iter().any(|other| {
                    other.at == fault.at
                        && std::mem::discriminant(&other.kind)
                            == std::mem::discriminant(&fault.kind)
                })
            });
        }
        let model = candidates[0];
        if is_other_api(call, &faults) {
            return Vec::new();
        }
        faults
            .into_iter()
            .filter(|fault| !self.is_extended(call, fault))
            .map(|fault| OfCall {
                fault,
                call: query.call,
                model,
            })
            .collect()
    }

    fn walk(&self, call: &ClientCall, model: ModelRef, argument: &Value) -> Walk<'p> {
        let project = self.context.project;
        let grammar = &self.grammars[model.schema.0 as usize];
        let shape = Shape::Arguments(model.model, call.operation);
        let at = project.modules.at(call.module, call.name.span);
        Walk::of(self.context, grammar, shape, argument, at)
    }

    /// The models that the call may mean: of several schemas that have it, the
    /// one of the client's import, or all.
    fn candidates(&self, call: &ClientCall, targets: &[ModelRef]) -> Vec<ModelRef> {
        let schemas = &self.context.project.schemas;
        let [target] = targets else {
            return targets.to_vec();
        };
        if schemas.of_import(&call.client) == Some(target.schema) {
            return vec![*target];
        }
        let accessor = &schemas.model(*target).accessor;
        let mut all = vec![*target];
        all.extend(
            schemas
                .models()
                .filter(|(id, _, model)| id != target && model.accessor == *accessor)
                .map(|(id, _, _)| id),
        );
        all
    }

    /// A value that a test hands to the application, whose client it mocks.
    fn is_fixture(&self, found: &OfCall) -> bool {
        let project = self.context.project;
        let module = project.calls.get(found.call).module;
        is_test(&self.context, found.fault.at) && !project.path_facts(module).test
    }

    /// Whether an extension of the client may have made this right.
    fn is_extended(&self, call: &ClientCall, fault: &Fault) -> bool {
        if self.extensions.give(&fault.key) && fault.kind == FaultKind::UnknownKey {
            return true;
        }
        let unsure = call.client.extended
            || (self.extensions.are_opaque() && call.confidence != Confidence::Certain);
        unsure
            && match fault.kind {
                FaultKind::UnknownKey => matches!(
                    fault.shape,
                    Shape::Select(_) | Shape::Omit(_) | Shape::Arguments(..)
                ),
                // Filled by the extension's `query`.
                FaultKind::Missing(_) => true,
                _ => false,
            }
    }
}

/// A receiver that is a client by its looks alone, and arguments that no
/// operation of Prisma takes: another library.
fn is_other_api(call: &ClientCall, faults: &[Fault]) -> bool {
    call.confidence != Confidence::Certain
        && faults.iter().any(|fault| {
            fault.kind == FaultKind::UnknownKey && matches!(fault.shape, Shape::Arguments(..))
        })
}

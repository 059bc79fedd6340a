//! Deletions before which the code looks for the rows that would go along, and refuses.

use rustc_hash::{FxHashMap, FxHashSet};
use snell_flow::{Event, EventKind, Query, Value};
use snell_project::{
    client::Operation,
    schema::{ModelRef, SchemaId},
};
use snell_source::Location;

use super::Blast;
use crate::{rule::Context, support::queries};

/// Calls of calls are followed this deep.
const DEPTH: u32 = 2;

/// The places where rows of a model are deleted, each with the models whose rows were looked for before something
/// that may refuse.
#[derive(Default)]
pub(super) struct Asked {
    by_model: FxHashMap<ModelRef, FxHashMap<Location, FxHashSet<ModelRef>>>,
}

impl Asked {
    pub(super) fn of(context: &Context<'_>) -> Self {
        let mut found = Asked::default();
        for summary in context.flow.functions() {
            let mut before = Before::default();
            before.events(context, &summary.events, DEPTH, &mut found);
        }
        found
    }

    /// A place that deletes rows of the model and looks for none of those that go along; else nothing, where every
    /// place does.
    pub(super) fn unasked(
        &self,
        id: SchemaId,
        blast: &Blast<'_>,
        models: &FxHashSet<ModelRef>,
    ) -> Option<Location> {
        let model = ModelRef {
            schema: id,
            model: blast.model,
        };
        let Some(places) = self.by_model.get(&model) else {
            return Some(blast.at);
        };
        let is_open = |asked: &FxHashSet<ModelRef>| asked.is_disjoint(models);
        match places.get(&blast.at) {
            Some(asked) if !is_open(asked) => {
                let open = places.iter().filter(|(_, asked)| is_open(asked));
                open.map(|(at, _)| *at).min()
            }
            _ => Some(blast.at),
        }
    }

    fn add(&mut self, model: ModelRef, at: Location, asked: &FxHashSet<ModelRef>) {
        self.by_model
            .entry(model)
            .or_default()
            .entry(at)
            // Another way to the same deletion asks less.
            .and_modify(|known| known.retain(|one| asked.contains(one)))
            .or_insert_with(|| asked.clone());
    }
}

/// What a function did so far.
#[derive(Default)]
struct Before {
    /// The models whose rows were looked for.
    looked: FxHashSet<ModelRef>,
    /// Those after which a condition may have left the function.
    asked: FxHashSet<ModelRef>,
}

impl Before {
    fn events(&mut self, context: &Context<'_>, events: &[Event], depth: u32, found: &mut Asked) {
        for event in events {
            match &event.kind {
                EventKind::Query(query) => self.query(context, query, found),
                EventKind::Check { .. } => self.asked.extend(self.looked.iter().copied()),
                EventKind::Call { summary, .. } => {
                    if let Some(depth) = depth.checked_sub(1) {
                        self.events(context, &summary.events, depth, found);
                    }
                }
                _ => {}
            }
        }
    }

    fn query(&mut self, context: &Context<'_>, query: &Query, found: &mut Asked) {
        let call = context.project.calls.get(query.call);
        let Some(model) = call.model() else {
            return;
        };
        if matches!(call.operation, Operation::Delete | Operation::DeleteMany) {
            let at = queries::operation_at(context, call);
            found.add(model, at, &self.asked);
        } else if !call.operation.is_write() {
            self.looked.insert(model);
            if let Some(arguments) = query.arguments.first() {
                self.along(context, model, arguments);
            }
        }
    }

    /// The rows that are counted beside others: `_count` inside `include` or `select`. Rows that come along are there
    /// for something else as well.
    fn along(&mut self, context: &Context<'_>, model: ModelRef, arguments: &Value) {
        let datamodel = &context.project.schemas.get(model.schema).datamodel;
        let counted = ["include", "select"].iter().filter_map(|key| {
            let count = part(part(arguments, key)?, "_count")?;
            part(count, "select")?.as_object()
        });
        for counted in counted {
            for name in counted.entries.keys() {
                let field = datamodel[model.model].field(name);
                if let Some(target) = field.and_then(|field| datamodel.target(field)) {
                    self.looked.insert(ModelRef {
                        model: target.id,
                        ..model
                    });
                }
            }
        }
    }
}

/// A property of an object.
fn part<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    Some(&value.as_object()?.entries.get(key)?.value)
}

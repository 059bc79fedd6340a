//! Code that takes rows for several of their kind.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};
use snell_flow::scope::leaves;
use snell_prisma::FieldId;
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};

use super::race::Race;
use crate::{
    functions,
    rule::Context,
    support::{
        model_writes::{self, WriteKind},
        queries,
    },
};

/// What speaks against a unique.
#[derive(Default)]
pub(super) struct Many {
    /// Lists by exactly these columns.
    listed: FxHashMap<(ModelRef, BTreeSet<FieldId>), CallId>,
    /// Creations that nothing was looked up for.
    made: FxHashMap<ModelRef, CallId>,
}

impl Many {
    pub(super) fn gather(context: &Context<'_>, races: &[Race]) -> Self {
        let models: FxHashSet<ModelRef> = races.iter().map(|race| race.model).collect();
        let looked: FxHashSet<CallId> = races.iter().map(|race| race.create).collect();
        let looks: FxHashSet<CallId> = races.iter().map(|race| race.lookup).collect();
        let mut many = Many::default();
        for query in queries::of_models(context) {
            if !functions::is_application(context.project, query.call.module) {
                continue;
            }
            let id = query.event.query.call;
            let datamodel = &context.project.schemas.get(query.model.schema).datamodel;
            model_writes::visit(datamodel, &query, &mut |write| {
                let model = ModelRef {
                    model: write.model,
                    ..query.model
                };
                let makes = write.kind == WriteKind::Create
                    && query.call.operation != Operation::Upsert
                    && !looked.contains(&id);
                if makes && models.contains(&model) {
                    many.made.entry(model).or_insert(id);
                }
            });
            let lists = query.call.operation == Operation::FindMany && !looks.contains(&id);
            if lists && models.contains(&query.model) {
                many.list(context, &query);
            }
        }
        many
    }

    /// A list by columns that equal something, and by nothing else.
    fn list(&mut self, context: &Context<'_>, query: &queries::ModelQuery<'_>) {
        let model = context.project.schemas.model(query.model);
        let Some(leaves) = query.argument("where").and_then(leaves) else {
            return;
        };
        let columns: Option<BTreeSet<FieldId>> = leaves
            .iter()
            .filter(|leaf| !leaf.weak)
            .map(|leaf| match leaf.path.as_slice() {
                [only] => model.field(only).map(|field| field.id),
                _ => None,
            })
            .collect();
        if let Some(columns) = columns.filter(|columns| !columns.is_empty()) {
            let key = (query.model, columns);
            self.listed.entry(key).or_insert(query.event.query.call);
        }
    }

    /// Where the rows of some columns are read as a list.
    pub(super) fn listed(&self, model: ModelRef, columns: &[FieldId]) -> Option<CallId> {
        let columns: BTreeSet<FieldId> = columns.iter().copied().collect();
        // A list by all of the columns, or by more: still several of them.
        let mut all = self.listed.iter();
        all.find(|((of, by), _)| *of == model && by.is_superset(&columns))
            .map(|(_, call)| *call)
    }

    /// Where such rows are created without a look.
    pub(super) fn made_elsewhere(&self, model: ModelRef) -> Option<CallId> {
        self.made.get(&model).copied()
    }
}

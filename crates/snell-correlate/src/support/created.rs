//! Which models get new rows from the application's code.

use rustc_hash::FxHashSet;
use snell_project::schema::ModelRef;

use super::{
    model_writes::{self, WriteKind},
    queries,
};
use crate::rule::Context;

/// The models that application code, seeds left out, creates rows of.
#[derive(Debug, Default)]
pub(crate) struct Created(FxHashSet<ModelRef>);

impl Created {
    /// Finds them.
    pub(crate) fn of(context: &Context<'_>) -> Self {
        let mut found = Created::default();
        for query in queries::of_models(context) {
            let datamodel = &context.project.schemas.get(query.model.schema).datamodel;
            model_writes::visit(datamodel, &query, &mut |write| {
                if write.kind == WriteKind::Create {
                    found.0.insert(ModelRef {
                        model: write.model,
                        ..query.model
                    });
                }
            });
        }
        found
    }

    /// Whether the code creates rows of a model.
    pub(crate) fn contains(&self, model: ModelRef) -> bool {
        self.0.contains(&model)
    }
}

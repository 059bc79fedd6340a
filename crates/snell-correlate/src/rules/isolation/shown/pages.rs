//! Pages of what everybody may look through: rows that are listed below one of those.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use snell_flow::scope::Verdict;
use snell_project::schema::ModelRef;

use crate::{rule::Context, rules::isolation::reach};

/// What everybody who is signed in may list.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// Models of which all rows are listed.
    all: FxHashSet<ModelRef>,
    /// Models whose rows are listed below a row that the client names, and the models of those.
    below: BTreeMap<ModelRef, FxHashSet<ModelRef>>,
}

impl Pages {
    /// Notes a list that everybody who is signed in gets.
    pub(super) fn add(&mut self, context: &Context<'_>, model: ModelRef, verdict: &Verdict) {
        match verdict {
            Verdict::Unfiltered => {
                self.all.insert(model);
            }
            Verdict::ClientKeyOnly(keyed) | Verdict::OwnerFromClient(keyed) if !keyed.by_unique => {
                let parent = reach::parent(context, model, &keyed.field);
                self.below.entry(model).or_default().extend(parent);
            }
            _ => {}
        }
    }

    /// Whether rows of a model stand on the page of a row that everybody may look through the others
    /// of: `is_kept` says of which models rows are listed for their owners.
    pub(super) fn show(&self, model: ModelRef, is_kept: impl Fn(ModelRef) -> bool) -> bool {
        let parents = self.below.get(&model).into_iter().flatten();
        let mut open = parents.filter(|parent| self.all.contains(parent) && !is_kept(**parent));
        open.next().is_some()
    }
}

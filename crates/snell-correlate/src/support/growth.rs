//! How a table grows, as the application's writes tell.

use std::{collections::BTreeMap, fmt, sync::Arc};

use rustc_hash::FxHashMap;
use snell_prisma::Model;
use snell_project::schema::ModelRef;
use snell_source::Location;

use super::{
    callers::Callers,
    model_writes::{self, WriteKind},
    queries,
};
use crate::{functions, rule::Context};

/// What makes a table grow, fastest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Growth {
    /// What people do adds rows, and nothing takes them away again but a cascade.
    AppendOnly,
    /// What people do adds rows, and takes some away.
    ByAction,
    /// At most one row for each owner.
    ByOwner,
    /// Those who run the system add rows.
    Catalogue,
    /// No code of the application adds rows.
    Configuration,
}

impl Growth {
    /// Whether the table has as many rows as people make.
    pub(crate) fn is_by_use(self) -> bool {
        matches!(self, Growth::AppendOnly | Growth::ByAction)
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Growth::AppendOnly => "append-only",
            Growth::ByAction => "by action",
            Growth::ByOwner => "by owner",
            Growth::Catalogue => "catalogue",
            Growth::Configuration => "configuration",
        })
    }
}

/// How one table grows, and where that shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grown {
    /// The class.
    pub growth: Growth,
    /// Where the application adds rows.
    pub made_at: Option<Location>,
    /// Where it takes rows away.
    pub taken_at: Option<Location>,
}

/// How every table of the live schemas grows.
#[derive(Debug, Default)]
pub(crate) struct Growths(BTreeMap<ModelRef, Grown>);

/// What the application does with a table's rows.
#[derive(Debug, Default, Clone, Copy)]
struct Writes {
    made_by_people: Option<Location>,
    made: Option<Location>,
    taken: Option<Location>,
}

impl Growths {
    /// Finds them, once for all rules.
    pub(crate) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| Growths::of(context))
    }

    /// Of a model.
    pub(crate) fn of_model(&self, model: ModelRef) -> Grown {
        self.0.get(&model).copied().unwrap_or(Grown {
            growth: Growth::Configuration,
            made_at: None,
            taken_at: None,
        })
    }

    fn of(context: &Context<'_>) -> Self {
        let writes = writes(context);
        let mut found = Growths::default();
        for (reference, _, model) in context.project.schemas.models() {
            let writes = writes.get(&reference).copied().unwrap_or_default();
            let growth = match (writes.made_by_people, writes.made) {
                (None, None) => Growth::Configuration,
                (None, Some(_)) => Growth::Catalogue,
                (Some(_), _) if is_one_for_each_owner(context, reference, model) => Growth::ByOwner,
                (Some(_), _) if writes.taken.is_some() => Growth::ByAction,
                (Some(_), _) => Growth::AppendOnly,
            };
            let grown = Grown {
                growth,
                made_at: writes.made_by_people.or(writes.made),
                taken_at: writes.taken,
            };
            found.0.insert(reference, grown);
        }
        found
    }
}

/// Whether a unique key consists of the column of the owner alone.
fn is_one_for_each_owner(context: &Context<'_>, reference: ModelRef, model: &Model) -> bool {
    let chain = context.project.owners.of(reference).required_chain();
    chain
        .filter(|chain| chain.relations.len() <= 1)
        .and_then(|chain| chain.key)
        .is_some_and(|key| model.is_unique(key) || model.is_id(key) && is_whole_key(model))
}

fn is_whole_key(model: &Model) -> bool {
    model
        .primary_key()
        .is_some_and(|key| key.columns.len() == 1)
}

/// What application code, seeds and scripts left out, does with each table's rows.
fn writes(context: &Context<'_>) -> FxHashMap<ModelRef, Writes> {
    let callers = Callers::shared(context);
    let mut found: FxHashMap<ModelRef, Writes> = FxHashMap::default();
    for query in queries::of_models(context) {
        if !functions::is_application(context.project, query.call.module) {
            continue;
        }
        let at = queries::operation_at(context, query.call);
        let by_people = !callers.is_for_few(query.event.query.call);
        let datamodel = &context.project.schemas.get(query.model.schema).datamodel;
        model_writes::visit(datamodel, &query, &mut |write| {
            let model = ModelRef {
                model: write.model,
                ..query.model
            };
            let writes = found.entry(model).or_default();
            match write.kind {
                WriteKind::Create => {
                    writes.made.get_or_insert(at);
                    if by_people {
                        writes.made_by_people.get_or_insert(at);
                    }
                }
                WriteKind::Delete | WriteKind::DeleteMany => {
                    writes.taken.get_or_insert(at);
                }
            }
        });
    }
    found
}

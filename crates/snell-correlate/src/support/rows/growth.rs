//! How a table grows, as the application's writes tell.

use std::{collections::BTreeMap, fmt, sync::Arc};

use rustc_hash::FxHashMap;
use snell_flow::{Value, raw::Reading};
use snell_prisma::{Model, ReferentialAction, ScalarType};
use snell_project::{
    client::{CallId, Operation},
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::Location;
use snell_sql::ast::{Expr, ExprKind, ObjectName, Part, StatementKind, walk_expression};

use crate::support::{
    callers::Callers,
    model_writes::{self, WriteKind},
    queries::{self, ModelQuery},
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
    /// Where it takes old rows away, or those of a row above them: by their age, or by
    /// a schedule.
    pub swept_at: Option<Location>,
    /// Where it empties columns of old rows.
    pub emptied_at: Option<Location>,
    /// Where it changes rows.
    pub changed_at: Option<Location>,
    /// How rows come about.
    pub pace: Pace,
}

impl Grown {
    /// Where what people do adds rows.
    pub(crate) fn made_by_people_at(&self) -> Option<Location> {
        let by_few = matches!(self.growth, Growth::Catalogue | Growth::Configuration);
        self.made_at.filter(|_| !by_few)
    }
}

/// How fast rows come about, as far as the code tells.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// How many endpoints add them; those that add them in one place are counted there.
    pub endpoints: u32,
    /// A schedule, a queue or an event adds them.
    pub in_background: bool,
    /// Many at a time.
    pub many: bool,
}

impl Pace {
    /// Whether the system makes them beside what people ask for.
    pub(crate) fn is_of_machine(self) -> bool {
        self.in_background || self.endpoints >= 3
    }
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
    swept: Option<Location>,
    emptied: Option<Location>,
    changed: Option<Location>,
    pace: Pace,
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
            swept_at: None,
            emptied_at: None,
            changed_at: None,
            pace: Pace::default(),
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
                swept_at: writes.swept,
                emptied_at: writes.emptied,
                changed_at: writes.changed,
                pace: writes.pace,
            };
            found.0.insert(reference, grown);
        }
        found
    }
}

/// A row above others that code deletes, and that takes them along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TakenWith {
    /// Of which rows.
    pub above: ModelRef,
    /// Where the code deletes one.
    pub at: Location,
    /// Whether these are accounts: they stay for years, and their end is no habit.
    pub is_account: bool,
}

impl Growths {
    /// The nearest row above a model's rows that code deletes and whose cascade takes them; one
    /// that is no account before one that is.
    pub(crate) fn taken_with(&self, context: &Context<'_>, model: ModelRef) -> Option<TakenWith> {
        let datamodel = &context.project.schemas.get(model.schema).datamodel;
        let mut seen = vec![model];
        let mut account = None;
        let mut next = 0;
        while let Some(at) = seen.get(next).copied() {
            next += 1;
            for (_, key) in datamodel.foreign_keys_of(at.model) {
                let target = datamodel.target(&datamodel[key.field]);
                let cascade = key.on_delete.action == ReferentialAction::Cascade;
                let Some(above) = target.filter(|_| cascade).map(|target| ModelRef {
                    model: target.id,
                    ..model
                }) else {
                    continue;
                };
                if seen.contains(&above) {
                    continue;
                }
                seen.push(above);
                let Some(taken) = self.of_model(above).taken_at else {
                    continue;
                };
                let owners = &context.project.owners;
                let with = TakenWith {
                    above,
                    at: taken,
                    is_account: matches!(owners.of(above), Ownership::Root(_)),
                };
                if !with.is_account {
                    return Some(with);
                }
                account.get_or_insert(with);
            }
        }
        account
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
    let mut collected = Collected {
        callers: Callers::shared(context),
        found: FxHashMap::default(),
    };
    for query in queries::of_models(context) {
        if functions::is_application(context.project, query.call.module) {
            collected.query(context, &query);
        }
    }
    for reading in context.readings.iter() {
        collected.reading(context, reading);
    }
    collected.cascade(context);
    collected.found
}

struct Collected {
    callers: Arc<Callers>,
    found: FxHashMap<ModelRef, Writes>,
}

impl Collected {
    fn query(&mut self, context: &Context<'_>, query: &ModelQuery<'_>) {
        let call = query.event.query.call;
        let at = queries::operation_at(context, query.call);
        let repeated = !query.event.event.loops.is_empty();
        let datamodel = &context.project.schemas.get(query.model.schema).datamodel;
        let many = repeated || query.call.operation.as_str().starts_with("createMany");
        let aged = is_by_age(&datamodel[query.model.model], query.argument("where"));
        model_writes::visit(datamodel, query, &mut |write| {
            let model = ModelRef {
                model: write.model,
                ..query.model
            };
            match write.kind {
                WriteKind::Create => self.made(model, call, at, many),
                WriteKind::Delete | WriteKind::DeleteMany => {
                    let swept = write.kind == WriteKind::DeleteMany && aged;
                    self.taken(model, call, at, swept);
                }
            }
        });
        if matches!(
            query.call.operation,
            Operation::Update | Operation::UpdateMany | Operation::Upsert
        ) {
            let writes = self.found.entry(query.model).or_default();
            writes.changed.get_or_insert(at);
            if aged && query.call.operation == Operation::UpdateMany {
                writes.emptied.get_or_insert(at);
            }
        }
    }

    /// A statement written by hand.
    fn reading(&mut self, context: &Context<'_>, reading: &Reading) {
        let (Some(call), Some(statement)) = (reading.call, reading.statement()) else {
            return;
        };
        let module = context.project.calls.get(call).module;
        if !functions::is_application(context.project, module) {
            return;
        }
        let datamodel = &context.project.schemas.get(reading.schema).datamodel;
        let of = |name: &ObjectName| {
            let model = datamodel.models_of_table(&name.name.text).next()?;
            Some(ModelRef {
                schema: reading.schema,
                model: model.id,
            })
        };
        let at = reading.method(context.project);
        match &statement.kind {
            StatementKind::Insert(insert) => {
                if let Some(model) = of(&insert.table) {
                    self.made(model, call, at, false);
                }
            }
            StatementKind::Delete(delete) => {
                if let Some(model) = of(&delete.table) {
                    let aged = delete.condition.as_ref().is_some_and(bounds);
                    self.taken(model, call, at, aged);
                }
            }
            StatementKind::Update(update) => {
                if let Some(model) = of(&update.table) {
                    let writes = self.found.entry(model).or_default();
                    writes.changed.get_or_insert(at);
                }
            }
            _ => {}
        }
    }

    fn made(&mut self, model: ModelRef, call: CallId, at: Location, many: bool) {
        let writes = self.found.entry(model).or_default();
        writes.made.get_or_insert(at);
        if !self.callers.is_for_few(call) {
            writes.made_by_people.get_or_insert(at);
            writes.pace.many |= many || self.callers.is_in_loop(call);
            writes.pace.in_background |= self.callers.is_in_background(call);
            writes.pace.endpoints = writes.pace.endpoints.max(self.callers.endpoints(call));
        }
    }

    fn taken(&mut self, model: ModelRef, call: CallId, at: Location, aged: bool) {
        let writes = self.found.entry(model).or_default();
        writes.taken.get_or_insert(at);
        if aged || self.callers.is_in_background(call) {
            writes.swept.get_or_insert(at);
        }
    }

    /// What is swept takes the rows along that hang on it.
    fn cascade(&mut self, context: &Context<'_>) {
        let swept = self
            .found
            .iter()
            .filter_map(|(model, writes)| Some((*model, writes.swept?)));
        let mut work: Vec<(ModelRef, Location)> = swept.collect();
        work.sort();
        while let Some((parent, at)) = work.pop() {
            let datamodel = &context.project.schemas.get(parent.schema).datamodel;
            for relation in datamodel.relations() {
                let Some(key) = &relation.foreign_key else {
                    continue;
                };
                let target = datamodel
                    .target(&datamodel[key.field])
                    .map(|model| model.id);
                if target != Some(parent.model)
                    || key.on_delete.action != ReferentialAction::Cascade
                {
                    continue;
                }
                let child = ModelRef {
                    model: key.field.model,
                    ..parent
                };
                let writes = self.found.entry(child).or_default();
                if writes.swept.is_none() {
                    writes.swept = Some(at);
                    work.push((child, at));
                }
            }
        }
    }
}

/// Whether a filter bounds a moment from above.
fn is_by_age(model: &Model, filter: Option<&Value>) -> bool {
    let bounded = |value: &Value| {
        let mut objects = queries::objects(value);
        objects.any(|object| {
            ["lt", "lte"]
                .iter()
                .any(|key| object.entries.contains_key(*key))
        })
    };
    filter.into_iter().flat_map(queries::objects).any(|object| {
        object.entries.iter().any(|(name, entry)| {
            let moment = model
                .field(name)
                .is_some_and(|field| field.scalar() == Some(ScalarType::DateTime));
            let inside = matches!(name.as_str(), "AND" | "OR");
            moment && bounded(&entry.value) || inside && is_by_age(model, Some(&entry.value))
        })
    })
}

/// Whether a condition bounds a column from above.
fn bounds(condition: &Expr) -> bool {
    let mut found = false;
    walk_expression(condition, &mut |part| {
        if let Part::Expr(inner) = part {
            found |= matches!(&inner.kind, ExprKind::Binary(operator, _, _) if matches!(operator.symbol.as_str(), "<" | "<="));
        }
    });
    found
}

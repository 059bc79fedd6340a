//! Code that takes a row with a NULL for the only one: it looks for one, and
//! creates one when there is none.

use rustc_hash::FxHashSet;
use snell_flow::{
    Coming, Event, EventKind, Fact, Facts, ObjectValue, Query, Root, Step, Summary, Value,
    raw::{JsTypes, Reading},
};
use snell_prisma::Field;
use snell_project::client::{CallId, ClientCall, Operation};
use snell_source::{Confidence, DiagnosticBuilder, Location};
use snell_sql::ast::{ExprKind, Insert, OnConflict, QueryBody, StatementKind};

use super::Open;
use crate::{
    rule::Context,
    rules::raw_sql::reading,
    support::{
        declared,
        queries::{self, objects},
    },
};

/// How code relies on a unique that does not hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reliance {
    lookup: CallId,
    create: CallId,
    /// Both say `null` themselves.
    literal: bool,
}

impl Reliance {
    pub(super) fn tell(self, context: &Context<'_>, found: DiagnosticBuilder) -> DiagnosticBuilder {
        let at = |call| queries::operation_at(context, context.project.calls.get(call));
        found
            .related(at(self.lookup), "looks for the one row")
            .related(
                at(self.create),
                "creates it when there is none: two requests can both get here",
            )
    }

    /// Whether the code itself says `null`.
    pub(super) fn is_literal(self) -> bool {
        self.literal
    }

    pub(super) fn confidence(self) -> Confidence {
        if self.literal {
            Confidence::Certain
        } else {
            Confidence::Likely
        }
    }
}

/// For each unique, the first code found that relies on it.
pub(super) struct Evidence {
    found: Vec<Option<Reliance>>,
    /// Whether code makes several rows with a NULL for one key, on purpose.
    several: Vec<bool>,
    rows: Vec<Rows>,
}

/// How code makes rows that have a NULL.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rows {
    /// It leaves the value out, or says `null`.
    pub(super) made: bool,
    /// All of them with the same values beside it.
    pub(super) same: bool,
}

impl Evidence {
    pub(super) fn gather(context: &Context<'_>, open: &[Open<'_>]) -> Self {
        let wanted: FxHashSet<CallId> = context
            .project
            .calls
            .iter()
            .filter(|(_, call)| {
                let models = open.iter().map(|open| open.model_ref());
                call.model()
                    .is_some_and(|model| models.clone().any(|one| one == model))
            })
            .map(|(id, _)| id)
            .collect();
        let mut search = Search {
            wanted: &wanted,
            coming: context.flow.call_graph().coming_to(&wanted),
        };
        let mut found = vec![None; open.len()];
        let mut several = vec![false; open.len()];
        let mut rows = vec![Rows::default(); open.len()];
        if wanted.is_empty() {
            return Evidence {
                found,
                several,
                rows,
            };
        }
        for summary in context.flow.functions() {
            let facts = context.project.path_facts(summary.function.module);
            if facts.test || facts.seed || facts.sample || !search.coming.holds(summary) {
                continue;
            }
            let mut runs = Vec::new();
            search.runs(summary, &mut runs, &mut 4_000);
            for (n, open) in open.iter().enumerate() {
                several[n] |= runs.iter().any(|run| makes_several(context, *open, run));
                for run in &runs {
                    let made = makes(context, *open, run);
                    rows[n].made |= made.made;
                    rows[n].same |= made.same;
                }
                if found[n].is_none() {
                    found[n] = reliance(context, *open, &runs);
                }
            }
        }
        Evidence {
            found,
            several,
            rows,
        }
    }

    /// How rows with a NULL are made, wherever that is.
    pub(super) fn rows(&self, n: usize) -> Rows {
        self.rows[n]
    }

    pub(super) fn of(&self, n: usize) -> Option<&Reliance> {
        self.found[n].as_ref()
    }

    /// Whether rows with a NULL are meant to repeat.
    pub(super) fn is_meant(&self, n: usize) -> bool {
        self.several[n]
    }
}

/// A query with the event that runs it.
type Run<'f> = (&'f Query, &'f Event);

struct Search<'w> {
    wanted: &'w FxHashSet<CallId>,
    coming: Coming<'w>,
}

impl Search<'_> {
    /// The wanted queries in the order in which they run, calls opened.
    fn runs<'f>(&mut self, summary: &'f Summary, runs: &mut Vec<Run<'f>>, budget: &mut u32) {
        for event in &summary.events {
            let Some(left) = budget.checked_sub(1) else {
                return;
            };
            *budget = left;
            match &event.kind {
                EventKind::Query(query) if self.wanted.contains(&query.call) => {
                    runs.push((query, event));
                }
                EventKind::Call { summary, .. } if self.coming.holds(summary) => {
                    self.runs(summary, runs, budget);
                }
                _ => {}
            }
        }
    }
}

fn reliance(context: &Context<'_>, open: Open<'_>, runs: &[Run<'_>]) -> Option<Reliance> {
    let of_model = |call: &ClientCall| call.model() == Some(open.model_ref());
    let calls = &context.project.calls;
    for (n, lookup) in runs.iter().enumerate() {
        let call = calls.get(lookup.0.call);
        if !of_model(call) || !looks_up(call.operation) {
            continue;
        }
        let Some(said) = asks_for_null(context, open, lookup) else {
            continue;
        };
        let created = runs[n + 1..].iter().find_map(|create| {
            let call = calls.get(create.0.call);
            let creates = of_model(call) && call.operation == Operation::Create;
            Some((
                create.0.call,
                creates.then(|| stores_null(context, open, create))??,
            ))
        });
        if let Some((create, stored)) = created {
            return Some(Reliance {
                lookup: lookup.0.call,
                create,
                literal: said == Null::Literal && stored == Null::Literal,
            });
        }
    }
    None
}

/// Whether a loop makes rows that have a NULL, each with the same values beside it.
fn makes_several(context: &Context<'_>, open: Open<'_>, run: &Run<'_>) -> bool {
    let call = context.project.calls.get(run.0.call);
    let creates = call.model() == Some(open.model_ref()) && call.operation == Operation::Create;
    if !creates || run.1.loops.is_empty() {
        return false;
    }
    let same = |data: &ObjectValue| {
        let mut required = open.fields().filter(|field| field.is_required());
        required.all(|field| {
            let entry = data.entries.get(&field.name);
            entry.is_some_and(|entry| !varies(&entry.value))
        })
    };
    let literal = stores_null(context, open, run) == Some(Null::Literal);
    literal && argument(run.0, "data").is_some_and(same)
}

/// How a query makes a row with a NULL, where it does.
fn makes(context: &Context<'_>, open: Open<'_>, run: &Run<'_>) -> Rows {
    let call = context.project.calls.get(run.0.call);
    let creates = call.model() == Some(open.model_ref()) && call.operation == Operation::Create;
    let made = creates && stores_null(context, open, run) == Some(Null::Literal);
    let same = |data: &ObjectValue| {
        let mut required = open.fields().filter(|field| field.is_required());
        required.all(|field| {
            let entry = data.entries.get(&field.name);
            entry.is_some_and(|entry| matches!(entry.value, Value::Literal(_)))
        })
    };
    Rows {
        made,
        same: made && argument(run.0, "data").is_some_and(same),
    }
}

/// Whether a value may be another one in each round of a loop.
fn varies(value: &Value) -> bool {
    let mut varies = false;
    value.visit(&mut |part| {
        varies |= match part {
            Value::Unknown => true,
            Value::Opaque(opaque) => {
                matches!(opaque.root, Root::Element(_) | Root::Result(_))
                    || opaque.path.iter().any(|step| matches!(step, Step::Each(_)))
            }
            _ => false,
        };
    });
    varies
}

fn looks_up(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::FindFirst
            | Operation::Count
            | Operation::UpdateMany
            | Operation::UpdateManyAndReturn
    )
}

/// Whether a value is `null`, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Null {
    /// The code says so, or leaves the value out.
    Literal,
    /// Its type says that it may be.
    Typed,
}

/// Whether the query looks for a row by the columns of the unique alone, a NULL among them.
fn asks_for_null(context: &Context<'_>, open: Open<'_>, run: &Run<'_>) -> Option<Null> {
    let filter = argument(run.0, "where")?;
    let known = |key: &str| open.fields().any(|field| field.name == *key);
    if !filter.spreads.is_empty() || !filter.entries.keys().all(|key| known(key)) {
        return None;
    }
    let required: Vec<&Field> = open.fields().filter(|field| field.is_required()).collect();
    let given = |field: &&Field| filter.entries.contains_key(&field.name);
    (!required.is_empty() && required.iter().all(given)).then_some(())?;
    // Where the filter does not name it, any row will do.
    open.nullable().any(|field| given(&field)).then_some(())?;
    null_of(context, open, filter, run.1)
}

/// Whether the query makes a row that has a NULL in the unique.
fn stores_null(context: &Context<'_>, open: Open<'_>, run: &Run<'_>) -> Option<Null> {
    let data = argument(run.0, "data")?;
    data.spreads.is_empty().then_some(())?;
    null_of(context, open, data, run.1)
}

/// The first of the nullable columns that is, or may be, null in an object.
fn null_of(
    context: &Context<'_>,
    open: Open<'_>,
    object: &ObjectValue,
    event: &Event,
) -> Option<Null> {
    open.nullable()
        .find_map(|field| match object.entries.get(&field.name) {
            Some(entry) => null(context, &entry.value, &event.facts),
            None if is_connected(open, field, object) => None,
            None => Some(Null::Literal),
        })
}

/// Whether a relation gives the column its value.
fn is_connected(open: Open<'_>, field: &Field, object: &ObjectValue) -> bool {
    open.model.relation_fields().any(|relation| {
        let holds = relation
            .relation()
            .is_some_and(|r| r.fields.contains(&field.id));
        holds && object.entries.contains_key(&relation.name)
    })
}

/// `facts` hold where the value is used, or where this choice of it is made.
fn null(context: &Context<'_>, value: &Value, facts: &Facts) -> Option<Null> {
    let excluded = facts.iter().any(|fact| match fact {
        Fact::Truthy(known) => is_part(value, known),
        Fact::Differ(a, b) => {
            (a == value && *b == Value::Null) || (b == value && *a == Value::Null)
        }
        _ => false,
    });
    match value {
        _ if excluded => None,
        Value::Null | Value::Undefined => Some(Null::Literal),
        Value::OneOf(choices) => choices
            .iter()
            .find_map(|choice| {
                let facts = facts.with_each(choice.facts.iter());
                null(context, &choice.value, &facts)
            })
            .map(|_| Null::Typed),
        Value::Opaque(opaque) => {
            let declared = declared::value(context, None, opaque)?;
            declared::may_be_absent(context, &declared).then_some(Null::Typed)
        }
        _ => None,
    }
}

/// Whether a value is another one, or what is left of its choices: what holds of all of them holds
/// of these.
fn is_part(value: &Value, whole: &Value) -> bool {
    let among = |one: &Value| match whole {
        Value::OneOf(choices) => choices.iter().any(|choice| choice.value == *one),
        _ => false,
    };
    value == whole
        || match value {
            Value::OneOf(choices) => choices.iter().all(|choice| among(&choice.value)),
            one => among(one),
        }
}

fn argument<'f>(query: &'f Query, key: &str) -> Option<&'f ObjectValue> {
    let first = query.arguments.first()?.as_object()?;
    let mut found = objects(&first.entries.get(key)?.value);
    found.next()
}

/// A raw query that takes the unique for one that tells every row apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conflict {
    /// Its `ON CONFLICT`.
    at: Location,
    /// Whether it inserts a NULL there, as far as types say.
    null: bool,
}

impl Conflict {
    pub(super) fn tell(self, found: DiagnosticBuilder) -> DiagnosticBuilder {
        found.related(
            self.at,
            "a row with a NULL never conflicts: it is inserted again",
        )
    }

    /// Whether a NULL comes there.
    pub(super) fn is_certain(self) -> bool {
        self.null
    }
}

/// The first `ON CONFLICT` over the columns of a unique.
pub(super) fn conflict(context: &Context<'_>, open: Open<'_>) -> Option<Conflict> {
    let mut found: Option<Conflict> = None;
    for reading in reading::all(context) {
        if reading.schema != open.id || !reading.errors.is_empty() {
            continue;
        }
        let Some(StatementKind::Insert(insert)) = reading.statement().map(|one| &one.kind) else {
            continue;
        };
        let Some(target) = &insert.conflict else {
            continue;
        };
        if insert.table.name.text != open.model.db_name || !is_over(target, open) {
            continue;
        }
        let one = Conflict {
            at: reading.place(context.project, target.span),
            null: inserts_null(context, reading, insert, open),
        };
        if one.null || found.is_none() {
            found = Some(one);
        }
    }
    found
}

/// Whether an `ON CONFLICT` names the columns of a unique, in any order.
fn is_over(target: &OnConflict, open: Open<'_>) -> bool {
    let named: Vec<&str> = target
        .keys
        .iter()
        .filter_map(|key| match &key.kind {
            ExprKind::Column(parts) => parts.last().map(|part| part.text.as_str()),
            _ => None,
        })
        .collect();
    named.len() == target.keys.len()
        && named.len() == open.unique.columns.len()
        && open
            .fields()
            .all(|field| named.contains(&field.db_name.as_str()))
}

/// Whether one of the rows that are inserted has, or may have by its type, a NULL in the unique.
fn inserts_null(context: &Context<'_>, reading: &Reading, insert: &Insert, open: Open<'_>) -> bool {
    let Some(QueryBody::Values(rows)) = insert.source.as_ref().map(|source| &source.body) else {
        return false;
    };
    let types = JsTypes::new(context.project, reading.schema);
    open.nullable().any(|field| {
        let position = insert
            .columns
            .iter()
            .position(|name| *name.text == field.db_name);
        let Some(position) = position else {
            return !insert.columns.is_empty() && field.default.is_none();
        };
        rows.iter()
            .filter_map(|row| row.get(position))
            .any(|value| match &value.kind {
                ExprKind::Null => true,
                ExprKind::Parameter(number) => {
                    let number = (*number as usize).wrapping_sub(1);
                    reading
                        .text
                        .parameters
                        .get(number)
                        .is_some_and(|parameter| {
                            let ty = types.value(&parameter.value, parameter.at);
                            ty.null || ty.undefined
                        })
                }
                _ => false,
            })
    })
}

//! A row is looked for by some columns, and created with them when there is none.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use snell_flow::{
    Event, EventKind, Fact, Literal, ObjectValue, Query, Root, RowOrigin, Step, Value,
    scope::leaves,
};
use snell_prisma::{Field, FieldId, Model, ScalarType};
use snell_project::{
    client::{CallId, ClientCall, Operation},
    module::ModuleId,
    ownership::Ownership,
    schema::{ModelRef, Schema},
};

use super::{
    is_kept,
    turns::{self, Turn},
};
use crate::{
    functions,
    rule::Context,
    rules::{
        integrity::soft_delete_unique::is_deletion_time,
        query::{
            flat::{self, Run},
            transactions,
        },
    },
    support::name_words::has_word,
};

/// A look and the creation that relies on it.
#[derive(Debug, Clone)]
pub(super) struct Race {
    /// Of which rows.
    pub(super) model: ModelRef,
    /// The look.
    pub(super) lookup: CallId,
    /// The creation.
    pub(super) create: CallId,
    /// The columns that the look compares with what is then written, in the order of the schema.
    pub(super) columns: Vec<FieldId>,
    /// Whether the look is for rows in one state alone.
    pub(super) partial: bool,
    /// The constants of the code that are that state, each with its column.
    pub(super) constants: Vec<(FieldId, Literal)>,
    /// The time of deletion that the look asks to be none.
    pub(super) living: Option<FieldId>,
    /// Whether several rows are created at once.
    pub(super) stores_many: bool,
    /// The column that says whose the row is, where the look does not ask for it.
    pub(super) narrowed: Option<FieldId>,
    /// Whether nothing is done with a row that is there: the look only refuses a second one.
    pub(super) refuses: bool,
    /// What little is done with a row that is there.
    pub(super) slight: Option<Slight>,
    /// An earlier write of the same transaction to rows of the same kind, which makes the second of two requests wait.
    pub(super) after: Option<CallId>,
}

/// What is done with a row that is there, so that a second one harms little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slight {
    /// It is taken away again.
    Removed,
    /// It is given another time.
    Touched,
}

/// All of them, found once.
#[derive(Debug)]
pub(super) struct Races(pub(super) Vec<Race>);

impl Races {
    pub(super) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| Races(all(context)))
    }
}

/// All of them, in the order of functions and places, each pair of calls once.
fn all(context: &Context<'_>) -> Vec<Race> {
    let mut found: Vec<Race> = Vec::new();
    // A text is read once, however many functions there are in it.
    let mut known: FxHashMap<ModuleId, bool> = FxHashMap::default();
    let mut minds = |module| {
        *known
            .entry(module)
            .or_insert_with(|| minds(context, module))
    };
    for summary in context.flow.functions() {
        let module = summary.function.module;
        if !functions::is_application(context.project, module)
            || minds(module)
            || transactions::takes_locks(context, summary)
        {
            continue;
        }
        let runs = flat::queries(summary);
        for (n, run) in runs.iter().enumerate() {
            let Some(mut race) = race(context, run, &mut minds) else {
                continue;
            };
            match turns::before(context, &runs, n, race.lookup) {
                Some(Turn::Parent) => continue,
                Some(Turn::Siblings(write)) => race.after = Some(write),
                None => {}
            }
            let takes = Takes::of(&race);
            race.refuses = !takes.any(&summary.events, MAX_DEPTH);
            race.slight = takes.slight(context, &summary.events);
            let known = found
                .iter()
                .any(|other| other.create == race.create && other.lookup == race.lookup);
            if !known {
                found.push(race);
            }
        }
    }
    found
}

/// Calls inside calls are looked into this deep.
const MAX_DEPTH: u32 = 4;

/// Whether the row that a look gives is taken for the one: given back, or named by a query.
struct Takes {
    lookup: CallId,
    create: CallId,
}

impl Takes {
    fn of(race: &Race) -> Self {
        Takes {
            lookup: race.lookup,
            create: race.create,
        }
    }

    fn any(&self, events: &[Event], depth: u32) -> bool {
        events.iter().any(|event| match &event.kind {
            EventKind::Query(query) => query.arguments.iter().any(|one| self.has(one)),
            EventKind::Return { value } | EventKind::Answer { value } => self.has(value),
            EventKind::Call { summary, .. } if depth > 0 => {
                // What only looks gives the row back to whoever asked.
                let looks = comes_to(&summary.events, self.lookup, depth)
                    && !comes_to(&summary.events, self.create, depth);
                !looks && self.any(&summary.events, depth - 1)
            }
            _ => false,
        })
    }

    /// What the writes by that row have in common, where there are some.
    fn slight(&self, context: &Context<'_>, events: &[Event]) -> Option<Slight> {
        let mut found = Vec::new();
        self.writes(context, events, MAX_DEPTH, &mut found);
        // Where one way takes it away, another may change what it says: still one of a kind.
        match found.first()? {
            Some(Slight::Removed) => Some(Slight::Removed),
            first => first.filter(|_| found.iter().all(|one| one == first)),
        }
    }

    /// What each write by that row does with it.
    fn writes(
        &self,
        context: &Context<'_>,
        events: &[Event],
        depth: u32,
        found: &mut Vec<Option<Slight>>,
    ) {
        for event in events {
            match &event.kind {
                EventKind::Query(query) if query.arguments.iter().any(|one| self.has(one)) => {
                    let call = context.project.calls.get(query.call);
                    if call.operation.is_write() {
                        found.push(does(context, call, query));
                    }
                }
                EventKind::Call { summary, .. } if depth > 0 => {
                    self.writes(context, &summary.events, depth - 1, found);
                }
                _ => {}
            }
        }
    }

    fn has(&self, value: &Value) -> bool {
        let mut found = false;
        value.visit(&mut |part| {
            if let Value::Opaque(opaque) = part {
                found |= matches!(&opaque.root, Root::Row(row) if row.call == self.lookup);
            }
        });
        found
    }
}

/// What a write does with the row that it names, where that is little.
fn does(context: &Context<'_>, call: &ClientCall, query: &Query) -> Option<Slight> {
    match call.operation {
        Operation::Delete | Operation::DeleteMany => Some(Slight::Removed),
        Operation::Update | Operation::UpdateMany => {
            let arguments = query.arguments.first()?.as_object()?;
            let data = arguments.entries.get("data")?.value.as_object()?;
            let model = context.project.schemas.model(call.model()?);
            let is_time = |name: &smol_str::SmolStr| {
                let field = model.field(name);
                field.is_some_and(|field| field.scalar() == Some(ScalarType::DateTime))
            };
            data.entries.keys().all(is_time).then_some(Slight::Touched)
        }
        _ => None,
    }
}

fn comes_to(events: &[Event], call: CallId, depth: u32) -> bool {
    events.iter().any(|event| match &event.kind {
        EventKind::Query(query) => query.call == call,
        EventKind::Call { summary, .. } if depth > 0 => comes_to(&summary.events, call, depth - 1),
        _ => false,
    })
}

/// Whether a module says that two requests may come at once, and what then.
fn minds(context: &Context<'_>, module: ModuleId) -> bool {
    let file = context.project.modules.get(module).file;
    let text = &context.sources.file(file).text;
    ["P2002", "Serializable", "ON CONFLICT", "advisory"]
        .iter()
        .any(|word| text.contains(word))
}

fn race(
    context: &Context<'_>,
    run: &Run<'_>,
    minds: &mut impl FnMut(ModuleId) -> bool,
) -> Option<Race> {
    let call = context.project.calls.get(run.query.call);
    let stores_many = matches!(
        call.operation,
        Operation::CreateMany | Operation::CreateManyAndReturn
    );
    if call.operation != Operation::Create && !stores_many || minds(call.module) {
        return None;
    }
    let reference = call.model()?;
    let schema = context.project.schemas.get(reference.schema);
    let model = context.project.schemas.model(reference);
    let data = &run
        .query
        .arguments
        .first()?
        .as_object()?
        .entries
        .get("data")?
        .value;
    let row = match data {
        Value::Array(rows) => rows.elements.first().or(rows.rest.as_ref())?,
        value => value,
    };
    let row = row.as_object()?;
    run.facts().find_map(|fact| {
        let origin = absent(fact)?;
        let lookup = context.project.calls.get(origin.call);
        let looks = matches!(
            lookup.operation,
            Operation::FindFirst | Operation::FindUnique | Operation::Count | Operation::FindMany
        );
        if !looks || lookup.model() != Some(reference) {
            return None;
        }
        let asked = asked(model, schema, origin, row)?;
        let owner = asked.owner(context, reference, row);
        let with_owner: Vec<FieldId> = asked.columns.iter().copied().chain(owner).collect();
        (!is_kept(schema, model, &with_owner)).then_some(Race {
            narrowed: owner,
            refuses: false,
            slight: None,
            after: None,
            model: reference,
            lookup: origin.call,
            create: run.query.call,
            columns: asked.columns,
            partial: asked.partial,
            constants: asked.constants,
            living: asked.living,
            stores_many,
        })
    })
}

/// The row, rows or count of which a fact says that there is nothing.
fn absent(fact: &Fact) -> Option<&RowOrigin> {
    let value = match fact {
        Fact::Falsy(value) => value,
        Fact::Equal(value, Value::Null | Value::Undefined) => value,
        Fact::Equal(value, Value::Literal(Literal::Number(zero))) if **zero == *"0" => value,
        _ => return None,
    };
    let Value::Opaque(opaque) = value else {
        return None;
    };
    let whole = match opaque.path.as_slice() {
        [] => true,
        [Step::Property(name)] => name == "length",
        _ => false,
    };
    match &opaque.root {
        Root::Row(row) if whole => Some(row),
        _ => None,
    }
}

/// What a look compares with what is then written.
#[derive(Default)]
struct Asked {
    columns: Vec<FieldId>,
    partial: bool,
    constants: Vec<(FieldId, Literal)>,
    living: Option<FieldId>,
}

impl Asked {
    /// The owner's column, when the row gets an owner that the look leaves out: row security, or
    /// a client of the owner's own, may ask for it.
    fn owner(&self, context: &Context<'_>, model: ModelRef, row: &ObjectValue) -> Option<FieldId> {
        let schema = context.project.schemas.get(model.schema);
        let declared = context.project.schemas.model(model);
        let Ownership::Owned(chains) = context.project.owners.of(model) else {
            return None;
        };
        // What is looked for below another row is narrowed by that.
        let below = self.columns.iter().any(|column| {
            declared.is_foreign_key(*column)
                || chains.iter().any(|chain| chain.key == Some(*column))
        });
        let mut direct = chains
            .iter()
            .filter(|chain| chain.required && chain.relations.len() <= 1);
        let key = direct.find_map(|chain| chain.key).filter(|_| !below)?;
        gets(declared, schema, &schema.datamodel[key], row).then_some(key)
    }
}

/// Whether the row gets any value in this column, by itself or by its relation.
fn gets(model: &Model, schema: &Schema, field: &Field, row: &ObjectValue) -> bool {
    row.entries.contains_key(&field.name)
        || model.relation_fields().any(|relation| {
            let holds = relation
                .relation()
                .is_some_and(|of| of.fields.contains(&field.id));
            holds
                && row
                    .entries
                    .contains_key(&schema.datamodel[relation.id].name)
        })
}

/// `None` when it asks for anything else as well.
fn asked(model: &Model, schema: &Schema, origin: &RowOrigin, row: &ObjectValue) -> Option<Asked> {
    let arguments = origin.arguments.as_object()?;
    // "The latest of them" is one of several.
    if arguments.entries.contains_key("orderBy") || !row.spreads.is_empty() {
        return None;
    }
    let filter = &arguments.entries.get("where")?.value;
    let mut asked = Asked::default();
    for leaf in leaves(filter)? {
        if leaf.weak || !leaf.always {
            return None;
        }
        let field = column(model, schema, &leaf.path)?;
        match leaf.value {
            Value::Null if is_deletion_time(field) => {
                asked.partial = true;
                asked.living = Some(field.id);
                continue;
            }
            Value::Null | Value::Undefined | Value::Unknown => return None,
            // One of the values that the row has a list of, or one of several.
            Value::Array(_) => return None,
            value @ Value::Literal(constant)
                if is_state(field) || !written(model, schema, field, row, value) =>
            {
                asked.partial = true;
                asked.constants.push((field.id, constant.clone()));
                continue;
            }
            value => written(model, schema, field, row, value).then_some(())?,
        }
        asked.columns.push(field.id);
    }
    asked.columns.sort_unstable();
    asked.columns.dedup();
    (!asked.columns.is_empty()).then_some(asked)
}

/// Whether a column says in which state a row is, and so changes.
fn is_state(field: &Field) -> bool {
    const STATES: [&str; 6] = ["status", "state", "stage", "phase", "active", "step"];
    field.scalar() == Some(ScalarType::Boolean) || has_word(&field.name, &STATES)
}

/// The column that a way in a filter leads to: `["userId"]`, `["user", "id"]`.
fn column<'a>(model: &Model, schema: &'a Schema, path: &[smol_str::SmolStr]) -> Option<&'a Field> {
    let datamodel = &schema.datamodel;
    let first = model.field(path.first()?)?;
    match path {
        [_] if first.is_column() => Some(&datamodel[first.id]),
        [_, second] => {
            let relation = first.relation().filter(|relation| relation.holds_key)?;
            let at = relation
                .references
                .iter()
                .position(|key| datamodel[*key].name == *second)?;
            Some(&datamodel[*relation.fields.get(at)?])
        }
        _ => None,
    }
}

/// Whether the row gets the value in this column, by itself or by `connect`.
fn written(
    model: &Model,
    schema: &Schema,
    field: &Field,
    row: &ObjectValue,
    value: &Value,
) -> bool {
    if let Some(entry) = row.entries.get(&field.name) {
        return entry.value == *value;
    }
    model.relation_fields().any(|relation| {
        let Some(of) = relation.relation() else {
            return false;
        };
        let connected = row
            .entries
            .get(&relation.name)
            .and_then(|entry| entry.value.as_object())
            .and_then(|nested| nested.entries.get("connect"))
            .and_then(|connect| connect.value.as_object());
        let position = of.fields.iter().position(|one| *one == field.id);
        let key = position.and_then(|position| of.references.get(position));
        match (connected, key) {
            (Some(connected), Some(key)) => connected
                .entries
                .get(&schema.datamodel[*key].name)
                .is_some_and(|entry| entry.value == *value),
            _ => false,
        }
    })
}

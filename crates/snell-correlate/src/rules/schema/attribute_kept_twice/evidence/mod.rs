//! What shows that rows of attributes and columns of their owner are the same: the names that the
//! code and the migrations give the rows, and who writes or reads both.

use std::collections::{BTreeMap, BTreeSet};

use snell_flow::{EventKind, ObjectValue, Query, QueryEvent, Root, Step, Value};
use snell_prisma::{Field, FieldId, Model};
use snell_project::{client::ClientCall, module::FunctionRef, schema::ModelRef};
use snell_source::Location;

use super::{super::words, Attributes, Column, FEWEST, Shown};
use crate::{
    functions,
    rule::Context,
    support::{
        order::Place,
        queries::{self, objects},
        rows_written,
        tables::TableModel,
    },
};

mod beside;

/// A part of the program that may write both: a function, or all that an endpoint runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Function(FunctionRef),
    Endpoint(usize),
}

/// What one part writes.
#[derive(Debug, Default)]
struct Writes<'a> {
    /// Columns of the owner, with what they are given.
    columns: Vec<(FieldId, &'a Value)>,
    /// The names of rows.
    names: Vec<&'a Value>,
    owner_at: Option<Location>,
    rows_at: Option<Location>,
}

/// The names of rows that are known.
pub(super) struct Known<'a> {
    /// Of columns, by a migration that has filled them from rows.
    copied: BTreeMap<FieldId, (String, Location)>,
    /// Written out in the code.
    literals: BTreeSet<String>,
    /// Of columns that are given a property of the object whose properties become rows.
    properties: BTreeMap<FieldId, String>,
    parts: BTreeMap<Part, Writes<'a>>,
}

pub(super) fn known<'a>(
    context: &Context<'a>,
    table: TableModel<'a>,
    owner: &'a Model,
    parts: &Attributes<'a>,
) -> Known<'a> {
    let written = writes(context, table, owner, parts.name);
    let mut literals = BTreeSet::new();
    for query in queries::of_model(context, table.reference()) {
        if let Some(arguments) = query.event.query.arguments.first() {
            filtered(arguments, &parts.name.name, &mut literals);
        }
    }
    let mut properties = BTreeMap::new();
    for one in written.values() {
        for name in &one.names {
            literals.extend(constants(name));
            for (column, value) in &one.columns {
                let field = &table.schema.datamodel[*column];
                if let Some(key) = property(name, value).filter(|key| is_called(field, key)) {
                    properties.entry(*column).or_insert(key);
                }
            }
        }
    }
    Known {
        copied: beside::copied(table, owner, parts),
        literals,
        properties,
        parts: written,
    }
}

impl<'a> Known<'a> {
    /// What the rows of the same as a column are called.
    pub(super) fn key_of(&self, field: &Field) -> Option<String> {
        let copied = self.copied.get(&field.id).map(|(key, _)| key);
        let key = copied.or_else(|| self.properties.get(&field.id));
        let literal = || self.literals.iter().find(|key| is_called(field, key));
        key.or_else(literal).cloned()
    }

    pub(super) fn evidence(
        self,
        context: &Context<'a>,
        table: TableModel<'a>,
        owner: &Model,
        columns: &[Column<'a>],
    ) -> Evidence {
        let is_both = |writes: &&Writes<'a>| {
            let both = columns.iter().filter(|column| {
                let given = writes
                    .columns
                    .iter()
                    .filter(|(id, _)| *id == column.field.id);
                given.into_iter().any(|(_, value)| {
                    writes.names.iter().any(|name| {
                        property(name, value).is_some_and(|key| is_called(column.field, &key))
                            || constants(name).contains(&column.key)
                    })
                })
            });
            both.count() >= FEWEST
        };
        let both = self.parts.values().find(is_both);
        let copied = columns
            .iter()
            .find_map(|column| Some(self.copied.get(&column.field.id)?.1));
        Evidence {
            both: both.and_then(|writes| Some((writes.owner_at?, writes.rows_at?))),
            fallback: fallback(context, table, owner, columns),
            said: beside::said(table, owner, columns),
            copied,
        }
    }
}

/// What was found.
pub(super) struct Evidence {
    /// Where one part writes the columns, and the rows.
    both: Option<(Location, Location)>,
    /// Where the columns are read, and then the rows.
    fallback: Option<(Location, Location)>,
    /// A comment that says so.
    said: Option<Location>,
    /// A migration that fills columns from rows.
    copied: Option<Location>,
}

impl Evidence {
    /// Whether it is the same: names alone may agree by chance.
    pub(super) fn proves(&self) -> bool {
        let told = self.said.is_some() || self.copied.is_some();
        self.both.is_some() || self.fallback.is_some() && told
    }

    /// The places that show it; `kept` when no row is ever deleted.
    pub(super) fn places(&self, kept: bool) -> Vec<Shown> {
        let mut places = Vec::new();
        if let Some((columns, rows)) = self.both {
            if columns != rows {
                places.push((columns, "writes the columns"));
            }
            places.push((
                rows,
                match (columns == rows, kept) {
                    (false, true) => {
                        "and the rows; nothing deletes the row of a column that is cleared"
                    }
                    (false, false) => "and the rows",
                    (true, _) => "writes the columns and the rows",
                },
            ));
        }
        if let Some((columns, rows)) = self.fallback {
            places.push((columns, "reads the columns"));
            places.push((rows, "and the rows, when the columns do not say it"));
        }
        if let Some(copied) = self.copied {
            places.push((copied, "filled columns from these rows"));
        }
        if let Some(said) = self.said {
            places.push((said, "says that they were moved"));
        }
        places
    }
}

/// What functions and endpoints write into both tables.
fn writes<'a>(
    context: &Context<'a>,
    table: TableModel<'a>,
    owner: &'a Model,
    name: &Field,
) -> BTreeMap<Part, Writes<'a>> {
    let mut found: BTreeMap<Part, Writes<'a>> = BTreeMap::new();
    let mut add = |part: Part, call: &'a ClientCall, query: &'a Query| {
        if !call.operation.is_write() || !functions::is_application(context.project, call.module) {
            return;
        }
        let at = queries::operation_at(context, call);
        rows_written::of_query(context, call, (None, query), &mut |written| {
            if written.model == table.reference() {
                if let Some(entry) = written.object.entries.get(&name.name) {
                    let own = found.entry(part).or_default();
                    own.names.push(&entry.value);
                    own.rows_at.get_or_insert(at);
                }
            } else if written.model == owner_of(table, owner) {
                let own = found.entry(part).or_default();
                let before = own.columns.len();
                own.columns.extend(
                    written
                        .columns(owner)
                        .map(|(field, entry)| (field.id, &entry.value)),
                );
                if own.columns.len() > before {
                    own.owner_at = Some(at);
                }
            }
        });
    };
    for event in context.flow.queries() {
        let call = context.project.calls.get(event.query.call);
        add(Part::Function(event.function), call, event.query);
    }
    for walked in context.walks {
        for reached in &walked.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            add(Part::Endpoint(walked.endpoint), call, reached.query);
        }
    }
    found
}

fn owner_of(table: TableModel<'_>, owner: &Model) -> ModelRef {
    ModelRef {
        schema: table.id,
        model: owner.id,
    }
}

/// The constants that a query gives the column of names, in its filter or its data.
fn filtered(arguments: &Value, name: &str, found: &mut BTreeSet<String>) {
    const SHAPES: [&str; 4] = ["select", "orderBy", "include", "distinct"];
    for object in objects(arguments) {
        for (key, entry) in &object.entries {
            if key == name {
                collect(&entry.value, found);
            } else if !SHAPES.contains(&key.as_str()) {
                filtered(&entry.value, name, found);
            }
        }
    }
    if let Value::Array(array) = arguments {
        for element in array.elements.iter().chain(&array.rest) {
            filtered(element, name, found);
        }
    }
}

/// `'a'`, `{ equals: 'a' }`, `{ in: ['a', 'b'] }`
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    found.extend(constants(value));
    for object in objects(value) {
        let asked =
            |object: &ObjectValue, key: &str| object.entries.get(key).map(|e| e.value.clone());
        for key in ["equals", "in"] {
            match asked(object, key) {
                Some(Value::Array(list)) => {
                    found.extend(list.elements.iter().chain(&list.rest).flat_map(constants));
                }
                Some(value) => found.extend(constants(&value)),
                None => {}
            }
        }
    }
}

fn constants(value: &Value) -> Vec<String> {
    let texts = value.choices().into_iter().filter_map(Value::as_string);
    texts.map(ToString::to_string).collect()
}

/// The property of an object that a column is given, when the names of rows are those of the
/// same object's properties: `Object.entries(settings)` beside `settings.model`.
fn property(name: &Value, value: &Value) -> Option<String> {
    let mut objects = Vec::new();
    iterated(name, false, &mut objects);
    let mut found = None;
    value.visit(&mut |part| {
        let Value::Opaque(opaque) = part else { return };
        for object in &objects {
            let (root, path) = object;
            let rest = match opaque.root == **root {
                true => opaque.path.strip_prefix(*path),
                false => None,
            };
            if let Some([Step::Property(key), ..]) = rest {
                found.get_or_insert(key.to_string());
            }
        }
    });
    found
}

/// The objects of whose properties a name is made: a conversion or an element of them.
fn iterated<'v>(name: &'v Value, made: bool, found: &mut Vec<(&'v Root, &'v [Step])>) {
    for choice in name.choices() {
        let Value::Opaque(opaque) = choice else {
            continue;
        };
        if let Root::Derived(values) = &opaque.root {
            for value in values.iter() {
                iterated(value, true, found);
            }
            continue;
        }
        let path = opaque.path.as_slice();
        let last = path
            .iter()
            .rposition(|step| matches!(step, Step::Property(_)))
            .map_or(0, |last| last + 1);
        if made || last < path.len() {
            found.push((&opaque.root, &path[..last]));
        }
    }
}

/// Whether a name is that of a column: `max_tokens` of `maxTokens`.
fn is_called(field: &Field, key: &str) -> bool {
    let key = words::of(key);
    !key.is_empty() && (key == words::of(&field.name) || key == words::of(&field.db_name))
}

/// Where a function reads the columns, and the rows in a branch after that.
fn fallback<'a>(
    context: &Context<'a>,
    table: TableModel<'a>,
    owner: &Model,
    columns: &[Column<'a>],
) -> Option<(Location, Location)> {
    let of_owner: Vec<_> = queries::of_model(context, owner_of(table, owner));
    let rows = queries::of_model(context, table.reference());
    rows.iter().find_map(|row| {
        if !row.call.operation.gives_rows() || row.call.operation.is_write() {
            return None;
        }
        let facts = context.project.modules.facts(row.call.module);
        let place = Place::of(facts, Some(row.event.function.id), row.call.name.span);
        place.branches().next()?;
        let read = of_owner.iter().find(|read| {
            read.event.function == row.event.function
                && read.event.position < row.event.position
                && reads(&read.event, columns) >= FEWEST
        })?;
        let at = |call| queries::operation_at(context, call);
        Some((at(read.call), at(row.call)))
    })
}

/// How many of the columns a query of the owner is made for.
fn reads(event: &QueryEvent<'_>, columns: &[Column<'_>]) -> usize {
    let EventKind::Query(query) = &event.event.kind else {
        return 0;
    };
    let arguments = query.arguments.first().and_then(Value::as_object);
    let selected = arguments.and_then(|arguments| arguments.entries.get("select"));
    let mut used: BTreeSet<String> = BTreeSet::new();
    match selected.and_then(|entry| entry.value.as_object()) {
        Some(select) => used.extend(select.entries.keys().map(ToString::to_string)),
        None => event.summary.visit_rows(|row, path| {
            if row.call == query.call
                && let Some(Step::Property(name)) = path.first()
            {
                used.insert(name.to_string());
            }
        }),
    }
    let read = columns
        .iter()
        .filter(|column| used.contains(column.field.name.as_str()));
    read.count()
}

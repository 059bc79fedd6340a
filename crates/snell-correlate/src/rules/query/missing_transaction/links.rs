//! Why two writes belong together.

use smol_str::SmolStr;
use snell_flow::{ObjectValue, Opaque, Root, Step, Value, scope::leaves};
use snell_prisma::{Field, FieldId, Model};

use super::writes::{Kind, Write};
use crate::rule::Context;

/// Why two writes belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// The second puts in what the first took away.
    Replaced,
    /// The second takes away what the first put in another place.
    Moved,
    /// One number goes down, another one up.
    Transferred,
    /// This relation ties the rows of both.
    Related(FieldId),
}

/// Why the two belong together, when they do.
pub(super) fn between(context: &Context<'_>, a: &Write<'_>, b: &Write<'_>) -> Option<Link> {
    if a.call == b.call || a.model.schema != b.model.schema {
        return None;
    }
    if a.model == b.model {
        return of_one_model(context, a, b);
    }
    related(context, a, b)
}

fn of_one_model(context: &Context<'_>, a: &Write<'_>, b: &Write<'_>) -> Option<Link> {
    let model = context.project.schemas.model(a.model);
    match (a.kind, b.kind) {
        // Old rows go by their age, and none of them is what is made.
        (Kind::Delete, Kind::Create) if is_by_age(a) => None,
        (Kind::Delete, Kind::Create) => {
            let data = argument(b, "data")?;
            let shared = filter(a)?.into_iter().any(|(_, value)| holds(data, value));
            shared.then_some(Link::Replaced)
        }
        (Kind::Create, Kind::Delete) => {
            let keys = filter(b)?;
            let names_rows = keys.iter().any(|(path, value)| {
                let field = path.first().and_then(|name| model.field(name));
                path.len() == 1
                    && field.is_some_and(|field| model.is_id(field.id) || model.is_unique(field.id))
                    && !comes_from(value, a)
            });
            names_rows.then_some(Link::Moved)
        }
        (Kind::Update, Kind::Update) => {
            let (a_data, b_data) = (object(a, "data")?, object(b, "data")?);
            let steps = |data: &ObjectValue, step: &str| -> Vec<SmolStr> {
                let entries = data.entries.iter();
                let stepped = entries.filter(|(_, entry)| {
                    let inner = entry.value.as_object();
                    inner.is_some_and(|inner| inner.entries.contains_key(step))
                });
                stepped.map(|(name, _)| name.clone()).collect()
            };
            let crosses = |one: &str, other: &str| {
                let down = steps(a_data, one);
                steps(b_data, other).iter().any(|name| down.contains(name))
            };
            let apart = argument(a, "where") != argument(b, "where");
            (apart && (crosses("decrement", "increment") || crosses("increment", "decrement")))
                .then_some(Link::Transferred)
        }
        _ => None,
    }
}

/// A relation of one model to the other that both writes name by the same value.
fn related(context: &Context<'_>, a: &Write<'_>, b: &Write<'_>) -> Option<Link> {
    // A parent that is only made when it is missing may be there without children.
    if is_touch(a) || is_touch(b) || changes_nothing(a) {
        return None;
    }
    child_of(context, a, b)
        .or_else(|| child_of(context, b, a))
        .map(Link::Related)
}

/// The relation by which the row of `child` belongs to the row of `parent`.
fn child_of(context: &Context<'_>, parent: &Write<'_>, child: &Write<'_>) -> Option<FieldId> {
    let datamodel = &context.project.schemas.get(child.model.schema).datamodel;
    let model = context.project.schemas.model(child.model);
    model.relation_fields().find_map(|relation| {
        let side = relation.relation()?;
        let key = datamodel.foreign_key(relation)?;
        let [column] = side.fields[..] else {
            return None;
        };
        let [referenced] = key.references[..] else {
            return None;
        };
        let to = datamodel.target(relation)?;
        if !side.holds_key || to.id != parent.model.model {
            return None;
        }
        let names = Names {
            column: &datamodel[column],
            relation,
            referenced: &datamodel[referenced],
        };
        let values = names.of_child(model, child);
        let same = values.iter().any(|value| {
            is_row_of(value, parent, &names.referenced.name)
                || names.of_parent(parent).contains(value)
        });
        same.then_some(relation.id)
    })
}

struct Names<'m> {
    column: &'m Field,
    relation: &'m Field,
    referenced: &'m Field,
}

impl Names<'_> {
    /// The values that the child's write gives the key, or looks rows up by.
    fn of_child<'v>(&self, model: &Model, child: &'v Write<'_>) -> Vec<&'v Value> {
        let mut values = Vec::new();
        for key in ["data", "create"] {
            let Some(data) = argument(child, key) else {
                continue;
            };
            each_object(data, &mut |row| {
                if let Some(entry) = row.entries.get(&self.column.name) {
                    values.push(&entry.value);
                }
                let connected = row.entries.get(&self.relation.name);
                let connect = connected
                    .and_then(|entry| entry.value.as_object())
                    .and_then(|inner| inner.entries.get("connect"))
                    .and_then(|entry| entry.value.as_object())
                    .and_then(|inner| inner.entries.get(&self.referenced.name));
                values.extend(connect.map(|entry| &entry.value));
            });
        }
        let keyed = filter(child).unwrap_or_default().into_iter();
        values.extend(keyed.filter_map(|(path, value)| {
            let named = match path.as_slice() {
                [name] => *name == self.column.name,
                [key, name] => {
                    *name == self.column.name && model.unique_criterion(key).is_some()
                        || *key == self.relation.name && *name == self.referenced.name
                }
                _ => false,
            };
            named.then_some(value)
        }));
        values.retain(|value| is_telling(value));
        values
    }

    /// The values by which the parent's write names its row.
    fn of_parent<'v>(&self, parent: &'v Write<'_>) -> Vec<&'v Value> {
        let mut values: Vec<&Value> = Vec::new();
        for (path, value) in filter(parent).unwrap_or_default() {
            if path
                .last()
                .is_some_and(|name| *name == self.referenced.name)
            {
                values.push(value);
            }
        }
        if parent.kind == Kind::Create
            && let Some(data) = object(parent, "data")
            && let Some(entry) = data.entries.get(&self.referenced.name)
        {
            values.push(&entry.value);
        }
        values
    }
}

/// Whether a value tells one row from another.
fn is_telling(value: &Value) -> bool {
    match value {
        Value::Opaque(_) | Value::Text(_) => true,
        Value::Array(array) => array.elements.iter().chain(&array.rest).any(is_telling),
        _ => false,
    }
}

fn is_row_of(value: &Value, write: &Write<'_>, field: &str) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    let Opaque { root, path } = &**opaque;
    matches!(root, Root::Row(row) if row.call == write.call)
        && matches!(path.last(), Some(Step::Property(name)) if name == field)
}

/// Whether a value is made of the row that a write gave back.
fn comes_from(value: &Value, write: &Write<'_>) -> bool {
    let mut found = false;
    value.visit(&mut |value| {
        if let Value::Opaque(opaque) = value {
            found |= matches!(&opaque.root, Root::Row(row) if row.call == write.call);
        }
    });
    found
}

/// Words in the names of columns that say what happened to a row, or who works on it: whoever takes such a lock must be
/// seen by others before the work begins, so not in one transaction with it.
const TOUCHED: [&str; 9] = [
    "last",
    "count",
    "seen",
    "date",
    "updated",
    "touched",
    "lockedby",
    "lockowner",
    "claimedby",
];

/// Whether a write only notes that something happened: when it is lost, no row is wrong for long.
fn is_touch(write: &Write<'_>) -> bool {
    let Some(data) = object(write, "data") else {
        return false;
    };
    write.kind == Kind::Update
        && data.spreads.is_empty()
        && !data.entries.is_empty()
        && data.entries.iter().all(|(name, entry)| {
            let lower = name.to_ascii_lowercase().replace('_', "");
            let stepped = entry.value.as_object().is_some_and(|inner| {
                inner.entries.contains_key("increment") || inner.entries.contains_key("decrement")
            });
            stepped || name.ends_with("At") || TOUCHED.iter().any(|word| lower.contains(word))
        })
}

/// `upsert` with an empty `update`.
fn changes_nothing(write: &Write<'_>) -> bool {
    object(write, "update")
        .is_some_and(|update| update.spreads.is_empty() && update.entries.is_empty())
}

/// The comparisons of a `where` that demand equality with something that is not constant.
fn filter<'v>(write: &'v Write<'_>) -> Option<Vec<(Vec<SmolStr>, &'v Value)>> {
    let found = leaves(argument(write, "where")?)?;
    let telling = found
        .into_iter()
        .filter(|leaf| !leaf.weak && is_telling(leaf.value));
    Some(telling.map(|leaf| (leaf.path, leaf.value)).collect())
}

/// `deleteMany({ where: { createdAt: { lt: cutoff } } })`
fn is_by_age(write: &Write<'_>) -> bool {
    let mut found = false;
    if let Some(condition) = argument(write, "where") {
        condition.visit(&mut |part| {
            found |= part.as_object().is_some_and(|object| {
                object.entries.contains_key("lt") || object.entries.contains_key("lte")
            });
        });
    }
    found
}

fn holds(data: &Value, wanted: &Value) -> bool {
    let mut found = false;
    data.visit(&mut |value| found |= value == wanted);
    found
}

fn argument<'v>(write: &'v Write<'_>, key: &str) -> Option<&'v Value> {
    let arguments = write.query?.arguments.first()?.as_object()?;
    Some(&arguments.entries.get(key)?.value)
}

fn object<'v>(write: &'v Write<'_>, key: &str) -> Option<&'v ObjectValue> {
    argument(write, key)?.as_object()
}

/// The rows of `data`: one, or each of a list.
fn each_object<'v>(data: &'v Value, each: &mut dyn FnMut(&'v ObjectValue)) {
    match data {
        Value::Object(object) => each(object),
        Value::Array(array) => {
            for element in array.elements.iter().chain(&array.rest) {
                each_object(element, each);
            }
        }
        Value::OneOf(choices) => {
            for choice in choices.iter() {
                each_object(&choice.value, each);
            }
        }
        _ => {}
    }
}

//! Which fields a query's rows hold.

use smol_str::SmolStr;
use snell_flow::{ObjectValue, Value};
use snell_prisma::Field;
use snell_project::schema::ModelRef;

use crate::rule::Context;

/// Rows inside rows are looked into this deep.
const DEPTH: u32 = 4;

/// A field that rows hold.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Held<'a> {
    pub(in crate::rules) model: ModelRef,
    pub(in crate::rules) field: &'a Field,
    /// Whether it stands in a row inside the row.
    pub(in crate::rules) nested: bool,
    /// The relation of the row through which it is held.
    pub(in crate::rules) through: Option<&'a Field>,
    /// The same of the row at the end of the path, when it is held through one.
    beyond: Option<&'a Field>,
    /// Whether the query asks for it by its name.
    pub(in crate::rules) named: bool,
}

impl Held<'_> {
    /// Whether it is gone where the row at the end of the path is handed on without some of its properties.
    pub(in crate::rules) fn is_left_out(&self, without: &[SmolStr]) -> bool {
        without.contains(&self.beyond.unwrap_or(self.field).name)
    }
}

/// The scalar fields of rows that a query with these arguments gives back, at
/// `path` inside them; `None` when that is not known.
pub(in crate::rules) fn held<'a>(
    context: &Context<'a>,
    model: ModelRef,
    arguments: &Value,
    path: &[&str],
) -> Option<Vec<Held<'a>>> {
    let whole = ObjectValue::default();
    let object = match arguments {
        Value::Undefined => &whole,
        Value::Object(object) if object.spreads.is_empty() => &**object,
        _ => return None,
    };
    let mut found = Vec::new();
    rows(
        context,
        model,
        object,
        path,
        (None, None),
        DEPTH,
        &mut found,
    )?;
    Some(found)
}

fn rows<'a>(
    context: &Context<'a>,
    model: ModelRef,
    arguments: &ObjectValue,
    path: &[&str],
    (through, beyond): (Option<&'a Field>, Option<&'a Field>),
    depth: u32,
    found: &mut Vec<Held<'a>>,
) -> Option<()> {
    let Some(depth) = depth.checked_sub(1) else {
        return Some(());
    };
    let declared = context.project.schemas.model(model);
    let select = choice(arguments, "select")?;
    let omit = choice(arguments, "omit")?;
    let include = choice(arguments, "include")?;
    for field in declared.fields.iter().filter(|field| field.is_visible()) {
        let name = field.name.as_str();
        if path.first().is_some_and(|first| *first != name) {
            continue;
        }
        let rest = path.get(1..).unwrap_or_default();
        match field.relation() {
            Some(relation) => {
                let chosen = select
                    .or(include)
                    .and_then(|object| object.entries.get(name));
                let Some(entry) = chosen else { continue };
                let target = ModelRef {
                    schema: model.schema,
                    model: relation.target,
                };
                let all = ObjectValue::default();
                let inner = match &entry.value {
                    Value::Object(object) if object.spreads.is_empty() => &**object,
                    value if value.truth() == Some(true) => &all,
                    value if value.truth() == Some(false) => continue,
                    _ => return None,
                };
                let first = through.or(Some(field));
                let beyond = beyond.or(path.is_empty().then_some(field));
                rows(context, target, inner, rest, (first, beyond), depth, found)?;
            }
            None => {
                let there = match select {
                    Some(select) => select
                        .entries
                        .get(name)
                        .is_some_and(|entry| entry.value.truth() == Some(true)),
                    None => omit
                        .and_then(|omit| omit.entries.get(name))
                        .is_none_or(|entry| entry.value.truth() == Some(false)),
                };
                if there {
                    found.push(Held {
                        model,
                        field,
                        nested: through.is_some(),
                        through,
                        beyond,
                        named: select.is_some(),
                    });
                }
            }
        }
    }
    Some(())
}

/// A part of the arguments: none of it, or an object whose keys are known.
#[allow(clippy::option_option, reason = "not there, and not known, differ")]
fn choice<'v>(arguments: &'v ObjectValue, name: &str) -> Option<Option<&'v ObjectValue>> {
    match arguments.entries.get(name).map(|entry| &entry.value) {
        None | Some(Value::Undefined | Value::Null) => Some(None),
        Some(Value::Object(object)) if object.spreads.is_empty() => Some(Some(object)),
        Some(_) => None,
    }
}

//! What an endpoint gives back, as far as every way through it is known.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_flow::{ObjectValue, Opaque, Root, Step, Value};
use snell_prisma::Field;
use snell_project::schema::ModelRef;
use snell_source::Location;

use crate::rule::Context;

/// A part of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Given<'a> {
    /// Not known, or nothing to compare.
    Unknown,
    /// Nothing at all: another way out, which says nothing of the others.
    Nothing,
    /// A column as it is.
    Column(ModelRef, &'a Field),
    /// Elements.
    List(Box<Given<'a>>),
    /// Properties.
    Object(Object<'a>),
}

/// An object of an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object<'a> {
    /// What it may hold.
    pub(crate) properties: BTreeMap<SmolStr, Given<'a>>,
    /// Whether it may hold more.
    pub(crate) open: bool,
    /// Where it is chosen.
    pub(crate) at: Option<Location>,
}

/// Rows and objects inside each other.
const DEPTH: u32 = 8;

/// What the endpoint at a position gives back.
pub(super) fn of<'a>(context: &Context<'a>, position: usize) -> Option<Given<'a>> {
    let flow = context.flow.endpoint(position)?;
    if flow.summary.cut {
        return None;
    }
    let endpoint = context.project.endpoints.get(position);
    let mut found: Option<Given<'a>> = None;
    for value in context.flow.answers(flow, endpoint) {
        let given = value_of(context, value, DEPTH);
        found = Some(match found {
            Some(known) => either(known, given),
            None => given,
        });
    }
    found.filter(|given| !matches!(given, Given::Unknown | Given::Nothing))
}

fn value_of<'a>(context: &Context<'a>, value: &Value, depth: u32) -> Given<'a> {
    let Some(depth) = depth.checked_sub(1) else {
        return Given::Unknown;
    };
    match value {
        Value::Null | Value::Undefined => Given::Nothing,
        Value::Array(array) => {
            let elements = array.elements.iter().chain(&array.rest);
            let element = elements
                .map(|element| value_of(context, element, depth))
                .reduce(either);
            Given::List(Box::new(element.unwrap_or(Given::Nothing)))
        }
        Value::Object(object) => built(context, object, depth),
        Value::Opaque(opaque) => row(context, opaque).unwrap_or(Given::Unknown),
        Value::OneOf(choices) => choices
            .iter()
            .map(|choice| value_of(context, &choice.value, depth))
            .reduce(either)
            .unwrap_or(Given::Unknown),
        _ => Given::Unknown,
    }
}

/// An object literal, with what is spread into it.
fn built<'a>(context: &Context<'a>, object: &ObjectValue, depth: u32) -> Given<'a> {
    let mut found = Object::default();
    for spread in &object.spreads {
        match value_of(context, spread, depth) {
            Given::Object(spread) => {
                found.open |= spread.open;
                found.properties.extend(spread.properties);
                found.at = found.at.or(spread.at);
            }
            Given::Nothing => {}
            _ => found.open = true,
        }
    }
    for (name, entry) in &object.entries {
        let given = value_of(context, &entry.value, depth);
        found.properties.insert(name.clone(), given);
        found.at = Some(context.project.modules.at(entry.module, entry.key));
    }
    Given::Object(found)
}

/// What a query gave back, or a part of it.
fn row<'a>(context: &Context<'a>, opaque: &Opaque) -> Option<Given<'a>> {
    let Root::Row(origin) = &opaque.root else {
        return None;
    };
    let call = context.project.calls.get(origin.call);
    let model = call.model()?;
    if !call.operation.gives_rows() || call.client.extended {
        return None;
    }
    let at = context.project.modules.at(call.module, call.name.span);
    let whole = ObjectValue::default();
    let arguments = match &origin.arguments {
        Value::Undefined => &whole,
        Value::Object(object) if object.spreads.is_empty() => &**object,
        // `...(after ? { cursor } : {})` chooses no columns.
        Value::Object(object) if object.entries.contains_key("select") => &**object,
        _ => return None,
    };
    // Of many rows this is one: the list around it is an array of its own.
    let mut given = rows(context, model, arguments, at, DEPTH)?;
    for step in &opaque.path {
        given = match (step, given) {
            (Step::Each(_) | Step::At(_), Given::List(element)) => *element,
            (Step::Each(_) | Step::At(_), row @ Given::Object(_)) => row,
            (Step::Property(name), Given::Object(mut object)) => {
                object.properties.remove(name.as_str())?
            }
            (Step::Without(names), Given::Object(mut object)) => {
                object.properties.retain(|name, _| !names.contains(name));
                Given::Object(object)
            }
            _ => return None,
        };
    }
    Some(given)
}

/// The row that a query with these arguments gives.
fn rows<'a>(
    context: &Context<'a>,
    model: ModelRef,
    arguments: &ObjectValue,
    at: Location,
    depth: u32,
) -> Option<Given<'a>> {
    let depth = depth.checked_sub(1)?;
    let select = choice(arguments, "select")?;
    let omit = choice(arguments, "omit")?;
    let include = choice(arguments, "include")?;
    let mut found = Object {
        at: Some(at),
        ..Object::default()
    };
    let chosen = select.or(include);
    for field in &context.project.schemas.model(model).fields {
        let name = field.name.as_str();
        let entry = chosen.and_then(|object| object.entries.get(name));
        if let Some(relation) = field.relation() {
            let Some(entry) = entry else { continue };
            let target = ModelRef {
                schema: model.schema,
                model: relation.target,
            };
            let all = ObjectValue::default();
            let given = match &entry.value {
                Value::Object(object) if object.spreads.is_empty() => {
                    rows(context, target, object, at, depth).unwrap_or(Given::Unknown)
                }
                value if value.truth() == Some(true) => {
                    rows(context, target, &all, at, depth).unwrap_or(Given::Unknown)
                }
                value if value.truth() == Some(false) => continue,
                _ => Given::Unknown,
            };
            let given = if field.is_list() {
                Given::List(Box::new(given))
            } else {
                given
            };
            found.properties.insert(field.name.clone(), given);
            continue;
        }
        let there = match select {
            Some(_) => entry.is_some_and(|entry| entry.value.truth() != Some(false)),
            None => omit
                .and_then(|omit| omit.entries.get(name))
                .is_none_or(|entry| entry.value.truth() != Some(true)),
        };
        if there {
            found
                .properties
                .insert(field.name.clone(), Given::Column(model, field));
        }
    }
    if chosen.is_some_and(|object| object.entries.contains_key("_count")) {
        found.properties.insert("_count".into(), Given::Unknown);
    }
    Some(Given::Object(found))
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

/// What may be given back when both may.
fn either<'a>(a: Given<'a>, b: Given<'a>) -> Given<'a> {
    match (a, b) {
        (Given::Nothing, other) | (other, Given::Nothing) => other,
        (Given::List(a), Given::List(b)) => Given::List(Box::new(either(*a, *b))),
        (Given::Object(mut a), Given::Object(b)) => {
            a.open |= b.open;
            for (name, given) in b.properties {
                let known = a.properties.remove(&name);
                let both = match known {
                    Some(known) => either(known, given),
                    None => given,
                };
                a.properties.insert(name, both);
            }
            Given::Object(a)
        }
        (Given::Column(model, field), Given::Column(other, same))
            if model == other && field.name == same.name =>
        {
            Given::Column(model, field)
        }
        _ => Given::Unknown,
    }
}

//! Pictures that a front end reads into texts, and the columns that may take them.
//!
//! No single place shows it: the browser makes a `data:` URL of a file, the API lets bodies of
//! megabytes in, and a column without a limit takes what the client sent.

use std::collections::BTreeMap;

use snell_extract::facts::{Expression, ExpressionId, ModuleFacts, Property};
use snell_flow::{Root, Value};
use snell_prisma::{Field, ScalarType};
use snell_project::{
    endpoint::Endpoint,
    module::{In, Modules},
    schema::FieldRef,
};
use snell_source::Location;

use super::expressions;
use crate::{
    functions,
    rule::Context,
    support::{accepts, declared, rows_written},
};

/// What shows that a column takes pictures.
pub(super) struct Sent {
    /// Where the API writes what the client sent.
    pub at: Location,
    /// The front end, and the API's limit.
    pub related: Vec<(Location, &'static str)>,
}

/// The columns, of those that `is_one` admits.
pub(super) fn sent(
    context: &Context<'_>,
    is_one: impl Fn(&Field) -> bool,
) -> BTreeMap<FieldRef, Sent> {
    let mut found = BTreeMap::new();
    let (Some(read), Some(limit)) = (reads_files(context), large_bodies(context)) else {
        return found;
    };
    rows_written::visit(context, &mut |written| {
        let model = context.project.schemas.model(written.model);
        let Some(endpoint) = written.endpoint else {
            return;
        };
        let endpoint = context.project.endpoints.get(endpoint);
        for (field, entry) in written.columns(model) {
            let plain = field.scalar() == Some(ScalarType::String)
                && field
                    .native_type
                    .as_ref()
                    .is_none_or(|ty| ty.name == "Text");
            if !plain || !is_one(field) || !takes_any(context, endpoint, &entry.value) {
                continue;
            }
            let column = FieldRef {
                schema: written.model.schema,
                field: field.id,
            };
            found.entry(column).or_insert_with(|| Sent {
                at: rows_written::key_at(context, entry),
                related: vec![
                    (read, "makes a text of a file"),
                    (limit, "lets bodies of that size in"),
                ],
            });
        }
    });
    found
}

/// Whether a value may be what the client sent, without a form or a length.
fn takes_any(context: &Context<'_>, endpoint: &Endpoint, value: &Value) -> bool {
    const SHORT: u64 = 10_000;
    value.choices().into_iter().any(|choice| {
        let Value::Opaque(opaque) = choice else {
            return false;
        };
        if !matches!(opaque.root, Root::ClientInput(..)) {
            return false;
        }
        declared::value(context, Some(endpoint), opaque).is_some_and(|declared| {
            let accepts = accepts::of(context, &declared);
            !accepts.formed && accepts.longest.is_none_or(|(most, _)| most > SHORT)
        })
    })
}

/// `reader.readAsDataURL(file)`, `canvas.toDataURL()` of a front end; the first of them, which
/// only browsers have, also of a package that front ends take their parts from.
fn reads_files(context: &Context<'_>) -> Option<Location> {
    let project = context.project;
    reading(&project.front.modules, &["readAsDataURL", "toDataURL"])
        .or_else(|| reading(&project.modules, &["readAsDataURL"]))
}

fn reading(modules: &Modules, names: &[&str]) -> Option<Location> {
    let in_tests = |path: &str| path.contains(".test.") || path.contains(".spec.");
    let mut all = modules.iter();
    all.find_map(|(id, module)| {
        if in_tests(&module.path) {
            return None;
        }
        first_call(&module.facts, names).map(|call| {
            modules.location(In {
                module: id,
                id: call,
            })
        })
    })
}

fn first_call(facts: &ModuleFacts, names: &[&str]) -> Option<ExpressionId> {
    let mut calls =
        (0..u32::try_from(facts.expressions.len()).unwrap_or_default()).map(ExpressionId);
    calls.find(|id| {
        expressions::method(facts, *id).is_some_and(|method| names.contains(&method.name))
    })
}

/// `json({ limit: '10mb' })` of the API.
fn large_bodies(context: &Context<'_>) -> Option<Location> {
    let mut modules = context.project.modules.iter();
    modules.find_map(|(id, module)| {
        if !functions::is_application(context.project, id) {
            return None;
        }
        let facts = &module.facts;
        facts.expressions.iter().find_map(|node| {
            let Expression::Object(properties) = &node.kind else {
                return None;
            };
            let at = properties.iter().find_map(|property| match property {
                Property::Value {
                    key, value, span, ..
                } if key.name().is_some_and(|name| name.text == "limit") => {
                    is_megabytes(facts, *value).then_some(*span)
                }
                _ => None,
            })?;
            Some(context.project.modules.at(id, at))
        })
    })
}

/// A text such as `10mb`: more than forms and webhooks need.
fn is_megabytes(facts: &ModuleFacts, value: ExpressionId) -> bool {
    let Expression::String(text) = facts.expression(value) else {
        return false;
    };
    let lower = text.to_ascii_lowercase();
    let number = lower.strip_suffix("mb").or_else(|| lower.strip_suffix('m'));
    number.is_some_and(|number| number.trim().parse::<f64>().is_ok_and(|size| size >= 2.0))
}

//! A bigint on its way into JSON.

mod empty;

use rustc_hash::FxHashSet;
use snell_extract::facts::{Expression, ExpressionKind, UnaryOperator};
use snell_flow::{Opaque, Root, Step, Value};
use snell_prisma::{Field, FieldType, ScalarType};
use snell_project::{
    client::{CallId, Operation},
    endpoint::{Endpoint, EndpointKind},
};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    rules::raw_sql::rows,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/bigint-json",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "An endpoint gives back a bigint, which cannot become JSON",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    if converts_bigints(context) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    for flow in context.flow.endpoints() {
        let endpoint = context.project.endpoints.get(flow.endpoint);
        if endpoint.kind != EndpointKind::Http {
            continue;
        }
        for value in context.flow.answers(flow, endpoint) {
            given(value, &FxHashSet::default(), &mut |row, without| {
                for (at, name, what) in bigints(context, row, without) {
                    if seen.insert((at, endpoint.at)) {
                        found.push(told(context, endpoint, row, at, &name, what));
                    }
                }
            });
        }
    }
    found
}

/// Whether something in the workspace turns bigints into what JSON has.
fn converts_bigints(context: &Context<'_>) -> bool {
    context.project.modules.iter().any(|(_, module)| {
        let facts = &module.facts;
        let mut nodes = facts.all([ExpressionKind::Binary, ExpressionKind::Member]);
        nodes.any(|(_, node)| match &node.kind {
            Expression::Binary { left, right, .. } => {
                let is_type = |id| {
                    matches!(
                        facts.expression(id),
                        Expression::Unary {
                            operator: UnaryOperator::Typeof,
                            ..
                        }
                    )
                };
                let is_word = |id| {
                    matches!(facts.expression(id), Expression::String(word) if word == "bigint")
                };
                is_type(*left) && is_word(*right) || is_type(*right) && is_word(*left)
            }
            // `BigInt.prototype.toJSON = ...`
            Expression::Member {
                object, property, ..
            } => {
                property.text == "prototype"
                    && matches!(
                        facts.expression(facts.unwrap_casts(*object)),
                        Expression::Identifier { name, .. } if name == "BigInt"
                    )
            }
            _ => false,
        })
    })
}

/// Rows in what is given back, each with the keys that an object around it gives anew.
fn given<'v>(
    value: &'v Value,
    without: &FxHashSet<&'v str>,
    tell: &mut dyn FnMut(&'v Opaque, &FxHashSet<&'v str>),
) {
    let none = FxHashSet::default();
    match value {
        Value::Opaque(opaque) => tell(opaque, without),
        Value::OneOf(choices) => {
            for choice in choices.iter() {
                given(&choice.value, without, tell);
            }
        }
        Value::Array(array) => {
            for element in array.elements.iter().chain(&array.rest) {
                given(element, &none, tell);
            }
        }
        Value::Object(object) => {
            for entry in object.entries.values() {
                given(&entry.value, &none, tell);
            }
            let keys: FxHashSet<&str> = object.entries.keys().map(|key| key.as_str()).collect();
            for spread in &object.spreads {
                given(spread, &keys, tell);
            }
        }
        _ => {}
    }
}

/// The bigints of a row: where each is declared, its name, and what it is.
fn bigints(
    context: &Context<'_>,
    row: &Opaque,
    without: &FxHashSet<&str>,
) -> Vec<(Location, String, String)> {
    let Root::Row(origin) = &row.root else {
        return Vec::new();
    };
    let Some(wanted) = member(row) else {
        return Vec::new();
    };
    let wanted = |name: &str| match wanted {
        Some(only) => only == name,
        None => !without.contains(name),
    };
    let call = context.project.calls.get(origin.call);
    if call.operation.is_raw() {
        let readings = context.readings.of(origin.call);
        return readings
            .iter()
            .filter(|reading| reading.errors.is_empty())
            .flat_map(|reading| {
                let columns = reading.facts.columns.iter();
                columns.map(move |column| (reading, column))
            })
            .filter(|(reading, column)| {
                wanted(&column.name) && rows::is_bigint(context, reading, column)
            })
            .map(|(reading, column)| {
                let sql = column.span.text(&reading.text.text);
                (
                    reading.place(context.project, column.span),
                    column.name.to_string(),
                    format!("`{}` is `bigint`", functions::short(sql)),
                )
            })
            .collect();
    }
    fields(context, origin.call, &origin.arguments, &wanted)
}

/// The one member that is read of a row, or none for all of it; nothing when it was converted.
fn member(row: &Opaque) -> Option<Option<&str>> {
    let mut name = None;
    for step in &row.path {
        match step {
            Step::Each(_) if name.is_none() => {}
            // The first row of a list.
            Step::Property(key) if name.is_none() && key.parse::<u32>().is_ok() => {}
            Step::Property(key) if name.is_none() => name = Some(key.as_str()),
            _ => return None,
        }
    }
    Some(name)
}

/// The fields of type `BigInt` that a query of a model gives.
fn fields(
    context: &Context<'_>,
    call: CallId,
    arguments: &Value,
    wanted: &dyn Fn(&str) -> bool,
) -> Vec<(Location, String, String)> {
    let call = context.project.calls.get(call);
    let (Some(model), true, false) = (
        call.model(),
        call.operation.gives_rows(),
        call.client.extended,
    ) else {
        return Vec::new();
    };
    // What chooses columns has to be known.
    let chosen = match arguments {
        Value::Undefined => None,
        Value::Object(arguments) if arguments.spreads.is_empty() => {
            if arguments.entries.contains_key("omit") {
                return Vec::new();
            }
            match arguments.entries.get("select").map(|entry| &entry.value) {
                None => None,
                Some(Value::Object(select)) if select.spreads.is_empty() => Some(select),
                Some(_) => return Vec::new(),
            }
        }
        _ => return Vec::new(),
    };
    let schema = context.project.schemas.get(model.schema);
    let columns = context.project.schemas.model(model).columns();
    columns
        .filter(|field| field.ty == FieldType::Scalar(ScalarType::BigInt) && field.is_visible())
        .filter(|field| wanted(&field.name))
        .filter(|field| !is_left_null(call.operation, arguments, field))
        .filter(|field| !empty::stays_null(context, model, field))
        .filter(|field| {
            chosen.is_none_or(|select| {
                select
                    .entries
                    .get(&field.name)
                    .is_some_and(|entry| entry.value == Value::boolean(true))
            })
        })
        .map(|field| {
            (
                schema.field_name(field),
                field.name.to_string(),
                "a `bigint` in JavaScript".to_owned(),
            )
        })
        .collect()
}

/// Whether a new row has nothing in a column that it need not have: nobody puts something there.
fn is_left_null(operation: Operation, arguments: &Value, field: &Field) -> bool {
    let data = arguments
        .as_object()
        .and_then(|arguments| arguments.entries.get("data"))
        .and_then(|data| data.value.as_object());
    operation == Operation::Create
        && !field.is_required()
        && field.default.is_none()
        && data
            .is_some_and(|data| data.spreads.is_empty() && !data.entries.contains_key(&field.name))
}

fn told(
    context: &Context<'_>,
    endpoint: &Endpoint,
    row: &Opaque,
    at: Location,
    name: &str,
    what: String,
) -> Diagnostic {
    let message = format!(
        "`{}` fails: `{name}` is a bigint, which JSON does not have",
        endpoint.name
    );
    let mut one = Diagnostic::at(&RULE.metadata, at, message)
        .label(what)
        .related(
            endpoint.at,
            "gives it back as JSON: `TypeError: Do not know how to serialize a BigInt`",
        );
    if let Root::Row(origin) = &row.root {
        let call = context.project.calls.get(origin.call);
        let place = context.project.modules.at(call.module, call.name.span);
        if place.file != at.file {
            one = one.related(place, "read here");
        }
    }
    let raw = matches!(&row.root, Root::Row(origin) if context.project.calls.get(origin.call).operation.is_raw());
    one.help(if raw {
        "cast it in SQL, `::int` or `::text`, or convert it with `Number(...)` before it is given back"
    } else {
        "convert it, `Number(...)` or `.toString()`, before it is given back"
    })
    .caused_by(format!("{}:{}", at.file.index(), at.span.start))
    .subject(format!("{} {name}", endpoint.name))
}

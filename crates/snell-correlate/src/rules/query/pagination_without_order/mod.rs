//! Pages of rows that stand in no order, or in one that is not whole.

use snell_flow::{Literal, ObjectValue, Value};
use snell_prisma::{Field, FieldType, Model, ScalarType};
use snell_project::client::Operation;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ExprKind, FromItem, Part, Query, QueryBody, walk_statement};

use super::{repeated, written};
use crate::{
    functions,
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
    support::queries::{self, ModelQuery},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/pagination-without-order",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Pages are cut from rows that stand in no order of use",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = queries::of_models(context)
        .filter(|query| {
            query.call.operation == Operation::FindMany
                && functions::is_application(context.project, query.call.module)
        })
        .filter_map(|query| of_client(context, &query))
        .collect();
    found.extend(of_texts(context));
    found
}

/// `findMany` with `skip`.
fn of_client(context: &Context<'_>, query: &ModelQuery<'_>) -> Option<Diagnostic> {
    let arguments = query.event.query.arguments.first()?.as_object()?;
    let known = |key: &str| arguments.entries.get(key).map(|entry| &entry.value);
    // A cursor brings an order of its own along.
    if !arguments.spreads.is_empty() || known("cursor").is_some() || !skips(known("skip")?) {
        return None;
    }
    let model = context.project.schemas.model(query.model);
    let title = repeated::title(context, query.call);
    let at = queries::operation_at(context, query.call);
    let found = match known("orderBy") {
        None | Some(Value::Undefined) => unordered(context, query, model, &title)?,
        Some(order) => {
            let last = tie(model, order)?;
            let schema = context.project.schemas.get(query.model.schema);
            let mut found = Diagnostic::at(
                &RULE.metadata,
                at,
                format!("`{title}` gives pages of rows that the order does not tell apart"),
            )
            .label(format!(
                "rows with the same `{}` come in any order, on each page anew",
                last.name
            ))
            .related(
                schema.field_name(last.field),
                match last.shared {
                    true => "many rows have the same value",
                    false => "rows may have the same value",
                },
            );
            if !last.shared {
                found = found.lowered(Severity::Low, "how many rows share a value is not known");
            }
            let key = key_of(model);
            found.help(match last.alone {
                true => format!(
                    "end the order with a unique column: `orderBy: [{{ {}: '{}' }}, {{ {key}: '{}' }}]`",
                    last.name, last.direction, last.direction
                ),
                false => format!(
                    "end the order with a unique column: add `{{ {key}: '{}' }}` to `orderBy`",
                    last.direction
                ),
            })
        }
    };
    Some(found.confidence(Confidence::Likely).subject(format!(
        "query:{} {title}",
        functions::name(context.project, query.event.function)
    )))
}

/// Whether a `skip` skips anything.
fn skips(skip: &Value) -> bool {
    !matches!(skip, Value::Undefined | Value::Literal(Literal::Number(_)))
}

/// Without an order Prisma takes that of the primary key.
fn unordered(
    context: &Context<'_>,
    query: &ModelQuery<'_>,
    model: &Model,
    title: &str,
) -> Option<snell_source::DiagnosticBuilder> {
    let schema = context.project.schemas.get(query.model.schema);
    let key = model.primary_key()?;
    let first = model.field(&key.columns.first()?.name)?;
    let random = key.columns.len() == 1 && is_random(first);
    let at = queries::operation_at(context, query.call);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{title}` gives pages, and no `orderBy` says of which order"),
    )
    .label("Prisma sorts by the primary key when nothing else is said")
    .related(
        schema.field_name(first),
        match random {
            true => "its values are random: a new row comes to stand on any page",
            false => "the primary key",
        },
    );
    if !random {
        found = found.lowered(
            Severity::Low,
            "the order of the primary key may be the one that is meant",
        );
    }
    let help = match written::time_of_creation(model) {
        Some(time) => format!(
            "say the order, and end it with a unique column: `orderBy: [{{ {}: 'desc' }}, {{ {}: 'desc' }}]`",
            time.name,
            key_of(model)
        ),
        None => format!("say the order: `orderBy: {{ {}: 'asc' }}`", key_of(model)),
    };
    Some(found.help(help))
}

/// Whether new rows get keys that follow no order.
fn is_random(field: &Field) -> bool {
    let Some(default) = &field.default else {
        return false;
    };
    match &default.value {
        snell_prisma::Value::Function { name, arguments } => {
            let version = match arguments.as_slice() {
                [snell_prisma::Value::Number(number)] => number.as_str(),
                _ => "",
            };
            match name.as_str() {
                "uuid" => version != "7",
                "cuid" => version == "2",
                "nanoid" => true,
                "dbgenerated" => default.value.db_generated().is_some_and(|sql| {
                    sql.contains("gen_random_uuid") || sql.contains("uuid_generate_v4")
                }),
                _ => false,
            }
        }
        _ => false,
    }
}

/// The column of a key of one column, by which a help orders.
fn key_of(model: &Model) -> String {
    let single = model.unique_criteria().find(|key| key.columns.len() == 1);
    let key = single.or_else(|| model.primary_key());
    key.and_then(|key| key.columns.first())
        .map_or_else(|| "id".to_owned(), |column| column.name.to_string())
}

/// The last column of an order that does not tell rows apart.
struct Tie<'a> {
    field: &'a Field,
    name: &'a str,
    direction: String,
    /// Whether it has few values.
    shared: bool,
    /// Whether the order has no other column.
    alone: bool,
}

/// What an order ends with, when none of its columns is unique and it is known
/// that rows share values: times of creation hardly do.
fn tie<'a>(model: &'a Model, order: &Value) -> Option<Tie<'a>> {
    let parts: Vec<&ObjectValue> = match order {
        Value::Object(object) => vec![object],
        Value::Array(array) if array.rest.is_none() => array
            .elements
            .iter()
            .map(Value::as_object)
            .collect::<Option<_>>()?,
        _ => return None,
    };
    let mut named: Vec<(&Field, String)> = Vec::new();
    for part in parts {
        if !part.spreads.is_empty() {
            return None;
        }
        for (key, entry) in &part.entries {
            let field = model.field(key).filter(|field| field.is_column())?;
            let direction = match &entry.value {
                Value::Object(inner) => inner.entries.get("sort")?.value.as_string()?.to_string(),
                Value::Literal(Literal::String(text)) => text.to_string(),
                _ => return None,
            };
            named.push((field, direction));
        }
    }
    let unique = model.unique_criteria().any(|key| {
        key.columns
            .iter()
            .all(|column| named.iter().any(|(field, _)| field.name == column.name))
    });
    let shares = named.iter().all(|(field, _)| shares_values(field));
    let (field, direction) = named.pop().filter(|_| !unique && shares)?;
    let few = |field: &Field| {
        matches!(field.ty, FieldType::Enum(_)) || field.scalar() == Some(ScalarType::Boolean)
    };
    let shared = few(field) && named.iter().all(|(field, _)| few(field));
    Some(Tie {
        field,
        name: &field.name,
        direction,
        shared,
        alone: named.is_empty(),
    })
}

/// Whether rows may well have the same value: no time of day, no name.
fn shares_values(field: &Field) -> bool {
    matches!(field.ty, FieldType::Enum(_))
        || matches!(
            field.scalar(),
            Some(ScalarType::Boolean | ScalarType::Int | ScalarType::Float | ScalarType::Decimal)
        )
}

/// `OFFSET` in raw queries.
fn of_texts(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let mut found = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Query(query) = part {
                found.extend(unordered_offset(query));
            }
        });
        for span in found {
            findings.tell(reading, span, "the query skips rows that stand in no order", |one| {
                one.label("a row may come on two pages, or on none")
                    .help("add an `ORDER BY` that ends with a unique column: `ORDER BY created_at DESC, id DESC`")
            });
        }
    }
    findings.done()
}

/// The `OFFSET` of a query of tables without `ORDER BY`.
fn unordered_offset(query: &Query) -> Option<snell_source::Span> {
    let offset = query.offset.as_ref()?;
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let tables = select
        .from
        .iter()
        .any(|item| matches!(item, FromItem::Table(..) | FromItem::Join(_)));
    let constant = matches!(offset.kind, ExprKind::Integer(_));
    let plain = select.group_by.is_empty() && select.distinct.is_none();
    (tables && !constant && plain && query.order_by.is_empty()).then_some(offset.span)
}

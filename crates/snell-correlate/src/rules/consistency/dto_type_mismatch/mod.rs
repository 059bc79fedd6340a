//! A property of a DTO or a response is declared as another type than its column has.

mod requests;

use snell_prisma::{Field, FieldType, ScalarType};
use snell_project::schema::FieldRef;
use snell_source::{Confidence, Diagnostic, Joined, Preset, RuleMetadata, Severity};

use super::{
    contract::{Bound, bound},
    response_mismatch,
};
use crate::{
    rule::{Context, Rule},
    support::{
        accepts,
        contracts::{
            Binding, Contracts, Evidence, bindings, members,
            shape::{self, Plain, Shape},
        },
        declared::Declared,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/dto-type-mismatch",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A property is declared as another type than its column has",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = bound(context)
        .iter()
        .filter_map(|one| sent(context, one))
        .collect();
    let contracts = bindings(context);
    for binding in contracts.iter() {
        let more = mirrored(context, &contracts, binding);
        let is_new = |finding: &Diagnostic| {
            let at = finding.primary().at;
            found.iter().all(|known| known.primary().at != at)
        };
        let more: Vec<Diagnostic> = more.into_iter().filter(is_new).collect();
        found.extend(more);
    }
    found.extend(requests::find(context));
    found
}

/// A property that is written as it was sent, and that no validator says the kind of.
fn sent(context: &Context<'_>, bound: &Bound<'_>) -> Option<Diagnostic> {
    let accepts = &bound.accepts;
    let is_body = matches!(bound.part.as_str(), "Body" | "Args");
    if !is_body || accepts.converted || accepts.kind.is_some() || bound.extended {
        return None;
    }
    let shape = shape::of(context, &bound.declared)?;
    if !is_refused(bound.field, &shape) {
        return None;
    }
    let (name, column) = (&bound.name, bound.column());
    let message = format!(
        "`{name}` is {}, and `{column}` takes {}",
        said(&shape),
        takes(bound.field)
    );
    let finding = bound.finding(
        &RULE.metadata,
        bound.at,
        message,
        (&format!("declared as {}", said(&shape)), "declared here"),
    );
    Some(
        finding
            .help("declare what the column takes, or convert it before the write")
            .subject(bound.subject()),
    )
}

/// Whether the write refuses every value of the kind.
pub(super) fn is_refused(field: &Field, shape: &Shape) -> bool {
    match field.scalar() {
        Some(ScalarType::Json | ScalarType::Bytes) => return false,
        None if field.enumeration().is_none() => return false,
        _ => {}
    }
    // A single value is a list's `set` in an update.
    shape.list != field.is_list() && !shape.kinds.contains(&Plain::Object)
        || shape.kinds.iter().all(|kind| refuses(field, *kind))
}

/// Whether the column takes no value of this kind.
fn refuses(field: &Field, kind: Plain) -> bool {
    use ScalarType as S;
    let Some(scalar) = field.scalar() else {
        return field.enumeration().is_some()
            && matches!(
                kind,
                Plain::Number | Plain::Boolean | Plain::Date | Plain::BigInt
            );
    };
    match (scalar, kind) {
        (S::Json | S::Bytes, _) | (_, Plain::Object) => false,
        (S::String, kind) => kind != Plain::Text,
        (S::Boolean, kind) => kind != Plain::Boolean,
        (S::DateTime, kind) => !matches!(kind, Plain::Text | Plain::Date),
        (S::Int | S::Float, kind) => kind != Plain::Number,
        (S::BigInt | S::Decimal, kind) => matches!(kind, Plain::Boolean | Plain::Date),
    }
}

/// What the declarations of a mirror say otherwise than the model.
fn mirrored(context: &Context<'_>, contracts: &Contracts, binding: &Binding) -> Vec<Diagnostic> {
    // What is written is judged value by value, and what is mapped may be converted on the way.
    if binding.evidence == Evidence::Written || contracts.is_mapped(binding.mirror) {
        return Vec::new();
    }
    let Some(names) = members::names(context, binding.mirror) else {
        return Vec::new();
    };
    let model = context.project.schemas.model(binding.model);
    let mut alike = 0;
    let mut found = Vec::new();
    for name in &names {
        let Some(field) = model.field(name).filter(|field| field.is_column()) else {
            continue;
        };
        let Some(declared) = members::property(context, binding.mirror, name) else {
            continue;
        };
        let Some(shape) = shape::of(context, &declared) else {
            continue;
        };
        if accepts::of(context, &declared).converted || is_graphql_id(context, &declared) {
            continue;
        }
        let is_money = field.scalar() == Some(ScalarType::Decimal)
            && !field.is_list()
            && shape.kinds == [Plain::Number];
        let is_other =
            shape.list != field.is_list() || shape.kinds.iter().all(|k| refuses(field, *k));
        // A list in a string is written as JSON, where nothing says otherwise.
        let is_packed = shape.list
            && field.scalar() == Some(ScalarType::String)
            && binding.evidence != Evidence::Returned;
        let place = FieldRef {
            schema: binding.model.schema,
            field: field.id,
        };
        // Where a front end's request shows it, that is told.
        let at = context.project.modules.at(declared.module, declared.at);
        let is_told = is_money && response_mismatch::is_told(context, at);
        let is_open = is_packed
            || is_told
            || contracts.is_converted(place)
            || matches!(field.scalar(), Some(ScalarType::Json | ScalarType::Bytes))
            || shape.kinds.contains(&Plain::Object)
            || matches!(field.ty, FieldType::Unsupported(_));
        if is_open {
            continue;
        }
        if is_money || is_other {
            found.push(differs(
                context,
                binding,
                field,
                &declared,
                (&shape, is_money),
            ));
        } else {
            alike += 1;
        }
    }
    // Where several differ, it is a form of the model's values, and not a copy of its rows.
    if binding.evidence == Evidence::Named && found.len() * 3 > alike {
        return Vec::new();
    }
    found
}

/// `@Field(() => ID)`: whatever the column holds, GraphQL's scalar gives and takes a string
/// (<https://spec.graphql.org/October2021/#sec-ID>).
fn is_graphql_id(context: &Context<'_>, declared: &Declared<'_>) -> bool {
    declared.decorators.iter().any(|decorator| {
        let at = context.project.modules.at(declared.module, decorator.span);
        let mut words = context.text(at).split(|c: char| !c.is_alphanumeric());
        decorator.name == "Field" && words.any(|word| word == "ID")
    })
}

fn differs(
    context: &Context<'_>,
    binding: &Binding,
    field: &Field,
    declared: &Declared<'_>,
    (shape, is_money): (&Shape, bool),
) -> Diagnostic {
    let schema = context.project.schemas.get(binding.model.schema);
    let model = context.project.schemas.model(binding.model);
    let (name, column) = (&field.name, format!("{}.{}", model.name, field.name));
    let owner = if binding.name.is_empty() {
        name.to_string()
    } else {
        format!("{}.{name}", binding.name)
    };
    let at = context.project.modules.at(declared.module, declared.at);
    let message = if is_money {
        format!(
            "`{owner}` is a number, and `{column}` leaves the server as a string: it is a `Decimal`"
        )
    } else {
        format!(
            "`{owner}` is {}, and `{column}` is {}",
            said(shape),
            takes(field)
        )
    };
    let finding = Diagnostic::at(&RULE.metadata, at, message)
        .label(format!("declared as {}", said(shape)))
        .related(schema.field_type(field), "declared here");
    let finding = match binding.evidence {
        Evidence::Named => finding.confidence(Confidence::Likely).lowered(
            if is_money {
                Severity::Low
            } else {
                Severity::Medium
            },
            format!(
                "`{}` is known for a mirror by its name and fields alone",
                binding.name
            ),
        ),
        Evidence::Asserted => finding
            .related(binding.because, "said to be made of it")
            .lowered(Severity::Medium, "nothing was seen that reads it"),
        _ => finding
            .related(binding.because, "what is given back is read here")
            .lowered(
                Severity::Medium,
                "it fails where somebody calculates with it",
            ),
    };
    let help = if is_money {
        "declare it as `string`, or convert it, `Number(...)`, before it is given back"
    } else {
        "declare what the column holds, or convert it on the way"
    };
    finding.help(help).subject(format!(
        "model:{} field:{name} in:{}",
        model.name, binding.name
    ))
}

/// What a property is declared as, in words.
pub(super) fn said(shape: &Shape) -> String {
    let words: Vec<&str> = shape.kinds.iter().map(|kind| kind.words()).collect();
    let words = words.join(" or ");
    if shape.list {
        format!(
            "a list of {}",
            words.trim_start_matches("a ").trim_start_matches("an ")
        )
    } else {
        words
    }
}

/// What a column takes, in words.
pub(super) fn takes(field: &Field) -> String {
    let name = match (&field.ty, field.scalar()) {
        (_, Some(scalar)) => scalar.as_str(),
        _ => "enum",
    };
    match (name, field.is_list()) {
        ("enum", false) => "a value of an enum".to_owned(),
        ("enum", true) => "a list of an enum's values".to_owned(),
        (name, true) => format!("`{name}[]`"),
        (name, false) => format!("`{name}`"),
    }
}

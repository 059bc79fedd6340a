//! A value in a client call's arguments that the field's type refuses.

use snell_prisma::{FieldType, ScalarType};
use snell_project::client::arguments::{Atom, Input, Shape};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, closest};

use super::{
    calls::{Found, faults},
    kind::Kind,
    walk::FaultKind,
};
use crate::{Context, rule::Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/type-mismatch",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A client call gives a field a value of another type",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    faults(context, |kind| matches!(kind, FaultKind::WrongType(..)))
        .iter()
        .filter_map(|found| match &found.fault.kind {
            FaultKind::WrongType(kind, input) => Some(finding(context, found, kind, input)),
            _ => None,
        })
        .collect()
}

fn finding(context: &Context<'_>, found: &Found<'_>, kind: &Kind, input: &Input) -> Diagnostic {
    let fault = &found.fault;
    let words = kind.words();
    let expected = expected(found, input, kind);
    let place = found.field_name().unwrap_or_else(|| fault.key.to_string());
    let message = match kind {
        Kind::Null => format!("`{place}` is given `null`, but it cannot be null here"),
        _ => format!("`{place}` is given {words}, but takes {expected}"),
    };
    let builder = Diagnostic::at(&RULE.metadata, fault.at, message).label(match kind {
        Kind::Null => "cannot be null".to_owned(),
        _ => format!("not {expected}"),
    });
    let builder = match found.field() {
        Some(field) => builder.related(found.schema.field_type(field), "its type is declared here"),
        None => {
            let model = found.around();
            builder.related(
                found.schema.model_name(model),
                format!("`{}` is declared here", model.name),
            )
        }
    };
    let builder = match (input.atom, kind) {
        (_, Kind::Null) if is_filter(fault.shape) && fault.key == "not" => builder
            .help("leave the condition out: the field is required, and every row has a value"),
        (Some(Atom::Word(words)), Kind::Text(Some(text))) => {
            match closest(text, words.iter().copied()) {
                Some(near) => builder.help(format!("did you mean `{near}`?")),
                None => builder.help(format!("give it {expected}")),
            }
        }
        (_, Kind::Null) => builder.help(
            "leave it out where there is nothing to say; where rows may be without it, make the field optional in the schema",
        ),
        (Some(Atom::Scalar(ScalarType::DateTime)), Kind::Text(_)) => {
            builder.help("give a `Date`, or a full ISO 8601 time with its zone")
        }
        (Some(Atom::Scalar(ScalarType::Int | ScalarType::Float)), Kind::Text(Some(text)))
            if text.parse::<f64>().is_ok() =>
        {
            builder.help(format!("write the number: `{text}` without quotes"))
        }
        (Some(Atom::Scalar(ScalarType::Boolean)), Kind::Text(Some(text)))
            if matches!(text.as_str(), "true" | "false") =>
        {
            builder.help(format!("write `{text}` without quotes"))
        }
        (Some(Atom::Scalar(ScalarType::String) | Atom::Uuid), Kind::Number(_)) => {
            builder.help("put the number into quotes, or convert it with `String(...)`")
        }
        (Some(Atom::Scalar(ScalarType::Int | ScalarType::Float)), Kind::Text(None)) => {
            builder.help("convert it with `Number(...)`")
        }
        (None, _) => match found.field().and_then(|field| field.relation()) {
            Some(relation) if !relation.fields.is_empty() => {
                let column = &found.schema.datamodel[relation.fields[0]].name;
                builder.help(format!("the key is in `{column}`"))
            }
            _ => builder.help(format!("give it {expected}")),
        },
        _ => builder.help(format!("give it {expected}")),
    };
    found.finish(
        context,
        builder,
        format!("field:{place} key:{} type:{}", fault.key, expected),
    )
}

fn is_filter(shape: Shape) -> bool {
    matches!(shape, Shape::Filter { .. })
}

/// What the place takes, in words.
fn expected(found: &Found<'_>, input: &Input, kind: &Kind) -> String {
    match input.atom {
        Some(Atom::Scalar(ScalarType::Int)) if matches!(kind, Kind::Number(_)) => {
            "a whole number of 32 bits (`Int`)".to_owned()
        }
        Some(Atom::Scalar(scalar)) => format!("`{}`", scalar.as_str()),
        Some(Atom::Uuid) => "`String`".to_owned(),
        Some(Atom::Enum(id)) => format!("a value of `{}`", found.schema.datamodel[id].name),
        Some(Atom::Word(words)) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(" or "),
        Some(Atom::Column(model)) => {
            format!(
                "the name of a field of `{}`",
                found.schema.datamodel[model].name
            )
        }
        Some(Atom::Switch) => "`true` or `false`".to_owned(),
        None => match found.field().map(|field| &field.ty) {
            Some(FieldType::Relation(_)) => "an object: it is a relation".to_owned(),
            _ => "an object".to_owned(),
        },
    }
}

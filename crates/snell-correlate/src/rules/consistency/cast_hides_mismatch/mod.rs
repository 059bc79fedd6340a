//! A cast in a client call's arguments that keeps the compiler from refusing the value.

use snell_extract::facts::{CastKind, Expression, ExpressionId, ModuleFacts, TypeExpression};
use snell_flow::{Step, Value};
use snell_prisma::{Field, Model};
use snell_project::{module::ExpressionRef, schema::Schema};
use snell_source::{Diagnostic, Joined, Preset, RuleMetadata, Severity};

use super::dto_type_mismatch::{is_refused, said, takes};
use crate::{
    rule::{Context, Rule},
    support::{
        closed_set,
        contracts::shape::{self, Plain},
        declared,
        queries::{self, objects},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/cast-hides-mismatch",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A cast hides from the compiler that a column takes another type",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for query in queries::of_models(context) {
        let schema = context.project.schemas.get(query.model.schema);
        let model = context.project.schemas.model(query.model);
        for key in ["data", "create", "update", "where"] {
            let Some(argument) = query.argument(key) else {
                continue;
            };
            for object in objects(argument) {
                for (name, entry) in &object.entries {
                    let field = model.field(name).filter(|field| field.is_column());
                    if let (Some(field), Some(at)) = (field, entry.at)
                        && let Some(words) = cast(context.project.modules.facts(at.module), at.id)
                        && let Some(is) = mismatch(context, field, &entry.value)
                    {
                        found.push(hidden(context, (schema, model, field), (at, words), &is));
                    }
                }
            }
        }
    }
    found.sort_by_key(|one| one.primary().at);
    found.dedup_by_key(|one| one.primary().at);
    found
}

/// `as any`, `as never`, `as unknown as T`: what the compiler lets through whatever the value is.
fn cast(facts: &ModuleFacts, id: ExpressionId) -> Option<&'static str> {
    let named = |id: ExpressionId| match facts.expression(id) {
        Expression::Cast {
            value,
            ty: Some(ty),
            kind: CastKind::As,
        } => match facts.type_expression(*ty) {
            TypeExpression::Named { name, .. } => Some((name.as_str(), *value)),
            _ => Some(("", *value)),
        },
        _ => None,
    };
    match named(id)? {
        ("any", _) => Some("as any"),
        ("never", _) => Some("as never"),
        (_, inner) => match named(inner)? {
            ("unknown" | "any", _) => Some("as unknown as"),
            _ => None,
        },
    }
}

/// What the value is declared as, when the column takes something else.
fn mismatch(context: &Context<'_>, field: &Field, value: &Value) -> Option<String> {
    let Value::Opaque(opaque) = value else {
        return None;
    };
    let is_plain = opaque
        .path
        .iter()
        .all(|step| matches!(step, Step::Property(_)));
    if !is_plain {
        return None;
    }
    let declared = declared::value(context, None, opaque)?;
    let shape = shape::of(context, &declared)?;
    let is_open_text = field.enumeration().is_some()
        && !field.is_list()
        && !shape.list
        && shape.kinds == [Plain::Text]
        && closed_set::of(context, &declared).is_none();
    (is_open_text || is_refused(field, &shape)).then(|| said(&shape))
}

fn hidden(
    context: &Context<'_>,
    (schema, model, field): (&Schema, &Model, &Field),
    (at, words): (ExpressionRef, &str),
    is: &str,
) -> Diagnostic {
    let column = format!("{}.{}", model.name, field.name);
    let taken = match field.enumeration() {
        Some(id) if !field.is_list() => format!("a value of `{}`", schema.datamodel[id].name),
        _ => takes(field),
    };
    let at = context.project.modules.location(at);
    Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{words}` hides that this is {is}, and `{column}` takes {taken}"),
    )
    .label("the compiler would refuse it")
    .related(schema.field_type(field), "declared here")
    .help("check or convert the value, and let the compiler see its type")
    .subject(format!("column:{column} text:{}", context.text(at)))
}

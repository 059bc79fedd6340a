//! A Json column in which `null` is of two kinds.

use snell_flow::{Step, Value};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::schema::{FieldRef, Schema};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        field_life::{Given, field_lives},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/json-null",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Some rows hold JSON's `null` where others hold NULL",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let mut found = Vec::new();
    for (id, schema, model) in context.project.schemas.models() {
        let columns = model.columns().filter(|field| {
            field.is_visible() && field.is_optional() && field.scalar() == Some(ScalarType::Json)
        });
        for field in columns {
            let (given, values) = lives.given(FieldRef {
                schema: id.schema,
                field: field.id,
            });
            let json = values.iter().find(|one| writes(&one.value, "JsonNull"));
            let rows = lives.model(id);
            let Some(json) = json.filter(|_| rows.rows > 0 || rows.open) else {
                continue;
            };
            // Rows that are made without a value hold NULL.
            let some_lack_it = rows.open || given.len() < rows.rows;
            let left_out = given.iter().chain(values).find(|one| {
                !one.always || may_be_left_out(&one.value) || writes(&one.value, "DbNull")
            });
            if some_lack_it || left_out.is_some() {
                found.push(finding(
                    schema,
                    model,
                    field,
                    json,
                    left_out.map(|one| one.at),
                ));
            }
        }
    }
    found
}

/// `Prisma.JsonNull`, as one of what a value may be.
fn writes(value: &Value, kind: &str) -> bool {
    value.choices().into_iter().any(|choice| match choice {
        Value::Opaque(opaque) => {
            matches!(opaque.path.last(), Some(Step::Property(name)) if name == kind)
        }
        _ => false,
    })
}

fn may_be_left_out(value: &Value) -> bool {
    value
        .choices()
        .into_iter()
        .any(|choice| *choice == Value::Undefined)
}

fn finding(
    schema: &Schema,
    model: &Model,
    field: &Field,
    json: &Given,
    left_out: Option<Location>,
) -> Diagnostic {
    let name = format!("{}.{}", model.name, field.name);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        json.at,
        format!("`{name}` holds two kinds of null: JSON's here, and NULL in other rows"),
    )
    .label("`Prisma.JsonNull` is a value: `IS NULL` does not find it")
    .related(schema.field_type(field), "NULL where nothing is given");
    if let Some(at) = left_out.filter(|at| *at != json.at) {
        finding = finding.related(at, "may be left out here");
    }
    finding
        .confidence(Confidence::Likely)
        .help("`Prisma.DbNull` where there is no value: then one condition finds all rows without")
        .subject(wording::subject(model, &field.name))
}

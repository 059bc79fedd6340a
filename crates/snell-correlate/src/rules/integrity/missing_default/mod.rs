//! A column without a default, for which all code gives or takes the same constant.

mod read;

use snell_flow::{Literal, Value};
use snell_prisma::{Datamodel, Field, FieldType, Model, ScalarType};
use snell_project::schema::{FieldRef, ModelRef, Schema};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        field_life::{FieldLives, field_lives},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/missing-default",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "All code gives a column the same first value, and the schema has no default",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A constant that all code agrees on, and where.
#[derive(Debug)]
struct Agreed {
    /// As the schema writes it: `"open"`, `0`, `OPEN`.
    default: String,
    /// Some of the places.
    places: Vec<Location>,
    /// What is to be seen there.
    words: &'static str,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let fallbacks = read::fallbacks(context);
    let mut found = Vec::new();
    for (id, schema, model) in context.project.schemas.models() {
        for field in model.columns().filter(|field| is_candidate(field)) {
            if lives.exempt(model, field).is_some() || lives.is_written_beside(field) {
                continue;
            }
            let at = FieldRef {
                schema: id.schema,
                field: field.id,
            };
            let agreed = given(&lives, &schema.datamodel, (id, at), field)
                .or_else(|| fallbacks.get(&at).and_then(|all| read::agreed(all, field)));
            if let Some(agreed) = agreed {
                found.push(finding(schema, model, field, agreed));
            }
        }
    }
    found
}

/// Whether a column could have a default that is a constant.
fn is_candidate(field: &Field) -> bool {
    let plain = matches!(
        field.scalar(),
        Some(
            ScalarType::String
                | ScalarType::Int
                | ScalarType::BigInt
                | ScalarType::Float
                | ScalarType::Decimal
                | ScalarType::Boolean
        )
    );
    field.is_visible()
        && field.default.is_none()
        && !field.is_list()
        && (plain || field.enumeration().is_some())
}

/// Rows are made in several places, and each time with the same constant.
fn given(
    lives: &FieldLives,
    datamodel: &Datamodel,
    (model, field): (ModelRef, FieldRef),
    declared: &Field,
) -> Option<Agreed> {
    let rows = lives.model(model);
    let (given, values) = lives.given(field);
    let first = given.first()?;
    let same = given
        .iter()
        .all(|one| one.always && one.value == first.value);
    if rows.open || rows.rows < 2 || given.len() != rows.rows || !same {
        return None;
    }
    let Value::Literal(literal) = &first.value else {
        return None;
    };
    // A word that never changes says what kind of row its one writer makes.
    let is_word = matches!(literal, Literal::String(_));
    let changes = values.iter().any(|one| one.value != first.value);
    let mut places: Vec<Location> = given.iter().map(|one| one.at).collect();
    places.sort();
    places.dedup();
    (places.len() >= 2 && (changes || !is_word)).then_some(Agreed {
        default: written(datamodel, declared, literal)?,
        places,
        words: "given here",
    })
}

/// A constant as the schema writes it; none when it is no value of the column.
fn written(datamodel: &Datamodel, field: &Field, literal: &Literal) -> Option<String> {
    match (&field.ty, literal) {
        (FieldType::Enum(id), Literal::String(text)) => datamodel[*id]
            .value(text)
            .map(|value| value.name.to_string()),
        (FieldType::Scalar(ScalarType::String), Literal::String(text)) => {
            Some(format!("\"{text}\""))
        }
        (FieldType::Scalar(ScalarType::Boolean), Literal::Boolean(value)) => {
            Some(value.to_string())
        }
        (
            FieldType::Scalar(
                ScalarType::Int | ScalarType::BigInt | ScalarType::Float | ScalarType::Decimal,
            ),
            Literal::Number(text) | Literal::BigInt(text),
        ) => Some(text.to_string()),
        _ => None,
    }
}

/// More places than these say nothing new.
const SHOWN: usize = 2;

fn finding(schema: &Schema, model: &Model, field: &Field, agreed: Agreed) -> Diagnostic {
    let name = format!("{}.{}", model.name, field.name);
    let default = &agreed.default;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!("`{name}` has no default, and all code takes `{default}` for one"),
    )
    .label("who makes a row has to know it");
    for at in agreed.places.iter().take(SHOWN) {
        finding = finding.related(*at, agreed.words);
    }
    finding
        .confidence(Confidence::Likely)
        .help(format!(
            "`@default({default})`; the migration sets it with ALTER TABLE \"{}\" ALTER COLUMN \"{}\" SET DEFAULT ..., which rewrites no row",
            model.db_name, field.db_name
        ))
        .subject(wording::subject(model, &field.name))
}

//! A column that may be NULL and has a default, where code reads NULL as that default.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_extract::facts::{
    BinaryOperator, Expression, ExpressionId, ExpressionKind, LogicalOperator, ModuleFacts,
    UnaryOperator,
};
use snell_prisma::{Datamodel, Field, Model, Value};
use snell_project::schema::{FieldRef, ModelRef, Schema};
use snell_source::{Confidence, Diagnostic, Location};

use super::{RULE, SHOWN};
use crate::{
    rule::Context,
    support::{certain, field_life::field_lives, wording},
};

/// Where an enum's value is taken for what is missing: by the property's name, the enum and the value.
type Taken = BTreeMap<(SmolStr, SmolStr, SmolStr), Vec<Location>>;

/// Fewer places may be one writer's guess.
const PLACES: usize = 2;

/// Findings of all columns of enums whose default the code puts in NULL's place.
pub(super) fn find(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut taken: Option<Taken> = None;
    let mut found = Vec::new();
    for (id, schema, model) in context.project.schemas.models() {
        for field in model.columns().filter(|field| field.is_optional()) {
            let Some((name, value)) = default_of(&schema.datamodel, field) else {
                continue;
            };
            let taken = taken.get_or_insert_with(|| read(context));
            let places = taken.get(&(field.name.clone(), name, value.clone()));
            if let Some(places) = places.filter(|places| places.len() >= PLACES) {
                let cleared = cleared(context, id, field);
                found.push(finding((schema, model, field), &value, (places, cleared)));
            }
        }
    }
    found
}

/// The first place where the application writes `null`: required, the column refuses that.
fn cleared(context: &Context<'_>, id: ModelRef, field: &Field) -> Option<Location> {
    let lives = field_lives(context);
    let (given, values) = lives.given(FieldRef {
        schema: id.schema,
        field: field.id,
    });
    let mut all = given.iter().chain(values);
    let null = all.find(|one| one.value.choices().into_iter().any(certain::is_null));
    null.map(|one| one.at)
}

/// The enum of a column, and the value that is its default.
fn default_of(datamodel: &Datamodel, field: &Field) -> Option<(SmolStr, SmolStr)> {
    let id = field.enumeration()?;
    match &field.default.as_ref()?.value {
        Value::EnumValue(value) => Some((datamodel[id].name.clone(), value.clone())),
        _ => None,
    }
}

fn read(context: &Context<'_>) -> Taken {
    let mut taken = Taken::new();
    let project = context.project;
    for (id, module) in project.modules.iter() {
        if !project.path_facts(id).is_production() {
            continue;
        }
        let facts = &module.facts;
        for (_, node) in facts.all([ExpressionKind::Logical]) {
            if let Some((name, enumeration, value)) = fallback(facts, &node.kind) {
                let places = taken.entry((name, enumeration, value)).or_default();
                places.push(project.modules.at(id, node.span));
            }
        }
    }
    taken
}

/// `kind ?? Kind.PLAIN`, `kind || Kind.PLAIN`, `!kind || kind === Kind.PLAIN`
fn fallback(facts: &ModuleFacts, node: &Expression) -> Option<(SmolStr, SmolStr, SmolStr)> {
    let Expression::Logical {
        operator: LogicalOperator::Coalesce | LogicalOperator::Or,
        left,
        right,
    } = node
    else {
        return None;
    };
    if let Expression::Unary {
        operator: UnaryOperator::Not,
        operand,
    } = facts.expression(*left)
        && let Expression::Binary {
            operator: BinaryOperator::Equal,
            left: asked,
            right: value,
        } = facts.expression(*right)
    {
        let name = last_name(facts, *operand)?;
        let (enumeration, value) = member(facts, *value)?;
        return (last_name(facts, *asked)? == name).then(|| (name.clone(), enumeration, value));
    }
    let (enumeration, value) = member(facts, *right)?;
    Some((last_name(facts, *left)?.clone(), enumeration, value))
}

/// `kind`, `row.kind`
fn last_name(facts: &ModuleFacts, id: ExpressionId) -> Option<&SmolStr> {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => Some(name),
        Expression::Member { property, .. } => Some(&property.text),
        _ => None,
    }
}

/// `Kind.PLAIN`
fn member(facts: &ModuleFacts, id: ExpressionId) -> Option<(SmolStr, SmolStr)> {
    let Expression::Member {
        object, property, ..
    } = facts.expression(facts.unwrap_casts(id))
    else {
        return None;
    };
    match facts.expression(*object) {
        Expression::Identifier { name, .. } => Some((name.clone(), property.text.clone())),
        _ => None,
    }
}

fn finding(
    (schema, model, field): (&Schema, &Model, &Field),
    value: &str,
    (places, cleared): (&[Location], Option<Location>),
) -> Diagnostic {
    let name = format!("{}.{}", model.name, field.name);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(field),
        format!("`{name}` may be NULL, and the code takes NULL for its default `{value}`"),
    )
    .label("two ways to say one thing");
    for at in places.iter().take(SHOWN) {
        finding = finding.related(*at, format!("`{value}` where there is none"));
    }
    let first = match cleared {
        Some(at) => {
            finding = finding.related(at, "writes NULL");
            format!("write `{value}` where `null` is written; then ")
        }
        None => String::new(),
    };
    finding
        .confidence(Confidence::Likely)
        .help(format!(
            "{first}make it required: UPDATE \"{table}\" SET \"{column}\" = '{value}' WHERE \"{column}\" IS NULL, then ALTER TABLE \"{table}\" ALTER COLUMN \"{column}\" SET NOT NULL",
            table = model.db_name,
            column = field.db_name,
        ))
        .subject(wording::subject(model, &format!("{} default", field.name)))
}

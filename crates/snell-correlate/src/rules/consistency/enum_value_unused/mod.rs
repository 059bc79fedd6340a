//! A value of an enum that no text names.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionId, ExpressionKind, ModuleFacts, TypeExpression};
use snell_prisma::{Enum, EnumValue, Place, Value};
use snell_project::{
    module::{Module, ModuleId, Symbol},
    names::plain,
    schema::{FieldRef, Schema, SchemaId},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        carried::carried,
        field_life::{FieldLives, field_lives},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/enum-value-unused",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "No code names a value of an enum",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = &context.project.schemas;
    if schemas
        .iter()
        .all(|(_, one)| one.datamodel.enums().is_empty())
    {
        return Vec::new();
    }
    let lives = field_lives(context);
    let whole = taken_whole(context);
    let sent: FxHashSet<FieldRef> = carried(context).iter().map(|one| one.column).collect();
    let mut found = Vec::new();
    for (id, schema) in schemas.iter() {
        for declared in schema.datamodel.enums() {
            let held = held(id, schema, declared);
            // An enum that no column has is told of by nobody who reads it, and one that clients
            // send may have any value.
            let open = held.is_empty()
                || whole.contains(&declared.name)
                || held.iter().any(|field| sent.contains(field))
                || !lives.has_calls(context, schema);
            if open {
                continue;
            }
            let unnamed: Vec<&EnumValue> = declared
                .values
                .iter()
                .filter(|value| !is_named(&lives, value) && !is_default(schema, declared, value))
                .collect();
            // Where nothing names any of them, the column is what is not used.
            if !unnamed.is_empty() && unnamed.len() < declared.values.len() {
                found.push(finding(schema, declared, &unnamed));
            }
        }
    }
    found
}

/// The columns of an enum.
fn held(id: SchemaId, schema: &Schema, declared: &Enum) -> Vec<FieldRef> {
    let fields = schema.datamodel.models().iter().flat_map(|one| &one.fields);
    fields
        .filter(|field| field.enumeration() == Some(declared.id))
        .map(|field| FieldRef {
            schema: id,
            field: field.id,
        })
        .collect()
}

fn is_named(lives: &FieldLives, value: &EnumValue) -> bool {
    lives.says(&[plain(&value.name), plain(&value.db_name)])
}

/// Whether rows have the value where nothing is said.
fn is_default(schema: &Schema, declared: &Enum, value: &EnumValue) -> bool {
    let fields = schema.datamodel.models().iter().flat_map(|one| &one.fields);
    let mut defaults = fields
        .filter(|field| field.enumeration() == Some(declared.id))
        .filter_map(|field| field.default.as_ref());
    defaults.any(|default| holds(&default.value, &value.name))
}

fn holds(default: &Value, name: &SmolStr) -> bool {
    match default {
        Value::EnumValue(own) => own == name,
        Value::List(values) => values.iter().any(|value| holds(value, name)),
        _ => false,
    }
}

/// The enums of a client that code takes as a whole: every value of them is reached without a name.
/// `Object.values(Status)`, `@IsEnum(Status)`, `Status[key]`, a parameter that hands it on.
fn taken_whole(context: &Context<'_>) -> FxHashSet<SmolStr> {
    let enums: FxHashSet<SmolStr> = context
        .project
        .schemas
        .iter()
        .flat_map(|(_, schema)| schema.datamodel.enums())
        .map(|declared| declared.name.clone())
        .collect();
    let mut whole = FxHashSet::default();
    for (id, module) in context.project.modules.iter() {
        of_module(context, (id, module), &enums, &mut whole);
    }
    whole
}

fn of_module(
    context: &Context<'_>,
    (id, module): (ModuleId, &Module),
    enums: &FxHashSet<SmolStr>,
    whole: &mut FxHashSet<SmolStr>,
) {
    let facts = &module.facts;
    for (at, node) in facts.all([ExpressionKind::Identifier, ExpressionKind::Member]) {
        let name = match &node.kind {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match context.project.modules.binding(id, *binding) {
                Symbol::External { name, .. } => name,
                _ => continue,
            },
            // `$Enums.Status`, `Prisma.Status`
            Expression::Member { property, .. } => property.text.clone(),
            _ => continue,
        };
        if enums.contains(&name) && !is_of_one_value(module, at) {
            whole.insert(name);
        }
    }
    whole.extend(keys_of(facts).filter(|name| enums.contains(name)));
}

/// `Status.OPEN`
fn is_of_one_value(module: &Module, id: ExpressionId) -> bool {
    module.context.parent(id).is_some_and(|parent| {
        matches!(module.facts.expression(parent), Expression::Member { object, .. } if *object == id)
    })
}

/// `keyof typeof Status` stands where any string is made a value.
fn keys_of(facts: &ModuleFacts) -> impl Iterator<Item = SmolStr> + '_ {
    facts.types.iter().filter_map(|node| match &node.kind {
        TypeExpression::Typeof(name) => name.rsplit('.').next().map(SmolStr::new),
        _ => None,
    })
}

fn finding(schema: &Schema, declared: &Enum, unnamed: &[&EnumValue]) -> Diagnostic {
    let place = |value: &EnumValue| {
        schema.location(Place {
            file: declared.at.file,
            span: value.name_span,
        })
    };
    let names: Vec<String> = unnamed
        .iter()
        .map(|value| format!("`{}`", value.name))
        .collect();
    let names = wording::and(&names);
    let enumeration = &declared.name;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        place(unnamed[0]),
        format!("nothing names {names} of `{enumeration}`"),
    )
    .label("no code writes it, asks for it or shows it");
    for value in &unnamed[1..] {
        finding = finding.related(place(value), "nor this one");
    }
    let user = schema
        .datamodel
        .models()
        .iter()
        .flat_map(|model| &model.fields)
        .find(|field| field.enumeration() == Some(declared.id));
    if let Some(field) = user {
        finding = finding.related(schema.field_type(field), "a column that never holds it");
    }
    finding
        .confidence(Confidence::Likely)
        .help(format!(
            "write {names} where rows come to that state, or take it out of the enum: PostgreSQL drops no value, so the migration makes the type anew"
        ))
        .subject(format!(
            "enum:{enumeration} values:{}",
            unnamed
                .iter()
                .map(|value| value.name.as_str())
                .collect::<Vec<_>>()
                .join(",")
        ))
}

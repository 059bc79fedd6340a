//! Seeded users that all have the same role, or none.

use snell_prisma::{Field, FieldType, Model, ScalarType};
use snell_project::schema::{Schema, SchemaId};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::seed_data::words,
    support::seeds::SchemaSeeds,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/user-without-role",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A seed makes no administrator, or nobody who is none",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    words::each_schema(context, |id, schema, own| finding(context, id, schema, own))
}

fn finding(
    context: &Context<'_>,
    id: SchemaId,
    schema: &Schema,
    own: &SchemaSeeds,
) -> Option<Diagnostic> {
    let people = words::people(context, id)?;
    let made = own.model(people.id)?;
    let field = role_field(people)?;
    let empty = crate::support::seeds::SeededField::default();
    let given = made.fields.get(&field.id).unwrap_or(&empty);
    if own.open || made.open || given.open {
        return None;
    }
    let default = field.default.as_ref().map(|default| &default.value);
    let names = |value: &snell_prisma::Value| match value {
        snell_prisma::Value::EnumValue(name) | snell_prisma::Value::String(name) => {
            vec![name.clone()]
        }
        snell_prisma::Value::List(values) => values
            .iter()
            .filter_map(|value| match value {
                snell_prisma::Value::EnumValue(name) | snell_prisma::Value::String(name) => {
                    Some(name.clone())
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let mut roles: Vec<smol_str::SmolStr> = given.values.iter().cloned().collect();
    // Who is given no role has the default one.
    if given.places.is_empty() {
        roles.extend(default.map(names).unwrap_or_default());
    }
    let asked = asked_for(context);
    let admins = roles
        .iter()
        .filter(|role| is_admin(role) || asked.iter().any(|one| one.eq_ignore_ascii_case(role)))
        .count();
    let (message, label) = match (admins, roles.len() - admins) {
        (0, _) => (
            "the seed makes no administrator: nobody can sign in to what only they see",
            "no role that says so",
        ),
        (_, 0) => (
            "all users of the seed are administrators: nothing that keeps others out is ever seen",
            "the only role",
        ),
        _ => return None,
    };
    let at = given
        .places
        .first()
        .or_else(|| made.places.first())
        .copied()?;
    Some(
        Diagnostic::at(&RULE.metadata, at, message)
            .label(label)
            .related(
                schema.field_name(field),
                format!("the role of `{}`", people.name),
            )
            .confidence(Confidence::Likely)
            .help("seed at least one user of each role")
            .subject(words::subject(
                schema,
                &format!("field:{}.{}", people.name, field.name),
            )),
    )
}

/// The field that says what a person may do.
fn role_field(people: &Model) -> Option<&Field> {
    people.columns().find(|field| {
        let name = field.name.to_ascii_lowercase();
        let kind = matches!(
            field.ty,
            FieldType::Enum(_) | FieldType::Scalar(ScalarType::String)
        );
        kind && matches!(
            name.as_str(),
            "role" | "roles" | "userrole" | "user_role" | "systemrole" | "globalrole"
        )
    })
}

/// The only role that endpoints ask for, when there is one: whoever has it administers, whatever it is called.
fn asked_for<'a>(context: &Context<'a>) -> Option<&'a str> {
    let mut asked: Vec<&str> = context
        .project
        .endpoints
        .iter()
        .flat_map(|endpoint| endpoint.access.roles.iter().map(smol_str::SmolStr::as_str))
        .collect();
    asked.sort_unstable();
    asked.dedup();
    match asked.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

fn is_admin(role: &str) -> bool {
    let role = role.to_ascii_lowercase();
    ["admin", "owner", "root", "superuser", "staff"]
        .iter()
        .any(|word| role.contains(word))
}

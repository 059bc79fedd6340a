//! The columns that say what somebody may do.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use snell_extract::facts::{BinaryOperator, Expression, ExpressionKind};
use snell_prisma::{EnumId, Field, Model, ScalarType};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{FieldRef, ModelRef, SchemaId},
};

use crate::{rule::Context, rules::security::calls, support::name_words};

/// Words of the roles of those who decide over others.
const MOST: [&str; 4] = ["admin", "owner", "super", "root"];

/// What ends the names of columns that hold what somebody may do.
const NAMES: [&str; 4] = ["role", "roles", "rolecode", "accesslevel"];

/// Columns that are `true` for those who decide.
const SWITCHES: [&str; 5] = [
    "isadmin",
    "issuperadmin",
    "issuperuser",
    "superadmin",
    "isroot",
];

/// Words in the names of columns that hold what somebody signs in with.
const PASSWORDS: [&str; 3] = ["password", "passwd", "pwd"];

/// A column that says what somebody may do.
pub(super) struct Column {
    pub(super) at: FieldRef,
    /// What the most powerful are called.
    pub(super) most: SmolStr,
}

/// All of them.
pub(super) struct Columns(Vec<Column>);

/// Whether a role decides over others.
pub(super) fn is_most(role: &str) -> bool {
    let lower = role.to_ascii_lowercase();
    MOST.iter().any(|word| lower.contains(word))
}

impl Columns {
    pub(super) fn find(context: &Context<'_>) -> Self {
        let schemas = &context.project.schemas;
        let mut enums: BTreeSet<(SchemaId, usize)> = BTreeSet::new();
        for (model, _, declared) in schemas.models() {
            if !is_of_people(context, model, declared) {
                continue;
            }
            let roles = declared.columns().filter(|field| is_named(field));
            enums.extend(
                roles
                    .filter_map(Field::enumeration)
                    .map(|id| (model.schema, id.index())),
            );
        }
        let mut found = Vec::new();
        for (model, _, declared) in schemas.models() {
            for field in declared.columns() {
                let at = FieldRef {
                    schema: model.schema,
                    field: field.id,
                };
                let most = match field.enumeration() {
                    Some(id) if is_named(field) && enums.contains(&(model.schema, id.index())) => {
                        most_of(context, model.schema, id)
                    }
                    Some(_) => None,
                    None if is_of_people(context, model, declared) => plain(context, field),
                    None => None,
                };
                found.extend(most.map(|most| Column { at, most }));
            }
        }
        Columns(found)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn of(&self, model: ModelRef) -> impl Iterator<Item = &Column> {
        self.0.iter().filter(move |column| {
            column.at.schema == model.schema && column.at.field.model == model.model
        })
    }
}

/// Whether a model holds people, or says who belongs to what.
fn is_of_people(context: &Context<'_>, model: ModelRef, declared: &Model) -> bool {
    if is_people(context, model) {
        return true;
    }
    let people = declared.relation_fields().filter_map(Field::relation);
    let people: Vec<_> = people
        .filter(|side| {
            let target = ModelRef {
                schema: model.schema,
                model: side.target,
            };
            is_people(context, target)
        })
        .filter_map(|side| side.fields.first().copied())
        .collect();
    let mut keys = declared.unique_criteria();
    keys.any(|key| {
        key.fields().is_some_and(|fields| {
            fields.len() > 1 && fields.iter().any(|field| people.contains(field))
        })
    })
}

/// Whether rows of a model are people who sign in.
pub(super) fn is_people(context: &Context<'_>, model: ModelRef) -> bool {
    let identity = *context.project.owners.of(model) == Ownership::Root(RootKind::Identity);
    let declared = context.project.schemas.model(model);
    let mut columns = declared.columns();
    identity
        || columns.any(|field| {
            let lower = field.name.to_ascii_lowercase();
            PASSWORDS.iter().any(|word| lower.contains(word))
        })
}

fn is_named(field: &Field) -> bool {
    let name = name_words::split(&field.name).concat();
    NAMES.iter().any(|end| name.ends_with(end))
}

fn most_of(context: &Context<'_>, schema: SchemaId, id: EnumId) -> Option<SmolStr> {
    let enums = context.project.schemas.get(schema).datamodel.enums();
    let values = &enums.get(id.index())?.values;
    let most = values.iter().find(|value| is_most(&value.name));
    most.map(|value| value.name.clone())
}

/// A text that code compares with the role of those who decide, or a switch.
fn plain(context: &Context<'_>, field: &Field) -> Option<SmolStr> {
    let name = name_words::split(&field.name).concat();
    match field.scalar()? {
        ScalarType::Boolean => SWITCHES
            .contains(&name.as_str())
            .then(|| field.name.clone()),
        ScalarType::String if is_named(field) => compared(context, &field.name),
        _ => None,
    }
}

/// The role of those who decide that some code compares a property of this name with.
fn compared(context: &Context<'_>, name: &str) -> Option<SmolStr> {
    calls::modules(context).find_map(|(_, facts)| {
        facts.all([ExpressionKind::Binary]).find_map(|(_, node)| {
            let Expression::Binary {
                operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                left,
                right,
            } = &node.kind
            else {
                return None;
            };
            let (Expression::Member { property, .. }, Expression::String(role)) =
                (facts.expression(*left), facts.expression(*right))
            else {
                return None;
            };
            (property.text == name && is_most(role)).then(|| role.clone())
        })
    })
}

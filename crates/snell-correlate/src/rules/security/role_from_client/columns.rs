//! The columns that say what somebody may do.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use snell_extract::facts::{BinaryOperator, Expression, ExpressionKind, TypeExpression};
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

/// What begins the names of columns that say for which roles a row is, and give nobody one: `targetRole`.
const MEANT_FOR: [&str; 8] = [
    "target",
    "audience",
    "visible",
    "required",
    "minimum",
    "min",
    "allowed",
    "recipient",
];

/// Columns that are `true` for those who decide.
const SWITCHES: [&str; 5] = [
    "isadmin",
    "issuperadmin",
    "issuperuser",
    "superadmin",
    "isroot",
];

/// The word in the names of models whose rows are roles.
const ROLES: [&str; 1] = ["role"];

/// Words in the names of columns that hold what somebody signs in with.
const PASSWORDS: [&str; 3] = ["password", "passwd", "pwd"];

/// A column that says what somebody may do.
pub(super) struct Column {
    pub(super) at: FieldRef,
    /// What the most powerful are called, or the model of roles that it refers to.
    pub(super) most: SmolStr,
    /// The model of roles that it names a row of.
    pub(super) of: Option<ModelRef>,
    /// Only where what is sent is declared to be one of some roles, it is known for a role.
    pub(super) listed: bool,
    /// The one role that counts, where those who write have others.
    pub(super) only: Option<SmolStr>,
}

impl Column {
    /// Whether a role is one that nobody gives away without being asked for theirs.
    pub(super) fn counts(&self, role: &str) -> bool {
        match &self.only {
            Some(only) => role == only,
            None => is_most(role),
        }
    }

    /// The same column, of which one role counts.
    pub(super) fn of_role(&self, role: &SmolStr) -> Self {
        Column {
            at: self.at,
            most: role.clone(),
            of: self.of,
            listed: self.listed,
            only: Some(role.clone()),
        }
    }
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
                let listed = || {
                    let plain = is_plain_role(context, model, declared, field);
                    plain.then(|| listed(context)).flatten()
                };
                let known = most.is_some();
                found.extend(most.or_else(listed).map(|most| Column {
                    at,
                    most,
                    of: None,
                    listed: !known,
                    only: None,
                }));
            }
            found.extend(of_roles(context, model, declared));
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

/// The relations by which people, or who belongs to what, have a role that is a row of its own, and their columns.
fn of_roles(context: &Context<'_>, model: ModelRef, declared: &Model) -> Vec<Column> {
    // Rows that say nothing but who has which role are told by themselves.
    if !is_of_people(context, model, declared) || name_words::has_word(&declared.name, &ROLES) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for relation in declared.relation_fields() {
        let Some(side) = relation.relation() else {
            continue;
        };
        let target = ModelRef {
            schema: model.schema,
            model: side.target,
        };
        let role = context.project.schemas.model(target);
        let back = side
            .opposite
            .and_then(|back| role.fields.iter().find(|one| one.id == back));
        let has = side.holds_key && side.fields.len() == 1
            || relation.is_list() && back.is_some_and(Field::is_list);
        let named = |name: &str| name_words::has_word(name, &ROLES);
        if !has || !named(&role.name) || !named(&relation.name) || is_people(context, target) {
            continue;
        }
        let columns = side.fields.iter().copied().chain([relation.id]);
        found.extend(columns.map(|field| Column {
            at: FieldRef {
                schema: model.schema,
                field,
            },
            most: role.name.clone(),
            of: Some(target),
            listed: false,
            only: None,
        }));
    }
    found
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
    let words = name_words::split(&field.name);
    let name = words.concat();
    let of_others = words
        .first()
        .is_some_and(|first| MEANT_FOR.contains(&first.as_str()));
    !of_others && NAMES.iter().any(|end| name.ends_with(end))
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

/// Whether a text is the role of people, and not a label of theirs: `displayRole`.
fn is_plain_role(context: &Context<'_>, model: ModelRef, declared: &Model, field: &Field) -> bool {
    field.scalar() == Some(ScalarType::String)
        && name_words::words(&field.name) == ["role"]
        && is_of_people(context, model, declared)
}

/// The role of those who decide in a type that lists the roles by their texts: `type Role = 'OWNER' | 'MEMBER'`.
fn listed(context: &Context<'_>) -> Option<SmolStr> {
    calls::modules(context).find_map(|(_, facts)| {
        let named = |name: &str| {
            name_words::words(name)
                .last()
                .is_some_and(|last| last == "role")
        };
        let mut aliases = facts
            .type_aliases
            .iter()
            .filter(|alias| named(&alias.name.text));
        aliases.find_map(|alias| {
            let TypeExpression::Union(members) = facts.type_expression(alias.ty) else {
                return None;
            };
            members
                .iter()
                .find_map(|member| match facts.type_expression(*member) {
                    TypeExpression::StringLiteral(role) if is_most(role) => Some(role.clone()),
                    _ => None,
                })
        })
    })
}

//! What roles say of those who have them, by the columns that hold them.

use smol_str::SmolStr;
use snell_prisma::{Field, FieldType, Model, Value, ast::Arity};

use super::{decorator::Metadata, guard::is_of_administrators};
use crate::{
    ownership::{Owners, Ownership, RootKind},
    schema::{ModelRef, SchemaId, Schemas},
};

/// The kinds of roles that people have.
#[derive(Debug, Default)]
pub struct Ranks {
    ranks: Vec<Rank>,
}

/// The roles of one column.
#[derive(Debug)]
struct Rank {
    /// The enum, where it is one.
    of: Option<SmolStr>,
    /// All of them; none where the column is a text.
    values: Vec<SmolStr>,
    /// What people have from the start.
    first: Option<SmolStr>,
    /// They are those of a group of people: nobody has one outside of it.
    in_tenant: bool,
}

/// Words for roles that reach over groups of people.
const OVER_ALL: [&str; 9] = [
    "super", "root", "platform", "system", "global", "staff", "internal", "operator", "support",
];

impl Ranks {
    /// Of the models of people, and of those who belong to groups.
    #[must_use]
    pub fn of(schemas: &Schemas, owners: &Owners) -> Self {
        let mut ranks = Vec::new();
        for (schema, live) in schemas.iter() {
            for model in live.datamodel.models() {
                let person = *owners.of(ModelRef {
                    schema,
                    model: model.id,
                }) == Ownership::Root(RootKind::Identity);
                let tenant = belongs_to_tenant(schemas, owners, schema, model);
                if !person && tenant != Some(Arity::Required) {
                    continue;
                }
                for field in model.fields.iter().filter(|field| holds_role(field)) {
                    let declared = match field.ty {
                        FieldType::Enum(id) => Some(&live.datamodel[id]),
                        _ => None,
                    };
                    let first = field
                        .default
                        .as_ref()
                        .and_then(|default| match &default.value {
                            Value::EnumValue(value) | Value::String(value) => Some(value.clone()),
                            _ => None,
                        });
                    let values = declared.map_or(&[][..], |declared| &declared.values);
                    let in_tenant = match tenant {
                        Some(Arity::Optional) => {
                            tells_apart(values.iter().map(|value| &value.name))
                        }
                        tenant => tenant.is_some(),
                    };
                    ranks.push(Rank {
                        of: declared.map(|declared| declared.name.clone()),
                        values: values.iter().map(|value| value.name.clone()).collect(),
                        first: first.filter(|first| person && !is_over_others(first)),
                        in_tenant,
                    });
                }
            }
        }
        Ranks { ranks }
    }

    /// Whether metadata names roles of which everybody has one: all there are, or the one that
    /// people have from the start.
    pub(super) fn are_of_everybody(&self, noted: &Metadata) -> bool {
        let named = &noted.roles.names;
        if !noted.roles.known || named.is_empty() && !noted.roles.all {
            return false;
        }
        let all =
            |values: &[SmolStr]| values.len() > 1 && values.iter().all(|value| names(named, value));
        noted.roles.all
            || self.ranks_of(noted).any(|rank| {
                all(&rank.values) || rank.first.as_ref().is_some_and(|first| names(named, first))
            })
    }

    /// Whether metadata names so many roles that those who have one are the people who work with the
    /// application, and not the few who run it.
    pub(super) fn are_of_staff(&self, noted: &Metadata) -> bool {
        /// So many roles at least,
        const SEVERAL: usize = 3;
        /// and so many where nobody knows how many there are.
        const MANY: usize = 5;
        let named = noted.roles.names.len();
        if !noted.roles.known || named < SEVERAL {
            return false;
        }
        let mut ranks = self
            .ranks_of(noted)
            .filter(|rank| !rank.values.is_empty())
            .peekable();
        match ranks.peek().is_some() {
            // Three of ten: a table that these fill grows with the work.
            true => ranks.any(|rank| named * 10 >= rank.values.len() * 3),
            false => named >= MANY,
        }
    }

    /// Whether some of those whom metadata names have their role within a group of people, whatever it
    /// is called: an administrator of one is none of another. Those who run all groups may come as well.
    pub(super) fn are_of_tenant(&self, noted: &Metadata) -> bool {
        let mut named = noted.roles.names.iter();
        let mut ranks = self.ranks_of(noted).peekable();
        noted.roles.known
            && named.any(|name| is_over_one_group(name))
            && ranks.peek().is_some()
            && ranks.all(|rank| rank.in_tenant)
    }

    /// Those of the roles that metadata names which somebody has within one group of people, and whether those who
    /// run all groups are named beside them.
    pub(super) fn within_tenant(&self, noted: &Metadata) -> (Vec<SmolStr>, bool) {
        if !self.are_of_tenant(noted) {
            return (Vec::new(), false);
        }
        let named = noted.roles.names.iter();
        let (within, others): (Vec<_>, Vec<_>) =
            named.cloned().partition(|name| is_over_one_group(name));
        (within, others.iter().any(|name| is_over_others(name)))
    }

    /// Whether a role is one of people who are in no group, and have another from the start.
    pub(super) fn are_of_people(&self, role: &str) -> bool {
        self.with(role)
            .any(|rank| !rank.in_tenant && rank.first.is_some())
    }

    /// Whether people have a role within a group alone.
    pub(super) fn are_of_group(&self, role: &str) -> bool {
        let mut ranks = self.with(role).peekable();
        ranks.peek().is_some() && ranks.all(|rank| rank.in_tenant)
    }

    /// The kinds of roles of which one is called so.
    fn with(&self, role: &str) -> impl Iterator<Item = &Rank> {
        let ranks = self.ranks.iter();
        ranks.filter(move |rank| names(&rank.values, role))
    }

    /// The kinds of roles that metadata may name: of the enum that it names, or of any that has
    /// all of these values.
    fn ranks_of<'r>(&'r self, noted: &'r Metadata) -> impl Iterator<Item = &'r Rank> {
        let named = &noted.roles.names;
        self.ranks
            .iter()
            .filter(move |rank| match (&noted.roles.of, &rank.of) {
                (Some(wanted), Some(of)) => wanted == of,
                _ => match rank.values.is_empty() {
                    true => rank.first.as_ref().is_some_and(|first| names(named, first)),
                    false => named.iter().all(|name| names(&rank.values, name)),
                },
            })
    }
}

/// Whether a role is one of those who decide over others, and not over all of them.
fn is_over_one_group(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_over_others(name) && !OVER_ALL.iter().any(|word| lower.contains(word))
}

/// Whether a role is one of those who decide over others.
fn is_over_others(name: &str) -> bool {
    is_of_administrators(name) || name.to_ascii_lowercase().contains("owner")
}

fn names(all: &[SmolStr], wanted: &str) -> bool {
    all.iter().any(|name| name.eq_ignore_ascii_case(wanted))
}

/// `role`, `roles`, `userRole`
fn holds_role(field: &Field) -> bool {
    let lower = field.name.to_ascii_lowercase();
    lower.ends_with("role") || lower.ends_with("roles")
}

/// Whether roles tell those who run all groups from those who run one: the first are in none of them, which is why a
/// row may go without.
fn tells_apart<'v>(mut roles: impl Iterator<Item = &'v SmolStr> + Clone) -> bool {
    let mut all = roles.clone();
    all.any(|role| is_over_others(role) && !is_over_one_group(role))
        && roles.any(|role| is_over_one_group(role))
}

/// Whether each row of a model belongs to a group of people, or is what makes somebody belong to one; or may do so.
fn belongs_to_tenant(
    schemas: &Schemas,
    owners: &Owners,
    schema: SchemaId,
    model: &Model,
) -> Option<Arity> {
    let datamodel = &schemas.get(schema).datamodel;
    let held = model.relation_fields().filter(|field| {
        let held = field
            .relation()
            .is_some_and(|relation| !relation.fields.is_empty());
        let tenant = datamodel.target(field).is_some_and(|target| {
            let target = ModelRef {
                schema,
                model: target.id,
            };
            *owners.of(target) == Ownership::Root(RootKind::Tenant)
        });
        held && tenant
    });
    let mut found = None;
    for field in held {
        match field.arity {
            Arity::Required => return Some(Arity::Required),
            other => found = Some(other),
        }
    }
    found
}

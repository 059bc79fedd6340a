//! The models that own: the one whose rows sign in, and groups of them.

use snell_prisma::{Datamodel, FieldId, Model, ModelId};
use snell_workspace::Isolation;

use super::{OwnerRoot, RootKind, is_audit};

/// Names of models whose rows sign in, likeliest first.
const IDENTITIES: [&str; 9] = [
    "user", "appuser", "account", "member", "customer", "profile", "person", "employee", "client",
];

/// Words in the names of models whose rows are groups of people.
const TENANTS: [&str; 16] = [
    "organization",
    "organisation",
    "org",
    "workspace",
    "team",
    "tenant",
    "company",
    "project",
    "group",
    "space",
    "account",
    "business",
    "agency",
    "household",
    "school",
    "club",
];

pub(super) fn of(datamodel: &Datamodel, settings: &Isolation) -> Vec<OwnerRoot> {
    identity(datamodel, settings).map_or_else(Vec::new, |identity| around(datamodel, identity))
}

/// The model whose rows sign in, and the groups of them.
pub(super) fn around(datamodel: &Datamodel, identity: &Model) -> Vec<OwnerRoot> {
    let mut roots = vec![OwnerRoot {
        model: identity.id,
        kind: RootKind::Identity,
    }];
    let tenants = datamodel
        .models()
        .iter()
        .filter(|model| model.id != identity.id && is_tenant(datamodel, model, identity));
    let tenants: Vec<&Model> = tenants.collect();
    let own = tenants
        .iter()
        .filter(|model| !is_within(model, &tenants) || is_joined(datamodel, model.id, identity.id));
    roots.extend(own.map(|model| OwnerRoot {
        model: model.id,
        kind: RootKind::Tenant,
    }));
    roots
}

/// Whether each row of a model belongs to another group: a project of a workspace.
fn is_within(model: &Model, groups: &[&Model]) -> bool {
    let sides = model
        .relation_fields()
        .filter(|field| field.is_required())
        .filter_map(|field| field.relation());
    let mut above = sides.filter(|side| side.holds_key && side.target != model.id);
    above.any(|side| groups.iter().any(|group| group.id == side.target))
}

/// Words in the names of models whose rows say who is in what.
const MEMBERS: [&str; 6] = [
    "member",
    "participant",
    "user",
    "access",
    "collaborator",
    "role",
];

/// Whether people are put into the rows of a model, once each or by a list: what they only have rows in (the tasks of a
/// project) makes no group of them.
fn is_joined(datamodel: &Datamodel, group: ModelId, identity: ModelId) -> bool {
    let key = |from: &Model, to: ModelId| {
        let mut sides = from.relation_fields().filter_map(|field| field.relation());
        sides
            .find(|side| side.holds_key && side.target == to)
            .and_then(|side| side.fields.first().copied())
    };
    let lists = datamodel[group].relation_fields().any(|field| {
        let many = |back: FieldId| datamodel[back].is_list();
        let side = field.relation();
        field.is_list()
            && side.is_some_and(|side| side.target == identity && side.opposite.is_some_and(many))
    });
    lists
        || datamodel.models().iter().any(|from| {
            let (Some(person), Some(of)) = (key(from, identity), key(from, group)) else {
                return false;
            };
            let name = from.name.to_ascii_lowercase();
            MEMBERS.iter().any(|word| name.contains(word))
                || from.unique_criteria().any(|unique| {
                    let has = |column: FieldId| {
                        unique.columns.iter().any(|one| one.field == Some(column))
                    };
                    has(person) && has(of)
                })
        })
}

fn identity<'d>(datamodel: &'d Datamodel, settings: &Isolation) -> Option<&'d Model> {
    if let Some(name) = &settings.user_model.value {
        return datamodel.model(name);
    }
    IDENTITIES.iter().find_map(|wanted| {
        datamodel
            .models()
            .iter()
            .filter(|model| singular(&model.name) == *wanted)
            .max_by_key(|model| owned_directly(datamodel, model.id))
            .filter(|model| {
                // Tables without relations name the key all the same.
                *wanted == "user" || owned_directly(datamodel, model.id) > 0
            })
    })
}

/// Words in the names of models whose rows say that somebody works for a business.
const STAFF: [&str; 2] = ["employee", "staff"];

/// Last words in the names of parts of a business, and of what its people are sorted by.
const PARTS: [&str; 12] = [
    "department",
    "branch",
    "location",
    "position",
    "role",
    "shift",
    "category",
    "level",
    "grade",
    "designation",
    "manager",
    "schedule",
];

/// So many models belong to what is a business by its staff alone.
const BUSINESS: usize = 6;

/// A group: a model of its own holds who is in it, and its name says so; or those in it work for it, and most of what
/// there is belongs to it.
fn is_tenant(datamodel: &Datamodel, model: &Model, identity: &Model) -> bool {
    let name = singular(&model.name);
    let members = |says: &dyn Fn(&Model) -> bool| {
        datamodel
            .models()
            .iter()
            .any(|member| leads(member, model.id) && leads(member, identity.id) && says(member))
    };
    if TENANTS.iter().any(|word| name == *word) {
        return members(&|_| true);
    }
    let works = |member: &Model| {
        let lower = member.name.to_ascii_lowercase();
        STAFF.iter().any(|word| lower.contains(word))
    };
    let part = PARTS.iter().any(|word| name.ends_with(word));
    !part
        && !leads(model, identity.id)
        && members(&works)
        && datamodel
            .models()
            .iter()
            .filter(|one| leads(one, model.id))
            .count()
            >= BUSINESS
}

/// Whether each row of a model has one of another.
fn leads(from: &Model, to: ModelId) -> bool {
    from.relation_fields().any(|field| {
        field.is_required()
            && field
                .relation()
                .is_some_and(|relation| relation.holds_key && relation.target == to)
    })
}

/// The groups of people of whom the schema has no model: each row of a member model names one person
/// and one group, once for both.
pub(super) fn groups(datamodel: &Datamodel, people: &[FieldId]) -> Vec<OwnerRoot> {
    let mut found: Vec<OwnerRoot> = Vec::new();
    for column in people {
        let member = &datamodel[column.model];
        let sides = member
            .relation_fields()
            .filter(|field| field.is_required())
            .filter_map(|field| field.relation());
        for side in sides.filter(|side| side.holds_key && side.target != member.id) {
            let joined = member.unique_criteria().any(|key| {
                let has = |field: &FieldId| key.columns.iter().any(|one| one.field == Some(*field));
                has(column) && side.fields.iter().all(has)
            });
            if joined && !found.iter().any(|root| root.model == side.target) {
                found.push(OwnerRoot {
                    model: side.target,
                    kind: RootKind::Tenant,
                });
            }
        }
    }
    // A group within a group belongs to that: a channel of a workspace.
    let all: Vec<ModelId> = found.iter().map(|root| root.model).collect();
    found.retain(|root| {
        let mut sides = datamodel[root.model].relation_fields();
        !sides.any(|field| {
            let side = field.relation();
            field.is_required()
                && side.is_some_and(|side| side.holds_key && all.contains(&side.target))
        })
    });
    found
}

/// How many models hold a key of this one that is no audit column.
fn owned_directly(datamodel: &Datamodel, root: ModelId) -> usize {
    datamodel
        .models()
        .iter()
        .filter(|model| {
            model.relation_fields().any(|field| {
                field.relation().is_some_and(|relation| {
                    relation.holds_key
                        && relation.target == root
                        && !relation
                            .fields
                            .iter()
                            .any(|column| is_audit(&datamodel[*column].name))
                })
            })
        })
        .count()
}

/// The name in lower case, a plural `s` and underscores left out.
pub(super) fn singular(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|c| *c != '_')
        .collect::<String>()
        .to_ascii_lowercase();
    match plain.strip_suffix('s') {
        Some(one) if !one.ends_with('s') => one.to_owned(),
        _ => plain,
    }
}

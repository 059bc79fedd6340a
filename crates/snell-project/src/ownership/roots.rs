//! The models that own: the one whose rows sign in, and groups of them.

use snell_prisma::{Datamodel, FieldId, Model, ModelId};
use snell_workspace::Isolation;

use super::{OwnerRoot, RootKind, is_audit, keys::Keys};

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

pub(super) fn of(keys: Keys<'_>, settings: &Isolation) -> Vec<OwnerRoot> {
    identity(keys, settings).map_or_else(Vec::new, |identity| around(keys, identity))
}

/// Adds owners that something else names. Of two models of people the known one counts.
pub(super) fn add(roots: &mut Vec<OwnerRoot>, more: &[OwnerRoot]) {
    for one in more {
        let known = roots.iter().any(|root| {
            let people = [root.kind, one.kind] == [RootKind::Identity; 2];
            root.model == one.model || people
        });
        if !known {
            roots.push(*one);
        }
    }
}

/// Names of models that are people who sign in, or those whom a business keeps records of.
const DOUBTFUL: [&str; 6] = [
    "customer", "profile", "person", "employee", "client", "member",
];

/// Whether a model was held for those who sign in by its name alone, while the code compares passwords
/// with rows of another. Where it keeps passwords as well, or the others administer, both sign in.
pub(super) fn is_doubtful(datamodel: &Datamodel, held: ModelId, signs_in: ModelId) -> bool {
    let (held, signs_in) = (&datamodel[held], &datamodel[signs_in]);
    let keeps = |model: &Model| {
        let mut columns = model.columns();
        columns.any(|field| {
            let name = field.name.to_ascii_lowercase();
            name.contains("password") || name.contains("passwd")
        })
    };
    held.id != signs_in.id
        && DOUBTFUL.contains(&singular(&held.name).as_str())
        && !keeps(held)
        && !signs_in.name.to_ascii_lowercase().contains("admin")
}

/// The model whose rows sign in, and the groups of them.
pub(super) fn around(keys: Keys<'_>, identity: &Model) -> Vec<OwnerRoot> {
    let datamodel = keys.datamodel;
    let mut roots = vec![OwnerRoot {
        model: identity.id,
        kind: RootKind::Identity,
    }];
    let staff: Vec<&Model> = datamodel
        .models()
        .iter()
        .filter(|one| is_staff(one))
        .collect();
    let tenants = datamodel
        .models()
        .iter()
        .filter(|model| model.id != identity.id && is_tenant(keys, model, identity, &staff));
    let tenants: Vec<&Model> = tenants.collect();
    let own = tenants.iter().filter(|model| {
        !is_within(keys, model, &tenants) || is_joined(keys, model.id, identity.id)
    });
    roots.extend(own.map(|model| OwnerRoot {
        model: model.id,
        kind: RootKind::Tenant,
    }));
    roots
}

/// Whether each row of a model belongs to another group: a project of a workspace.
fn is_within(keys: Keys<'_>, model: &Model, groups: &[&Model]) -> bool {
    let mut groups = groups.iter().filter(|group| group.id != model.id);
    groups.any(|group| keys.lead(model, group.id))
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
fn is_joined(keys: Keys<'_>, group: ModelId, identity: ModelId) -> bool {
    let datamodel = keys.datamodel;
    let key = |from: &Model, to: ModelId| keys.columns(from, to).next();
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

fn identity<'d>(keys: Keys<'d>, settings: &Isolation) -> Option<&'d Model> {
    let datamodel = keys.datamodel;
    if let Some(name) = &settings.user_model.value {
        return datamodel.model(name);
    }
    IDENTITIES.iter().find_map(|wanted| {
        datamodel
            .models()
            .iter()
            .filter(|model| singular(&model.name) == *wanted)
            .max_by_key(|model| owned_directly(keys, model.id))
            .filter(|model| {
                // Tables without relations name the key all the same.
                *wanted == "user" || owned_directly(keys, model.id) > 0
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

/// Whether rows of a model say that somebody works for a business.
fn is_staff(model: &Model) -> bool {
    let lower = model.name.to_ascii_lowercase();
    STAFF.iter().any(|word| lower.contains(word))
}

/// A group: a model of its own holds who is in it, and its name says so; or those in it work for it, and most of what
/// there is belongs to it.
fn is_tenant(keys: Keys<'_>, model: &Model, identity: &Model, staff: &[&Model]) -> bool {
    let datamodel = keys.datamodel;
    let name = singular(&model.name);
    let is_member = |member: &Model| keys.lead(member, model.id) && keys.lead(member, identity.id);
    if TENANTS.iter().any(|word| name == *word) {
        return datamodel.models().iter().any(is_member);
    }
    let part = PARTS.iter().any(|word| name.ends_with(word));
    !part
        && !keys.lead(model, identity.id)
        && staff.iter().any(|member| is_member(member))
        && datamodel
            .models()
            .iter()
            .filter(|one| keys.lead(one, model.id))
            .count()
            >= BUSINESS
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
fn owned_directly(keys: Keys<'_>, root: ModelId) -> usize {
    let models = keys.datamodel.models().iter();
    let owned = models.filter(|model| {
        let mut columns = keys.columns(model, root);
        columns.any(|column| !is_audit(&keys.datamodel[column].name))
    });
    owned.count()
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

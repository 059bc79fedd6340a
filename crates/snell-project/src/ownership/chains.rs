//! The ways from each model to its owners.

use std::collections::VecDeque;

use snell_prisma::{Datamodel, Field, FieldId, Model, ModelId};
use snell_workspace::Isolation;

use super::{Chain, OwnerRoot, Ownership, RootKind, is_audit, keys::Keys, roots::singular};

/// Longer ways say little about whose a row is.
const MAX_STEPS: usize = 6;
/// More ways than these are not told apart.
const MAX_CHAINS: usize = 8;

pub(super) fn of(
    keys: Keys<'_>,
    roots: &[OwnerRoot],
    settings: &Isolation,
    people: &[FieldId],
) -> Vec<Ownership> {
    let datamodel = keys.datamodel;
    let models = datamodel.models().iter();
    models
        .map(|model| {
            if let Some(root) = roots.iter().find(|root| root.model == model.id) {
                return Ownership::Root(root.kind);
            }
            if settings
                .global_models
                .value
                .iter()
                .any(|name| *name == model.name)
            {
                return Ownership::Global;
            }
            let mut chains = through_relations(datamodel, model, roots, people);
            let own = people.iter().filter(|column| column.model == model.id);
            chains.extend(own.map(|column| Chain {
                relations: Vec::new(),
                key: Some(*column),
                root: model.id,
                required: datamodel[*column].is_required(),
            }));
            chains.extend(by_bare_columns(keys, model, roots, settings));
            let room = |chain: &Chain| {
                let mut roots = roots.iter();
                roots.any(|root| root.model == chain.root && root.kind == RootKind::Room)
            };
            // Whose a row is, says more than where it stands.
            chains.sort_by_key(|chain| (!chain.required, chain.relations.len(), room(chain)));
            chains.truncate(MAX_CHAINS);
            if chains.is_empty() {
                Ownership::Global
            } else {
                Ownership::Owned(chains)
            }
        })
        .collect()
}

/// The ways to owners, and to rows with a column of `people`: keys of those who sign in, of whom the
/// schema has no model.
fn through_relations(
    datamodel: &Datamodel,
    from: &Model,
    roots: &[OwnerRoot],
    people: &[FieldId],
) -> Vec<Chain> {
    let mut found = Vec::new();
    let mut waiting = VecDeque::from([(from.id, Vec::<FieldId>::new(), true)]);
    while let Some((at, way, required)) = waiting.pop_front() {
        if way.len() >= MAX_STEPS || found.len() >= MAX_CHAINS {
            continue;
        }
        for field in datamodel[at].relation_fields() {
            let Some(step) = owning_step(datamodel, field) else {
                continue;
            };
            let passed =
                |model: ModelId| model == from.id || way.iter().any(|field| field.model == model);
            if passed(step.target) {
                continue;
            }
            let mut longer = way.clone();
            longer.push(field.id);
            let required = required && field.is_required();
            if roots.iter().any(|root| root.model == step.target) {
                found.push(Chain {
                    relations: longer,
                    key: step.key,
                    root: step.target,
                    required,
                });
            } else {
                let mut keys = people.iter();
                if let Some(key) = keys.find(|column| column.model == step.target) {
                    found.push(Chain {
                        relations: longer.clone(),
                        key: Some(*key),
                        root: step.target,
                        required,
                    });
                }
                waiting.push_back((step.target, longer, required));
            }
        }
    }
    found
}

struct Step {
    target: ModelId,
    key: Option<FieldId>,
}

/// A to-one relation that says whose a row is.
fn owning_step(datamodel: &Datamodel, field: &Field) -> Option<Step> {
    let relation = field.relation()?;
    if !relation.holds_key || field.is_list() || is_audit(&field.name) {
        return None;
    }
    if relation
        .fields
        .iter()
        .any(|column| is_audit(&datamodel[*column].name))
    {
        return None;
    }
    let key = match relation.fields[..] {
        [column] => Some(column),
        _ => None,
    };
    Some(Step {
        target: relation.target,
        key,
    })
}

/// Columns that hold an owner's key though no relation says so: `userId`,
/// `user_id`, the name of the owner's own key (`uid`), a configured name, or what is known to be a key of the owner's.
fn by_bare_columns(
    keys: Keys<'_>,
    model: &Model,
    roots: &[OwnerRoot],
    settings: &Isolation,
) -> Vec<Chain> {
    let mut found = Vec::new();
    for field in model.columns().filter(|field| !field.is_list()) {
        if model.is_foreign_key(field.id) || model.is_id(field.id) {
            continue;
        }
        let configured = settings
            .owner_keys
            .value
            .iter()
            .any(|key| *key == field.name);
        let root = roots
            .iter()
            .filter(|root| root.kind == RootKind::Identity || !configured)
            .find(|root| configured || names_key_of(&keys.datamodel[root.model], field));
        let known = keys.bare.iter().filter(|key| key.column == field.id);
        let known = known.filter(|_| !is_audit(&field.name));
        let mut known = known.filter_map(|key| roots.iter().find(|root| root.model == key.target));
        let root = root.or_else(|| known.next());
        if let Some(root) = root {
            found.push(Chain {
                relations: Vec::new(),
                key: Some(field.id),
                root: root.model,
                required: field.is_required(),
            });
        }
    }
    found
}

fn names_key_of(root: &Model, field: &Field) -> bool {
    let name = singular(&field.name);
    let root_name = singular(&root.name);
    if name == format!("{root_name}id") || name == format!("{root_name}uid") {
        return true;
    }
    // `AuthUser`: other tables call its rows users.
    let key = || root.columns().find(|one| root.is_id(one.id));
    let alike = |key: &Field| {
        key.scalar() == field.scalar()
            && key.native_type.as_ref().map(|one| &one.name)
                == field.native_type.as_ref().map(|one| &one.name)
    };
    if root_name.ends_with("user") && name == "userid" && key().is_some_and(alike) {
        return true;
    }
    root.unique_criteria().any(|key| {
        matches!(key.columns.as_slice(), [column]
            if column.name == field.name && column.name != "id" && is_key_name(&column.name))
    })
}

/// `uid`, `clerkUserId`: names of keys, not of emails and phone numbers.
fn is_key_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with("id") && lower.len() > 2
}

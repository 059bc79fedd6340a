//! Groups whose members the code asks for: where one endpoint looks up whether who asks is in the
//! group that the client names, rows of the group are meant for those who are in it.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_flow::scope::{Leaf, Origin, Reached, Verdict, leaves, origins, verdict};
use snell_prisma::{FieldId, Model};
use snell_project::{
    client::CallId,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{entries::Entry, exposure::Fault, reach, tenant},
};

/// Where endpoints ask whether somebody is in a group, one call for each kind of group.
#[derive(Debug, Default)]
pub(super) struct Members(BTreeMap<ModelRef, CallId>);

impl Members {
    /// Notes a query of an endpoint.
    pub(super) fn add(&mut self, context: &Context<'_>, entry: &Entry<'_>, reached: &Reached<'_>) {
        if let Some(group) = asked(context, entry, reached) {
            self.0.entry(group).or_insert(reached.query.call);
        }
    }

    /// Where it is asked who is in such a group.
    pub(super) fn of(&self, group: ModelRef) -> Option<CallId> {
        self.0.get(&group).copied()
    }
}

/// The group that the client names, where an endpoint goes on for those alone who are in it.
fn asked(context: &Context<'_>, entry: &Entry<'_>, reached: &Reached<'_>) -> Option<ModelRef> {
    let project = context.project;
    if !entry.is_open_to_every_user() || entry.limited {
        return None;
    }
    let model = project.calls.get(reached.query.call).model()?;
    let declared = project.schemas.model(model);
    let memberships = memberships(context, model, declared);
    if memberships.is_empty() || verdict(project, reached, reached.trust()) != Verdict::Scoped {
        return None;
    }
    let filter = reached
        .query
        .arguments
        .first()?
        .as_object()?
        .entries
        .get("where")?;
    let leaves = leaves(&filter.value)?;
    let names = |leaf: &Leaf<'_>, column: FieldId| {
        let field = leaf.path.last().and_then(|name| declared.field(name));
        !leaf.weak && !leaf.negated && field.is_some_and(|field| field.id == column)
    };
    memberships.into_iter().find_map(|membership| {
        let person = leaves
            .iter()
            .any(|leaf| names(leaf, membership.person) && is_who_asks(leaf));
        let named = leaves
            .iter()
            .any(|leaf| names(leaf, membership.group) && is_turned_away(entry, leaf));
        (person && named).then_some(membership.of)
    })
}

/// A row that says of one person that they are in one group.
struct Membership {
    of: ModelRef,
    /// The columns that name both.
    group: FieldId,
    person: FieldId,
}

/// The groups that a row of the model puts a person into, once each.
fn memberships(context: &Context<'_>, model: ModelRef, declared: &Model) -> Vec<Membership> {
    let owners = &context.project.owners;
    let named = |kind: RootKind| {
        let required = declared
            .relation_fields()
            .filter(|field| field.is_required());
        let sides = required.filter_map(|field| field.relation());
        let keys = sides.filter_map(move |side| match side.fields.as_slice() {
            [column] => Some((
                ModelRef {
                    schema: model.schema,
                    model: side.target,
                },
                *column,
            )),
            _ => None,
        });
        keys.filter(move |(target, _)| *owners.of(*target) == Ownership::Root(kind))
    };
    let once = |group: FieldId, person: FieldId| {
        declared.unique_criteria().any(|key| {
            let has = |column: FieldId| key.columns.iter().any(|one| one.field == Some(column));
            has(group) && has(person)
        })
    };
    let groups = named(RootKind::Tenant);
    groups
        .filter_map(|(of, group)| {
            let (_, person) = named(RootKind::Identity).find(|(_, person)| once(group, *person))?;
            Some(Membership { of, group, person })
        })
        .collect()
}

fn is_who_asks(leaf: &Leaf<'_>) -> bool {
    let mut found = false;
    origins(leaf.value, &mut |origin| {
        found |= matches!(origin, Origin::Identity(_));
    });
    found
}

/// Whether a condition names what the client sent, or the row that it leads to, and the endpoint turns
/// away who is not found.
fn is_turned_away(entry: &Entry<'_>, leaf: &Leaf<'_>) -> bool {
    let trust = entry.walk.trust();
    let mut found = false;
    origins(leaf.value, &mut |origin| match origin {
        Origin::Client(key) => found |= trust.holds(&key),
        Origin::Row(row, _) => found |= trust.is_row_in_scope(row),
        _ => {}
    });
    found
}

/// The group whose rows a fault reaches, where nothing else says whose they are.
pub(super) fn group(context: &Context<'_>, model: ModelRef, fault: &Fault) -> Option<ModelRef> {
    let parent = |field: &SmolStr| {
        let parent = reach::parent(context, model, field);
        parent.filter(|parent| tenant::is_tenant(context, *parent))
    };
    match fault {
        Fault::Owner(keyed) => parent(&keyed.field),
        Fault::Write(_) | Fault::Read(_) => {
            let Ownership::Owned(chains) = context.project.owners.of(model) else {
                return None;
            };
            let mut roots = chains
                .iter()
                .filter(|chain| chain.required)
                .map(|chain| ModelRef {
                    schema: model.schema,
                    model: chain.root,
                });
            let first = roots
                .next()
                .filter(|root| tenant::is_tenant(context, *root))?;
            roots.all(|root| root == first).then_some(first)
        }
        _ => None,
    }
}

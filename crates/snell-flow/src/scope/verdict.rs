//! The verdict of one query.

use smol_str::SmolStr;
use snell_prisma::{Field, Index, Model};
use snell_project::{
    Project,
    client::{ClientCall, Operation},
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::Confidence;

use super::{
    Key, Leaf, Origin, Reached, Trust, context,
    filter::certain_leaves,
    inside::is_checked_inside,
    leaves,
    opened::{is_handed_round, opened_by},
    origins,
    passed::{is_of_client, is_sent, overruled, passed_on},
    trust::filter_of,
};
use crate::{
    fact::Fact,
    value::{RowOrigin, Value},
};

/// Whose rows a query reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Constrained to who asks.
    Scoped,
    /// Keyed by a row that was itself obtained in scope.
    ScopedByParent,
    /// Keyed by what a check before tied to who asks.
    CheckedBefore,
    /// The model has no owner.
    NotOwned,
    /// Filtered by an owner's key that the client sent.
    OwnerFromClient(Keyed),
    /// Keyed by what the client sent, alone.
    ClientKeyOnly(Keyed),
    /// By nothing that says whose the rows are.
    Unfiltered,
    /// Could not be decided.
    Unknown,
}

/// How a client keys a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// The fields that are compared: `id`, `session.id`.
    pub field: SmolStr,
    /// What the client sent.
    pub key: Key,
    /// Whether it names one row (or a list of them) rather than those of a parent.
    pub by_unique: bool,
}

/// The verdict of a query, as far as what holds before it says.
#[must_use]
pub fn verdict(project: &Project, reached: &Reached<'_>, trust: &Trust<'_>) -> Verdict {
    let call = project.calls.get(reached.query.call);
    let Some(model) = call.model() else {
        return Verdict::Unknown;
    };
    if *project.owners.of(model) == Ownership::Global {
        return Verdict::NotOwned;
    }
    if call.client.scoping {
        return Verdict::Scoped;
    }
    if let Some(decided) = context::verdict(project, model, reached, trust) {
        return decided;
    }
    let Some(arguments) = reached.query.arguments.first() else {
        return if call.operation.is_create() {
            Verdict::Unknown
        } else {
            Verdict::Unfiltered
        };
    };
    if is_checked_inside(arguments, trust) {
        return Verdict::CheckedBefore;
    }
    let known = arguments
        .as_object()
        .is_some_and(|object| object.spreads.is_empty());
    if !known || call.client.amending || call.confidence == Confidence::Possible {
        return Verdict::Unknown;
    }
    let Some(filter) = filter_of(arguments) else {
        return Verdict::Unfiltered;
    };
    let Some(leaves) = leaves(filter) else {
        return Verdict::Unknown;
    };
    by_leaves(project, call, model, &leaves, trust, &reached.facts)
}

fn by_leaves(
    project: &Project,
    call: &ClientCall,
    model: ModelRef,
    leaves: &[Leaf<'_>],
    trust: &Trust<'_>,
    facts: &[Fact],
) -> Verdict {
    let names = Names {
        project,
        model,
        declared: project.schemas.model(model),
    };
    let mut best: Option<Verdict> = None;
    let mut unknown = false;
    let mut rows = false;
    let mut checked = false;
    let (mut claim, mut overruling) = (None, None);
    // Rows whose key the client names, and those by other columns of which is asked.
    let (mut named, mut narrowing): (Vec<RowOrigin>, Vec<RowOrigin>) = Default::default();
    let mut keyed: Vec<(&Leaf<'_>, Key)> = Vec::new();
    for leaf in leaves {
        let mut sent = |leaf, key| match trust.holds(&key) {
            true => checked = true,
            false => keyed.push((leaf, key)),
        };
        let by_unique = call.operation == Operation::Upsert && names.is_unique(&leaf.path, call);
        let mut look = |origin: Origin<'_>| match origin {
            Origin::Identity(_) => best = Some(Verdict::Scoped),
            Origin::Row(row, _) if trust.is_row_in_scope(row) => {
                best.get_or_insert(Verdict::ScopedByParent);
            }
            Origin::Row(row, path) => match passed_on(project, row, &path, facts) {
                Some(key) => {
                    named.push(row.clone());
                    sent(leaf, key);
                }
                None => {
                    match is_of_client(row) {
                        true => narrowing.push(row.clone()),
                        false => rows = true,
                    }
                    if claim.is_none() {
                        claim = claimed(project, row, facts, trust);
                    }
                }
            },
            Origin::Client(key) => sent(leaf, key),
            Origin::Constant => {}
            Origin::Unknown | Origin::Result(_) | Origin::Program => unknown = true,
        };
        if let Some(keyed) = overruling_key(&names, call, leaf, trust) {
            overruling.get_or_insert(keyed);
            continue;
        }
        match leaf.value {
            // `id: sent || make()`: with a key that is made, no row is there yet.
            Value::OneOf(choices) if by_unique && choices.iter().any(|c| is_sent(&c.value)) => {
                let sent = choices.iter().filter(|c| is_sent(&c.value));
                sent.for_each(|choice| origins(&choice.value, &mut look));
            }
            value => origins(value, &mut look),
        }
    }
    if checked {
        best.get_or_insert(Verdict::CheckedBefore);
    }
    if let Some(best) = best {
        return best;
    }
    let opens = keyed.iter().any(|(_, key)| is_handed_round(key)) || leaves.iter().any(opened_by);
    if let Some(overruling) = overruling {
        return match unknown || opens {
            true => Verdict::Unknown,
            false => Verdict::OwnerFromClient(overruling),
        };
    }
    if let Some(claim) = claim.filter(|_| !unknown && !opens) {
        return Verdict::OwnerFromClient(claim);
    }
    if unknown || rows || opens {
        return Verdict::Unknown;
    }
    let narrowed = narrowing.iter().any(|row| !named.contains(row));
    by_keys(&names, call, keyed, narrowed)
}

/// `userId: sent ?? who`: whoever sends another's key reaches the rows of that one.
fn overruling_key(
    names: &Names<'_>,
    call: &ClientCall,
    leaf: &Leaf<'_>,
    trust: &Trust<'_>,
) -> Option<Keyed> {
    let Value::OneOf(choices) = leaf.value else {
        return None;
    };
    if leaf.weak || !names.is_owner_key(&leaf.path) {
        return None;
    }
    Some(Keyed {
        field: leaf.path.join(".").into(),
        by_unique: names.is_unique(&leaf.path, call),
        key: overruled(choices, trust)?,
    })
}

/// What the keys that the client sent amount to, when nothing else of a filter says whose rows they are.
fn by_keys(
    names: &Names<'_>,
    call: &ClientCall,
    keyed: Vec<(&Leaf<'_>, Key)>,
    narrowed: bool,
) -> Verdict {
    let (mut from_owner, mut found) = (None, None);
    for (leaf, key) in keyed.into_iter().filter(|(leaf, _)| !leaf.weak) {
        let by_unique = names.is_unique(&leaf.path, call);
        let keyed = Keyed {
            field: leaf.path.join(".").into(),
            key,
            by_unique,
        };
        if names.is_owner_key(&leaf.path) {
            from_owner.get_or_insert_with(|| keyed.clone());
        }
        if by_unique || names.is_parent(&leaf.path) {
            found.get_or_insert(keyed);
        }
    }
    match (from_owner, found) {
        (None, _) if narrowed => Verdict::Unknown,
        (Some(keyed), _) => Verdict::OwnerFromClient(keyed),
        (None, Some(keyed)) => Verdict::ClientKeyOnly(keyed),
        (None, None) => Verdict::Unfiltered,
    }
}

/// What the client sent when what holds compares the row's owner with that:
/// whoever knows an owner's key passes.
#[must_use]
pub fn claimed(
    project: &Project,
    row: &RowOrigin,
    facts: &[Fact],
    trust: &Trust<'_>,
) -> Option<Keyed> {
    let model = project.calls.get(row.call).model()?;
    let names = Names {
        project,
        model,
        declared: project.schemas.model(model),
    };
    let owner = |value: &Value| {
        let mut found = None;
        origins(value, &mut |origin| match origin {
            Origin::Row(other, path) if other == row && names.is_owner_key(&path) => {
                found = Some(path);
            }
            _ => {}
        });
        found
    };
    let sent = |value: &Value| {
        let (mut sent, mut others) = (None, false);
        origins(value, &mut |origin| match origin {
            Origin::Client(key) if !trust.holds(&key) => sent = Some(key),
            _ => others = true,
        });
        sent.filter(|_| !others)
    };
    facts.iter().find_map(|fact| {
        let Fact::Equal(a, b) = fact else { return None };
        let (path, key) = match (owner(a), owner(b)) {
            (Some(path), None) => (path, sent(b)?),
            (None, Some(path)) => (path, sent(a)?),
            _ => return None,
        };
        Some(Keyed {
            field: path.join(".").into(),
            key,
            by_unique: false,
        })
    })
}

/// The owner that the client names in a condition of which not all is known, where it is
/// sure that nothing of the rest can be who asks.
#[must_use]
pub fn owner_named(project: &Project, reached: &Reached<'_>, trust: &Trust<'_>) -> Option<Keyed> {
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let filter = filter_of(reached.query.arguments.first()?)?;
    let names = Names {
        project,
        model,
        declared: project.schemas.model(model),
    };
    let all = certain_leaves(filter);
    if all.iter().any(opened_by) {
        return None;
    }
    all.iter().find_map(|leaf| {
        let mut sent = None;
        let mut other = !names.is_owner_key(&leaf.path);
        origins(leaf.value, &mut |origin| match origin {
            Origin::Client(key) if !trust.holds(&key) => sent = Some(key),
            _ => other = true,
        });
        sent.filter(|_| !other).map(|key| Keyed {
            field: leaf.path.join(".").into(),
            key,
            by_unique: false,
        })
    })
}

struct Names<'a> {
    project: &'a Project,
    model: ModelRef,
    declared: &'a Model,
}

impl Names<'_> {
    /// The field at the end of a path, and the model that holds it.
    fn field(&self, path: &[SmolStr]) -> Option<(&Model, &Field)> {
        let datamodel = &self.project.schemas.get(self.model.schema).datamodel;
        let mut at = self.declared;
        for (n, name) in path.iter().enumerate() {
            if let Some(key) = at.unique_criterion(name)
                && key.columns.len() > 1
            {
                let column = path.get(n + 1)?;
                return Some((at, at.field(column)?));
            }
            let field = at.field(name)?;
            match datamodel.target(field) {
                Some(target) => at = target,
                None => return Some((at, field)),
            }
        }
        None
    }

    /// Whether the path names rows of the model itself.
    fn is_unique(&self, path: &[SmolStr], call: &ClientCall) -> bool {
        let Some((holder, field)) = self.field(path) else {
            return false;
        };
        holder.id == self.declared.id
            && (holder.is_id(field.id)
                || holder.is_unique(field.id)
                || (call.operation.is_by_unique()
                    && holder
                        .unique_criteria()
                        .any(|key: &Index| key.columns.iter().any(|c| c.field == Some(field.id)))))
    }

    /// Whether the path names the rows of an owned parent.
    fn is_parent(&self, path: &[SmolStr]) -> bool {
        let datamodel = &self.project.schemas.get(self.model.schema).datamodel;
        let Some((holder, field)) = self.field(path) else {
            return false;
        };
        if holder.id != self.declared.id {
            return holder.is_id(field.id);
        }
        holder.relation_fields().any(|relation| {
            relation
                .relation()
                .is_some_and(|side| side.fields.contains(&field.id))
                && datamodel.target(relation).is_some_and(|target| {
                    matches!(
                        self.project.owners.graph(self.model.schema).of(target.id),
                        Ownership::Owned(_)
                    )
                })
        })
    }

    /// Whether the path names the owner itself.
    fn is_owner_key(&self, path: &[SmolStr]) -> bool {
        let Some((_, field)) = self.field(path) else {
            return false;
        };
        match self.project.owners.of(self.model) {
            Ownership::Owned(chains) => chains.iter().any(|chain| {
                chain.key == Some(field.id)
                    || self.project.schemas.get(self.model.schema).datamodel[chain.root].id
                        == field.id.model
            }),
            _ => false,
        }
    }
}

/// Whether what is written takes rows over: a key of `data` that is who asks.
#[must_use]
pub fn takes_over(arguments: &Value) -> bool {
    let data = arguments
        .as_object()
        .and_then(|object| object.entries.get("data"))
        .and_then(|entry| entry.value.as_object());
    data.is_some_and(|data| {
        data.entries.values().any(|entry| {
            let mut identity = false;
            origins(&entry.value, &mut |origin| {
                identity |= matches!(origin, Origin::Identity(_));
            });
            identity
        })
    })
}

//! Owners whom the client names for a row: by what it is compared with, or by what it is looked for with.

use snell_project::{Project, client::ClientCall};

use super::{
    Keyed, Origin, Trust, Way, leaves,
    names::Names,
    opened::opened_by,
    origins,
    passed::{asks_of_row, is_of_client},
    trust::filter_of,
};
use crate::{
    fact::Fact,
    facts::Facts,
    value::{RowOrigin, Value},
};

/// What the client sent when what holds compares the row's owner with that:
/// whoever knows an owner's key passes.
#[must_use]
pub fn claimed(project: &Project, row: &RowOrigin, facts: &Facts, trust: &Trust) -> Option<Keyed> {
    let model = project.calls.get(row.call).model()?;
    let names = Names {
        project,
        model,
        declared: project.schemas.model(model),
    };
    let owner = |value: &Value| {
        let mut found = None;
        origins(value, &mut |origin| match origin {
            Origin::Row(other, path) if other == row => {
                let path = path.names();
                if names.is_owner_key(&path) {
                    found = Some(path);
                }
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

/// The owner's key that the client sent, where a row that was found by that is changed by its own: nothing but that key says
/// whose it is.
pub(super) fn found_by_owner(
    names: &Names<'_>,
    call: &ClientCall,
    (row, path): (&RowOrigin, Way<'_>),
    facts: &Facts,
    trust: &Trust,
) -> Option<Keyed> {
    let changes = call.operation.is_write() && !call.operation.is_create();
    let own = names.project.calls.get(row.call).model() == Some(names.model);
    if !changes || !own || !names.is_unique(&path.names(), call) || !is_of_client(row) {
        return None;
    }
    let leaves = leaves(filter_of(&row.arguments)?)?;
    if leaves.iter().any(|leaf| opened_by(leaf, changes)) || asks_of_row(names.project, facts, row)
    {
        return None;
    }
    let mut owners = leaves
        .iter()
        .filter(|leaf| leaf.always && !leaf.weak && names.is_owner_key(&leaf.path));
    owners.find_map(|leaf| {
        let mut sent = None;
        origins(leaf.value, &mut |origin| {
            if let Origin::Client(key) = origin {
                sent = Some(key);
            }
        });
        sent.filter(|key| !trust.holds(key)).map(|key| Keyed {
            field: leaf.path.join(".").into(),
            key,
            by_unique: false,
        })
    })
}

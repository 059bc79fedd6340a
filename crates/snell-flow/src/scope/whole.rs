//! Conditions, and whole arguments, that the client sends as they are, and what binds them all the same.

use snell_project::{
    Project,
    client::{ClientCall, Operation},
};

use super::{
    Key, Keyed, Origin, Trust, Verdict, content::is_content_of_row, filter::bound_leaves, origins,
};
use crate::value::{Root, Value};

/// What a condition that is not known as a whole is bound by: `{ ...args.where, ownerId: user.id }`.
pub(super) fn bound(project: &Project, filter: &Value, trust: &Trust) -> Option<Verdict> {
    let mut found = None;
    for leaf in bound_leaves(filter).iter().filter(|leaf| !leaf.negated) {
        origins(leaf.value, &mut |origin| match origin {
            Origin::Identity(_) => found = Some(Verdict::Scoped),
            Origin::Row(row, path)
                if trust.is_row_in_scope(row)
                    && !is_content_of_row(project, row, &path.names()) =>
            {
                found.get_or_insert(Verdict::ScopedByParent);
            }
            _ => {}
        });
    }
    found
}

/// What the client sent, where that is all that a query is handed: `findMany(args)`.
pub(super) fn sent_whole(call: &ClientCall, arguments: &Value) -> Option<Key> {
    let whole = match arguments {
        Value::Object(object) if object.entries.contains_key("where") => return None,
        Value::Object(object) => match object.spreads.as_slice() {
            [spread] => spread,
            _ => return None,
        },
        whole => whole,
    };
    match call.operation.is_create() {
        true => None,
        false => sent_by_client(whole),
    }
}

/// What the client sent, where that is all that names the row of a query: `findUnique({ where: params })`.
pub(super) fn row_sent_whole(call: &ClientCall, filter: &Value) -> Option<Key> {
    let whole = match filter {
        Value::Object(object) => match object.spreads.as_slice() {
            [spread] if object.entries.is_empty() => spread,
            _ => return None,
        },
        whole => whole,
    };
    match call.operation.is_by_unique() && call.operation != Operation::Upsert {
        true => sent_by_client(whole),
        false => None,
    }
}

fn sent_by_client(whole: &Value) -> Option<Key> {
    let Value::Opaque(opaque) = whole else {
        return None;
    };
    let (Root::ClientInput(..) | Root::Parsed(_)) = opaque.root else {
        return None;
    };
    let mut found = None;
    origins(whole, &mut |origin| {
        if let Origin::Client(key) = origin {
            found = Some(key);
        }
    });
    found
}

/// Whose rows a query reaches whose condition the client writes.
pub(super) fn by_sent_whole(call: &ClientCall, mut sent: Key) -> Verdict {
    if !call.operation.is_by_unique() {
        return Verdict::Unfiltered;
    }
    sent.path.push("where".into());
    Verdict::ClientKeyOnly(Keyed {
        field: "where".into(),
        key: sent,
        by_unique: true,
    })
}

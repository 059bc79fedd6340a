//! Whom a token is for.

use snell_flow::{
    RowOrigin, Value,
    scope::{Key, Origin, origins},
};
use snell_project::{
    client::{CallId, Operation},
    module::ExpressionRef,
    ownership::{Ownership, RootKind},
};

use super::walk::{Signed, is_proof};
use crate::rule::Context;

/// Who a token is for, where the client alone says so.
pub(super) struct Subject {
    /// What the client sends.
    pub(super) key: String,
    /// The query that found the row by it.
    pub(super) row: Option<CallId>,
    /// The call that took it out of a token that nobody verified.
    pub(super) decoded: Option<ExpressionRef>,
}

/// The properties of a token that say whose it is.
const NAMES: [&str; 12] = [
    "sub",
    "userid",
    "user_id",
    "uid",
    "id",
    "user",
    "email",
    "username",
    "accountid",
    "phone",
    "memberid",
    "login",
];

/// Words in the names of what the client sends when it names a person.
const PEOPLE: [&str; 11] = [
    "user", "account", "member", "email", "login", "phone", "mobile", "employee", "customer",
    "admin", "person",
];

/// Changes of what was found that are followed.
const DEPTH: u32 = 4;

/// Whom a token is for, when nothing but the client says so.
pub(super) fn subject(context: &Context<'_>, signed: &Signed<'_>) -> Option<Subject> {
    let payload = signed.payload.as_object()?;
    payload
        .entries
        .iter()
        .filter(|(name, _)| NAMES.contains(&name.to_ascii_lowercase().as_str()))
        .find_map(|(_, entry)| {
            of_token(signed, &entry.value).or_else(|| of_value(context, &entry.value))
        })
}

/// What a token says that the client sent and nobody verified.
fn of_token(signed: &Signed<'_>, value: &Value) -> Option<Subject> {
    let (mut decoded, mut others) = (None, false);
    origins(value, &mut |origin| match origin {
        Origin::Result(at) => decoded = Some(at),
        _ => others = true,
    });
    let at = decoded.filter(|_| !others)?;
    let (_, token) = signed.decoded.iter().find(|(call, _)| *call == at)?;
    let (mut sent, mut others) = (None, false);
    origins(token, &mut |origin| match origin {
        Origin::Client(key) => sent = Some(key),
        Origin::Constant => {}
        _ => others = true,
    });
    let key = sent.filter(|_| !others)?;
    Some(Subject {
        key: key.text(),
        row: None,
        decoded: Some(at),
    })
}

fn of_value(context: &Context<'_>, value: &Value) -> Option<Subject> {
    let mut keys: Vec<Key> = Vec::new();
    let mut rows = Vec::new();
    let mut other = false;
    origins(value, &mut |origin| match origin {
        Origin::Client(key) => keys.push(key),
        Origin::Row(row, _) => rows.push(row),
        _ => other = true,
    });
    match (keys.as_slice(), rows.as_slice()) {
        _ if other => None,
        ([key], []) => names_person(key).then(|| Subject {
            key: key.text(),
            row: None,
            decoded: None,
        }),
        // Where it is made on one way and found on another, whoever is found is somebody else.
        ([], rows) => {
            let found = rows.iter().map(|row| found(context, row, DEPTH));
            let found: Vec<Found> = found.collect::<Option<_>>()?;
            found.into_iter().find_map(|found| match found {
                Found::By(key, row) => Some(Subject {
                    key: key.text(),
                    row: Some(row),
                    decoded: None,
                }),
                Found::Made => None,
            })
        }
        _ => None,
    }
}

/// How a row of a person came to be there.
enum Found {
    /// It was looked up by what the client sent, and that proves nothing.
    By(Key, CallId),
    /// The same request made it.
    Made,
}

/// How the row of a person came to be there; `None` where something else may say whose it is.
fn found(context: &Context<'_>, row: &RowOrigin, depth: u32) -> Option<Found> {
    let depth = depth.checked_sub(1)?;
    let call = context.project.calls.get(row.call);
    let person = call.model().is_some_and(|model| {
        *context.project.owners.of(model) == Ownership::Root(RootKind::Identity)
    });
    if !person {
        return None;
    }
    if call.operation.is_create() {
        return Some(Found::Made);
    }
    let filter = &row.arguments.as_object()?.entries.get("where")?.value;
    let mut by: Vec<Key> = Vec::new();
    let mut rows = Vec::new();
    let mut proven = false;
    origins(filter, &mut |origin| match origin {
        Origin::Client(key) => by.push(key),
        // What was found before is changed.
        Origin::Row(row, _) => rows.push(row),
        Origin::Constant => {}
        _ => proven = true,
    });
    match (by.as_slice(), rows.as_slice()) {
        _ if proven => None,
        ([], [row]) => found(context, row, depth),
        ([key, ..], []) => {
            let plain = !by.iter().any(is_proof) && !names_secret(filter);
            let gives = call.operation.gives_rows()
                && (!call.operation.is_write() || call.operation == Operation::Upsert);
            (plain && gives).then(|| Found::By(key.clone(), row.call))
        }
        _ => None,
    }
}

fn names_person(key: &Key) -> bool {
    let last = key.path.last().map(|name| name.to_ascii_lowercase());
    last.is_some_and(|name| PEOPLE.iter().any(|word| name.contains(word)))
}

/// Whether a column by which a row is looked up is one that only its owner knows.
fn names_secret(filter: &Value) -> bool {
    let Some(filter) = filter.as_object() else {
        return true;
    };
    filter.entries.keys().any(|name| {
        let lower = name.to_ascii_lowercase();
        ["token", "code", "secret", "hash", "otp", "key", "password"]
            .iter()
            .any(|word| lower.contains(word))
    })
}

//! Keys that a client names, handed on through a row: what is looked up by
//! `id` and used by `row.id` is named by the client all the same.

use smol_str::SmolStr;
use snell_prisma::{Field, Model, ScalarType};
use snell_project::{
    Project,
    client::Operation,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use super::{
    Key, Origin, Trust,
    content::{is_content, names_key},
    leaves,
    opened::is_openness,
    opens, origins,
    trust::filter_of,
};
use crate::{
    fact::Fact,
    facts::Facts,
    value::{Choice, RowOrigin, Value},
};

/// What the client sent when `path` of the row is nothing but that: the key by
/// which the one row was looked up, when only the client says which it is, and
/// nothing else was asked of the row.
#[must_use]
pub fn passed_on(
    project: &Project,
    row: &RowOrigin,
    path: &[SmolStr],
    facts: &Facts,
) -> Option<Key> {
    let model = project.calls.get(row.call).model()?;
    let [name] = path else { return None };
    is_key(project.schemas.model(model), name).then_some(())?;
    let model = owned(project, project.calls.get(row.call).model()?)?;
    let asked = asks_of_row(project, facts, row);
    named_by(project, model, row).filter(|_| !asked)
}

/// The same, when `path` leads to the key of another row that somebody owns: the one that the row
/// belongs to (`part.noteId`), or one that came along with it (`note.parts[0].id`).
#[must_use]
pub(super) fn passed_beyond(
    project: &Project,
    row: &RowOrigin,
    path: &[SmolStr],
    facts: &Facts,
) -> Option<Key> {
    let model = project.calls.get(row.call).model()?;
    let declared = project.schemas.model(model);
    let leads = match path {
        [column] => refers(project, model, column),
        [relation, key] => {
            let side = declared.field(relation).and_then(Field::relation)?;
            let target = ModelRef {
                schema: model.schema,
                model: side.target,
            };
            let rows = project.schemas.model(target);
            let owned = matches!(project.owners.of(target), Ownership::Owned(_));
            owned && rows.field(key).is_some_and(|field| rows.is_id(field.id))
        }
        _ => false,
    };
    // Of a person it is what came along with them: `user.wallet.id`.
    let person = || *project.owners.of(model) == Ownership::Root(RootKind::Identity);
    let known = owned(project, model).or_else(|| (path.len() == 2 && person()).then_some(model))?;
    // That it came along is no more than that it is there.
    let came = |fact: &&Fact| {
        !path
            .first()
            .is_some_and(|relation| is_there(fact, row, relation))
    };
    let asked = asks_of_row(project, facts.iter().filter(came), row);
    (leads && !asked)
        .then(|| named_by(project, known, row))
        .flatten()
}

/// The model, when its rows belong to somebody.
fn owned(project: &Project, model: ModelRef) -> Option<ModelRef> {
    matches!(project.owners.of(model), Ownership::Owned(_)).then_some(model)
}

/// Whether a fact is that a relation of a row leads to another.
fn is_there(fact: &Fact, row: &RowOrigin, relation: &SmolStr) -> bool {
    let Fact::Truthy(value) = fact else {
        return false;
    };
    let (mut there, mut other) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Row(of, path)
            if of == row && path.names().as_slice() == std::slice::from_ref(relation) =>
        {
            there = true;
        }
        _ => other = true,
    });
    there && !other
}

fn is_key(model: &Model, name: &SmolStr) -> bool {
    let field = model.field(name);
    field.is_some_and(|field| model.is_id(field.id) || model.is_unique(field.id))
}

/// The key by which the client alone names the one row.
fn named_by(project: &Project, model: ModelRef, row: &RowOrigin) -> Option<Key> {
    let call = project.calls.get(row.call);
    let gives_back = matches!(
        call.operation,
        Operation::FindUnique
            | Operation::FindUniqueOrThrow
            | Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::FindMany
            | Operation::Update
            | Operation::Upsert
    );
    let many = call.operation == Operation::FindMany;
    if !gives_back {
        return None;
    }
    let declared = project.schemas.model(model);
    let mut keys = Vec::new();
    for leaf in leaves(filter_of(&row.arguments)?)? {
        let column = leaf.path.last()?;
        // Those of a parent that the client names are named by it one and all.
        let of_parent = many && refers(project, model, column);
        let names_row =
            leaf.path.len() == 1 && !leaf.weak && (is_key(declared, column) || of_parent);
        let mut others = opens(column);
        origins(leaf.value, &mut |origin| match origin {
            Origin::Client(key) if names_row => keys.push(key),
            Origin::Client(_) | Origin::Constant => {}
            _ => others = true,
        });
        if others {
            return None;
        }
    }
    let only = keys.pop()?;
    keys.is_empty().then_some(only)
}

/// Whether a column is the key of a row that somebody owns.
fn refers(project: &Project, model: ModelRef, column: &SmolStr) -> bool {
    let declared = project.schemas.model(model);
    let Some(column) = declared.field(column) else {
        return false;
    };
    let mut sides = declared.relation_fields().filter_map(Field::relation);
    sides.any(|side| {
        let target = ModelRef {
            schema: model.schema,
            model: side.target,
        };
        side.fields.as_slice() == [column.id]
            && matches!(project.owners.of(target), Ownership::Owned(_))
    })
}

/// Whether a row was looked for by nothing but what the client sent and constants.
#[must_use]
pub(super) fn is_of_client(row: &RowOrigin) -> bool {
    let mut client = true;
    if let Some(filter) = filter_of(&row.arguments) {
        origins(filter, &mut |origin| {
            client &= match origin {
                Origin::Client(_) | Origin::Constant => true,
                Origin::Row(row, _) => is_of_client(row),
                _ => false,
            };
        });
    }
    client
}

fn is_count(path: &[SmolStr]) -> bool {
    matches!(path, [only] if only == "length")
}

/// Whether what holds asks something of the row itself that may say whom it is for: whether it is
/// public, whose it is, whether a secret of its is known. That a file or a text is there says nothing.
#[must_use]
pub fn asks_of_row<'f>(
    project: &Project,
    facts: impl IntoIterator<Item = &'f Fact>,
    row: &RowOrigin,
) -> bool {
    facts.into_iter().any(|fact| asks(project, fact, row))
}

fn asks(project: &Project, fact: &Fact, row: &RowOrigin) -> bool {
    let of_row = |value: &Value, presence: bool| {
        let mut found = false;
        origins(value, &mut |origin| {
            if let Origin::Row(other, path) = origin {
                // How many rows there are says nothing of one.
                let asks = !path.is_empty() && !is_count(&path.names());
                found |=
                    other == row && asks && !(presence && is_plain(project, row, &path.names()));
            }
        });
        found
    };
    let is_nothing = |value: &Value| matches!(value, Value::Undefined | Value::Null);
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => of_row(value, true),
        Fact::Equal(a, b) | Fact::Differ(a, b) => {
            let presence = is_nothing(a) || is_nothing(b);
            of_row(a, presence) || of_row(b, presence)
        }
        Fact::Member(a, b) => of_row(a, false) || of_row(b, false),
        Fact::OneOf(groups) => groups
            .iter()
            .any(|group| asks_of_row(project, group.iter(), row)),
    }
}

/// Whether a column is one of texts, numbers or times, and opens rows to nobody: that such a value
/// is there says nothing of who may see the row. The same of what stands in a document.
fn is_plain(project: &Project, row: &RowOrigin, path: &[SmolStr]) -> bool {
    let Some(model) = project.calls.get(row.call).model() else {
        return false;
    };
    let datamodel = &project.schemas.get(model.schema).datamodel;
    let mut holder = project.schemas.model(model);
    for (at, name) in path.iter().enumerate() {
        let Some(field) = holder.field(name) else {
            return false;
        };
        if let Some(target) = datamodel.target(field) {
            holder = target;
            continue;
        }
        let (column, inside) = path.split_at(at + 1);
        let plain = match field.scalar() {
            Some(ScalarType::Json) => !inside.is_empty() && inside.iter().all(says_nothing),
            Some(scalar) => scalar != ScalarType::Boolean && inside.is_empty(),
            None => false,
        };
        return plain && is_content(project, model, column) && !is_openness(name);
    }
    false
}

/// Whether the name of a part of a document says neither whose something is nor who may see it.
fn says_nothing(name: &SmolStr) -> bool {
    !is_openness(name) && !names_key(name)
}

/// The key by which the client overrules who asks, or a row of theirs, when nothing more is asked for than that it was sent.
#[must_use]
pub(super) fn overruled(choices: &[Choice], trust: &Trust) -> Option<Key> {
    if !choices.iter().any(|choice| trust.is_trusted(&choice.value)) {
        return None;
    }
    let plain = |fact: &Fact| {
        let mut plain = true;
        let mut look = |value: &Value| {
            origins(value, &mut |origin| {
                plain &= matches!(origin, Origin::Client(_) | Origin::Constant);
            });
        };
        match fact {
            Fact::Truthy(value) | Fact::Falsy(value) => look(value),
            Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
                look(a);
                look(b);
            }
            Fact::OneOf(_) => plain = false,
        }
        plain
    };
    let mut overruling = choices
        .iter()
        .filter(|choice| is_sent(&choice.value) && choice.facts.iter().all(plain));
    overruling.find_map(|choice| {
        let mut sent = None;
        origins(&choice.value, &mut |origin| {
            if let Origin::Client(key) = origin {
                sent = Some(key);
            }
        });
        sent.filter(|key| !trust.holds(key))
    })
}

/// Whether a value is what the client sent, and nothing else.
#[must_use]
pub(super) fn is_sent(value: &Value) -> bool {
    let (mut sent, mut others) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Client(_) => sent = true,
        _ => others = true,
    });
    sent && !others
}

//! Reads that show rows to others on purpose: with the name of their author, or
//! those alone that are said to be public.

use smol_str::SmolStr;
use snell_flow::{
    Fact, Facts, Literal, ObjectValue, Root, RowOrigin, Value,
    scope::{Key, Leaf, Origin, Reached, Walk, leaves, origins},
};
use snell_project::{
    client::Operation,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{people, tenant},
};

/// Words in the names of columns that say whether others may see a row.
const OPEN: [&str; 8] = [
    "public", "publish", "visib", "hidden", "listed", "approved", "featured", "private",
];

/// Words in the names of columns that say who somebody is to others.
const NAMES: [&str; 7] = [
    "name", "avatar", "image", "photo", "picture", "handle", "nick",
];

/// Words in the names of columns that nobody shows to others.
const PERSONAL: [&str; 6] = ["mail", "phone", "address", "birth", "password", "token"];

/// Whether a read shows rows of people to others on purpose.
pub(in crate::rules::isolation) fn shows(
    context: &Context<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> bool {
    let call = context.project.calls.get(reached.query.call);
    let Some(arguments) = reached.query.arguments.first().and_then(Value::as_object) else {
        return false;
    };
    // In a group, everybody sees who wrote what: that says nothing of other groups.
    if tenant::is_owned(context, model) || call.operation.is_write() {
        return false;
    }
    let list = call.operation == Operation::FindMany;
    list && with_author(context, arguments, model) || only_public(arguments)
}

/// `include: { user: { select: { id: true, name: true } } }`, or the same on the way to the owner.
pub(in crate::rules::isolation) fn with_author(
    context: &Context<'_>,
    arguments: &ObjectValue,
    model: ModelRef,
) -> bool {
    let declared = context.project.schemas.model(model);
    let selections = ["include", "select"].into_iter();
    let mut chosen = selections
        .filter_map(|key| arguments.entries.get(key))
        .filter_map(|entry| entry.value.as_object())
        .flat_map(|object| &object.entries);
    chosen.any(|(name, entry)| {
        let side = declared.field(name).and_then(snell_prisma::Field::relation);
        let (Some(side), Some(taken)) =
            (side.filter(|side| side.holds_key), entry.value.as_object())
        else {
            return false;
        };
        let target = ModelRef {
            schema: model.schema,
            model: side.target,
        };
        match context.project.owners.of(target) {
            Ownership::Root(RootKind::Identity) => {
                let columns = taken.entries.get("select");
                columns.is_some_and(|columns| columns.value.as_object().is_some_and(says_who))
            }
            Ownership::Owned(_) => with_author(context, taken, target),
            _ => false,
        }
    })
}

/// Whether a selection says who somebody is to others, and nothing personal.
fn says_who(columns: &ObjectValue) -> bool {
    let says = |words: &[&str]| {
        // When, or whether, an address was proved is none.
        let proved = |name: &&SmolStr| {
            name.ends_with("At")
                || name.ends_with("_at")
                || name.to_ascii_lowercase().contains("verified")
        };
        columns
            .entries
            .keys()
            .filter(|name| !proved(name))
            .any(|name| {
                let lower = name.to_ascii_lowercase();
                words.iter().any(|word| lower.contains(word))
            })
    };
    columns.spreads.is_empty() && says(&NAMES) && !says(&PERSONAL)
}

/// Whether an endpoint gives the person whom a key names back as others see them: their name and
/// picture. What it gives of them beside is a part of that profile.
pub(in crate::rules::isolation) fn is_profile(
    context: &Context<'_>,
    walk: &Walk<'_>,
    key: &Key,
) -> bool {
    walk.queries.iter().any(|reached| {
        let call = context.project.calls.get(reached.query.call);
        let one = call.operation.finds_rows() && call.operation != Operation::FindMany;
        let person = call
            .model()
            .is_some_and(|model| one && people::is_identity(context, model));
        let arguments = reached.query.arguments.first().and_then(Value::as_object);
        let Some(arguments) = arguments.filter(|_| person) else {
            return false;
        };
        let selected = arguments.entries.get("select");
        selected.is_some_and(|selected| selected.value.as_object().is_some_and(says_who))
            && is_named_by(arguments, key)
            && walk
                .escapes
                .iter()
                .any(|escape| escape.row.call == reached.query.call)
    })
}

/// Whether a condition names a row by what the client sent as this key.
fn is_named_by(arguments: &ObjectValue, key: &Key) -> bool {
    let filter = arguments.entries.get("where");
    let Some(leaves) = filter.and_then(|filter| leaves(&filter.value)) else {
        return false;
    };
    let mut sure = leaves.iter().filter(|leaf| !leaf.weak);
    sure.any(|leaf| is_sent_as(leaf, key))
}

/// `where: { isPublished: true }`, whosever the rows are.
fn only_public(arguments: &ObjectValue) -> bool {
    let filter = arguments.entries.get("where");
    let Some(leaves) = filter.and_then(|filter| leaves(&filter.value)) else {
        return false;
    };
    let mut open = false;
    for leaf in &leaves {
        let mut constant = true;
        let mut who = false;
        origins(leaf.value, &mut |origin| match origin {
            Origin::Constant => {}
            Origin::Identity(_) => who = true,
            _ => constant = false,
        });
        if who {
            return false;
        }
        open |= constant && says_open(leaf);
    }
    open
}

/// Whether a condition names a column that says whether others may see a row.
fn says_open(leaf: &Leaf<'_>) -> bool {
    let name = leaf.path.last().map(|name| name.to_ascii_lowercase());
    leaf.always && name.is_some_and(|name| OPEN.iter().any(|word| name.contains(word)))
}

/// What a kind of rows is called of which everybody may be a part.
const OPEN_KINDS: [&str; 2] = ["public", "open"];

/// Whether it holds that the row which a key names is there for everybody: it was looked up by that key together with
/// what opens rows to others (`type: 'PUBLIC'`), and found.
pub(in crate::rules::isolation) fn is_found_open(
    context: &Context<'_>,
    facts: &Facts,
    key: &Key,
    model: ModelRef,
) -> bool {
    let open = |row: &RowOrigin| {
        let arguments = row.arguments.as_object();
        let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
        let Some(leaves) = filter.and_then(|filter| leaves(&filter.value)) else {
            return false;
        };
        let named = leaves
            .iter()
            .any(|leaf| !leaf.weak && is_sent_as(leaf, key));
        let mut sure = leaves.iter().filter(|leaf| leaf.always && !leaf.weak);
        context.project.calls.get(row.call).model() == Some(model)
            && named
            && sure.any(|leaf| match leaf.value {
                Value::Literal(Literal::String(kind)) => {
                    OPEN_KINDS.contains(&kind.to_ascii_lowercase().as_str())
                }
                value => value.is_constant() && says_open(leaf),
            })
    };
    facts.iter().any(|fact| match fact {
        Fact::Truthy(Value::Opaque(found)) => {
            matches!(&found.root, Root::Row(row) if found.path.is_empty() && open(row))
        }
        _ => false,
    })
}

/// Whether a condition compares with what the client sent as this key.
fn is_sent_as(leaf: &Leaf<'_>, key: &Key) -> bool {
    let mut named = false;
    origins(leaf.value, &mut |origin| {
        named |= matches!(&origin, Origin::Client(sent) if sent == key);
    });
    named
}

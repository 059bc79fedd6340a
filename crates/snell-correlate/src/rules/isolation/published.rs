//! Reads that show rows to others on purpose: with the name of their author, or
//! those alone that are said to be public.

use snell_flow::{
    Value,
    scope::{Origin, Reached, leaves, origins},
};
use snell_project::{
    client::Operation,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use super::tenant;
use crate::rule::Context;

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
pub(super) fn shows(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> bool {
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

/// `include: { user: { select: { id: true, name: true } } }`
fn with_author(
    context: &Context<'_>,
    arguments: &snell_flow::ObjectValue,
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
        let of_person = side.is_some_and(|side| {
            let target = ModelRef {
                schema: model.schema,
                model: side.target,
            };
            side.holds_key
                && *context.project.owners.of(target) == Ownership::Root(RootKind::Identity)
        });
        let columns = entry.value.as_object();
        let columns = columns.and_then(|object| object.entries.get("select")?.value.as_object());
        of_person
            && columns.is_some_and(|columns| {
                let says = |words: &[&str]| {
                    columns.entries.keys().any(|name| {
                        let lower = name.to_ascii_lowercase();
                        words.iter().any(|word| lower.contains(word))
                    })
                };
                columns.spreads.is_empty() && says(&NAMES) && !says(&PERSONAL)
            })
    })
}

/// `where: { isPublished: true }`, whosever the rows are.
fn only_public(arguments: &snell_flow::ObjectValue) -> bool {
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
        let name = leaf.path.last().map(|name| name.to_ascii_lowercase());
        open |= constant
            && leaf.always
            && name.is_some_and(|name| OPEN.iter().any(|word| name.contains(word)));
    }
    open
}

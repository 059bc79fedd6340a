//! Writes that come before a look in its transaction: whoever comes second waits for their rows, and then sees what the
//! first has created.

use snell_flow::{Query, scope::conditions};
use snell_project::client::{CallId, Operation};

use crate::{rule::Context, rules::query::flat::Run};

/// What the second of two requests waits for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Turn {
    /// The row that all of the rows belong to: there is one, or nothing is created.
    Parent,
    /// Rows of the same kind, if there are any yet.
    Siblings(CallId),
}

/// The write before the look for `runs[made]`, where both stand in one transaction.
pub(super) fn before(
    context: &Context<'_>,
    runs: &[Run<'_>],
    made: usize,
    lookup: CallId,
) -> Option<Turn> {
    let transaction = runs[made].transaction?;
    let inside = |run: &Run<'_>| run.transaction == Some(transaction);
    let position = runs[..made]
        .iter()
        .rposition(|run| run.query.call == lookup && inside(run))?;
    let look = runs[position].query;
    let mut earlier = runs[..position].iter().filter(|run| inside(run));
    earlier.find_map(|run| turn(context, run.query, look))
}

fn turn(context: &Context<'_>, write: &Query, look: &Query) -> Option<Turn> {
    let calls = &context.project.calls;
    let (changes, reads) = (calls.get(write.call), calls.get(look.call));
    let model = reads.model()?;
    match changes.operation {
        Operation::UpdateMany if changes.model() == Some(model) => {
            holds_all(write, look).then_some(Turn::Siblings(write.call))
        }
        Operation::Update => names_parent(context, write, look).then_some(Turn::Parent),
        _ => None,
    }
}

/// Whether the write is to all rows that the look may find: it asks for nothing that the look does not ask for.
fn holds_all(write: &Query, look: &Query) -> bool {
    let (Some(written), Some(looked)) = (conditions(write), conditions(look)) else {
        return false;
    };
    !written.is_empty()
        && written.iter().all(|leaf| {
            let mut others = looked.iter();
            !leaf.weak
                && leaf.always
                && others.any(|other| {
                    !other.weak && other.path == leaf.path && other.value == leaf.value
                })
        })
}

/// Whether the write is to the row that what is looked for refers to: `room.update({ where: { id: roomId } })` before
/// `booking.findFirst({ where: { roomId } })`.
fn names_parent(context: &Context<'_>, write: &Query, look: &Query) -> bool {
    let calls = &context.project.calls;
    let (Some(parent), Some(child)) = (calls.get(write.call).model(), calls.get(look.call).model())
    else {
        return false;
    };
    let (Some(written), Some(looked)) = (conditions(write), conditions(look)) else {
        return false;
    };
    let declared = context.project.schemas.model(child);
    let datamodel = &context.project.schemas.get(child.schema).datamodel;
    parent.schema == child.schema
        && declared.relation_fields().any(|field| {
            let Some(relation) = field.relation().filter(|of| of.target == parent.model) else {
                return false;
            };
            let mut pairs = relation.fields.iter().zip(&relation.references);
            relation.fields.len() == 1
                && pairs.all(|(own, other)| {
                    let (own, other) = (&datamodel[*own].name, &datamodel[*other].name);
                    let by = |leaf: &&snell_flow::scope::Leaf<'_>, name| {
                        matches!(leaf.path.as_slice(), [only] if only == name) && !leaf.weak
                    };
                    let named = written.iter().find(|leaf| by(leaf, other));
                    let asked = looked.iter().find(|leaf| by(leaf, own));
                    named
                        .zip(asked)
                        .is_some_and(|(named, asked)| named.value == asked.value)
                })
        })
}

//! Lists that are what one owner has.

use snell_flow::{RowOrigin, scope::leaves};
use snell_project::ownership::Ownership;

use crate::{rule::Context, support::growth::Growths};

/// Whether the rows of a query are those of one owner, of a kind that people make one by one.
pub(super) fn is_of_one_owner(context: &Context<'_>, row: &RowOrigin) -> bool {
    let project = context.project;
    let Some(model) = project.calls.get(row.call).model() else {
        return false;
    };
    let Ownership::Owned(chains) = project.owners.of(model) else {
        return false;
    };
    let declared = project.schemas.model(model);
    let owner = |name: &str| {
        let field = declared.field(name).map(|field| field.id);
        let mut direct = chains.iter().filter(|chain| chain.relations.len() < 2);
        field.is_some() && direct.any(|chain| chain.key == field)
    };
    let asked = row.arguments.as_object().and_then(|arguments| {
        let filter = &arguments.entries.get("where")?.value;
        leaves(filter)
    });
    let named = asked.is_some_and(|leaves| {
        leaves.iter().any(|leaf| {
            leaf.always
                && !leaf.weak
                && !leaf.negated
                && matches!(leaf.path.as_slice(), [name] if owner(name))
        })
    });
    let pace = Growths::shared(context).of_model(model).pace;
    named && !pace.is_of_machine() && !pace.many
}

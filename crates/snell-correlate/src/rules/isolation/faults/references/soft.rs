//! Columns that hold another row's key though no relation says so: they are called as the key of one
//! other model is.

use snell_flow::scope::{Keyed, Origin, Reached, leaves, origins};
use snell_prisma::{Field, Model};
use snell_project::{
    ownership::Ownership,
    schema::{ModelRef, SchemaId},
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault},
        reach::{changes, escapes, only_counts},
        tenant,
    },
};

/// The model whose row a column without a relation names, of rows that belong to nobody else: the only one
/// that has a key of this name, with rows that somebody owns.
pub(in crate::rules::isolation) fn target(
    context: &Context<'_>,
    schema: SchemaId,
    model: &Model,
    column: &Field,
) -> Option<ModelRef> {
    let lower = column.name.to_ascii_lowercase();
    let named = lower.ends_with("id") && lower.len() > 2;
    let own = model.is_id(column.id) || model.is_unique(column.id);
    let reference = ModelRef {
        schema,
        model: model.id,
    };
    let owned = *context.project.owners.of(reference) != Ownership::Global;
    if owned || !named || own || column.scalar().is_none() || model.is_foreign_key(column.id) {
        return None;
    }
    let datamodel = &context.project.schemas.get(schema).datamodel;
    let mut keys = datamodel.models().iter().filter(|other| {
        let key = other.field(&column.name);
        key.is_some_and(|key| {
            key.scalar() == column.scalar()
                && (other.is_unique(key.id) || other.is_id(key.id))
                && !other.is_foreign_key(key.id)
        })
    });
    let only = keys.next().filter(|_| keys.next().is_none())?;
    let target = ModelRef {
        schema,
        model: only.id,
    };
    let owned = matches!(context.project.owners.of(target), Ownership::Owned(_));
    owned.then_some(target)
}

/// The group of people whose key a column without a relation holds, as it is called.
pub(super) fn group(
    context: &Context<'_>,
    schema: SchemaId,
    model: &Model,
    column: &Field,
) -> Option<ModelRef> {
    let reference = ModelRef {
        schema,
        model: model.id,
    };
    let mut direct = context.project.owners.of(reference).direct();
    let bare = direct.find(|chain| chain.relations.is_empty() && chain.key == Some(column.id))?;
    let root = ModelRef {
        schema,
        model: bare.root,
    };
    tenant::is_tenant(context, root).then_some(root)
}

/// Rows of nobody that go with a row which somebody owns, by a column that the client names: a secret of
/// an application.
pub(in crate::rules::isolation) fn fault(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Option<Exposure> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    let arguments = reached.query.arguments.first()?;
    if *project.owners.of(model) != Ownership::Global || only_counts(arguments) {
        return None;
    }
    let (target, keyed) = named(context, reached, model)?;
    let (fault, guarded) = if changes(call.operation) {
        let blind = entry.is_blind_of_rows(reached, reached.trust(), evidence.limited);
        (
            Fault::Write(keyed),
            evidence.guarded(target).filter(|_| blind),
        )
    } else if call.operation.finds_rows() && escapes(entry, reached) {
        (
            Fault::Read(keyed),
            evidence.private(target, reached.query.call),
        )
    } else {
        return None;
    };
    let guarded = guarded.filter(|_| !evidence.is_open(target))?;
    Some(Exposure {
        guarded: Some(guarded),
        ..Exposure::of(entry, reached, model, fault)
    })
}

/// What the client alone names by a condition on such a column.
fn named(
    context: &Context<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> Option<(ModelRef, Keyed)> {
    let declared = context.project.schemas.model(model);
    let filter = reached
        .query
        .arguments
        .first()?
        .as_object()?
        .entries
        .get("where")?;
    let trust = reached.trust();
    let (mut found, mut others) = (None, false);
    for leaf in leaves(&filter.value)? {
        let mut sent = None;
        origins(leaf.value, &mut |origin| match origin {
            Origin::Client(key) if !trust.holds(&key) => sent = Some(key),
            Origin::Constant => {}
            _ => others = true,
        });
        let [name] = leaf.path.as_slice() else {
            continue;
        };
        let column = declared.field(name);
        let target = column.and_then(|column| target(context, model.schema, declared, column));
        if let Some((target, key)) = target.zip(sent)
            && leaf.always
            && !leaf.weak
            && !leaf.negated
        {
            let field = name.clone();
            let by_unique = false;
            found.get_or_insert((
                target,
                Keyed {
                    field,
                    key,
                    by_unique,
                },
            ));
        }
    }
    found.filter(|_| !others)
}

//! Rows that belong to a group of people, and are kept to those who are in it.

use snell_flow::{
    Value,
    scope::{Reached, Verdict, leaves, verdict},
};
use snell_prisma::{Field, Model};
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};

use super::Evidence;
use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        kinds, people,
        reach::reads,
        references::{self, key_of},
        tenant,
    },
};

/// Words in the names of models whose rows ask to be let into a group.
const ASKING: [&str; 10] = [
    "request",
    "invit",
    "appl",
    "join",
    "follow",
    "subscri",
    "enrol",
    "registr",
    "submission",
    "donat",
];

/// Words in the names of columns that name somebody whom a group serves, and who is not in it.
const SERVED: [&str; 12] = [
    "customer",
    "client",
    "buyer",
    "guest",
    "patient",
    "student",
    "applicant",
    "visitor",
    "reporter",
    "requester",
    "subscriber",
    "passenger",
];

impl Evidence {
    /// Notes a query that goes by the group of its rows, where who asks is in that.
    pub(super) fn add_grouped(
        &mut self,
        context: &Context<'_>,
        entry: &Entry<'_>,
        reached: &Reached<'_>,
    ) {
        let open = entry.endpoint.access.public.is_some()
            || !entry.is_open_to_every_user()
            || !entry.is_signed_in_at(reached);
        let call = context.project.calls.get(reached.query.call);
        let (Some(model), false) = (call.model(), open) else {
            return;
        };
        let declared = context.project.schemas.model(model);
        for (group, field) in groups(context, model, declared) {
            let of_group = |name: &str| {
                let named = declared.field(name);
                named.is_some_and(|named| stands_for(field, named))
            };
            if goes_by(context, reached, call.operation, &of_group) {
                let places = self.grouped.entry((model, group)).or_default();
                places.insert(reached.query.call);
            }
        }
    }

    /// Where it is seen that rows of a model are for those alone who are in the group that they belong to: a new one
    /// with the key of a group is for them to make. Nothing, where others are shown such rows or groups.
    pub(in crate::rules::isolation) fn kept_to_members(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        group: ModelRef,
    ) -> Option<CallId> {
        let declared = context.project.schemas.model(model);
        let shown = |of: ModelRef| {
            self.opened.contains(&of)
                || self.is_read_by_others(context, of) && !self.is_mostly_kept(of)
                || self.is_acted_on(of)
                || self.is_on_open_pages(of)
        };
        let name = declared.name.to_ascii_lowercase();
        let aside =
            ASKING.iter().any(|word| name.contains(word)) || references::tells(context, model);
        if shown(model) || shown(group) || aside || joins(context, model, declared, group) {
            return None;
        }
        let by_group = self.grouped.get(&(model, group));
        let by_group = by_group.and_then(|places| places.first().copied());
        let of_members = self.members.of(group);
        // Who is no member has rows of their own in a group: what they buy, what they ask for.
        if names_person(context, model, declared) {
            if serves(context, model, declared) {
                return None;
            }
            let known = of_members.is_some() || self.guarded.contains_key(&group);
            return by_group.filter(|_| known);
        }
        let kept = self.guarded.get(&model).copied();
        by_group.or(of_members).or(kept)
    }

    /// The group by which a query keeps rows of a model: those who are in it may do there what is done.
    pub(in crate::rules::isolation) fn group_at(
        &self,
        model: ModelRef,
        place: CallId,
    ) -> Option<ModelRef> {
        let mut all = self.grouped.iter();
        let found = all.find(|((of, _), places)| *of == model && places.contains(&place));
        found.map(|((_, group), _)| *group)
    }

    /// Whether rows are read by others than those whom they belong to: what gives back the row that it changes shows
    /// no more than it does.
    fn is_read_by_others(&self, context: &Context<'_>, model: ModelRef) -> bool {
        let mut calls = self.shared.get(&model).into_iter().flatten();
        calls.any(|call| reads(context.project.calls.get(*call).operation))
    }
}

/// The groups that a row of a model belongs to, each with the field that says so.
fn groups<'m>(
    context: &Context<'_>,
    model: ModelRef,
    declared: &'m Model,
) -> Vec<(ModelRef, &'m Field)> {
    let sides = declared.relation_fields().filter_map(|field| {
        let side = field.relation().filter(|side| side.holds_key)?;
        let group = ModelRef {
            schema: model.schema,
            model: side.target,
        };
        tenant::is_tenant(context, group).then_some((group, field))
    });
    let bare = context
        .project
        .owners
        .of(model)
        .direct()
        .filter_map(|chain| {
            let group = ModelRef {
                schema: model.schema,
                model: chain.root,
            };
            let own = chain.relations.is_empty() && tenant::is_tenant(context, group);
            let mut columns = declared.fields.iter();
            let column = columns.find(|field| own && chain.key == Some(field.id))?;
            Some((group, column))
        });
    sides.chain(bare).collect()
}

/// Whether a field is a relation, a column of it, or the column itself.
fn stands_for(of: &Field, named: &Field) -> bool {
    let side = of.relation();
    named.id == of.id || side.is_some_and(|side| side.fields.contains(&named.id))
}

/// Whether a query names the group of its rows in its condition, or in a new row, and who asks is in it.
fn goes_by(
    context: &Context<'_>,
    reached: &Reached<'_>,
    operation: Operation,
    of_group: &dyn Fn(&str) -> bool,
) -> bool {
    let Some(arguments) = reached.query.arguments.first().and_then(Value::as_object) else {
        return false;
    };
    let trust = reached.trust();
    if operation.is_create() {
        let data = arguments.entries.get("data");
        let data = data.and_then(|data| data.value.as_object());
        return data.is_some_and(|data| {
            let mut written = data.entries.iter();
            written.any(|(name, entry)| of_group(name) && trust.is_trusted(key_of(&entry.value)))
        });
    }
    let kept = matches!(
        verdict(context.project, reached, trust),
        Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore
    );
    let filter = arguments.entries.get("where").filter(|_| kept);
    let leaves = filter.and_then(|filter| leaves(&filter.value));
    leaves.into_iter().flatten().any(|leaf| {
        let mut way = leaf.path.iter();
        !leaf.weak
            && !leaf.negated
            && way.any(|name| of_group(name))
            && trust.is_trusted(leaf.value)
    })
}

/// Whether a row names a person beside the group, whose it may be as well.
fn names_person(context: &Context<'_>, model: ModelRef, declared: &Model) -> bool {
    !people::columns(context, model.schema, declared).is_empty()
}

/// Whether rows are between a group and those whom it serves, by what they are called.
fn serves(context: &Context<'_>, model: ModelRef, declared: &Model) -> bool {
    let people = people::columns(context, model.schema, declared);
    let mut columns = declared
        .columns()
        .filter(|field| people.contains(&field.id));
    kinds::is_called_private(context, model)
        || kinds::is_for_all(context, model)
        || columns.any(|field| {
            let lower = field.name.to_ascii_lowercase();
            SERVED.iter().any(|word| lower.contains(word))
        })
}

/// Whether a row puts somebody into a group.
fn joins(context: &Context<'_>, model: ModelRef, declared: &Model, group: ModelRef) -> bool {
    let people = people::columns(context, model.schema, declared);
    let mut sides = declared.relation_fields().filter_map(Field::relation);
    let own = sides.find(|side| side.target == group.model && side.holds_key);
    let Some(column) = own.and_then(|side| side.fields.first().copied()) else {
        return false;
    };
    declared.unique_criteria().any(|key| {
        key.fields().is_some_and(|fields| {
            fields.contains(&column) && fields.iter().any(|field| people.contains(field))
        })
    })
}

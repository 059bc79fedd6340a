//! Rows that belong to a group of people, and are kept to those who are in it.

use snell_flow::{
    Value,
    scope::{Reached, Verdict, leaves, verdict},
};
use snell_prisma::{Field, Model};
use snell_project::{
    client::{CallId, Operation},
    ownership::Ownership,
    schema::ModelRef,
};

use super::Evidence;
use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        kinds, people,
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

/// Words in the names of models whose rows are sent to a group by those who are not in it.
const SENT: [&str; 6] = ["lead", "inquir", "enquir", "contact", "feedback", "ticket"];

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
        for way in ways(context, model) {
            if goes_by(context, reached, call.operation, &way) {
                let places = self.grouped.entry((model, way.group)).or_default();
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
        let shown = |of: ModelRef| {
            self.opened.contains(&of)
                || self.is_read_by_others(context, of) && !self.is_mostly_kept(of)
                || self.is_acted_on(of)
                || self.is_on_open_pages(of)
        };
        if shown(model) || shown(group) || !self.is_of_members(context, model, group) {
            return None;
        }
        let declared = context.project.schemas.model(model);
        let name = declared.name.to_ascii_lowercase();
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
        let sent = SENT.iter().any(|word| name.contains(word));
        by_group.or(of_members.filter(|_| !sent)).or(kept)
    }

    /// Whether rows of a model are made by those who are in the group that they belong to, by what they are: they neither
    /// put somebody into a group nor are sent to one, and nothing shows them to everybody.
    pub(in crate::rules::isolation) fn is_of_members(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        group: ModelRef,
    ) -> bool {
        let declared = context.project.schemas.model(model);
        let name = declared.name.to_ascii_lowercase();
        let aside =
            ASKING.iter().any(|word| name.contains(word)) || references::tells(context, model);
        !aside
            && !self.opened.contains(&model)
            && !self.is_acted_on(model)
            && !joins(context, model, declared, group)
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
        calls.any(|call| context.project.calls.get(*call).operation.finds_rows())
    }
}

/// The way from a row to the group that it belongs to.
struct Way<'m> {
    group: ModelRef,
    /// The relations.
    relations: Vec<&'m str>,
    /// The column of the row itself that holds the key of the group.
    column: Option<&'m str>,
}

/// The ways from a row of a model to groups.
fn ways<'m>(context: &Context<'m>, model: ModelRef) -> Vec<Way<'m>> {
    let Ownership::Owned(chains) = context.project.owners.of(model) else {
        return Vec::new();
    };
    let datamodel = &context.project.schemas.get(model.schema).datamodel;
    let ends = chains.iter().map(|chain| {
        let group = ModelRef {
            schema: model.schema,
            model: chain.root,
        };
        (chain, group)
    });
    ends.filter(|(_, group)| tenant::is_tenant(context, *group))
        .map(|(chain, group)| Way {
            group,
            relations: chain
                .relations
                .iter()
                .map(|relation| datamodel[*relation].name.as_str())
                .collect(),
            column: chain
                .key
                .filter(|key| key.model == model.model)
                .map(|key| datamodel[key].name.as_str()),
        })
        .collect()
}

/// Whether a query names the group of its rows in its condition, or in a new row, and who asks is in it.
fn goes_by(
    context: &Context<'_>,
    reached: &Reached<'_>,
    operation: Operation,
    way: &Way<'_>,
) -> bool {
    let Some(arguments) = reached.query.arguments.first().and_then(Value::as_object) else {
        return false;
    };
    let trust = reached.trust();
    if operation.is_create() {
        let data = arguments.entries.get("data");
        let data = data.and_then(|data| data.value.as_object());
        let relation = way.relations.first().filter(|_| way.relations.len() == 1);
        return data.is_some_and(|data| {
            let mut names = way.column.iter().chain(relation);
            names.any(|name| {
                let entry = data.entries.get(*name);
                entry.is_some_and(|entry| trust.is_trusted(key_of(&entry.value)))
            })
        });
    }
    let kept = matches!(
        verdict(context.project, reached, trust),
        Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore
    );
    let filter = arguments.entries.get("where").filter(|_| kept);
    let leaves = filter.and_then(|filter| leaves(&filter.value));
    leaves.into_iter().flatten().any(|leaf| {
        // Into the group, or by its key.
        let inside = leaf.path.len() > way.relations.len()
            && !way.relations.is_empty()
            && leaf.path.iter().zip(&way.relations).all(|(a, b)| a == b);
        let by_key =
            way.column.is_some() && leaf.path.last().map(|name| name.as_str()) == way.column;
        (inside || by_key) && !leaf.weak && !leaf.negated && trust.is_trusted(leaf.value)
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

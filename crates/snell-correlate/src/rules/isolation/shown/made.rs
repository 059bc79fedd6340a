//! What a create, or a row that opens others, says of whose rows are.

use std::collections::BTreeMap;

use snell_flow::{
    Fact, Value,
    scope::{Origin, Reached, origins},
};
use snell_project::{
    client::{CallId, Operation},
    ownership::{Chain, Ownership},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        exposure::{Exposure, Fault},
        references::{key_of, names_who_asks},
        tenant,
    },
};

/// Whether an endpoint that only reads gives back other rows where a row is there, and not else.
pub(super) fn opens_others(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
) -> bool {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let one = call.operation.finds_rows() && call.operation != Operation::FindMany;
    let only_reads = entry.walk.queries.iter().all(|other| {
        let operation = project.calls.get(other.query.call).operation;
        !operation.is_write() && !operation.is_raw()
    });
    let found = |fact: &Fact| {
        let Fact::Truthy(value) = fact else {
            return false;
        };
        let mut found = false;
        origins(value, &mut |origin| {
            found |= matches!(origin, Origin::Row(row, path)
                if row.call == reached.query.call && path.is_empty());
        });
        found
    };
    let others: Vec<_> = entry
        .walk
        .escapes
        .iter()
        .filter(|escape| escape.row.call != reached.query.call)
        .collect();
    one && only_reads
        && !others.is_empty()
        && others.iter().all(|escape| escape.facts.iter().any(found))
}

/// For whom a query makes a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// For who asks.
    ForPerson,
    /// For the tenant of who asks.
    ForTenant,
}

/// Where rows are made for who asks, and for their tenant.
#[derive(Debug, Default)]
pub(super) struct MadeFor {
    person: BTreeMap<ModelRef, CallId>,
    tenant: BTreeMap<ModelRef, CallId>,
}

impl MadeFor {
    /// Notes a query that makes such a row.
    pub(super) fn add(&mut self, context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) {
        let places = if is_made_for(context, reached, Made::ForPerson) {
            &mut self.person
        } else if is_made_for(context, reached, Made::ForTenant) {
            &mut self.tenant
        } else {
            return;
        };
        places.entry(model).or_insert(reached.query.call);
    }

    pub(super) fn for_person(&self, model: ModelRef) -> Option<CallId> {
        self.person.get(&model).copied()
    }

    pub(super) fn for_tenant(&self, model: ModelRef) -> Option<CallId> {
        self.tenant.get(&model).copied()
    }
}

/// Whether a query makes a row whose owner is who asks: by a key that every row has, and that says whose
/// it is rather than who made it.
fn is_made_for(context: &Context<'_>, reached: &Reached<'_>, made: Made) -> bool {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let Some(model) = call.model().filter(|_| call.operation.is_create()) else {
        return false;
    };
    let Ownership::Owned(chains) = project.owners.of(model) else {
        return false;
    };
    let data = reached
        .query
        .arguments
        .first()
        .and_then(Value::as_object)
        .and_then(|arguments| arguments.entries.get("data"))
        .and_then(|data| data.value.as_object());
    let Some(data) = data else { return false };
    let graph = project.owners.graph(model.schema);
    let declared = project.schemas.model(model);
    let ends = |chain: &Chain| match made {
        Made::ForPerson => graph.ends_at_person(chain),
        Made::ForTenant => tenant::is_tenant(
            context,
            ModelRef {
                schema: model.schema,
                model: chain.root,
            },
        ),
    };
    let mut own = chains
        .iter()
        .filter(|chain| chain.required && chain.relations.len() < 2 && ends(chain));
    own.any(|chain| {
        let names = declared.fields.iter().filter(|field| {
            chain.key == Some(field.id) || chain.relations.first() == Some(&field.id)
        });
        names.into_iter().any(|field| {
            let entry = data.entries.get(&field.name);
            entry.is_some_and(|entry| names_who_asks(key_of(&entry.value)))
        })
    })
}

/// Whether nothing but creates says of whose rows faults are: whatever else is wrong says more.
pub(in crate::rules::isolation) fn is_said_by_creates(
    context: &Context<'_>,
    faults: &[Exposure],
) -> bool {
    faults.iter().all(|exposure| {
        let by_create = |place| context.project.calls.get(place).operation.is_create();
        matches!(exposure.fault, Fault::Write(_)) && exposure.guarded.is_some_and(by_create)
    })
}

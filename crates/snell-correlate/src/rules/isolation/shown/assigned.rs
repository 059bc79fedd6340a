//! Rows that are given to somebody to see to: who that is, others say, and others see the rows as well.

use std::collections::BTreeSet;

use snell_flow::{
    Value,
    scope::{Origin, Reached, origins},
};
use snell_project::{client::Operation, ownership::Ownership, schema::ModelRef};

use crate::{
    rule::Context,
    rules::isolation::{entries::Entry, evidence::Evidence, people, references::key_of},
};

/// Models of which nothing but such a column names a person.
#[derive(Debug, Default)]
pub(in crate::rules::isolation) struct Assigned(BTreeSet<ModelRef>);

impl Assigned {
    pub(in crate::rules::isolation) fn gather(
        context: &Context<'_>,
        entries: &[Entry<'_>],
        evidence: &Evidence,
    ) -> Self {
        let mut found = BTreeSet::new();
        for entry in entries {
            for reached in &entry.walk.queries {
                let model = context.project.calls.get(reached.query.call).model();
                if let Some(model) = model
                    && !found.contains(&model)
                    && evidence.lists_for_others(model)
                    && assigns(context, reached, model)
                {
                    found.insert(model);
                }
            }
        }
        Assigned(found)
    }

    pub(in crate::rules::isolation) fn has(&self, model: ModelRef) -> bool {
        self.0.contains(&model)
    }
}

/// Whether a row that is there is given to whom the client names, where no row needs somebody and the
/// column says nothing of whose it is.
fn assigns(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> bool {
    let project = context.project;
    let operation = project.calls.get(reached.query.call).operation;
    let part = match operation {
        Operation::Update | Operation::UpdateMany | Operation::UpdateManyAndReturn => "data",
        Operation::Upsert => "update",
        _ => return false,
    };
    let Ownership::Owned(chains) = project.owners.of(model) else {
        return false;
    };
    let datamodel = &project.schemas.get(model.schema).datamodel;
    let direct: Vec<_> = project.owners.of(model).direct().collect();
    if direct.is_empty() || chains.iter().any(|chain| chain.required) {
        return false;
    }
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let data = arguments
        .and_then(|arguments| arguments.entries.get(part))
        .and_then(|data| data.value.as_object());
    let Some(data) = data else { return false };
    direct.iter().all(|chain| {
        let Some(key) = chain.key.map(|key| &datamodel[key]) else {
            return false;
        };
        let relation = chain.relations.first().map(|field| &datamodel[*field].name);
        let names = std::iter::once(&key.name).chain(relation);
        let mut written = names.filter_map(|name| data.entries.get(name));
        !people::says_whose(&key.name)
            && written.any(|entry| {
                let (mut sent, mut who) = (false, false);
                origins(key_of(&entry.value), &mut |origin| match origin {
                    Origin::Client(_) => sent = true,
                    Origin::Identity(_) => who = true,
                    _ => {}
                });
                sent && !who
            })
    })
}

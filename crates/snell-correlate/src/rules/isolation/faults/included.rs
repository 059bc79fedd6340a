//! Rows of other users that come along with rows of nobody.

use snell_flow::{
    Step, Value,
    scope::{Reached, Verdict, verdict},
};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault, Included},
        published,
        reach::{escapes, is_blind},
    },
};

/// The lists of owned rows that a query takes along with rows that anybody may see.
pub(in crate::rules::isolation) fn faults(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Vec<Exposure> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let trust = reached.trust();
    let (Some(model), true) = (call.model(), call.operation.gives_rows()) else {
        return Vec::new();
    };
    if !is_blind(reached, trust)
        || !escapes(entry, reached)
        || !is_anybodys(context, model, reached)
    {
        return Vec::new();
    }
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let shapes = ["include", "select"]
        .into_iter()
        .filter_map(|key| arguments?.entries.get(key)?.value.as_object());
    let declared = project.schemas.model(model);
    let mut found = Vec::new();
    for (name, taken) in shapes.flat_map(|shape| &shape.entries) {
        let Some(relation) = declared.field(name).filter(|field| field.is_list()) else {
            continue;
        };
        let Some(side) = relation.relation() else {
            continue;
        };
        let target = ModelRef {
            schema: model.schema,
            model: side.target,
        };
        let owned = project.owners.of(target).required_chain().is_some();
        // Members with their names, a table of who is ahead: shown to others on purpose.
        let shown = taken.value.as_object();
        let shown = shown.is_some_and(|taken| published::with_author(context, taken, target));
        if !owned
            || shown
            || is_off_or_filtered(&taken.value)
            || !is_given_back(entry, reached, name)
        {
            continue;
        }
        let guarded = evidence
            .given_back(target)
            .or_else(|| evidence.listed(target));
        if let Some(guarded) = guarded.filter(|_| !evidence.is_open(target)) {
            found.push(Exposure {
                guarded: Some(guarded),
                ..Exposure::of(
                    entry,
                    reached,
                    model,
                    Fault::Included(Included {
                        field: name.clone(),
                        target,
                        at: project.modules.at(taken.module, taken.key),
                    }),
                )
            });
        }
    }
    found
}

/// Whether a query gives rows of nobody, or people that the client names.
fn is_anybodys(context: &Context<'_>, model: ModelRef, reached: &Reached<'_>) -> bool {
    match context.project.owners.of(model) {
        Ownership::Global => !context
            .project
            .calls
            .get(reached.query.call)
            .client
            .changes_queries(),
        Ownership::Root(RootKind::Identity) => matches!(
            verdict(context.project, reached, reached.trust()),
            Verdict::ClientKeyOnly(_) | Verdict::OwnerFromClient(_) | Verdict::Unfiltered
        ),
        _ => false,
    }
}

/// Whether a list is not taken along, or only a part of it that a condition picks.
fn is_off_or_filtered(taken: &Value) -> bool {
    match taken {
        Value::Object(object) => object.entries.contains_key("where") || !object.spreads.is_empty(),
        value => value.truth() != Some(true),
    }
}

/// Whether the part of the row that holds the list is given back.
fn is_given_back(entry: &Entry<'_>, reached: &Reached<'_>, name: &str) -> bool {
    let own = entry
        .walk
        .escapes
        .iter()
        .filter(|escape| escape.row.call == reached.query.call);
    own.into_iter().any(|escape| {
        let mut names = escape.path.iter().filter_map(|step| match step {
            Step::Property(name) => Some(name.as_str()),
            _ => None,
        });
        names.next().is_none_or(|first| first == name)
            && !escape.path.iter().any(
                |step| matches!(step, Step::Without(names) if names.iter().any(|one| one == name)),
            )
    })
}

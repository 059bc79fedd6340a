//! Where models and fields are used.

use snell_project::client::{CallId, CallTarget, Operation};
use snell_project::schema::{FieldRef, ModelRef};
use snell_source::Location;

use super::{Found, Subject, sql};
use crate::snapshot::{FieldUse, Snapshot};

/// All uses of what a name may mean.
pub(crate) fn places(snapshot: &Snapshot, found: &Found) -> Vec<Location> {
    let mut places: Vec<Location> = Vec::new();
    for subject in &found.subjects {
        match subject {
            Subject::Model(id) => {
                let calls = calls(snapshot, *id).into_iter();
                places.extend(calls.map(|(call, _)| of_call(snapshot, call)));
            }
            Subject::Field(id) => places.extend(of_field(snapshot, *id)),
        }
    }
    places.sort();
    places.dedup();
    places
}

/// The name of a call's operation.
pub(super) fn of_call(snapshot: &Snapshot, call: CallId) -> Location {
    let project = &snapshot.analysis.project;
    let call = project.calls.get(call);
    project.modules.at(call.module, call.name.span)
}

/// The calls that ask for a model, raw queries that name its table included.
pub(super) fn calls(snapshot: &Snapshot, model: ModelRef) -> Vec<(CallId, Operation)> {
    let analysis = &snapshot.analysis;
    let calls = analysis.project.calls.iter();
    let of_model = calls.filter_map(|(id, call)| {
        let asks = matches!(&call.target, CallTarget::Models(models) if models.contains(&model));
        asks.then_some((id, call.operation))
    });
    let mut found: Vec<(CallId, Operation)> = of_model.collect();
    for query in analysis.raw.iter() {
        let call = analysis.project.calls.get(query.call);
        let texts = query.runs.iter().flat_map(|run| &run.texts);
        let mut texts = texts.filter(|_| call.schema == Some(model.schema));
        if texts.any(|text| sql::models(snapshot, model.schema, &text.text).contains(&model)) {
            found.push((query.call, call.operation));
        }
    }
    found
}

/// The keys that name a field.
fn of_field(snapshot: &Snapshot, id: FieldRef) -> Vec<Location> {
    let uses = snapshot.field_use(id);
    let places = uses.into_iter().flat_map(FieldUse::places);
    places.filter_map(|spot| snapshot.location(spot)).collect()
}

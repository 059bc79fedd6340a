//! What stands above models and endpoints.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use snell_engine::{facts, trace};
use snell_flow::scope::{QueryPath, Scope, Verdict, query_paths};
use snell_project::{
    client::{CallId, Operation},
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::Location;

use super::{references, sql};
use crate::snapshot::Snapshot;

/// A line above a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lens {
    /// The name below it.
    pub(crate) at: Location,
    /// What it says.
    pub(crate) title: String,
    /// What it counts.
    pub(crate) places: Vec<Location>,
}

/// Those of all files.
pub(crate) fn all(snapshot: &Snapshot) -> Vec<Lens> {
    let mut lenses = of_models(snapshot);
    lenses.extend(of_endpoints(snapshot));
    lenses
}

/// "12 reads, 3 writes, 2 raw queries, 0 user-scoped"
fn of_models(snapshot: &Snapshot) -> Vec<Lens> {
    let analysis = &snapshot.analysis;
    let project = &analysis.project;
    let paths = query_paths(project, analysis.ways());
    let mut by_model: FxHashMap<ModelRef, Vec<(CallId, Operation)>> = FxHashMap::default();
    let production = |call: CallId| {
        let module = project.calls.get(call).module;
        !project.path_facts(module).test
    };
    for (id, call) in project.calls.iter().filter(|(id, _)| production(*id)) {
        if let Some(model) = call.model() {
            by_model
                .entry(model)
                .or_default()
                .push((id, call.operation));
        }
    }
    for query in analysis.raw.iter().filter(|query| production(query.call)) {
        let call = project.calls.get(query.call);
        let Some(schema) = call.schema else { continue };
        let texts = query.runs.iter().flat_map(|run| &run.texts);
        let mut models: Vec<ModelRef> = texts
            .flat_map(|text| sql::models(snapshot, schema, &text.text))
            .collect();
        models.sort_unstable();
        models.dedup();
        for model in models {
            by_model
                .entry(model)
                .or_default()
                .push((query.call, call.operation));
        }
    }
    let models = project.schemas.models();
    models
        .map(|(id, schema, model)| {
            let calls = by_model.remove(&id).unwrap_or_default();
            let scoped = |(call, _): &&(CallId, Operation)| {
                paths.get(call).is_some_and(|ways| is_scoped(ways))
            };
            let owned = matches!(project.owners.of(id), Ownership::Owned(_));
            let scoped = owned.then(|| calls.iter().filter(scoped).count());
            let places = calls.iter();
            Lens {
                at: schema.model_name(model),
                title: of_model(&calls, scoped),
                places: places
                    .map(|(call, _)| references::of_call(snapshot, *call))
                    .collect(),
            }
        })
        .collect()
}

fn of_model(calls: &[(CallId, Operation)], scoped: Option<usize>) -> String {
    let count =
        |wanted: fn(Operation) -> bool| calls.iter().filter(|(_, one)| wanted(*one)).count();
    let raw = count(Operation::is_raw);
    let writes = count(|one| !one.is_raw() && one.is_write());
    let reads = calls.len() - raw - writes;
    let mut words = vec![
        counted(reads, "read", "reads"),
        counted(writes, "write", "writes"),
        counted(raw, "raw query", "raw queries"),
    ];
    words.extend(scoped.map(|scoped| format!("{scoped} user-scoped")));
    words.join(", ")
}

/// Whether every way to a query ties its rows to who asks.
fn is_scoped(ways: &[&QueryPath]) -> bool {
    !ways.is_empty()
        && ways.iter().all(|way| {
            matches!(
                way.scope,
                Scope::CheckedAfter
                    | Scope::Of(Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore)
            )
        })
}

/// "1 x agents + 3 queries: 3 Scoped, 1 NotOwned"
fn of_endpoints(snapshot: &Snapshot) -> Vec<Lens> {
    let analysis = &snapshot.analysis;
    let project = &analysis.project;
    let requests = analysis.ways().iter().filter(|ways| {
        let endpoint = project.endpoints.get(ways.endpoint);
        endpoint.kind.is_request()
    });
    requests
        .map(|ways| {
            let queries = ways.queries.iter();
            let queries = queries
                .filter(|(call, _)| project.calls.get(*call).operation != Operation::Transaction);
            let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
            let mut places = Vec::new();
            for (call, way) in queries {
                *verdicts.entry(facts::verdict_name(&way.scope)).or_default() += 1;
                places.push(references::of_call(snapshot, *call));
            }
            let verdicts = verdicts
                .iter()
                .map(|(name, count)| format!("{count} {name}"));
            let verdicts: Vec<String> = verdicts.collect();
            let mut title = match places.len() {
                0 => "no query".to_owned(),
                _ => {
                    let budget = trace::budget(analysis, ways).to_string();
                    let noun = if budget == "1" { "query" } else { "queries" };
                    format!("{budget} {noun}: {}", verdicts.join(", "))
                }
            };
            if ways.cut {
                title.push_str(", or more");
            }
            Lens {
                at: project.endpoints.get(ways.endpoint).at,
                title,
                places,
            }
        })
        .collect()
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

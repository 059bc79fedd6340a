//! `snell facts endpoints`: the methods that requests reach, who is let
//! through to them, and what they run.

use serde::Serialize;
use snell_project::endpoint::{Access, EndpointKind, Given};

use super::{
    calls,
    place::Place,
    queries::{executions, verdict_name},
};
use crate::Analysis;

/// One endpoint; the position is that of the decorator.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// How it is reached.
    pub kind: EndpointKind,
    /// `GET /agents/:id`, `mutation createTeam`.
    pub name: &'a str,
    /// `AgentController.findOne`
    pub handler: String,
    /// Who is let through.
    pub access: &'a Access,
    /// What its parameters are handed.
    pub parameters: Vec<Parameter<'a>>,
    /// Its queries in order, each once for each way.
    pub queries: Vec<Run<'a>>,
    /// Whether it could be followed to its end.
    pub followed: bool,
}

/// A parameter.
#[derive(Debug, Serialize)]
pub struct Parameter<'a> {
    /// `identity`, `client`, `request`, `unknown`
    pub given: &'static str,
    /// The decorator: `Param`, `Body`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decorator: Option<&'a str>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
}

/// A query that it runs.
#[derive(Debug, Serialize)]
pub struct Run<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// The datamodel's name; nothing for raw queries.
    pub model: Option<String>,
    /// `findMany`, `$queryRaw`, ...
    pub operation: &'static str,
    /// Whose rows it reaches.
    pub verdict: &'static str,
    /// `1`, `1 x agents`
    pub executions: String,
}

/// All endpoints, in the order of files and places.
#[must_use]
pub fn endpoints(analysis: &Analysis) -> Vec<Endpoint<'_>> {
    let project = &analysis.project;
    let mut found: Vec<Endpoint<'_>> = analysis
        .ways()
        .iter()
        .map(|paths| {
            let endpoint = project.endpoints.get(paths.endpoint);
            let queries = paths.queries.iter().filter_map(|(id, way)| {
                let call = project.calls.get(*id);
                (call.operation != snell_project::client::Operation::Transaction).then(|| Run {
                    place: Place::of(analysis, project.modules.at(call.module, call.name.span)),
                    model: calls::model_name(analysis, call),
                    operation: call.operation.as_str(),
                    verdict: verdict_name(&way.scope),
                    executions: executions(analysis, &way.loops),
                })
            });
            Endpoint {
                place: Place::of(analysis, endpoint.at),
                kind: endpoint.kind,
                name: &endpoint.name,
                handler: handler(analysis, endpoint),
                access: &endpoint.access,
                parameters: endpoint.parameters.iter().map(parameter).collect(),
                queries: queries.collect(),
                followed: !paths.cut,
            }
        })
        .collect();
    found.sort_by(|a, b| a.place.cmp(&b.place));
    found
}

/// `AgentController.findOne`
pub(crate) fn handler(analysis: &Analysis, endpoint: &snell_project::endpoint::Endpoint) -> String {
    let modules = &analysis.project.modules;
    let method = modules
        .facts(endpoint.handler.module)
        .function(endpoint.handler.id);
    let text = |name: &Option<snell_extract::facts::Name>| {
        name.as_ref()
            .map_or("", |name| name.text.as_str())
            .to_owned()
    };
    match endpoint.class {
        Some(class) => {
            let class = modules.facts(class.module).class(class.id);
            format!("{}.{}", text(&class.name), text(&method.name))
        }
        None => text(&method.name),
    }
}

fn parameter(given: &Given) -> Parameter<'_> {
    let (given, decorator, key) = match given {
        Given::Identity => ("identity", None, None),
        Given::Client(decorator, key) => ("client", Some(decorator.as_str()), key.as_ref()),
        Given::Headers(_) => ("client", Some("Headers"), None),
        Given::Request | Given::Circumstances => ("request", None, None),
        Given::Parent => ("parent", None, None),
        Given::Procedure => ("procedure", None, None),
        Given::Response { .. } => ("response", None, None),
        Given::File => ("file", None, None),
        Given::Other => ("other", None, None),
        Given::Nothing => ("nothing", None, None),
        Given::Unknown => ("unknown", None, None),
    };
    Parameter {
        given,
        decorator,
        key: key.map(|name| name.as_str()),
    }
}

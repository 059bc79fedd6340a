//! `snell facts routes`: what front ends ask for, and the endpoints that serve it.

use serde::Serialize;
use snell_project::{
    front::{How, Request},
    module::{Modules, TypeRef},
};
use snell_source::Location;

use super::{handler, place::Place};
use crate::Analysis;

/// A request of a front end; the position is that of the call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// The folder of the package that asks.
    pub app: &'a str,
    /// `GET`, ...
    pub method: &'a str,
    /// The path, `:` for what is known when it is sent.
    pub path: String,
    /// Whether something unknown stands before the path.
    pub based: bool,
    /// Whether the client was told by its name alone.
    pub by_name: bool,
    /// The type that the front end gives to the answer, as written.
    pub response: Option<&'a str>,
    /// What is sent, as written.
    pub body: Option<&'a str>,
    /// The type of what is sent, where it is a name.
    pub sent: Option<&'a str>,
    /// The endpoint that serves it.
    pub route: Option<Served<'a>>,
}

/// The endpoint that serves a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Served<'a> {
    /// Where its decorator stands.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// `GET /agents/:id`
    pub name: &'a str,
    /// `AgentController.findOne`
    pub handler: String,
    /// What says so.
    pub evidence: &'static str,
    /// How the path leads there.
    pub how: How,
}

/// All requests, in the order of files and places.
#[must_use]
pub fn routes(analysis: &Analysis) -> Vec<Asked<'_>> {
    let requests = analysis.project.front.requests.iter();
    let mut found: Vec<Asked<'_>> = requests.map(|request| asked(analysis, request)).collect();
    found.sort_by(|a, b| (&a.place, &a.path).cmp(&(&b.place, &b.path)));
    found
}

fn asked<'a>(analysis: &'a Analysis, request: &'a Request) -> Asked<'a> {
    let project = &analysis.project;
    let modules = &project.front.modules;
    let path = &modules.get(request.at.module).path;
    let package = project
        .workspace
        .package_of(camino::Utf8Path::new(path.as_str()));
    let served = request.route.map(|route| {
        let endpoint = project.endpoints.get(route.endpoint);
        Served {
            place: Place::of(analysis, endpoint.at),
            name: &endpoint.name,
            handler: handler(analysis, endpoint),
            evidence: "front-end call of a route",
            how: route.how,
        }
    });
    Asked {
        place: Place::of(analysis, modules.location(request.at)),
        app: package.map_or("", |package| package.folder.as_str()),
        method: &request.method,
        path: request.path_text(),
        based: request.based,
        by_name: request.by_name,
        response: request
            .response
            .map(|ty| analysis.sources.text(type_location(modules, ty))),
        body: request
            .body
            .map(|at| analysis.sources.text(modules.location(at))),
        sent: request
            .sent
            .map(|ty| analysis.sources.text(type_location(modules, ty))),
        route: served,
    }
}

fn type_location(modules: &Modules, ty: TypeRef) -> Location {
    let span = modules.facts(ty.module).types[ty.id.index()].span;
    modules.at(ty.module, span)
}

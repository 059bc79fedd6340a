//! Route handlers of Next.js that stand between a page and the API: what a page asks of its own server is theirs, though
//! the API has a route of the same path.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::Expression;

use super::{Request, Segment};
use crate::{
    endpoint::{app_route, page_route},
    module::{ModuleId, Modules, Symbol},
};

/// A handler: the folder of its front end, its path in segments, and the module.
struct Handler {
    root: String,
    path: Vec<SmolStr>,
    module: ModuleId,
    /// It takes every method.
    any: bool,
}

/// Takes the routes from requests that a handler answers with a body of its own, or without asking that route.
pub(super) fn stand_between(modules: &Modules, requests: &mut [Request]) {
    let handlers = handlers(modules);
    if handlers.is_empty() {
        return;
    }
    // What each handler's module asks of the API: the endpoint, and whether what it sends is made there.
    let mut asked: FxHashMap<(ModuleId, usize), bool> = FxHashMap::default();
    for request in requests.iter() {
        if let Some(route) = request.route {
            let composes = request.body.is_some_and(|body| {
                let facts = modules.facts(body.module);
                matches!(
                    facts.expression(facts.unwrap_casts(body.id)),
                    Expression::Object(_)
                )
            });
            *asked
                .entry((request.at.module, route.endpoint))
                .or_default() |= composes;
        }
    }
    for request in requests.iter_mut().filter(|one| !one.based) {
        let Some(route) = request.route else { continue };
        let Some(handler) = handlers.iter().find(|one| one.answers(modules, request)) else {
            continue;
        };
        if asked.get(&(handler.module, route.endpoint)) != Some(&false) {
            request.route = None;
        }
    }
}

fn handlers(modules: &Modules) -> Vec<Handler> {
    let of = |(module, owner): (ModuleId, &crate::module::Module)| {
        let path = &owner.path;
        // `[...path]` hands on whatever comes.
        if path.contains("[...") || path.contains("[[") {
            return None;
        }
        let (route, folder, any) = match app_route(path) {
            Some(route) => (route, "app/", false),
            None => (page_route(path)?, "pages/", true),
        };
        let root = match path.strip_prefix(folder) {
            Some(_) => "",
            None => path.split_once(&format!("/{folder}"))?.0,
        };
        let root = root.strip_suffix("src").unwrap_or(root);
        let segments = route.split('/').filter(|part| !part.is_empty());
        Some(Handler {
            root: root.trim_end_matches('/').to_owned(),
            path: segments.map(SmolStr::from).collect(),
            module,
            any,
        })
    };
    modules.iter().filter_map(of).collect()
}

impl Handler {
    /// Whether a request from its own front end comes here.
    fn answers(&self, modules: &Modules, request: &Request) -> bool {
        let from = &modules.get(request.at.module).path;
        let own = self.root.is_empty()
            || from
                .strip_prefix(&self.root)
                .is_some_and(|rest| rest.starts_with('/'));
        let mut parts = self.path.iter().zip(&request.path);
        own && request.at.module != self.module
            && self.path.len() == request.path.len()
            && parts.all(|(part, segment)| match segment {
                _ if part.starts_with(':') => true,
                Segment::Text(text) => text == part,
                Segment::Parameter => false,
            })
            && (self.any
                || !matches!(
                    modules.export(self.module, &request.method),
                    Symbol::Unresolved
                ))
    }
}

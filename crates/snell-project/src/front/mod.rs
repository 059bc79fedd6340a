//! What front ends ask of the API: requests, and the routes that serve them.
//!
//! A request is a call of `fetch`, axios or a framework's client, wherever it is
//! wrapped: a function whose path is one of its parameters is no request, but each
//! call of it is. What cannot be folded stays open, and joins nothing.

mod fold;
mod handlers;
mod join;
mod options;
mod path;
mod requests;
mod response;

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionKind, Pattern};

pub use self::join::{How, Route};
use crate::{
    endpoint::Endpoints,
    module::{ExpressionRef, ModuleId, Modules, TypeRef},
};

/// A segment of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Constant text.
    Text(SmolStr),
    /// Something that is known when the request is sent.
    Parameter,
}

/// A request of a front end.
#[derive(Debug, Clone)]
pub struct Request {
    /// The call, in the front ends' modules.
    pub at: ExpressionRef,
    /// `GET`, `POST`, ...
    pub method: SmolStr,
    /// The path, the query cut off.
    pub path: Vec<Segment>,
    /// Whether something unknown stands before the path: a host, a base.
    pub based: bool,
    /// Whether it goes to a host that is written out: another server's.
    pub elsewhere: bool,
    /// The type that the front end gives to the answer.
    pub response: Option<TypeRef>,
    /// What is sent.
    pub body: Option<ExpressionRef>,
    /// The type that what is sent is declared as, where it is a name.
    pub sent: Option<TypeRef>,
    /// Whether the client was told by its name alone.
    pub by_name: bool,
    /// The route that serves it.
    pub route: Option<Route>,
}

impl Request {
    /// `/users/:`, as people read it.
    #[must_use]
    pub fn path_text(&self) -> String {
        let parts = self.path.iter().map(|segment| match segment {
            Segment::Text(text) => format!("/{text}"),
            Segment::Parameter => "/:".to_owned(),
        });
        parts.collect()
    }
}

/// The front ends of the workspace.
#[derive(Debug, Default)]
pub struct Front {
    /// Their modules, with what they import. Numbers of modules are their own.
    pub modules: Modules,
    /// What they ask for, in the order of modules and places.
    pub requests: Vec<Request>,
}

impl Front {
    /// Finds the requests of the front ends' modules that `asks` admits, and joins them with the
    /// endpoints of `api`.
    #[must_use]
    pub fn bind(
        modules: Modules,
        api: &Modules,
        endpoints: &Endpoints,
        asks: impl Fn(&str) -> bool,
    ) -> Self {
        let mut requests = requests::find(&modules, &asks);
        let routes = join::Routes::of(api, endpoints);
        for request in requests.iter_mut().filter(|one| !one.elsewhere) {
            request.route = routes.serving(request);
        }
        handlers::stand_between(&modules, &mut requests);
        Front { modules, requests }
    }

    /// The properties that each front end reads, by the folder that `app` names for a module's path.
    pub fn reads<'p>(
        &self,
        app: impl Fn(&str) -> Option<&'p str>,
    ) -> BTreeMap<&'p str, FxHashSet<SmolStr>> {
        let mut read: BTreeMap<&str, FxHashSet<SmolStr>> = BTreeMap::new();
        for (id, module) in self.modules.iter() {
            if let Some(app) = app(&module.path) {
                read.entry(app).or_default().extend(self.read_in(id));
            }
        }
        read
    }

    /// The properties that a module reads: `x.name`, `{ name } = x`.
    fn read_in(&self, module: ModuleId) -> FxHashSet<SmolStr> {
        let facts = self.modules.facts(module);
        let mut names = FxHashSet::default();
        for (_, node) in facts.all([ExpressionKind::Member, ExpressionKind::Assign]) {
            match &node.kind {
                Expression::Member { property, .. } => {
                    names.insert(property.text.clone());
                }
                Expression::Assign { target, .. } => taken(target, &mut names),
                _ => {}
            }
        }
        for binding in &facts.bindings {
            use snell_extract::facts::{BindingKind, PatternStep};
            let path = match &binding.kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } => &init.path,
                BindingKind::Parameter { path, .. } => path,
                _ => continue,
            };
            names.extend(path.iter().filter_map(|step| match step {
                PatternStep::Property(name) => Some(name.clone()),
                _ => None,
            }));
        }
        names
    }
}

fn taken(pattern: &Pattern, names: &mut FxHashSet<SmolStr>) {
    if let Pattern::Object { properties, .. } = pattern {
        for property in properties {
            names.extend(property.key.name().map(|name| name.text.clone()));
            taken(&property.value, names);
        }
    }
}

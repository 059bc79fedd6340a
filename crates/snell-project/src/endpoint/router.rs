//! Routes of routers that are made by hand, as Express has them:
//! `router.get('/notes/:id', auth, handler)`, and what `use` puts before them.

use snell_extract::facts::{Argument, Expression, ExpressionId, ExpressionKind, MethodCall};

use super::{
    Access, Endpoint, EndpointKind, Given, access, middleware, procedures,
    ranks::Ranks,
    scan, signed,
    stack::{self, Uses},
    wrapper::{given_back, unwrapped},
};
use crate::{
    module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol},
    types::{Type, Types},
};

/// Packages whose routers hand a request and a response to functions.
const PACKAGES: [&str; 5] = [
    "express",
    "express-promise-router",
    "fastify",
    "polka",
    "restify",
];

/// Methods of a router that add a route.
const VERBS: [&str; 7] = ["get", "post", "put", "patch", "delete", "del", "all"];

/// The routes of a module, and the functions before them.
pub(super) fn of_module(
    modules: &Modules,
    module: ModuleId,
    (uses, ranks): (&Uses, &Ranks),
) -> Vec<Endpoint> {
    let facts = modules.facts(module);
    let mut found: Vec<Endpoint> = Vec::new();
    for (_, node) in facts.all([ExpressionKind::Call]) {
        let Some(MethodCall {
            object,
            property,
            arguments,
        }) = facts.method_call(&node.kind)
        else {
            continue;
        };
        let verb = property.text.as_str();
        let adds = VERBS.contains(&verb) && arguments.len() > 1 || verb == "use";
        if !adds || !is_router(modules, In { module, id: object }) {
            continue;
        }
        let at = modules.at(module, property.span);
        let made = Made {
            modules,
            module,
            at,
            router: object,
            uses,
            ranks,
        };
        let route = match verb {
            "use" => None,
            _ => made.route(verb, arguments),
        };
        let before = match &route {
            Some(_) => &arguments[..arguments.len() - 1],
            None if verb == "use" => arguments,
            None => continue,
        };
        let before = before.iter().filter_map(|argument| made.before(argument));
        for endpoint in before.chain(route) {
            if found.iter().all(|known| known.handler != endpoint.handler) {
                found.push(endpoint);
            }
        }
    }
    found
}

/// Whether a value is an application or a router of such a package: by its type, or by what
/// its constant is made with.
pub(super) fn is_router(modules: &Modules, at: ExpressionRef) -> bool {
    if let Type::External(specifier, _) = Types::new(modules).of(at) {
        return is_package(&specifier);
    }
    let init = scan::initial(modules, &scan::symbol(modules, at));
    init.is_some_and(|init| makes(modules, init))
}

fn is_package(specifier: &str) -> bool {
    PACKAGES.contains(&specifier)
}

/// Whether an expression makes an application or a router of such a package.
pub(super) fn makes(modules: &Modules, init: ExpressionRef) -> bool {
    let facts = modules.facts(init.module);
    let (Expression::Call { callee, .. } | Expression::New { callee, .. }) =
        facts.expression(facts.unwrap_casts(init.id))
    else {
        return false;
    };
    let callee = In {
        module: init.module,
        id: *callee,
    };
    matches!(scan::symbol(modules, callee),
        Symbol::External { specifier, .. } if is_package(&specifier))
}

struct Made<'a> {
    modules: &'a Modules,
    module: ModuleId,
    at: snell_source::Location,
    /// What the route is added to.
    router: ExpressionId,
    uses: &'a Uses,
    ranks: &'a Ranks,
}

impl Made<'_> {
    fn here(&self, id: ExpressionId) -> ExpressionRef {
        In {
            module: self.module,
            id,
        }
    }

    fn route(&self, verb: &str, arguments: &[Argument]) -> Option<Endpoint> {
        let path = scan::text(self.modules, self.here(arguments.first()?.value), 8)?;
        let mut access = Access::default();
        let handler = self.function(self.here(arguments.last()?.value), &mut access)?;
        let place = self.at.span.start as usize;
        let before = self
            .uses
            .before(self.modules, self.here(self.router), place);
        let between = &arguments[1..arguments.len() - 1];
        let between = between.iter().map(|argument| self.here(argument.value));
        for step in before.functions.into_iter().chain(between) {
            middleware::add(self.modules, step, self.ranks, &mut access);
        }
        let path = match stack::joined(&before.path, &path) {
            whole if whole.is_empty() => path.to_string(),
            whole => whole,
        };
        access.administrative = access::is_admin(&path);
        access.internal = access::is_internal(&path);
        // Where nothing signs in, something may do so that is not seen, and so may the handler itself.
        if !access.authenticated {
            access.unknown.push("the router".into());
        }
        access.verified |= signed::asks(self.modules, handler);
        let verb = match verb {
            "del" => "DELETE".to_owned(),
            verb => verb.to_ascii_uppercase(),
        };
        let given = |n: usize| match n {
            0 => Given::Request,
            1 => Given::Response { passthrough: false },
            _ => Given::Other,
        };
        Some(Endpoint {
            handler,
            module: self.module,
            class: None,
            kind: EndpointKind::Route,
            name: format!("{verb} {path}").into(),
            at: self.at,
            access,
            parameters: (0..self.count(handler)).map(given).collect(),
        })
    }

    /// `use(auth)`, and `auth` of `get('/notes', auth, handler)`
    fn before(&self, argument: &Argument) -> Option<Endpoint> {
        let handler = self.function(self.here(argument.value), &mut Access::default())?;
        Some(Endpoint {
            handler,
            module: self.module,
            class: None,
            kind: EndpointKind::Before,
            name: "before routes".into(),
            at: self.at,
            access: Access::default(),
            parameters: vec![Given::Unknown; self.count(handler)],
        })
    }

    fn count(&self, function: FunctionRef) -> usize {
        let facts = self.modules.facts(function.module);
        facts.function(function.id).parameters.len()
    }

    /// A function, one in wrappers, a method, or what a function of the workspace gives back.
    fn function(&self, at: ExpressionRef, access: &mut Access) -> Option<FunctionRef> {
        let modules = self.modules;
        if let Some(wrapped) = unwrapped(modules, at, access) {
            return Some(wrapped.handler);
        }
        let facts = modules.facts(at.module);
        let here = |id| In {
            module: at.module,
            id,
        };
        let id = facts.unwrap_casts(at.id);
        match facts.expression(id) {
            Expression::Call { callee, .. } => {
                // `controller.list.bind(controller)`
                if let Expression::Member {
                    object, property, ..
                } = facts.expression(*callee)
                    && property.text == "bind"
                {
                    return self.function(here(*object), access);
                }
                given_back(modules, procedures::function(modules, here(*callee))?)
            }
            Expression::Member { .. } => match Types::new(modules).of(here(id)) {
                Type::Function(function) => Some(function),
                _ => None,
            },
            _ => None,
        }
    }
}

//! Finds the endpoints, and what stands before each.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{
    ClassId, Decorator, Expression, FunctionId, Member, MemberKind, Property,
};
use snell_workspace::Isolation;

use super::{
    Endpoint, EndpointKind, Endpoints, Given, access, consumer,
    decorator::{Mark, Written, marks},
    gateway, global,
    guard::Guard,
    meant, middleware, mounted, ordinary, parameter, procedures,
    ranks::Ranks,
    registered, router, routes, scan, sieve, signed, stack, system,
};
use crate::{
    module::{ClassRef, FunctionRef, In, Module, Modules},
    types::Types,
};

/// HTTP methods, as the framework's decorators name them.
const VERBS: [(&str, &str); 8] = [
    ("Get", "GET"),
    ("Post", "POST"),
    ("Put", "PUT"),
    ("Patch", "PATCH"),
    ("Delete", "DELETE"),
    ("All", "ALL"),
    ("Head", "HEAD"),
    ("Options", "OPTIONS"),
];

/// What stands around all endpoints.
struct Around<'a> {
    ranks: &'a Ranks,
    /// The properties of a request that hold who asks.
    principals: Vec<SmolStr>,
    globals: Vec<global::Global>,
    /// Metadata by which interceptors put who asks into what the client sent.
    put: Vec<SmolStr>,
    /// Middlewares that sign in before controllers.
    signed_in: Vec<consumer::Applied>,
}

pub(super) fn find(
    modules: &Modules,
    (settings, ranks): (&Isolation, &Ranks),
    is_production: &dyn Fn(&Module) -> bool,
) -> Endpoints {
    let around_all = Around {
        ranks,
        principals: principals(modules),
        globals: global::guards(modules),
        put: global::put(modules),
        signed_in: consumer::signed_in(modules),
    };
    let uses = stack::Uses::of(modules);
    let left_out = mounted::left_out(modules, is_production);
    let mut endpoints = Vec::new();
    let mut handlers: FxHashMap<ClassRef, Vec<FunctionRef>> = FxHashMap::default();
    for (module, owner) in modules.iter() {
        for (_, n) in owner.facts.classes.iter().zip(0u32..) {
            let class = In {
                module,
                id: ClassId(n),
            };
            for (message, handler) in system::handled(modules, class) {
                handlers.entry(message).or_default().push(handler);
            }
            if left_out.contains(&class) {
                continue;
            }
            let requests = of_class(modules, class, &around_all, settings);
            let known = |other: &Endpoint| requests.iter().all(|e| e.handler != other.handler);
            let others = system::of_class(modules, class).into_iter();
            let others: Vec<Endpoint> = others.filter(known).collect();
            endpoints.extend(requests);
            endpoints.extend(others);
        }
        endpoints.extend(procedures::of_module(modules, module));
        endpoints.extend(routes::of_module(modules, module));
        endpoints.extend(routes::actions(modules, module));
        endpoints.extend(router::of_module(modules, module, (&uses, ranks)));
        if is_production(owner) {
            endpoints.extend(registered::started(modules, module));
        }
        endpoints.extend(registered::of_module(modules, module));
    }
    let around = endpoints.iter().flat_map(|e: &Endpoint| &e.access.wrappers);
    let around: BTreeMap<FunctionRef, SmolStr> = around.cloned().collect();
    endpoints.extend(registered::wrappers(modules, around));
    ordinary::mark(modules, ranks, &mut endpoints);
    meant::mark(&mut endpoints, &|module| is_production(modules.get(module)));
    Endpoints {
        endpoints,
        principals: around_all.principals,
        handlers,
        answering: gateway::Answering::of(modules),
        read_anywhere: global::read(modules, &around_all.globals),
        guards: {
            let all = around_all.globals.iter();
            all.filter_map(|global| global.seen(modules)).collect()
        },
        middleware_signs_in: !around_all.signed_in.is_empty(),
    }
}

/// What guards, middlewares and strategies put on the request.
fn principals(modules: &Modules) -> Vec<SmolStr> {
    let mut found: Vec<SmolStr> = ["user", "auth", "session", "account", "principal"]
        .map(SmolStr::from)
        .to_vec();
    for (module, owner) in modules.iter() {
        for (class, n) in owner.facts.classes.iter().zip(0u32..) {
            let before = ["canActivate", "use", "intercept", "handleRequest"];
            let id = ClassId(n);
            if before.iter().any(|name| class.member(name).is_some())
                && !sieve::notes_alone(modules, In { module, id })
            {
                let mut puts = scan::assigned_on_request(modules, module, class.span);
                if !sieve::may_sign_in(modules, In { module, id }) {
                    puts.retain(|name| middleware::says_who(name));
                }
                found.extend(puts);
            }
        }
    }
    found.retain(|name| !["params", "body", "query", "headers", "url"].contains(&name.as_str()));
    found.sort();
    found.dedup();
    found
}

fn of_class(
    modules: &Modules,
    class: ClassRef,
    around_all: &Around<'_>,
    settings: &Isolation,
) -> Vec<Endpoint> {
    let own = class_marks(modules, class);
    let registration = own.iter().find_map(|mark| registered(modules, mark));
    let Some((prefix, kind)) = registration.or_else(|| resolves(modules, class)) else {
        return Vec::new();
    };
    let types = Types::new(modules);
    let ancestry = types.ancestry(class);
    let mut around = own;
    for base in ancestry.iter().skip(1) {
        around.extend(class_marks(modules, *base));
    }
    let path = &modules.get(class.module).path;
    let before: Vec<&Guard> = around_all
        .globals
        .iter()
        .filter(|global| global.folder.is_empty() || path.starts_with(global.folder.as_str()))
        .map(|global| &global.guard)
        .collect();
    let mut endpoints: Vec<Endpoint> = Vec::new();
    let mut overridden: FxHashSet<&str> = FxHashSet::default();
    for holder in ancestry {
        let facts = modules.facts(holder.module);
        let members = &facts.class(holder.id).members;
        for member in members {
            let MemberKind::Method(method) = member.kind else {
                continue;
            };
            // What a nearer class has by this name is what runs, with its own decorators or none.
            let name = member.key.name();
            if name.is_some_and(|name| overridden.contains(name.text.as_str())) {
                continue;
            }
            let known = |e: &Endpoint| e.handler.id == method && e.handler.module == holder.module;
            if endpoints.iter().any(known) {
                continue;
            }
            let made = Maker {
                modules,
                class,
                holder,
                around: &around,
                before: &before,
                put: &around_all.put,
                signed_in: &around_all.signed_in,
                principals: &around_all.principals,
                settings,
                ranks: around_all.ranks,
            };
            endpoints.extend(made.endpoint(member, method, &prefix, kind));
        }
        let names = members.iter().filter_map(|member| member.key.name());
        overridden.extend(names.map(|name| name.text.as_str()));
    }
    endpoints
}

fn class_marks(modules: &Modules, class: ClassRef) -> Vec<Mark> {
    let decorators = &modules.facts(class.module).class(class.id).decorators;
    decorators
        .iter()
        .flat_map(|decorator| marks(modules, class.module, decorator))
        .collect()
}

/// What kind of endpoints a class holds, and the path before theirs.
fn registered(modules: &Modules, mark: &Mark) -> Option<(SmolStr, EndpointKind)> {
    let Mark::Framework(specifier, name, at) = mark else {
        return None;
    };
    match name.as_str() {
        "Controller" if specifier == "@nestjs/common" => {
            Some((route_of(modules, at), EndpointKind::Http))
        }
        "Resolver" => Some((SmolStr::default(), EndpointKind::Query)),
        "WebSocketGateway" => Some((SmolStr::default(), EndpointKind::Message)),
        _ => None,
    }
}

/// A provider whose methods are resolvers needs no decorator of its own.
fn resolves(modules: &Modules, class: ClassRef) -> Option<(SmolStr, EndpointKind)> {
    let members = &modules.facts(class.module).class(class.id).members;
    let mut marked = members
        .iter()
        .flat_map(|member| &member.decorators)
        .filter(|decorator| {
            matches!(
                decorator.name.as_str(),
                "Query" | "Mutation" | "Subscription"
            )
        })
        .flat_map(|decorator| marks(modules, class.module, decorator));
    let resolver = marked.any(
        |mark| matches!(mark, Mark::Framework(specifier, ..) if specifier == "@nestjs/graphql"),
    );
    resolver.then(|| (SmolStr::default(), EndpointKind::Query))
}

/// The path that a decorator is given: a string, or the `path` of its options.
fn route_of(modules: &Modules, written: &Written) -> SmolStr {
    let at = written.at;
    let facts = modules.facts(at.module);
    let Expression::Call { arguments, .. } = facts.expression(at.id) else {
        return SmolStr::default();
    };
    let Some(first) = arguments.first() else {
        return SmolStr::default();
    };
    let mut value = first.value;
    match facts.expression(value) {
        Expression::Object(properties) => {
            let path = properties.iter().find_map(|property| match property {
                Property::Value { key, value, .. }
                    if key.name().is_some_and(|n| n.text == "path") =>
                {
                    Some(*value)
                }
                _ => None,
            });
            match path {
                Some(path) => value = path,
                None => return SmolStr::default(),
            }
        }
        Expression::Array(elements) => {
            if let Some(snell_extract::facts::Element::Value(first)) = elements.first() {
                value = *first;
            }
        }
        _ => {}
    }
    let value = In {
        module: at.module,
        id: value,
    };
    written.text(modules, value).unwrap_or_default()
}

struct Maker<'a> {
    modules: &'a Modules,
    class: ClassRef,
    holder: ClassRef,
    around: &'a [Mark],
    before: &'a [&'a Guard],
    put: &'a [SmolStr],
    signed_in: &'a [consumer::Applied],
    principals: &'a [SmolStr],
    settings: &'a Isolation,
    ranks: &'a Ranks,
}

impl Maker<'_> {
    fn endpoint(
        &self,
        member: &Member,
        method: FunctionId,
        prefix: &str,
        kind: EndpointKind,
    ) -> Option<Endpoint> {
        let module = self.holder.module;
        let with_marks: Vec<(&Decorator, Vec<Mark>)> = member
            .decorators
            .iter()
            .map(|decorator| (decorator, marks(self.modules, module, decorator)))
            .collect();
        let (decorator, kind, name) = with_marks.iter().find_map(|(decorator, marks)| {
            marks.iter().find_map(|mark| {
                let (kind, name) = self.reached(mark, prefix, kind, member)?;
                Some((*decorator, kind, name))
            })
        })?;
        let own: Vec<&Mark> = with_marks
            .iter()
            .flat_map(|(_, marks)| marks)
            .chain(self.around)
            .collect();
        let facts = self.modules.facts(module);
        // Another framework's decorator of the method may hand anything over, and what a base says of
        // a method's parameters holds for the one that overrides it.
        let fills = |mark: &Mark| match mark {
            Mark::Unknown(_) => true,
            Mark::Framework(specifier, ..) => !specifier.starts_with("@nestjs/"),
            Mark::Guard(_) | Mark::Metadata(_) => false,
        };
        let inherits = facts.class(self.holder.id).extends.is_some();
        let filled = with_marks.iter().flat_map(|(_, marks)| marks).any(fills);
        let bare = kind == EndpointKind::Http && !filled && !inherits;
        let parameters = facts
            .function(method)
            .parameters
            .iter()
            .map(|parameter| {
                if bare && parameter::is_left_empty(parameter) {
                    return Given::Nothing;
                }
                parameter::given(
                    self.modules,
                    module,
                    parameter,
                    self.principals,
                    self.settings,
                )
            })
            .collect();
        let of_method = with_marks.iter().map(|(_, marks)| marks.len()).sum();
        let marks = (own.as_slice(), of_method);
        let mut access = access::access(
            self.modules,
            marks,
            self.before,
            self.put,
            (self.settings, self.ranks),
        );
        access.administrative =
            access::is_admin(&name) || self.class_name().to_ascii_lowercase().contains("admin");
        access.internal = access::is_internal(&name);
        let path = &self.modules.get(self.class.module).path;
        for applied in self.signed_in {
            if kind == EndpointKind::Http && applied.covers(self.class, path, &name) {
                access.authenticated = true;
                access.checked.extend(applied.checks.iter().cloned());
                access.exempt |= !applied.administrators.is_empty();
                access
                    .restricted
                    .extend(applied.administrators.iter().cloned());
            }
        }
        let handler = In { module, id: method };
        access.verified = !access.authenticated && signed::asks(self.modules, handler);
        Some(Endpoint {
            handler,
            module: self.class.module,
            class: Some(self.class),
            kind,
            name,
            at: self.modules.at(module, decorator.span),
            access,
            parameters,
        })
    }

    fn class_name(&self) -> SmolStr {
        let class = self.modules.facts(self.class.module).class(self.class.id);
        class
            .name
            .as_ref()
            .map_or_else(SmolStr::default, |name| name.text.clone())
    }

    /// Whether a decorator makes a method an endpoint of its class.
    fn reached(
        &self,
        mark: &Mark,
        prefix: &str,
        kind: EndpointKind,
        member: &Member,
    ) -> Option<(EndpointKind, SmolStr)> {
        let Mark::Framework(specifier, name, at) = mark else {
            return None;
        };
        let method = || {
            member
                .key
                .name()
                .map_or_else(SmolStr::default, |name| name.text.clone())
        };
        match kind {
            EndpointKind::Http if specifier == "@nestjs/common" => {
                let (_, verb) = VERBS.iter().find(|(decorator, _)| *decorator == name)?;
                let path = joined(prefix, &route_of(self.modules, at));
                Some((EndpointKind::Http, format!("{verb} {path}").into()))
            }
            EndpointKind::Query => {
                let (kind, word) = match name.as_str() {
                    "Query" => (EndpointKind::Query, "query"),
                    "Mutation" => (EndpointKind::Mutation, "mutation"),
                    "Subscription" => (EndpointKind::Subscription, "subscription"),
                    "ResolveField" | "ResolveProperty" | "ResolveReference" => {
                        (EndpointKind::Field, "field")
                    }
                    _ => return None,
                };
                Some((kind, format!("{word} {}", method()).into()))
            }
            EndpointKind::Message if name == "SubscribeMessage" => {
                let event = route_of(self.modules, at);
                Some((EndpointKind::Message, format!("message {event}").into()))
            }
            _ => None,
        }
    }
}

fn joined(prefix: &str, path: &str) -> String {
    let parts = [prefix, path];
    let whole: Vec<&str> = parts
        .iter()
        .map(|part| part.trim_matches('/'))
        .filter(|part| !part.is_empty())
        .collect();
    format!("/{}", whole.join("/"))
}

//! Finds the endpoints, and what stands before each.

use smol_str::SmolStr;
use snell_extract::facts::{
    ClassId, Decorator, Expression, FunctionId, Member, MemberKind, Property,
};
use snell_workspace::Isolation;

use super::{
    Access, Endpoint, EndpointKind, Endpoints,
    decorator::{Mark, marks},
    guard::{self, Guard},
    parameter, scan,
};
use crate::{
    module::{ClassRef, In, ModuleId, Modules},
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

/// Words of markers that open an endpoint to everybody.
const PUBLIC: [&str; 8] = [
    "public",
    "skipauth",
    "anonymous",
    "noauth",
    "unauth",
    "allowall",
    "isopen",
    "optionalauth",
];

/// Words of metadata that asks for more than to be signed in.
const RESTRICTING: [&str; 12] = [
    "role",
    "permission",
    "scope",
    "admin",
    "ability",
    "abilities",
    "polic",
    "acl",
    "access",
    "authorize",
    "require",
    "feature",
];

/// Packages whose decorators check nothing.
const NEUTRAL: [&str; 8] = [
    "@nestjs/",
    "class-validator",
    "class-transformer",
    "nestjs-zod",
    "@sentry/",
    "nest-winston",
    "@willsoto/",
    "nestjs-i18n",
];

pub(super) fn find(modules: &Modules, settings: &Isolation) -> Endpoints {
    let principals = principals(modules);
    let globals = global_guards(modules);
    let mut endpoints = Vec::new();
    for (module, owner) in modules.iter() {
        for (_, n) in owner.facts.classes.iter().zip(0u32..) {
            let class = In {
                module,
                id: ClassId(n),
            };
            endpoints.extend(of_class(modules, class, &principals, &globals, settings));
        }
    }
    Endpoints {
        endpoints,
        principals,
    }
}

/// What guards, middlewares and strategies put on the request.
fn principals(modules: &Modules) -> Vec<SmolStr> {
    let mut found: Vec<SmolStr> = ["user", "auth", "session", "account", "principal"]
        .map(SmolStr::from)
        .to_vec();
    for (module, owner) in modules.iter() {
        for class in &owner.facts.classes {
            let before = ["canActivate", "use", "intercept", "handleRequest"];
            if before.iter().any(|name| class.member(name).is_some()) {
                found.extend(scan::assigned_on_request(modules, module, class.span));
            }
        }
    }
    found.retain(|name| !["params", "body", "query", "headers", "url"].contains(&name.as_str()));
    found.sort();
    found.dedup();
    found
}

/// A guard before every endpoint of an application.
struct Global {
    /// The folder below which it counts.
    folder: SmolStr,
    guard: Guard,
}

/// `{ provide: APP_GUARD, useClass: X }`, `app.useGlobalGuards(new X())`
fn global_guards(modules: &Modules) -> Vec<Global> {
    let mut found = Vec::new();
    for (module, owner) in modules.iter() {
        for node in &owner.facts.expressions {
            match &node.kind {
                Expression::Object(properties) => {
                    if let Some(guard) = app_guard(modules, module, properties) {
                        found.push(Global {
                            folder: application(&owner.path),
                            guard,
                        });
                    }
                }
                Expression::Call {
                    callee, arguments, ..
                } if matches!(owner.facts.expression(*callee),
                    Expression::Member { property, .. } if property.text == "useGlobalGuards") =>
                {
                    found.extend(arguments.iter().map(|argument| Global {
                        folder: application(&owner.path),
                        guard: guard::of(
                            modules,
                            In {
                                module,
                                id: argument.value,
                            },
                        ),
                    }));
                }
                _ => {}
            }
        }
    }
    found
}

fn app_guard(modules: &Modules, module: ModuleId, properties: &[Property]) -> Option<Guard> {
    let facts = modules.facts(module);
    let value = |wanted: &str| {
        properties.iter().find_map(|property| match property {
            Property::Value { key, value, .. } if key.name().is_some_and(|n| n.text == wanted) => {
                Some(*value)
            }
            _ => None,
        })
    };
    let Expression::Identifier { name, .. } = facts.expression(value("provide")?) else {
        return None;
    };
    if name != "APP_GUARD" {
        return None;
    }
    match value("useClass").or_else(|| value("useExisting")) {
        Some(class) => Some(guard::of(modules, In { module, id: class })),
        None => Some(Guard::Unknown("APP_GUARD".into())),
    }
}

/// The folder of the application that a file belongs to: up to `src`, or its own.
fn application(path: &str) -> SmolStr {
    match path.rfind("/src/") {
        Some(end) => path[..end].into(),
        None if path.starts_with("src/") => SmolStr::default(),
        None => path
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .into(),
    }
}

fn of_class(
    modules: &Modules,
    class: ClassRef,
    principals: &[SmolStr],
    globals: &[Global],
    settings: &Isolation,
) -> Vec<Endpoint> {
    let own = class_marks(modules, class);
    let Some((prefix, kind)) = own.iter().find_map(|mark| registered(modules, mark)) else {
        return Vec::new();
    };
    let types = Types::new(modules);
    let ancestry = types.ancestry(class);
    let mut around = own;
    for base in ancestry.iter().skip(1) {
        around.extend(class_marks(modules, *base));
    }
    let path = &modules.get(class.module).path;
    let before: Vec<&Guard> = globals
        .iter()
        .filter(|global| global.folder.is_empty() || path.starts_with(global.folder.as_str()))
        .map(|global| &global.guard)
        .collect();
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for holder in ancestry {
        let facts = modules.facts(holder.module);
        for member in &facts.class(holder.id).members {
            let MemberKind::Method(method) = member.kind else {
                continue;
            };
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
                principals,
                settings,
            };
            endpoints.extend(made.endpoint(member, method, &prefix, kind));
        }
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
            Some((route_of(modules, *at), EndpointKind::Http))
        }
        "Resolver" => Some((SmolStr::default(), EndpointKind::Query)),
        "WebSocketGateway" => Some((SmolStr::default(), EndpointKind::Message)),
        _ => None,
    }
}

/// The path that a decorator is given: a string, or the `path` of its options.
fn route_of(modules: &Modules, at: crate::module::ExpressionRef) -> SmolStr {
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
    scan::text(modules, value, 8).unwrap_or_default()
}

struct Maker<'a> {
    modules: &'a Modules,
    class: ClassRef,
    holder: ClassRef,
    around: &'a [Mark],
    before: &'a [&'a Guard],
    principals: &'a [SmolStr],
    settings: &'a Isolation,
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
        let parameters = facts
            .function(method)
            .parameters
            .iter()
            .map(|parameter| {
                parameter::given(
                    self.modules,
                    module,
                    parameter,
                    self.principals,
                    self.settings,
                )
            })
            .collect();
        let mut access = self.access(&own);
        if is_admin(&name) || self.class_name().to_ascii_lowercase().contains("admin") {
            access.restricted.push("admin".into());
        }
        Some(Endpoint {
            handler: In { module, id: method },
            class: self.class,
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
                let path = joined(prefix, &route_of(self.modules, *at));
                Some((EndpointKind::Http, format!("{verb} {path}").into()))
            }
            EndpointKind::Query => {
                let (kind, word) = match name.as_str() {
                    "Query" => (EndpointKind::Query, "query"),
                    "Mutation" => (EndpointKind::Mutation, "mutation"),
                    "Subscription" => (EndpointKind::Subscription, "subscription"),
                    _ => return None,
                };
                Some((kind, format!("{word} {}", method()).into()))
            }
            EndpointKind::Message if name == "SubscribeMessage" => {
                let event = route_of(self.modules, *at);
                Some((EndpointKind::Message, format!("message {event}").into()))
            }
            _ => None,
        }
    }

    fn access(&self, marks: &[&Mark]) -> Access {
        let mut access = Access::default();
        let mut metadata: Vec<SmolStr> = Vec::new();
        for mark in marks {
            match mark {
                Mark::Metadata(name, key) => {
                    if is_public(name, key.as_deref(), self.settings) {
                        access.public = Some(name.clone());
                    } else if says(name, key.as_deref(), &RESTRICTING)
                        || self.settings.admin_markers.value.iter().any(|m| m == name)
                    {
                        access.restricted.push(name.clone());
                    }
                    metadata.push(name.clone());
                    metadata.extend(key.clone());
                }
                Mark::Unknown(name) if is_public(name, None, self.settings) => {
                    access.public = Some(name.clone());
                }
                Mark::Unknown(name) => access.unknown.push(name.clone()),
                Mark::Framework(specifier, name, _)
                    if !NEUTRAL.iter().any(|known| specifier.starts_with(known)) =>
                {
                    access.unknown.push(name.clone());
                }
                Mark::Framework(..) | Mark::Guard(_) => {}
            }
        }
        let guards = marks.iter().filter_map(|mark| match mark {
            Mark::Guard(at) => Some(guard::of(self.modules, *at)),
            _ => None,
        });
        for guard in self
            .before
            .iter()
            .map(|guard| (*guard).clone())
            .chain(guards)
        {
            admit(&mut access, &guard, &metadata);
        }
        access
    }
}

/// Adds what a guard does before an endpoint that has this metadata.
fn admit(access: &mut Access, guard: &Guard, metadata: &[SmolStr]) {
    let asked = |keys: &[SmolStr]| {
        keys.iter().any(|key| {
            metadata.contains(key) && !PUBLIC.iter().any(|word| plain(key).contains(word))
        })
    };
    match guard {
        Guard::Neutral => {}
        Guard::Authenticates(keys) => {
            access.authenticated = true;
            if asked(keys) {
                access.restricted.push("metadata of the guard".into());
            }
        }
        Guard::Restricts(name, keys) => {
            if keys.is_empty() || asked(keys) {
                access.restricted.push(name.clone());
            }
        }
        Guard::Unknown(name) => access.unknown.push(name.clone()),
    }
}

fn is_public(name: &str, key: Option<&str>, settings: &Isolation) -> bool {
    says(name, key, &PUBLIC)
        || settings
            .public_markers
            .value
            .iter()
            .any(|marker| marker.trim_start_matches('@') == name)
}

fn says(name: &str, key: Option<&str>, words: &[&str]) -> bool {
    let (name, key) = (plain(name), key.map(plain).unwrap_or_default());
    words
        .iter()
        .any(|word| name.contains(word) || key.contains(word))
}

/// Lower case letters alone: `IS_PUBLIC` and `isPublic` are one.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

fn is_admin(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("/admin") || lower.contains(" admin") || lower.contains("internal/")
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

//! Middlewares that a module puts before controllers, by name or by path:
//! `consumer.apply(AuthMiddleware).exclude('auth/login').forRoutes(NotesController, 'files/*path')`.

use smol_str::SmolStr;
use snell_extract::facts::{Argument, Element, Expression, ExpressionId, ExpressionKind, Property};

use super::{
    global, guard,
    middleware::WHO,
    procedures::function,
    scan,
    sent::{self, SentKey},
};
use crate::module::{ClassRef, ExpressionRef, In, ModuleId, Modules, Symbol};

/// A middleware that signs in, and before what it stands.
pub(super) struct Applied {
    /// What it looks at of what the client sent.
    pub(super) checks: Vec<SentKey>,
    /// Those of them that let administrators through alone.
    pub(super) administrators: Vec<SmolStr>,
    /// The folder of the application below which paths count.
    folder: SmolStr,
    routes: Vec<Route>,
    excluded: Vec<Route>,
}

/// What `forRoutes` and `exclude` are handed.
enum Route {
    Class(ClassRef),
    /// A method, where one is named, and a path: its parts, and whether more may follow.
    Path(Option<SmolStr>, Vec<SmolStr>, bool),
}

impl Applied {
    /// Whether it stands before an endpoint of this class, which a file at `path` registers:
    /// `GET /notes/:id`.
    pub(super) fn covers(&self, class: ClassRef, path: &str, name: &str) -> bool {
        let Some((verb, route)) = name.split_once(' ') else {
            return false;
        };
        let parts: Vec<&str> = parts(route).collect();
        let here = path.starts_with(self.folder.as_str());
        let of = |one: &Route| match one {
            Route::Class(known) => *known == class,
            Route::Path(method, pattern, open) => {
                here && method.as_deref().is_none_or(|method| method == verb)
                    && (fits(pattern, *open, &parts)
                        // A prefix of all routes stands in some patterns.
                        || pattern.first().is_some_and(|first| first == "api")
                            && fits(&pattern[1..], *open, &parts))
            }
        };
        self.routes.iter().any(of) && !self.excluded.iter().any(of)
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

fn fits(pattern: &[SmolStr], open: bool, parts: &[&str]) -> bool {
    let alike = |(wanted, part): (&SmolStr, &&str)| wanted.starts_with(':') || wanted == part;
    let long = match open {
        true => parts.len() >= pattern.len(),
        false => parts.len() == pattern.len(),
    };
    long && pattern.iter().zip(parts).all(alike)
}

/// The middlewares that sign in. Those of which not all that they leave out can be read are left out.
pub(super) fn signed_in(modules: &Modules) -> Vec<Applied> {
    let mut found = Vec::new();
    for (module, owner) in modules.iter() {
        for (_, node) in owner.facts.all([ExpressionKind::Call]) {
            let Expression::Call {
                callee, arguments, ..
            } = &node.kind
            else {
                continue;
            };
            let Some((applied, excluded)) = applied(modules, module, *callee) else {
                continue;
            };
            let looks: Vec<Vec<SentKey>> = applied
                .iter()
                .filter_map(|argument| middleware(modules, module, argument))
                .collect();
            if looks.is_empty() {
                continue;
            }
            let (excluded, all) = routes(modules, module, excluded);
            let (routes, _) = routes(modules, module, arguments);
            if all {
                found.push(Applied {
                    checks: looks.concat(),
                    administrators: applied
                        .iter()
                        .map(|argument| {
                            guard::label(
                                modules,
                                In {
                                    module,
                                    id: argument.value,
                                },
                            )
                        })
                        .filter(|name| guard::is_of_administrators(name))
                        .collect(),
                    folder: global::application(&owner.path),
                    routes,
                    excluded,
                });
            }
        }
    }
    found
}

/// What `apply` and `exclude` are handed in `consumer.apply(...).exclude(...).forRoutes`.
fn applied(
    modules: &Modules,
    module: ModuleId,
    callee: ExpressionId,
) -> Option<(&[Argument], &[Argument])> {
    let before = called(modules, module, callee, "forRoutes")?;
    if let Some((applied, _)) = call(modules, module, before, "apply") {
        return Some((applied, &[]));
    }
    let (excluded, callee) = call(modules, module, before, "exclude")?;
    let before = called(modules, module, callee, "exclude")?;
    let (applied, _) = call(modules, module, before, "apply")?;
    Some((applied, excluded))
}

/// What a method of this name is called on.
fn called(
    modules: &Modules,
    module: ModuleId,
    callee: ExpressionId,
    name: &str,
) -> Option<ExpressionId> {
    match modules.facts(module).expression(callee) {
        Expression::Member {
            object, property, ..
        } if property.text == name => Some(*object),
        _ => None,
    }
}

/// The arguments and the callee of a call of a method of this name.
fn call<'m>(
    modules: &'m Modules,
    module: ModuleId,
    at: ExpressionId,
    name: &str,
) -> Option<(&'m [Argument], ExpressionId)> {
    let facts = modules.facts(module);
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(at)
    else {
        return None;
    };
    called(modules, module, *callee, name).map(|_| (&arguments[..], *callee))
}

/// What routes name, one by one or as a list that is spread; whether all of them can be read.
fn routes(modules: &Modules, module: ModuleId, arguments: &[Argument]) -> (Vec<Route>, bool) {
    let mut found = Vec::new();
    let mut all = true;
    let mut add = |at: ExpressionRef| match route(modules, at) {
        Some(route) => found.push(route),
        None => all = false,
    };
    for argument in arguments {
        let at = In {
            module,
            id: argument.value,
        };
        if !argument.spread {
            add(at);
            continue;
        }
        let list = scan::initial(modules, &scan::symbol(modules, at)).unwrap_or(at);
        let facts = modules.facts(list.module);
        let Expression::Array(elements) = facts.expression(facts.unwrap_casts(list.id)) else {
            add(list);
            continue;
        };
        for element in elements {
            if let Element::Value(id) = element {
                add(In {
                    module: list.module,
                    id: *id,
                });
            }
        }
    }
    (found, all)
}

fn route(modules: &Modules, at: ExpressionRef) -> Option<Route> {
    if let Symbol::Class(class) = scan::symbol(modules, at) {
        return Some(Route::Class(class));
    }
    let facts = modules.facts(at.module);
    let (mut path, mut method) = (at, None);
    if let Expression::Object(properties) = facts.expression(facts.unwrap_casts(at.id)) {
        let value = |wanted: &str| {
            properties.iter().find_map(|property| match property {
                Property::Value { key, value, .. }
                    if key.name().is_some_and(|name| name.text == wanted) =>
                {
                    Some(In {
                        module: at.module,
                        id: *value,
                    })
                }
                _ => None,
            })
        };
        path = value("path")?;
        // `RequestMethod.POST`
        method = value("method").map(|method| guard::label(modules, method));
    }
    let text = scan::text(modules, path, 8)?;
    let all: Vec<&str> = parts(&text).collect();
    // `*`, `*path`, `{*path}`, `(.*)`: whatever follows.
    let open = all.last().is_some_and(|last| last.contains('*'));
    let named = all.len() - usize::from(open);
    Some(Route::Path(
        method.filter(|method| method != "ALL"),
        all[..named]
            .iter()
            .map(|part| SmolStr::from(*part))
            .collect(),
        open,
    ))
}

/// What a middleware's class looks at of what the client sent, when it puts who is signed in on the
/// request and refuses all others.
fn middleware(modules: &Modules, module: ModuleId, argument: &Argument) -> Option<Vec<SentKey>> {
    let at = In {
        module,
        id: argument.value,
    };
    // A class with a method `use`, or a function of three parameters.
    let (owner, span) = match scan::symbol(modules, at) {
        Symbol::Class(class) => {
            let declared = modules.facts(class.module).class(class.id);
            declared.member("use")?;
            (class.module, declared.span)
        }
        _ => {
            let function = function(modules, at)?;
            let declared = modules.facts(function.module).function(function.id);
            if declared.parameters.len() != 3 {
                return None;
            }
            (function.module, declared.span)
        }
    };
    let puts = scan::assigned_on_request(modules, owner, span);
    let who = puts
        .iter()
        .any(|name| WHO.contains(&name.to_ascii_lowercase().as_str()));
    let refuses = scan::inside(modules, owner, span).any(|(_, node)| match &node.kind {
        Expression::New { callee, .. } => {
            let named = In {
                module: owner,
                id: *callee,
            };
            let name = guard::label(modules, named).to_ascii_lowercase();
            ["unauthorized", "forbidden"]
                .iter()
                .any(|word| name.contains(word))
        }
        // `response.status(401)`, `HttpStatus.UNAUTHORIZED`
        Expression::Number(code) => matches!(code.as_str(), "401" | "403"),
        Expression::Member { property, .. } => {
            matches!(property.text.as_str(), "UNAUTHORIZED" | "FORBIDDEN")
        }
        _ => false,
    });
    (who && refuses).then(|| sent::keys_inside(modules, owner, span))?
}

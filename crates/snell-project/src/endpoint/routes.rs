//! Route handlers and server actions of Next.js: functions that a file's place
//! and the names of its exports make endpoints.

use snell_extract::facts::{Expression, FunctionId};

use super::{Access, Endpoint, EndpointKind, Given, procedures::function, scan};
use crate::module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

/// The names under which a route exports its methods.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
/// Wrappers around wrappers.
const DEPTH: u32 = 4;

/// The route handlers of a module.
pub(super) fn of_module(modules: &Modules, module: ModuleId) -> Vec<Endpoint> {
    let path = &modules.get(module).path;
    if let Some(route) = app_route(path) {
        let methods = METHODS.iter();
        return methods
            .filter_map(|method| {
                let symbol = modules.export(module, method);
                let name = format!("{method} {route}");
                endpoint(modules, module, &symbol, &name, EndpointKind::Route)
            })
            .collect();
    }
    if let Some(route) = page_route(path) {
        let symbol = modules.export(module, "default");
        let name = format!("ALL {route}");
        return endpoint(modules, module, &symbol, &name, EndpointKind::Route)
            .into_iter()
            .collect();
    }
    Vec::new()
}

/// `apps/web/app/api/links/[id]/route.ts` -> `/api/links/:id`
fn app_route(path: &str) -> Option<String> {
    let folder = ["route.ts", "route.tsx", "route.js"]
        .iter()
        .find_map(|file| path.strip_suffix(*file))?;
    let inside = folder
        .strip_prefix("app/")
        .or_else(|| folder.split_once("/app/").map(|(_, inside)| inside))?;
    Some(written(inside))
}

/// `pages/api/links/[id].ts` -> `/api/links/:id`
fn page_route(path: &str) -> Option<String> {
    let file = path
        .strip_suffix(".ts")
        .or_else(|| path.strip_suffix(".tsx"))?;
    let inside = file
        .strip_prefix("pages/api/")
        .or_else(|| file.split_once("/pages/api/").map(|(_, inside)| inside))?;
    Some(format!("/api{}", written(inside)))
}

fn written(folder: &str) -> String {
    let parts = folder
        .split('/')
        // `(group)` is no part of the path.
        .filter(|part| !part.is_empty() && !part.starts_with('('));
    let mut route = String::new();
    for part in parts {
        route.push('/');
        match part
            .strip_prefix('[')
            .and_then(|part| part.strip_suffix(']'))
        {
            Some(name) => {
                route.push(':');
                route.push_str(name.trim_start_matches(['[', '.']).trim_end_matches(']'));
            }
            None => route.push_str(part),
        }
    }
    route
}

fn endpoint(
    modules: &Modules,
    module: ModuleId,
    symbol: &Symbol,
    name: &str,
    kind: EndpointKind,
) -> Option<Endpoint> {
    let mut access = Access::default();
    let (handler, wrapped) = match symbol {
        Symbol::Function(function) => (*function, false),
        symbol => handler(modules, scan::initial(modules, symbol)?, &mut access, DEPTH)?,
    };
    // What the function itself asks before it goes on is a part of the flow;
    // what a wrapper asks is not known.
    if access.unknown.is_empty() {
        access.unknown.push("the handler itself".into());
    }
    let facts = modules.facts(handler.module);
    let declared = facts.function(handler.id);
    let pages = name.starts_with("ALL ");
    let given = |n: usize| match (n, wrapped, pages) {
        (0, true, false) if is_pattern(modules, handler) => Given::Client("Handler".into(), None),
        (0, _, true) => Given::Request,
        (0, ..) => Given::Client("Fetch".into(), None),
        (1, _, false) => Given::Client("Route".into(), None),
        _ => Given::Unknown,
    };
    let parameters = (0..declared.parameters.len()).map(given).collect();
    Some(Endpoint {
        handler,
        module,
        class: None,
        kind,
        name: name.into(),
        at: modules.at(handler.module, head(modules, handler)),
        access,
        parameters,
    })
}

/// The name of a function, or its first bytes, are enough to show it.
fn head(modules: &Modules, function: FunctionRef) -> snell_source::Span {
    let declared = modules.facts(function.module).function(function.id);
    let start = declared.span.start;
    let short = snell_source::Span::new(start, declared.span.end.min(start + 5));
    declared.name.as_ref().map_or(short, |name| name.span)
}

fn is_pattern(modules: &Modules, function: FunctionRef) -> bool {
    let declared = modules.facts(function.module).function(function.id);
    declared.parameters.first().is_some_and(|parameter| {
        matches!(
            parameter.pattern,
            snell_extract::facts::Pattern::Object { .. }
        )
    })
}

/// The function inside wrappers, and whether there are any: `withAuth(handler)`.
fn handler(
    modules: &Modules,
    at: ExpressionRef,
    access: &mut Access,
    depth: u32,
) -> Option<(FunctionRef, bool)> {
    let depth = depth.checked_sub(1)?;
    if let Some(found) = function(modules, at) {
        return Some((found, false));
    }
    let facts = modules.facts(at.module);
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(facts.unwrap_casts(at.id))
    else {
        return None;
    };
    let name = match facts.expression(*callee) {
        Expression::Identifier { name, .. } => name.clone(),
        Expression::Member { property, .. } => property.text.clone(),
        _ => "a wrapper".into(),
    };
    let inner = arguments.iter().find_map(|argument| {
        let at = In {
            module: at.module,
            id: argument.value,
        };
        handler(modules, at, access, depth)
    })?;
    access.unknown.push(name);
    Some((inner.0, true))
}

/// Functions that a file which says `'use server'` lets clients call.
pub(super) fn actions(modules: &Modules, module: ModuleId) -> Vec<Endpoint> {
    let facts = modules.facts(module);
    let on_server = facts.body.first().is_some_and(|statement| {
        matches!(&statement.kind, snell_extract::facts::Statement::Expression(value)
            if matches!(facts.expression(*value), Expression::String(text) if text == "use server"))
    });
    if !on_server {
        return Vec::new();
    }
    let functions = facts.functions.iter().zip(0u32..);
    functions
        .filter_map(|(declared, n)| {
            let name = declared.name.as_ref()?;
            let handler = In {
                module,
                id: FunctionId(n),
            };
            let exported = matches!(modules.export(module, &name.text),
                Symbol::Function(function) if function == handler);
            exported.then(|| Endpoint {
                handler,
                module,
                class: None,
                kind: EndpointKind::Action,
                name: format!("action {}", name.text).into(),
                at: modules.at(module, name.span),
                access: Access {
                    unknown: vec!["the action itself".into()],
                    ..Access::default()
                },
                parameters: declared
                    .parameters
                    .iter()
                    .map(|_| Given::Client("Body".into(), None))
                    .collect(),
            })
        })
        .collect()
}

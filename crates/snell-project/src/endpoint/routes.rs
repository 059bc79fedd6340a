//! Route handlers and server actions of Next.js: functions that a file's place
//! and the names of its exports make endpoints.

use smol_str::SmolStr;
use snell_extract::facts::{BindingId, BindingKind, Expression, FunctionId, Name};

use super::{
    Access, Endpoint, EndpointKind, Given,
    procedures::function,
    scan, signed,
    wrapper::{Wrapped, unwrapped},
};
use crate::module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

/// The names under which a route exports its methods.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
/// What stands before a handler without a wrapper.
pub(super) const ITSELF: &str = "the handler itself";

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
    shown(modules, module, path).into_iter().collect()
}

/// What a page or a layout of the `app` folder shows: it runs on the server.
fn shown(modules: &Modules, module: ModuleId, path: &str) -> Option<Endpoint> {
    let (folder, file) = path.rsplit_once('/')?;
    let stem = file.split('.').next()?;
    if !matches!(stem, "page" | "layout" | "template" | "default")
        || !(file.ends_with(".tsx") || file.ends_with(".ts"))
    {
        return None;
    }
    let inside = below_app(folder)?;
    let symbol = modules.export(module, "default");
    let name = format!("PAGE {}", written(inside));
    endpoint(modules, module, &symbol, &name, EndpointKind::Route)
}

/// What follows the folder `app`: `apps/web/src/app/(shop)/cart` -> `(shop)/cart`.
fn below_app(folder: &str) -> Option<&str> {
    if folder == "app" || folder.ends_with("/app") && !folder.contains("/app/") {
        return Some("");
    }
    folder
        .strip_prefix("app/")
        .or_else(|| folder.split_once("/app/").map(|(_, inside)| inside))
}

/// `apps/web/app/api/links/[id]/route.ts` -> `/api/links/:id`
pub(crate) fn app_route(path: &str) -> Option<String> {
    let folder = ["route.ts", "route.tsx", "route.js"]
        .iter()
        .find_map(|file| path.strip_suffix(*file))?;
    let inside = folder
        .strip_prefix("app/")
        .or_else(|| folder.split_once("/app/").map(|(_, inside)| inside))?;
    Some(written(inside))
}

/// `pages/api/links/[id].ts` -> `/api/links/:id`
pub(crate) fn page_route(path: &str) -> Option<String> {
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
    let Wrapped {
        handler,
        wrapped,
        package,
    } = match symbol {
        Symbol::Function(function) => Wrapped {
            handler: *function,
            wrapped: false,
            package: None,
        },
        symbol => unwrapped(modules, first_value(modules, symbol)?, &mut access)?,
    };
    if let Some(package) = package.filter(|package| is_of_queue(package)) {
        return Some(job(modules, module, handler, name, &package));
    }
    // What the function itself asks before it goes on is a part of the flow;
    // what a wrapper asks is not known.
    if access.unknown.is_empty() {
        access.unknown.push(ITSELF.into());
    }
    access.verified |= signed::asks(modules, handler);
    let facts = modules.facts(handler.module);
    let declared = facts.function(handler.id);
    let pages = name.starts_with("ALL ");
    let shown = name.starts_with("PAGE ");
    let given = |n: usize| match (n, wrapped, pages) {
        (0, ..) if shown => Given::Client("Route".into(), None),
        (0, true, false) if is_pattern(modules, handler) => Given::Client("Handler".into(), None),
        (0, _, true) => Given::Request,
        (0, ..) => Given::Client("Fetch".into(), None),
        (1, _, false) => Given::Client("Route".into(), None),
        (1, _, true) => Given::Response { passthrough: false },
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

/// Packages that call a route themselves, and sign their calls.
const QUEUES: [&str; 4] = ["workflow", "qstash", "inngest", "trigger.dev"];

fn is_of_queue(package: &str) -> bool {
    QUEUES.iter().any(|word| package.contains(word))
}

/// A route that a queue's package serves: its function is the job.
fn job(
    modules: &Modules,
    module: ModuleId,
    handler: FunctionRef,
    name: &str,
    package: &str,
) -> Endpoint {
    let declared = modules.facts(handler.module).function(handler.id);
    Endpoint {
        handler,
        module,
        class: None,
        kind: EndpointKind::Job,
        name: format!("job {package} {name}").into(),
        at: modules.at(handler.module, head(modules, handler)),
        access: Access::default(),
        parameters: declared.parameters.iter().map(|_| Given::Unknown).collect(),
    }
}

/// What a constant is made of: `export const { POST } = serve(handler)` as well.
fn first_value(modules: &Modules, symbol: &Symbol) -> Option<ExpressionRef> {
    if let Symbol::Variable(variable) = symbol
        && let BindingKind::Variable {
            init: Some(init), ..
        } = &modules.facts(variable.module).binding(variable.id).kind
    {
        return Some(In {
            module: variable.module,
            id: init.value,
        });
    }
    scan::initial(modules, symbol)
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
    let declared = functions.filter_map(|(declared, n)| {
        let name = declared.name.as_ref()?;
        let handler = In {
            module,
            id: FunctionId(n),
        };
        let exported = matches!(modules.export(module, &name.text),
            Symbol::Function(function) if function == handler);
        exported.then(|| action(modules, module, name, handler, None))
    });
    let constants = facts.bindings.iter().zip(0u32..).filter_map(|(binding, n)| {
        let BindingKind::Variable {
            init: Some(init), ..
        } = &binding.kind
        else {
            return None;
        };
        let own = In {
            module,
            id: BindingId(n),
        };
        if binding.function.is_some()
            || !init.path.is_empty()
            || !matches!(modules.export(module, &binding.name), Symbol::Variable(found) if found == own)
        {
            return None;
        }
        let at = In {
            module,
            id: init.value,
        };
        let name = Name {
            text: binding.name.clone(),
            span: binding.span,
        };
        match function(modules, at) {
            Some(handler) => Some(action(modules, module, &name, handler, None)),
            None => {
                let (handler, client) = made_by_client(modules, at)?;
                Some(action(modules, module, &name, handler, Some(client)))
            }
        }
    });
    declared.chain(constants).collect()
}

/// `client.inputSchema(schema).action(handler)`: the handler, and the client's name.
fn made_by_client(modules: &Modules, at: ExpressionRef) -> Option<(FunctionRef, SmolStr)> {
    let facts = modules.facts(at.module);
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(facts.unwrap_casts(at.id))
    else {
        return None;
    };
    let Expression::Member {
        object, property, ..
    } = facts.expression(*callee)
    else {
        return None;
    };
    if !matches!(
        property.text.as_str(),
        "action" | "stateAction" | "handler" | "mutation" | "query"
    ) {
        return None;
    }
    let handler = function(
        modules,
        In {
            module: at.module,
            id: arguments.first()?.value,
        },
    )?;
    let mut part = *object;
    loop {
        part = match facts.expression(part) {
            Expression::Call { callee, .. } => *callee,
            Expression::Member { object, .. } => *object,
            Expression::Identifier { name, .. } => return Some((handler, name.clone())),
            _ => return None,
        };
    }
}

fn action(
    modules: &Modules,
    module: ModuleId,
    name: &Name,
    handler: FunctionRef,
    client: Option<SmolStr>,
) -> Endpoint {
    let declared = modules.facts(handler.module).function(handler.id);
    // What a client hands over holds who asks beside what was sent.
    let handed = if client.is_some() { "Handler" } else { "Body" };
    let unknown = client.unwrap_or_else(|| "the action itself".into());
    Endpoint {
        handler,
        module,
        class: None,
        kind: EndpointKind::Action,
        name: format!("action {}", name.text).into(),
        at: modules.at(module, name.span),
        access: Access {
            unknown: vec![unknown],
            ..Access::default()
        },
        parameters: declared
            .parameters
            .iter()
            .map(|_| Given::Client(handed.into(), None))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_app_is_one_of_its_own() {
        assert_eq!(below_app("app"), Some(""));
        assert_eq!(below_app("app/(shop)/cart"), Some("(shop)/cart"));
        assert_eq!(below_app("apps/web/src/app"), Some(""));
        assert_eq!(below_app("apps/web/src/app/cart"), Some("cart"));
        assert_eq!(below_app("apps/web/src/application/cart"), None);
        assert_eq!(below_app("apps/web"), None);
    }
}

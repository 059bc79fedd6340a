//! What stands before every endpoint of an application: guards, interceptors.

use smol_str::SmolStr;
use snell_extract::facts::{ClassId, Expression, Property};

use super::{
    guard::{self, Does, Guard},
    scan,
};
use crate::module::{ClassRef, In, ModuleId, Modules, Symbol};

/// A guard before every endpoint of an application.
pub(super) struct Global {
    /// The folder below which it counts.
    pub(super) folder: SmolStr,
    pub(super) guard: Guard,
}

/// `{ provide: APP_GUARD, useClass: X }`, `app.useGlobalGuards(new X())`
pub(super) fn guards(modules: &Modules) -> Vec<Global> {
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

/// The keys of metadata by which interceptors set parts of what the client sent.
pub(super) fn put(modules: &Modules) -> Vec<SmolStr> {
    let mut found = Vec::new();
    for (module, owner) in modules.iter() {
        for (declared, n) in owner.facts.classes.iter().zip(0u32..) {
            let class = In {
                module,
                id: ClassId(n),
            };
            if declared.member("intercept").is_some() && sets(modules, class) {
                found.extend(guard::metadata_keys(modules, class));
            }
        }
    }
    found
}

/// `set(args, path, value)` with something of the request's user in the class.
fn sets(modules: &Modules, class: ClassRef) -> bool {
    let facts = modules.facts(class.module);
    let span = facts.class(class.id).span;
    let (mut sets, mut who) = (false, false);
    for (_, node) in scan::inside(modules, class.module, span) {
        match &node.kind {
            Expression::Call {
                callee, arguments, ..
            } if arguments.len() == 3 => {
                let at = In {
                    module: class.module,
                    id: *callee,
                };
                sets |= matches!(scan::symbol(modules, at), Symbol::External { specifier, .. }
                    if specifier.starts_with("lodash"))
                    && guard::label(modules, at).as_str() == "set";
            }
            Expression::Member { property, .. } => who |= property.text == "user",
            _ => {}
        }
    }
    sets && who
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
        None => Some(Does::Unknown("APP_GUARD".into()).into()),
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

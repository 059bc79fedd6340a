//! Guards that stand before every endpoint of an application.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, Property};

use super::guard::{self, Does, Guard};
use crate::module::{In, ModuleId, Modules};

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

//! The calls of the application's modules, by the name of what is called.

use snell_extract::facts::{Argument, Expression, ExpressionId, ExpressionKind, ModuleFacts};
use snell_project::{
    Project,
    module::{ExpressionRef, In, ModuleId, Symbol},
};
use snell_source::Location;

use crate::{functions, rule::Context};

/// A call, or a `new`.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct CallSite<'a> {
    pub(in crate::rules) facts: &'a ModuleFacts,
    pub(in crate::rules) module: ModuleId,
    /// The whole call.
    pub(in crate::rules) at: ExpressionId,
    /// What is called on: `crypto` of `crypto.createHash`.
    pub(in crate::rules) object: Option<ExpressionId>,
    /// The last name of what is called.
    pub(in crate::rules) name: &'a str,
    pub(in crate::rules) arguments: &'a [Argument],
}

impl<'a> CallSite<'a> {
    /// The argument at a position.
    pub(in crate::rules) fn argument(&self, position: usize) -> Option<ExpressionRef> {
        let argument = self.arguments.get(position)?;
        (!argument.spread).then_some(In {
            module: self.module,
            id: argument.value,
        })
    }

    /// The name of what is called, where it stands.
    pub(in crate::rules) fn place(&self, context: &Context<'_>) -> Location {
        let callee = match self.facts.expression(self.at) {
            Expression::Call { callee, .. } | Expression::New { callee, .. } => *callee,
            _ => self.at,
        };
        let span = match self.facts.expression(callee) {
            Expression::Member { property, .. } => property.span,
            _ => self.facts.span(callee),
        };
        context.project.modules.at(self.module, span)
    }

    /// `Class.method` around the call, for subjects.
    pub(in crate::rules) fn around(&self, context: &Context<'_>) -> String {
        around(context, self.module, self.at)
    }
}

/// The name of the outermost function around an expression, or of its file.
pub(in crate::rules) fn around(
    context: &Context<'_>,
    module: ModuleId,
    at: ExpressionId,
) -> String {
    let found = context.project.modules.get(module);
    let facts = &found.facts;
    let inner = found.context.function(at);
    let inner = inner.map(|id| facts.outermost(id));
    match inner {
        Some(id) => functions::name(context.project, In { module, id }),
        None => {
            let path = found.path.as_str();
            path.rsplit('/').next().unwrap_or(path).to_owned()
        }
    }
}

/// The folder of the application that a path stands in: up to `src`.
pub(in crate::rules) fn folder(path: &str) -> &str {
    path.rfind("src/").map_or("", |end| &path[..end])
}

/// The modules of the application.
pub(in crate::rules) fn modules<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (ModuleId, &'a ModuleFacts)> {
    let project = context.project;
    project
        .modules
        .iter()
        .filter(|(id, _)| functions::is_application(project, *id))
        .map(|(id, module)| (id, &*module.facts))
}

/// The calls in one module.
pub(in crate::rules) fn of_module(
    module: ModuleId,
    facts: &ModuleFacts,
) -> impl Iterator<Item = CallSite<'_>> {
    facts
        .all([ExpressionKind::Call, ExpressionKind::New])
        .filter_map(move |(at, node)| {
            let (callee, arguments) = match &node.kind {
                Expression::Call {
                    callee, arguments, ..
                }
                | Expression::New {
                    callee, arguments, ..
                } => (*callee, arguments),
                _ => return None,
            };
            let (name, object) = match facts.expression(facts.unwrap_casts(callee)) {
                Expression::Identifier { name, .. } => (name.as_str(), None),
                Expression::Member {
                    object, property, ..
                } => (property.text.as_str(), Some(*object)),
                Expression::Super => ("super", None),
                _ => return None,
            };
            Some(CallSite {
                facts,
                module,
                at,
                object,
                name,
                arguments,
            })
        })
}

/// The calls of all modules of the application.
pub(in crate::rules) fn all<'a>(context: &Context<'a>) -> impl Iterator<Item = CallSite<'a>> {
    modules(context).flat_map(|(module, facts)| of_module(module, facts))
}

/// What the first name of a dotted expression means.
pub(in crate::rules) fn root_symbol(
    project: &Project,
    module: ModuleId,
    id: ExpressionId,
) -> Symbol {
    let facts = project.modules.facts(module);
    let mut at = facts.unwrap_casts(id);
    loop {
        match facts.expression(at) {
            Expression::Member { object, .. } | Expression::Index { object, .. } => {
                at = facts.unwrap_casts(*object);
            }
            Expression::Call { callee, .. } => at = facts.unwrap_casts(*callee),
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => return project.modules.binding(module, *binding),
            _ => return Symbol::Unresolved,
        }
    }
}

/// A property of an object literal.
pub(in crate::rules) fn property(
    facts: &ModuleFacts,
    object: ExpressionId,
    name: &str,
) -> Option<ExpressionId> {
    use snell_extract::facts::Property;
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(object)) else {
        return None;
    };
    properties.iter().find_map(|property| match property {
        Property::Value { key, value, .. } if key.name().is_some_and(|n| n.text == name) => {
            Some(*value)
        }
        _ => None,
    })
}

/// The module's text mentions one of these words.
pub(in crate::rules) fn mentions(context: &Context<'_>, module: ModuleId, words: &[&str]) -> bool {
    let file = context.project.modules.get(module).file;
    let text = &context.sources.file(file).text;
    words.iter().any(|word| text.contains(word))
}

/// Whether a module imports from a package whose name begins so.
pub(in crate::rules) fn imports(facts: &ModuleFacts, packages: &[&str]) -> bool {
    facts.imports.iter().any(|import| {
        packages
            .iter()
            .any(|package| import.source.text.starts_with(package))
    })
}

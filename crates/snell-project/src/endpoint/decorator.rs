//! What a decorator stands for: itself, or the ones that it is composed of.

use smol_str::SmolStr;
use snell_extract::facts::{BindingKind, Decorator, Element, Expression, ExpressionId};

use super::{
    access::is_neutral,
    compose,
    guard::is_of_administrators,
    handed::{self, Handed},
    named::{self, Named},
    scan,
};
use crate::module::{ExpressionRef, FunctionRef, In, ModuleId, Modules};

/// One effect of a decorator.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// `UseGuards(guard)`
    Guard(ExpressionRef),
    /// `SetMetadata(key, ...)`.
    Metadata(Metadata),
    /// A decorator of a framework: specifier, name, and where it stands.
    Framework(SmolStr, SmolStr, Written),
    /// One that could not be read.
    Unknown(SmolStr),
}

/// Where a decorator stands, and the calls of composed ones around it, innermost last:
/// what it is handed may be theirs.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) at: ExpressionRef,
    pub(super) around: Vec<(FunctionRef, ExpressionRef)>,
}

impl Written {
    /// The text that a constant expression has there, parameters of composed
    /// decorators known by what those are handed.
    pub(super) fn text(&self, modules: &Modules, at: ExpressionRef) -> Option<SmolStr> {
        let plain = scan::text_given(modules, at, 8, &|parameter| {
            let binding = modules.facts(parameter.module).binding(parameter.id);
            let BindingKind::Parameter {
                function,
                index,
                path,
            } = &binding.kind
            else {
                return None;
            };
            let of = |composed: &FunctionRef| {
                composed.module == parameter.module && composed.id == *function && path.is_empty()
            };
            let (_, call) = self
                .around
                .iter()
                .rev()
                .find(|(composed, _)| of(composed))?;
            let facts = modules.facts(call.module);
            let Expression::Call { arguments, .. } = facts.expression(call.id) else {
                return None;
            };
            let argument = arguments.get(*index as usize)?;
            Some(In {
                module: call.module,
                id: argument.value,
            })
        });
        plain.or_else(|| match handed::value(modules, &self.around, at)? {
            Handed::Value(value) => scan::text(modules, value, 8),
            _ => None,
        })
    }
}

/// What a decorator notes down for guards.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    /// The decorator's name.
    pub(super) name: SmolStr,
    /// The key, when it is constant.
    pub(super) key: Option<SmolStr>,
    /// Whether anything of it names those who may see the rows of all.
    pub(super) administrators: bool,
    /// Texts at the decorator that may name places in what the client sent: `where.id`.
    pub(super) places: Vec<SmolStr>,
    /// What is asked for, by its last name: `read` of `permissions.read`.
    pub(super) values: Vec<SmolStr>,
    /// The roles that it names.
    pub(super) roles: Named,
    /// Nothing but the decorator's name is there: it may do more.
    pub(super) unseen: bool,
    /// What it asks for is known by what the decorators around it are handed.
    pub(super) resolved: bool,
    /// What it asks for is a list, and the list is empty.
    pub(super) asks_nothing: bool,
}

/// Everything that a decorator does.
pub(super) fn marks(modules: &Modules, module: ModuleId, decorator: &Decorator) -> Vec<Mark> {
    let at = In {
        module,
        id: decorator.expression,
    };
    let mut found = compose::collect(modules, at, &decorator.name);
    for mark in &mut found {
        let unseen = match mark {
            Mark::Unknown(name) => Some(&*name),
            Mark::Framework(specifier, name, _) if !is_neutral(specifier) => Some(&*name),
            _ => None,
        };
        if let Some(name) = unseen
            && asks_for_roles(name)
        {
            *mark = Mark::Metadata(Metadata {
                name: name.clone(),
                key: None,
                administrators: false,
                places: Vec::new(),
                values: Vec::new(),
                roles: Named::default(),
                unseen: true,
                resolved: false,
                asks_nothing: false,
            });
        }
    }
    // `@Roles(Role.ADMIN)`: the values stand at the decorator.
    let administrators = names_administrators(modules, at);
    for mark in &mut found {
        if let Mark::Metadata(metadata) = mark
            && !metadata.resolved
        {
            metadata.administrators |= administrators;
            metadata.places = places(modules, at);
            metadata.values = values(modules, at);
            metadata.roles = named::roles(modules, at);
        }
    }
    found
}

/// Whether the name of a decorator says that it notes roles or permissions.
fn asks_for_roles(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let plain = lower.strip_suffix('s').unwrap_or(&lower);
    plain.ends_with("role") || plain.ends_with("permission")
}

/// The texts that a decorator is handed and that can be ways to a property.
fn places(modules: &Modules, at: ExpressionRef) -> Vec<SmolStr> {
    let facts = modules.facts(at.module);
    let Expression::Call { arguments, .. } = facts.expression(at.id) else {
        return Vec::new();
    };
    let texts = arguments
        .iter()
        .filter_map(|argument| match facts.expression(argument.value) {
            Expression::String(text) => Some(text),
            _ => None,
        });
    let is_name = |part: &str| {
        let letters = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        letters && !part.is_empty()
    };
    texts
        .filter(|text| text.split('.').all(is_name))
        .cloned()
        .collect()
}

/// The last names of what a decorator is handed: `'read'`, `Permission.READ`, `[a, b]`.
fn values(modules: &Modules, at: ExpressionRef) -> Vec<SmolStr> {
    let facts = modules.facts(at.module);
    let Expression::Call { arguments, .. } = facts.expression(at.id) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut waiting: Vec<ExpressionId> = arguments.iter().map(|given| given.value).collect();
    while let Some(id) = waiting.pop() {
        match facts.expression(facts.unwrap_casts(id)) {
            Expression::String(text) => found.push(text.clone()),
            Expression::Member { property, .. } => found.push(property.text.clone()),
            Expression::Array(elements) => {
                waiting.extend(elements.iter().filter_map(|element| match element {
                    Element::Value(value) => Some(*value),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    found
}

pub(super) fn names_administrators(modules: &Modules, at: ExpressionRef) -> bool {
    let span = modules.facts(at.module).span(at.id);
    let words = scan::words(modules, at.module, span);
    words.iter().any(|word| is_of_administrators(word))
}

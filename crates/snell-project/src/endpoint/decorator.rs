//! What a decorator stands for: itself, or the ones that it is composed of.

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Decorator, Element, Expression, ExpressionId, FunctionBody, Statement,
};

use super::{
    access::is_neutral,
    guard::is_of_administrators,
    named::{self, Named},
    scan,
};
use crate::module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

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
    around: Vec<(FunctionRef, ExpressionRef)>,
}

impl Written {
    /// The text that a constant expression has there, parameters of composed
    /// decorators known by what those are handed.
    pub(super) fn text(&self, modules: &Modules, at: ExpressionRef) -> Option<SmolStr> {
        scan::text_given(modules, at, 8, &|parameter| {
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
}

/// Composed decorators inside each other.
const DEPTH: u32 = 6;

/// Everything that a decorator does.
pub(super) fn marks(modules: &Modules, module: ModuleId, decorator: &Decorator) -> Vec<Mark> {
    let at = In {
        module,
        id: decorator.expression,
    };
    let mut collector = Collector {
        modules,
        around: Vec::new(),
        found: Vec::new(),
    };
    collector.collect(at, &decorator.name, DEPTH);
    let mut found = collector.found;
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
            });
        }
    }
    // `@Roles(Role.ADMIN)`: the values stand at the decorator.
    let administrators = names_administrators(modules, at);
    for mark in &mut found {
        if let Mark::Metadata(metadata) = mark {
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

fn names_administrators(modules: &Modules, at: ExpressionRef) -> bool {
    let span = modules.facts(at.module).span(at.id);
    let words = scan::words(modules, at.module, span);
    words.iter().any(|word| is_of_administrators(word))
}

struct Collector<'a> {
    modules: &'a Modules,
    around: Vec<(FunctionRef, ExpressionRef)>,
    found: Vec<Mark>,
}

impl Collector<'_> {
    fn collect(&mut self, at: ExpressionRef, name: &str, depth: u32) {
        let modules = self.modules;
        let facts = modules.facts(at.module);
        let here = |id: ExpressionId| In {
            module: at.module,
            id,
        };
        let (callee, arguments) = match facts.expression(at.id) {
            Expression::Call {
                callee, arguments, ..
            } => (*callee, arguments.as_slice()),
            _ => (at.id, &[][..]),
        };
        let Some(depth) = depth.checked_sub(1) else {
            self.found.push(Mark::Unknown(name.into()));
            return;
        };
        match scan::symbol(modules, here(callee)) {
            Symbol::External {
                specifier,
                name: exported,
            } => match exported.as_str() {
                "UseGuards" => self
                    .found
                    .extend(arguments.iter().map(|a| Mark::Guard(here(a.value)))),
                "SetMetadata" => {
                    let key = arguments
                        .first()
                        .and_then(|key| scan::text(modules, here(key.value), 8));
                    self.found.push(Mark::Metadata(Metadata {
                        name: name.into(),
                        key,
                        administrators: names_administrators(modules, at),
                        places: Vec::new(),
                        values: Vec::new(),
                        roles: Named::default(),
                        unseen: false,
                    }));
                }
                "applyDecorators" => {
                    for argument in arguments {
                        // What is set by itself is set under the composed decorator's name.
                        let inner = own_name(modules, here(argument.value))
                            .filter(|inner| inner != "SetMetadata")
                            .unwrap_or(name.into());
                        self.collect(here(argument.value), &inner, depth);
                    }
                }
                _ => {
                    let around = self.around.clone();
                    self.found
                        .push(Mark::Framework(specifier, exported, Written { at, around }));
                }
            },
            Symbol::Function(function) => self.composed(function, at, name, depth),
            symbol => match scan::initial(modules, &symbol) {
                Some(init) => self.held(&symbol, init, at, name, depth),
                None => self.found.push(Mark::Unknown(name.into())),
            },
        }
    }

    /// What a name stands for that is bound to an expression.
    fn held(
        &mut self,
        symbol: &Symbol,
        init: ExpressionRef,
        at: ExpressionRef,
        name: &str,
        depth: u32,
    ) {
        let modules = self.modules;
        let facts = modules.facts(init.module);
        match facts.expression(facts.unwrap_casts(init.id)) {
            Expression::Function(function) => {
                let function = In {
                    module: init.module,
                    id: *function,
                };
                self.composed(function, at, name, depth);
            }
            // `Reflector.createDecorator<string[]>()`
            Expression::Call { callee, .. } if is_reflector(modules, init.module, *callee) => {
                self.found.push(Mark::Metadata(Metadata {
                    name: name.into(),
                    key: Some(name.into()),
                    administrators: false,
                    places: Vec::new(),
                    values: Vec::new(),
                    roles: Named::default(),
                    unseen: false,
                }));
            }
            // `const Admin = applyDecorators(...)`, `const Public = SetMetadata(...)`
            Expression::Call { .. } => self.collect(init, name, depth),
            Expression::Array(elements) => {
                let elements = elements.iter().filter_map(|element| match element {
                    Element::Value(value) => Some(*value),
                    _ => None,
                });
                self.listed(symbol, init.module, elements.collect(), name, depth);
            }
            _ => self.found.push(Mark::Unknown(name.into())),
        }
    }

    /// `const all = [SetMetadata(...)]; all.push(UseGuards(...)); applyDecorators(...all)`
    fn listed(
        &mut self,
        list: &Symbol,
        module: ModuleId,
        mut elements: Vec<ExpressionId>,
        name: &str,
        depth: u32,
    ) {
        let modules = self.modules;
        let facts = modules.facts(module);
        for node in &facts.expressions {
            if let Expression::Call {
                callee, arguments, ..
            } = &node.kind
                && let Expression::Member {
                    object, property, ..
                } = facts.expression(*callee)
                && property.text == "push"
                && scan::symbol(
                    modules,
                    In {
                        module,
                        id: *object,
                    },
                ) == *list
            {
                elements.extend(arguments.iter().map(|argument| argument.value));
            }
        }
        for element in elements {
            self.collect(
                In {
                    module,
                    id: element,
                },
                name,
                depth,
            );
        }
    }

    /// A function that gives back a decorator, or several composed.
    fn composed(&mut self, function: FunctionRef, call: ExpressionRef, name: &str, depth: u32) {
        let modules = self.modules;
        self.around.push((function, call));
        let facts = modules.facts(function.module);
        let mut values = Vec::new();
        match &facts.function(function.id).body {
            FunctionBody::Expression(value) => values.push(*value),
            FunctionBody::Block(block) => {
                for statement in block {
                    if let Statement::Return(Some(value)) = &statement.kind {
                        values.push(*value);
                    }
                }
            }
            FunctionBody::None => {}
        }
        let before = self.found.len();
        for value in values {
            let value = In {
                module: function.module,
                id: facts.unwrap_casts(value),
            };
            let value = made_before(modules, function, value);
            match facts.expression(value.id) {
                Expression::Call { .. } => {
                    let inner = match scan::symbol(modules, callee_of(modules, value)) {
                        // The key is set under this decorator's name.
                        Symbol::External { .. } => name.into(),
                        _ => own_name(modules, value).unwrap_or(name.into()),
                    };
                    self.collect(value, &inner, depth);
                }
                _ => self.found.push(Mark::Unknown(name.into())),
            }
        }
        if self.found.len() == before {
            self.found.push(Mark::Unknown(name.into()));
        }
        self.around.pop();
    }
}

/// What a name of a function's own stands for: `const noted = SetMetadata(...); return noted;`
fn made_before(modules: &Modules, function: FunctionRef, value: ExpressionRef) -> ExpressionRef {
    let facts = modules.facts(function.module);
    let span = facts.function(function.id).span;
    let init = scan::initial(modules, &scan::symbol(modules, value));
    match init.filter(|init| init.module == function.module && span.contains(facts.span(init.id))) {
        Some(init) => In {
            module: init.module,
            id: facts.unwrap_casts(init.id),
        },
        None => value,
    }
}

fn is_reflector(modules: &Modules, module: ModuleId, callee: ExpressionId) -> bool {
    matches!(modules.facts(module).expression(callee),
        Expression::Member { property, .. } if property.text == "createDecorator")
}

fn callee_of(modules: &Modules, at: ExpressionRef) -> ExpressionRef {
    match modules.facts(at.module).expression(at.id) {
        Expression::Call { callee, .. } => In {
            module: at.module,
            id: *callee,
        },
        _ => at,
    }
}

/// The last name of what is called.
fn own_name(modules: &Modules, at: ExpressionRef) -> Option<SmolStr> {
    let callee = callee_of(modules, at);
    match modules.facts(at.module).expression(callee.id) {
        Expression::Identifier { name, .. } => Some(name.clone()),
        Expression::Member { property, .. } => Some(property.text.clone()),
        _ => None,
    }
}

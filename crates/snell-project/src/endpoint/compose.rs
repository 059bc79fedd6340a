//! What decorators are composed of, calls of functions followed.

use smol_str::SmolStr;
use snell_extract::facts::{
    Argument, Block, Element, Expression, ExpressionId, ExpressionKind, FunctionBody, Statement,
};

use super::{
    access::is_neutral,
    applied,
    decorator::{Mark, Metadata, Written, names_administrators},
    guard::is_of_administrators,
    handed::{self, Handed},
    named::{self, Named},
    scan,
};
use crate::module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

/// Composed decorators inside each other.
const DEPTH: u32 = 6;

/// Everything that the decorator of this name does that stands at `at`.
pub(super) fn collect(modules: &Modules, at: ExpressionRef, name: &str) -> Vec<Mark> {
    let mut collector = Collector {
        modules,
        around: Vec::new(),
        applies: false,
        found: Vec::new(),
    };
    collector.collect(at, name, DEPTH);
    collector.found
}

struct Collector<'a> {
    modules: &'a Modules,
    around: Vec<(FunctionRef, ExpressionRef)>,
    /// What is read is applied by a decorator itself.
    applies: bool,
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
            } => (*callee, &arguments[..]),
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
                "SetMetadata" => self.noted(at, arguments, name),
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

    /// `SetMetadata(key, value)`
    fn noted(&mut self, at: ExpressionRef, arguments: &[Argument], name: &str) {
        let modules = self.modules;
        let here = |argument: &Argument| In {
            module: at.module,
            id: argument.value,
        };
        let key = arguments
            .first()
            .and_then(|key| scan::text(modules, here(key), 8));
        let mut metadata = Metadata {
            name: name.into(),
            key,
            administrators: names_administrators(modules, at),
            places: Vec::new(),
            values: Vec::new(),
            roles: Named::default(),
            unseen: false,
            resolved: false,
            asks_nothing: false,
        };
        let value = arguments.get(1).map(here);
        metadata.asks_nothing =
            value.is_some_and(|value| match handed::value(modules, &self.around, value) {
                Some(Handed::List(all)) => all.is_empty(),
                Some(Handed::Value(of)) => matches!(
                    modules.facts(of.module).expression(of.id),
                    Expression::Array(elements) if elements.is_empty()
                ),
                _ => false,
            });
        let value = value.filter(|_| self.applies);
        if let Some(all) = value.and_then(|value| handed::list(modules, &self.around, value)) {
            metadata.roles = named::listed(modules, &all);
            metadata.values = metadata.roles.names.clone();
            metadata.administrators |= metadata
                .values
                .iter()
                .any(|name| is_of_administrators(name));
            metadata.resolved = true;
        }
        self.found.push(Mark::Metadata(metadata));
    }

    /// What a function does that a decorator gives back.
    fn applied(&mut self, function: FunctionRef, name: &str, depth: u32) {
        let Some(applied) = applied::of(self.modules, &self.around, function) else {
            self.found.push(Mark::Unknown(name.into()));
            return;
        };
        let before = self.found.len();
        let applies = std::mem::replace(&mut self.applies, true);
        for one in &applied.always {
            let inner = own_name(self.modules, *one)
                .filter(|inner| inner != "SetMetadata")
                .unwrap_or(name.into());
            self.collect(*one, &inner, depth);
        }
        let sure = self.found.len();
        for one in &applied.perhaps {
            self.collect(*one, name, depth);
        }
        self.applies = applies;
        // A route is one on every way; who is let through, nobody knows.
        for mark in &mut self.found[sure..] {
            match mark {
                Mark::Framework(specifier, ..) if is_neutral(specifier) => {}
                _ => *mark = Mark::Unknown(name.into()),
            }
        }
        if applied.more || self.found.len() == before {
            self.found.push(Mark::Unknown(name.into()));
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
                    resolved: false,
                    asks_nothing: false,
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
        for (_, node) in facts.all([ExpressionKind::Call]) {
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
                self.given_back(function, block, &mut values);
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
                Expression::Function(inner) => {
                    let inner = In {
                        module: value.module,
                        id: *inner,
                    };
                    match depth.checked_sub(1) {
                        Some(depth) => self.applied(inner, name, depth),
                        None => self.found.push(Mark::Unknown(name.into())),
                    }
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

impl Collector<'_> {
    /// What a block gives back, as far as what it is handed says which way it takes; whether it
    /// surely does.
    fn given_back(
        &self,
        function: FunctionRef,
        block: &Block,
        values: &mut Vec<ExpressionId>,
    ) -> bool {
        for statement in block {
            match &statement.kind {
                Statement::Return(value) => {
                    values.extend(value);
                    return true;
                }
                Statement::If {
                    test,
                    then,
                    otherwise,
                } => {
                    let test = In {
                        module: function.module,
                        id: *test,
                    };
                    let taken = match handed::holds(self.modules, &self.around, test) {
                        Some(true) => Some(then),
                        Some(false) => otherwise.as_ref(),
                        None => None,
                    };
                    if taken.is_some_and(|taken| self.given_back(function, taken, values)) {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
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

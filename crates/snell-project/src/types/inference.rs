//! What expressions, names and results are.

use snell_extract::facts::{
    BindingId, BindingKind, Element, Expression, ExpressionId, Initializer, LogicalOperator,
    Pattern, PatternStep,
};

use super::{Client, Type, Types, is_client_specifier, is_client_type_name};
use crate::module::{FunctionRef, In, ModuleId, Symbol};

impl Types<'_> {
    #[allow(clippy::too_many_lines, reason = "one arm for each kind")]
    pub(super) fn expression(&self, module: ModuleId, id: ExpressionId, depth: u32) -> Type {
        let Some(depth) = depth.checked_sub(1) else {
            return Type::Unknown;
        };
        let facts = self.modules.facts(module);
        match facts.expression(id) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => self.binding(module, *binding, depth),
            Expression::Identifier { name, .. } => match name.as_str() {
                "globalThis" | "global" | "window" => Type::Any,
                _ => Type::Unknown,
            },
            Expression::This => match self.modules.get(module).context.this_class(id) {
                Some(class) => self.instance(In { module, id: class }),
                None => Type::Unknown,
            },
            Expression::Super => {
                let class = self.modules.get(module).context.this_class(id);
                let base = class.and_then(|id| self.base(In { module, id }));
                base.map_or(Type::Unknown, |base| self.instance(base))
            }
            Expression::Member {
                object, property, ..
            } => {
                let object = self.expression(module, *object, depth);
                self.member(&object, &property.text, depth)
            }
            Expression::Call {
                callee,
                arguments,
                type_arguments,
                ..
            } => self.call(
                module,
                *callee,
                arguments.first().map(|a| a.value),
                type_arguments.first().copied(),
                depth,
            ),
            Expression::New { callee, .. } => match self.expression(module, *callee, depth) {
                Type::Constructor(class) => self.instance(class),
                Type::ClientConstructor(origin) => Type::Client(Client {
                    origin: Some(origin),
                    ..Client::default()
                }),
                Type::External(specifier, name) => Type::External(specifier, name),
                _ => Type::Unknown,
            },
            Expression::Await(value) => self.expression(module, *value, depth),
            Expression::Cast {
                value,
                ty: Some(ty),
                ..
            } => match self.annotation(module, *ty, depth) {
                Type::Unknown | Type::Any | Type::Primitive => {
                    self.expression(module, *value, depth)
                }
                known => known,
            },
            Expression::Cast { value, .. } => self.expression(module, *value, depth),
            Expression::Logical {
                operator,
                left,
                right,
            } => self.either(module, *operator, *left, *right, depth),
            Expression::Conditional {
                then, otherwise, ..
            } => match self.expression(module, *then, depth) {
                Type::Unknown | Type::Any | Type::Primitive => {
                    self.expression(module, *otherwise, depth)
                }
                known => known,
            },
            Expression::Assign { value, .. } => self.expression(module, *value, depth),
            Expression::Sequence(values) => values
                .last()
                .map_or(Type::Unknown, |last| self.expression(module, *last, depth)),
            Expression::Object(_) => Type::Object(In { module, id }),
            Expression::Function(function) => Type::Function(In {
                module,
                id: *function,
            }),
            Expression::Class(class) => Type::Constructor(In { module, id: *class }),
            Expression::Array(elements) => {
                let first = elements.iter().find_map(|element| match element {
                    Element::Value(value) => Some(self.expression(module, *value, depth)),
                    _ => None,
                });
                Type::List(Box::new(first.unwrap_or(Type::Unknown)))
            }
            Expression::String(_)
            | Expression::Number(_)
            | Expression::BigInt(_)
            | Expression::Boolean(_)
            | Expression::Template { .. }
            | Expression::Null
            | Expression::Undefined
            | Expression::Regex(_)
            | Expression::Binary { .. }
            | Expression::Unary { .. } => Type::Primitive,
            _ => Type::Unknown,
        }
    }

    /// `a ?? b`, `a || b`: the first that is known; `a && b`: `b`.
    fn either(
        &self,
        module: ModuleId,
        operator: LogicalOperator,
        left: ExpressionId,
        right: ExpressionId,
        depth: u32,
    ) -> Type {
        let order = if operator == LogicalOperator::And {
            [right, left]
        } else {
            [left, right]
        };
        let mut known = order
            .into_iter()
            .map(|side| self.expression(module, side, depth));
        known
            .find(|ty| !matches!(ty, Type::Unknown | Type::Any | Type::Primitive))
            .unwrap_or(Type::Unknown)
    }

    pub(super) fn binding(&self, module: ModuleId, id: BindingId, depth: u32) -> Type {
        let Some(depth) = depth.checked_sub(1) else {
            return Type::Unknown;
        };
        let facts = self.modules.facts(module);
        match &facts.binding(id).kind {
            BindingKind::Variable { ty, init, .. } => {
                let path = init.as_ref().map_or(&[][..], |init| &init.path);
                if let Some(ty) = ty {
                    let annotated = self.annotation(module, *ty, depth);
                    match self.along(annotated, path, depth) {
                        Type::Unknown | Type::Any => {}
                        known => return known,
                    }
                }
                match init {
                    Some(init) => self.initializer(module, init, depth),
                    None => self.loop_variable(module, id, depth),
                }
            }
            BindingKind::Parameter {
                function,
                index,
                path,
            } => {
                let parameter = In {
                    module,
                    id: *function,
                };
                let whole = self.parameter(parameter, *index, depth);
                self.along(whole, path, depth)
            }
            _ => self.symbol(self.modules.binding(module, id), depth),
        }
    }

    fn initializer(&self, module: ModuleId, init: &Initializer, depth: u32) -> Type {
        let whole = self.expression(module, init.value, depth);
        match (self.along(whole, &init.path, depth), init.default) {
            (Type::Unknown, Some(default)) => self.expression(module, default, depth),
            (found, _) => found,
        }
    }

    fn loop_variable(&self, module: ModuleId, id: BindingId, depth: u32) -> Type {
        let Some(iterable) = self.modules.get(module).context.iterated(id) else {
            return Type::Unknown;
        };
        match self.expression(module, iterable, depth) {
            Type::List(element) => *element,
            _ => Type::Unknown,
        }
    }

    /// The way of destructuring into a value.
    pub(super) fn along(&self, whole: Type, path: &[PatternStep], depth: u32) -> Type {
        path.iter().fold(whole, |value, step| match (step, value) {
            (PatternStep::Property(name), value) => self.member(&value, name, depth),
            (PatternStep::Element(_), Type::List(element)) => *element,
            _ => Type::Unknown,
        })
    }

    /// A parameter by its annotation, its default, or the callback's place.
    pub(super) fn parameter(&self, function: FunctionRef, index: u32, depth: u32) -> Type {
        let facts = self.modules.facts(function.module);
        let Some(parameter) = facts.function(function.id).parameters.get(index as usize) else {
            return Type::Unknown;
        };
        let annotated = parameter.ty.map_or(Type::Unknown, |ty| {
            self.annotation(function.module, ty, depth)
        });
        let annotated = self.injected(function.module, &parameter.decorators, annotated, depth);
        if !matches!(annotated, Type::Unknown | Type::Any) {
            return annotated;
        }
        if let Pattern::Default { value, .. } = &parameter.pattern {
            let default = self.expression(function.module, *value, depth);
            if default != Type::Unknown {
                return default;
            }
        }
        match self.callback_parameter(function, index, depth) {
            Type::Unknown => annotated,
            found => found,
        }
    }

    pub(super) fn symbol(&self, symbol: Symbol, depth: u32) -> Type {
        match symbol {
            Symbol::Class(class) => Type::Constructor(class),
            Symbol::Function(function) => Type::Function(function),
            Symbol::Variable(variable) => self.binding(variable.module, variable.id, depth),
            Symbol::Expression(value) => self.expression(value.module, value.id, depth),
            Symbol::Namespace(module) => Type::Namespace(module),
            Symbol::External { specifier, name } => {
                let named = if name == "default" || name == "*" {
                    ""
                } else {
                    name.as_str()
                };
                if is_client_type_name(named) && is_client_specifier(&specifier) {
                    Type::ClientConstructor(specifier)
                } else {
                    Type::External(specifier, name)
                }
            }
            Symbol::Enum(_) => Type::Primitive,
            Symbol::Interface(_) | Symbol::TypeAlias(_) | Symbol::Unresolved => Type::Unknown,
        }
    }

    /// A dotted name of values: `typeof a.b`.
    pub(super) fn value_name(&self, module: ModuleId, name: &str, depth: u32) -> Type {
        let mut parts = name.split('.');
        let first = parts.next().unwrap_or_default();
        let start = self.symbol(self.modules.local(module, first), depth);
        parts.fold(start, |value, part| self.member(&value, part, depth))
    }

    /// What a function gives back: by its annotation, else by what it returns.
    pub(super) fn returned(&self, function: FunctionRef, depth: u32) -> Type {
        let Some(depth) = depth.checked_sub(1) else {
            return Type::Unknown;
        };
        let facts = self.modules.facts(function.module);
        let declared = facts.function(function.id);
        if let Some(result) = declared.result {
            match self.annotation(function.module, result, depth) {
                Type::Unknown | Type::Any => {}
                known => return known,
            }
        }
        let values = declared.body.returned();
        values
            .into_iter()
            .map(|value| self.expression(function.module, value, depth))
            .find(|ty| !matches!(ty, Type::Unknown | Type::Any | Type::Primitive))
            .unwrap_or(Type::Unknown)
    }
}

//! What calls give back, and what callbacks are handed.

use snell_extract::facts::{
    Expression, ExpressionId, ExpressionKind, Parameter, Pattern, TypeExpression, TypeId,
};

use super::{Client, Type, Types, extension::Conditions, scoped::Models};
use crate::module::{FunctionRef, ModuleId};

/// Methods that hand their elements to a callback, and give back the same list or an element.
const ELEMENT_CALLBACKS: [&str; 9] = [
    "map", "forEach", "filter", "find", "some", "every", "flatMap", "findLast", "sort",
];

impl Types<'_> {
    /// What a call gives back.
    pub(super) fn call(
        &self,
        module: ModuleId,
        callee: ExpressionId,
        first_argument: Option<ExpressionId>,
        first_type: Option<TypeId>,
        depth: u32,
    ) -> Type {
        let facts = self.modules.facts(module);
        if let Expression::Member {
            object, property, ..
        } = facts.expression(callee)
        {
            match property.text.as_str() {
                "$extends" => {
                    let client = match self.expression(module, *object, depth) {
                        Type::Client(client) => client,
                        _ => Client::default(),
                    };
                    let conditions = first_argument.map_or(Conditions::Kept, |argument| {
                        self.conditions(module, argument, depth)
                    });
                    return Type::Client(client.extended_by(conditions));
                }
                // Service locators: `app.get(PrismaService)`, `moduleRef.resolve(X)`.
                "get" | "resolve" | "create" | "getOrThrow" => {
                    if let Some(found) = self.located(module, first_argument, first_type, depth) {
                        return found;
                    }
                }
                "filter" | "slice" | "concat" | "reverse" | "sort" => {
                    return self.expression(module, *object, depth);
                }
                "find" | "at" | "pop" | "shift" => {
                    if let Type::List(element) = self.expression(module, *object, depth) {
                        return *element;
                    }
                }
                _ => {}
            }
        }
        match self.expression(module, callee, depth) {
            // `enhance(prisma, { user })`: ZenStack's client asks its policies.
            Type::External(specifier, _) if specifier.to_ascii_lowercase().contains("zenstack") => {
                let client = match first_argument.map(|first| self.expression(module, first, depth))
                {
                    Some(Type::Client(client)) => client,
                    _ => Client::default(),
                };
                Type::Client(Client {
                    extended: true,
                    amending: true,
                    scoped: Some(Models::All),
                    ..client
                })
            }
            Type::Function(function) => self.returned(function, depth),
            Type::Declared(ty) => self.declared_result(ty.module, ty.id, depth),
            Type::Client(client) => Type::Client(client),
            // `inject(Service)`, `useContainer(Service)`
            Type::External(..) => self
                .located(module, first_argument, first_type, depth)
                .unwrap_or(Type::Unknown),
            _ => Type::Unknown,
        }
    }

    fn located(
        &self,
        module: ModuleId,
        first_argument: Option<ExpressionId>,
        first_type: Option<TypeId>,
        depth: u32,
    ) -> Option<Type> {
        match first_argument.map(|argument| self.expression(module, argument, depth)) {
            Some(Type::Constructor(class)) => return Some(self.instance(class)),
            Some(Type::ClientConstructor(origin)) => {
                return Some(Type::Client(Client {
                    origin: Some(origin),
                    ..Client::default()
                }));
            }
            _ => {}
        }
        match self.annotation(module, first_type?, depth) {
            found @ (Type::Instance(_) | Type::Client(_)) => Some(found),
            _ => None,
        }
    }

    fn declared_result(&self, module: ModuleId, ty: TypeId, depth: u32) -> Type {
        match self.modules.facts(module).type_expression(ty) {
            TypeExpression::Function {
                result: Some(result),
                ..
            } => self.annotation(module, *result, depth),
            _ => Type::Unknown,
        }
    }

    /// What a callback's parameter is, by the call that the callback is handed to.
    pub(super) fn callback_parameter(&self, function: FunctionRef, index: u32, depth: u32) -> Type {
        let owner = self.modules.get(function.module);
        let Some(own) = owner.context.function_expression(function.id) else {
            return Type::Unknown;
        };
        let Some(parent) = owner.context.parent(own) else {
            return Type::Unknown;
        };
        let Expression::Call {
            callee, arguments, ..
        } = owner.facts.expression(parent)
        else {
            return Type::Unknown;
        };
        let Some(place) = arguments.iter().position(|argument| argument.value == own) else {
            return Type::Unknown;
        };
        if let Expression::Member {
            object, property, ..
        } = owner.facts.expression(*callee)
        {
            let name = property.text.as_str();
            if name == "$transaction" && index == 0 {
                return match self.expression(function.module, *object, depth) {
                    Type::Client(client) => Type::Client(Client {
                        transaction: true,
                        ..client
                    }),
                    _ => Type::Client(Client {
                        transaction: true,
                        ..Client::default()
                    }),
                };
            }
            if ELEMENT_CALLBACKS.contains(&name)
                && index == 0
                && let Type::List(element) = self.expression(function.module, *object, depth)
            {
                return *element;
            }
        }
        match self.expression(function.module, *callee, depth) {
            Type::Function(called) => self.handed_over(called, place, index, depth),
            Type::Declared(ty) => self.declared_callback(ty.module, ty.id, place, index, depth),
            _ => Type::Unknown,
        }
    }

    /// What a function of the workspace hands to the callback it takes at `place`:
    /// as its parameter's type says, else as it calls it.
    fn handed_over(&self, called: FunctionRef, place: usize, index: u32, depth: u32) -> Type {
        let facts = self.modules.facts(called.module);
        let Some(parameter) = facts.function(called.id).parameters.get(place) else {
            return Type::Unknown;
        };
        if let Some(ty) = parameter.ty {
            match self.callback_type_parameter(called.module, ty, index, depth) {
                Type::Unknown | Type::Any => {}
                found => return found,
            }
        }
        self.called_with(called, parameter, index, depth)
    }

    fn declared_callback(
        &self,
        module: ModuleId,
        ty: TypeId,
        place: usize,
        index: u32,
        depth: u32,
    ) -> Type {
        match self.modules.facts(module).type_expression(ty) {
            TypeExpression::Function { parameters, .. } => parameters
                .get(place)
                .and_then(|parameter| parameter.ty)
                .map_or(Type::Unknown, |ty| {
                    self.callback_type_parameter(module, ty, index, depth)
                }),
            _ => Type::Unknown,
        }
    }

    /// Parameter `index` of a function type; aliases are followed.
    fn callback_type_parameter(
        &self,
        module: ModuleId,
        ty: TypeId,
        index: u32,
        depth: u32,
    ) -> Type {
        let Some(depth) = depth.checked_sub(1) else {
            return Type::Unknown;
        };
        match self.modules.facts(module).type_expression(ty) {
            TypeExpression::Function { parameters, .. } => parameters
                .get(index as usize)
                .and_then(|parameter| parameter.ty)
                .map_or(Type::Unknown, |ty| self.annotation(module, ty, depth)),
            TypeExpression::Named { .. } => match self.annotation(module, ty, depth) {
                Type::Declared(found) if found.id != ty || found.module != module => {
                    self.callback_type_parameter(found.module, found.id, index, depth)
                }
                _ => Type::Unknown,
            },
            TypeExpression::Union(members) => members
                .iter()
                .map(|member| self.callback_type_parameter(module, *member, index, depth))
                .find(|ty| *ty != Type::Unknown)
                .unwrap_or(Type::Unknown),
            _ => Type::Unknown,
        }
    }

    /// The argument at `index` where the function calls its parameter.
    fn called_with(
        &self,
        called: FunctionRef,
        parameter: &Parameter,
        index: u32,
        depth: u32,
    ) -> Type {
        let Some(name) = self.pattern_name(called.module, &parameter.pattern) else {
            return Type::Unknown;
        };
        let owner = self.modules.get(called.module);
        let span = owner.facts.function(called.id).span;
        let arguments = owner
            .facts
            .all([ExpressionKind::Call])
            .filter(|(_, node)| span.contains(node.span))
            .find_map(|(_, node)| {
                let Expression::Call {
                    callee, arguments, ..
                } = &node.kind
                else {
                    return None;
                };
                let Expression::Identifier { name: called, .. } = owner.facts.expression(*callee)
                else {
                    return None;
                };
                (called == name).then_some(arguments)
            });
        arguments
            .and_then(|arguments| arguments.get(index as usize))
            .map_or(Type::Unknown, |argument| {
                self.expression(called.module, argument.value, depth)
            })
    }

    /// The name that a pattern binds, when it is a plain one.
    pub(super) fn pattern_name(&self, module: ModuleId, pattern: &Pattern) -> Option<&str> {
        match pattern {
            Pattern::Binding(id) => Some(&self.modules.facts(module).binding(*id).name),
            Pattern::Default { target, .. } => self.pattern_name(module, target),
            _ => None,
        }
    }
}

//! Names: variables, constants of modules, enums and classes.

use snell_extract::facts::{
    BindingKind, ClassId, Decorator, Expression, ExpressionId, ExpressionKind, MemberKind,
    ModuleFacts, Pattern, PatternStep,
};
use snell_project::{
    module::{BindingRef, ClassRef, In, ModuleId, Symbol},
    types::Type,
};

use super::{
    Frame, State,
    assign::{nth, property_of},
    inherit::assigned_to,
};
use crate::value::{Literal, Root, Value};

impl Frame<'_, '_> {
    /// What a call of a package gives back in another form:
    /// `pipe.transform(body)`, `plainToInstance(Dto, body)`.
    pub(super) fn passes_on(&self, callee: ExpressionId, handed: &[Value]) -> Option<Value> {
        let facts = self.facts();
        match facts.expression(callee) {
            Expression::Member {
                object, property, ..
            } if property.text == "transform" => {
                let object = facts.unwrap_casts(*object);
                let named = match facts.expression(object) {
                    Expression::New { callee, .. } => *callee,
                    _ => object,
                };
                let own = match facts.expression(named) {
                    Expression::Identifier { name, .. } => name,
                    Expression::Member { property, .. } => &property.text,
                    _ => return None,
                };
                let is_pipe = |name: &str| name.to_ascii_lowercase().ends_with("pipe");
                let is_pipe = is_pipe(own)
                    || matches!(self.interpreter.types.of(self.at(object)),
                        Type::External(_, class) if is_pipe(&class));
                handed.first().filter(|_| is_pipe).cloned()
            }
            // The class says what it becomes.
            Expression::Identifier { name, .. }
                if matches!(name.as_str(), "plainToInstance" | "plainToClass") =>
            {
                Some(Value::derived(vec![handed.get(1)?.clone()]))
            }
            _ => None,
        }
    }

    pub(super) fn identifier(&mut self, id: ExpressionId, state: &State) -> Value {
        let facts = self.facts();
        let Expression::Identifier {
            binding: Some(binding),
            name,
        } = facts.expression(id)
        else {
            return match facts.expression(id) {
                Expression::Identifier { name, .. } if name == "undefined" => Value::Undefined,
                _ => Value::opaque(Root::Outer(self.at(id))),
            };
        };
        let _ = name;
        if let Some(value) = state.get(In {
            module: self.module,
            id: *binding,
        }) {
            return value.clone();
        }
        match self
            .interpreter
            .project
            .modules
            .binding(self.module, *binding)
        {
            Symbol::Function(function) => Value::Function(function),
            Symbol::Variable(variable) => self.outer_variable(variable, id),
            _ => Value::opaque(Root::Outer(self.at(id))),
        }
    }

    /// A variable that this run did not set: a constant of a module, or
    /// something of an enclosing function.
    fn outer_variable(&mut self, variable: BindingRef, id: ExpressionId) -> Value {
        let facts = self.interpreter.project.modules.facts(variable.module);
        let binding = facts.binding(variable.id);
        let constant = binding.function.is_none() && !binding.reassigned;
        match &binding.kind {
            BindingKind::Variable {
                init: Some(init), ..
            } if constant => {
                let at = In {
                    module: variable.module,
                    id: init.value,
                };
                let whole = self.interpreter.constant(variable, at);
                init.path.iter().fold(whole, |value, step| match step {
                    PatternStep::Property(name) => property_of(&value, name),
                    PatternStep::Element(n) => nth(&value, *n as usize),
                    _ => Value::Unknown,
                })
            }
            _ => Value::opaque(Root::Outer(self.at(id))),
        }
    }

    /// Evaluates something of another module; what it does is not recorded.
    pub(super) fn in_module(
        &mut self,
        module: ModuleId,
        run: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let (outer, kept) = (
            std::mem::replace(&mut self.module, module),
            self.events.len(),
        );
        let value = run(self);
        self.module = outer;
        self.events.truncate(kept);
        value
    }

    /// `Enum.MEMBER`, `namespace.constant`, `Class.CONSTANT`
    pub(super) fn static_member(&mut self, object: ExpressionId, name: &str) -> Option<Value> {
        let facts = self.facts();
        let binding = match facts.expression(object) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => *binding,
            Expression::Member {
                object, property, ..
            } => return self.exported_member(*object, &property.text, name),
            _ => return None,
        };
        match self
            .interpreter
            .project
            .modules
            .binding(self.module, binding)
        {
            Symbol::Enum(of) => Some(self.enum_member(of, name)),
            Symbol::Class(class) => self
                .static_method(class, name)
                .or_else(|| self.constant_field(class, name, true)),
            Symbol::External { name: of, .. } => self.client_enum_member(&of, name),
            Symbol::Namespace(module) => {
                match self.interpreter.project.modules.export(module, name) {
                    Symbol::Variable(variable) => Some(self.outer_variable(variable, object)),
                    Symbol::Function(function) => Some(Value::Function(function)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// `$Enums.Role.ADMIN`, `namespace.Enum.MEMBER`
    fn exported_member(&mut self, object: ExpressionId, of: &str, name: &str) -> Option<Value> {
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = self.facts().expression(object)
        else {
            return None;
        };
        let modules = &self.interpreter.project.modules;
        match modules.binding(self.module, *binding) {
            Symbol::External { .. } => self.client_enum_member(of, name),
            Symbol::Namespace(module) => match modules.export(module, of) {
                Symbol::Enum(of) => Some(self.enum_member(of, name)),
                _ => None,
            },
            _ => None,
        }
    }

    /// `Role.ADMIN` of the generated client: an enum of a schema.
    fn client_enum_member(&self, of: &str, name: &str) -> Option<Value> {
        let schemas = self.interpreter.project.schemas.iter();
        schemas
            .filter_map(|(_, schema)| schema.datamodel.enumeration(of))
            .any(|declared| declared.values.iter().any(|value| value.name == name))
            .then(|| Value::string(name))
    }

    fn enum_member(&mut self, of: In<u32>, name: &str) -> Value {
        let declared = &self.interpreter.project.modules.facts(of.module).enums[of.id as usize];
        let Some(position) = declared
            .members
            .iter()
            .position(|member| member.name.text == name)
        else {
            return Value::Unknown;
        };
        match declared.members[position].value {
            Some(value) => self.in_module(of.module, |frame| {
                frame.expression(value, &mut State::new())
            }),
            None => Value::Literal(Literal::Number(position.to_string().into())),
        }
    }

    /// `this.name`: a constant of the class, or a field of which nothing is known.
    pub(super) fn field(&mut self, id: ExpressionId, this: ExpressionId, name: &str) -> Value {
        let Some(class) = self
            .interpreter
            .project
            .modules
            .get(self.module)
            .context
            .this_class(this)
        else {
            return Value::Unknown;
        };
        let class = In {
            module: self.module,
            id: class,
        };
        match self.interpreter.types.of(In {
            module: self.module,
            id,
        }) {
            Type::Function(function) => match self.method(id, Some(function)) {
                Some((nearer, _)) => Value::Function(nearer),
                None => Value::Function(function),
            },
            _ if self.is_request(class, name) => {
                Value::opaque(Root::ClientInput("Req".into(), None))
            }
            _ => self
                .constant_field(class, name, false)
                .or_else(|| self.made_with(self.own_class(this)?, name))
                .unwrap_or_else(|| Value::opaque(Root::Field(class, name.into()))),
        }
    }

    /// `@Inject(REQUEST) private readonly request`: each request has an instance of its own.
    fn is_request(&self, class: ClassRef, name: &str) -> bool {
        let modules = &self.interpreter.project.modules;
        self.interpreter.types.ancestry(class).iter().any(|class| {
            let facts = modules.facts(class.module);
            let declared = facts.class(class.id);
            let handed = declared.constructor().and_then(|constructor| {
                let parameters = &facts.function(constructor).parameters;
                parameters.iter().find(|parameter| {
                    parameter.property.is_some()
                        && matches!(parameter.pattern, Pattern::Binding(binding)
                                if facts.binding(binding).name == name)
                })
            });
            let decorators = match handed {
                Some(parameter) => &parameter.decorators,
                None => match declared.member(name) {
                    Some(member) => &member.decorators,
                    None => return false,
                },
            };
            decorators
                .iter()
                .any(|decorator| self.injects_request(class.module, decorator))
        })
    }

    /// `@Inject(REQUEST)`
    fn injects_request(&self, module: ModuleId, decorator: &Decorator) -> bool {
        let modules = &self.interpreter.project.modules;
        let facts = modules.facts(module);
        let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
            return false;
        };
        let token = arguments.first().map(|first| facts.expression(first.value));
        let Some(Expression::Identifier {
            binding: Some(token),
            ..
        }) = token
        else {
            return false;
        };
        decorator.name == "Inject"
            && matches!(modules.binding(module, *token), Symbol::External { specifier, name }
                if specifier == "@nestjs/core" && name == "REQUEST")
    }

    /// `rows.map(Dto.from)`: a static method that is named and not called.
    fn static_method(&self, class: ClassRef, name: &str) -> Option<Value> {
        let ancestry = self.interpreter.types.ancestry(class);
        let found = ancestry.into_iter().find_map(|class| {
            let facts = self.interpreter.project.modules.facts(class.module);
            let mut members = facts.class(class.id).members.iter();
            let member = members.find(|member| {
                member.is_static && member.key.name().is_some_and(|key| key.text == name)
            })?;
            Some((class.module, member.kind.clone()))
        })?;
        match found {
            (module, MemberKind::Method(id)) => Some(Value::Function(In { module, id })),
            _ => None,
        }
    }

    /// A `readonly` (or `static`) field with an initial value, of the class or a base.
    fn constant_field(&mut self, class: ClassRef, name: &str, is_static: bool) -> Option<Value> {
        for class in self.interpreter.types.ancestry(class) {
            let facts = self.interpreter.project.modules.facts(class.module);
            let found = facts.class(class.id).members.iter().find(|member| {
                member.is_static == is_static
                    && member.key.name().is_some_and(|key| key.text == name)
            });
            let Some(member) = found else { continue };
            let MemberKind::Field {
                init: Some(init), ..
            } = member.kind
            else {
                return None;
            };
            if !member.is_readonly || !is_static && constructs(facts, class.id, name) {
                return None;
            }
            let value = self.in_module(class.module, |frame| {
                frame.expression(init, &mut State::new())
            });
            return (value != Value::Unknown).then_some(value);
        }
        None
    }
}

/// Whether a class's constructor assigns the field: its initial value is not what it holds.
fn constructs(facts: &ModuleFacts, class: ClassId, name: &str) -> bool {
    let Some(constructor) = facts.class(class).constructor() else {
        return false;
    };
    let around = facts.function(constructor).span;
    facts
        .all([ExpressionKind::Assign])
        .any(|(_, node)| match &node.kind {
            Expression::Assign { target, .. } => {
                around.contains(node.span)
                    && assigned_to(facts, target).is_some_and(|assigned| assigned == name)
            }
            _ => false,
        })
}

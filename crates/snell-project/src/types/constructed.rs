//! What the constructor of a class makes of its instances: one that returns something else, a
//! client with extensions for one, hands that out in their place.

use std::cell::RefCell;

use snell_extract::facts::{
    AssignOperator, BindingKind, Expression, ExpressionId, FunctionBody, FunctionId, Pattern,
    Statement,
};

use super::{Client, Type, Types, extension::Conditions};
use crate::module::{ClassRef, In, ModuleId};

thread_local! {
    /// The classes whose constructors are being looked at. What one returns may ask for `this`,
    /// which leads back here.
    static BUSY: RefCell<Vec<ClassRef>> = const { RefCell::new(Vec::new()) };
}

impl Types<'_> {
    /// The client that instances of a class are: what it extends, or what its constructor puts in
    /// their place, with what that adds.
    pub(super) fn class_client(&self, class: ClassRef, depth: u32) -> Option<Client> {
        let inherited = self.inherited_client(class, depth);
        let Some(constructor) = self.constructor(class) else {
            return inherited;
        };
        let facts = self.modules.facts(constructor.module);
        let returned = facts.function(constructor.id).body.returned();
        if returned.is_empty() || BUSY.with_borrow(|busy| busy.contains(&class)) {
            return inherited;
        }
        BUSY.with_borrow_mut(|busy| busy.push(class));
        let client = inherited.or_else(|| {
            let mut proxied = returned.iter();
            proxied.find_map(|value| self.proxied(class, constructor.module, *value, depth))
        });
        let client = client.map(|client| {
            let added = returned
                .iter()
                .map(|value| self.added(class, constructor.module, *value, depth));
            added.fold(client, Client::with)
        });
        BUSY.with_borrow_mut(|busy| busy.pop());
        client
    }

    /// The constructor that makes instances: the nearest that is written.
    fn constructor(&self, class: ClassRef) -> Option<In<FunctionId>> {
        let own = |class: ClassRef| {
            let facts = self.modules.facts(class.module);
            let id = facts.class(class.id).constructor()?;
            Some(In {
                module: class.module,
                id,
            })
        };
        own(class).or_else(|| {
            let facts = self.modules.facts(class.module);
            facts.class(class.id).extends?;
            self.ancestry(class).into_iter().skip(1).find_map(own)
        })
    }

    /// What is added on the way to a value that stands for `this`, to a client of which nothing else is known.
    fn added(&self, class: ClassRef, module: ModuleId, id: ExpressionId, depth: u32) -> Client {
        let Some(depth) = depth.checked_sub(1) else {
            return Client::default();
        };
        let facts = self.modules.facts(module);
        let id = facts.unwrap_casts(id);
        let inner = |id| self.added(class, module, id, depth);
        match facts.expression(id) {
            Expression::Call {
                callee, arguments, ..
            } => match facts.expression(*callee) {
                Expression::Member {
                    object, property, ..
                } if property.text == "$extends" => {
                    let conditions = arguments.first().map_or(Conditions::Kept, |extension| {
                        self.conditions(module, extension.value, depth)
                    });
                    inner(*object).extended_by(conditions)
                }
                // `Object.assign(this, extended)`
                Expression::Member { property, .. } if property.text == "assign" => {
                    let all = arguments.iter().map(|argument| inner(argument.value));
                    all.fold(Client::default(), Client::with)
                }
                _ => match self.expression(module, *callee, depth) {
                    Type::Function(made) => {
                        let facts = self.modules.facts(made.module);
                        let values = facts.function(made.id).body.returned().into_iter();
                        let all = values.map(|value| self.added(class, made.module, value, depth));
                        all.fold(Client::default(), Client::with)
                    }
                    // Something else is handed the client, and gives back another.
                    _ => Client {
                        extended: true,
                        amending: true,
                        ..Client::default()
                    },
                },
            },
            Expression::New {
                callee, arguments, ..
            } => match facts.expression(*callee) {
                Expression::Identifier {
                    name,
                    binding: None,
                } if name == "Proxy" => {
                    let all = arguments.iter().map(|argument| inner(argument.value));
                    let behind = self.proxied(class, module, id, depth);
                    let behind = behind.unwrap_or_default();
                    all.fold(behind, Client::with)
                }
                _ => Client::default(),
            },
            Expression::Await(value) => inner(*value),
            Expression::Conditional {
                then, otherwise, ..
            } => inner(*then).with(inner(*otherwise)),
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match &facts.binding(*binding).kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } if init.path.is_empty() => inner(init.value),
                _ => Client::default(),
            },
            Expression::Member {
                object, property, ..
            } if matches!(facts.expression(*object), Expression::This) => {
                match self.instance_member(class, &property.text, depth) {
                    Some(Type::Client(client)) => client,
                    _ => Client::default(),
                }
            }
            _ => Client::default(),
        }
    }

    /// The client that a proxy of an instance hands its names on to: one of the fields that the
    /// proxy's handlers name.
    fn proxied(
        &self,
        class: ClassRef,
        module: ModuleId,
        id: ExpressionId,
        depth: u32,
    ) -> Option<Client> {
        let depth = depth.checked_sub(1)?;
        let facts = self.modules.facts(module);
        let Expression::New {
            callee, arguments, ..
        } = facts.expression(facts.unwrap_casts(id))
        else {
            return None;
        };
        let [target, handlers, ..] = &arguments[..] else {
            return None;
        };
        let is_proxy = matches!(facts.expression(*callee),
            Expression::Identifier { name, binding: None } if name == "Proxy");
        let of_this = matches!(
            facts.expression(facts.unwrap_casts(target.value)),
            Expression::This
        );
        if !is_proxy || !of_this {
            return None;
        }
        let span = facts.span(handlers.value);
        let inside = facts.expressions.iter();
        let mut named =
            inside
                .filter(|node| span.contains(node.span))
                .filter_map(|node| match &node.kind {
                    Expression::Member { property, .. } => Some(&property.text),
                    _ => None,
                });
        named.find_map(|name| match self.instance_member(class, name, depth)? {
            Type::Client(client) => Some(Client {
                class: Some(class),
                ..client
            }),
            _ => None,
        })
    }

    /// What a constructor assigns to a field: `this.name = value`.
    pub(super) fn assigned(&self, class: ClassRef, name: &str, depth: u32) -> Type {
        let Some(depth) = depth.checked_sub(1) else {
            return Type::Unknown;
        };
        let facts = self.modules.facts(class.module);
        let body = match facts.class(class.id).constructor() {
            Some(constructor) => &facts.function(constructor).body,
            None => return Type::Unknown,
        };
        let FunctionBody::Block(statements) = body else {
            return Type::Unknown;
        };
        let value = statements.iter().rev().find_map(|statement| {
            let Statement::Expression(id) = &statement.kind else {
                return None;
            };
            let Expression::Assign {
                operator: AssignOperator::Assign,
                target,
                value,
            } = facts.expression(*id)
            else {
                return None;
            };
            let Pattern::Expression(target) = **target else {
                return None;
            };
            match facts.expression(target) {
                Expression::Member {
                    object, property, ..
                } if property.text == name
                    && matches!(facts.expression(*object), Expression::This) =>
                {
                    Some(*value)
                }
                _ => None,
            }
        });
        value.map_or(Type::Unknown, |value| {
            self.expression(class.module, value, depth)
        })
    }
}

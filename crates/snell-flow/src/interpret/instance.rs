//! What the instances of a workspace's classes hold: what their constructors take over.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::{
    AssignOperator, BindingId, Expression, ExpressionId, ExpressionNode, Function, LogicalOperator,
    MemberKind, ModuleFacts, Pattern,
};
use snell_project::module::{ClassRef, ModuleId, Modules, Symbol};
use snell_source::Span;

use super::{Frame, assign};
use crate::value::{Entry, ObjectValue, Value};

impl Frame<'_, '_> {
    /// `new Command(id, name)`: the properties that its constructor takes over.
    pub(super) fn instance(&self, callee: ExpressionId, values: Vec<Value>) -> Value {
        let whole = || Value::derived(values.clone());
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = self.facts().expression(callee)
        else {
            return whole();
        };
        let modules = &self.interpreter.project.modules;
        let Symbol::Class(class) = modules.binding(self.module, *binding) else {
            return whole();
        };
        // A class without a constructor is made as its base is.
        let chain = self.interpreter.types.ancestry(class);
        let written = chain.iter().find_map(|holder| {
            let declared = modules.facts(holder.module).class(holder.id);
            Some((*holder, declared.constructor()?))
        });
        let Some((made, constructor)) = written else {
            return whole();
        };
        let facts = modules.facts(made.module);
        let constructor = facts.function(constructor);
        let Some(handed) = Handed::of(facts, constructor, &values) else {
            return whole();
        };
        let mut object = ObjectValue::default();
        for parameter in &constructor.parameters {
            if parameter.property.is_some()
                && let Some(name) = bound(&parameter.pattern)
            {
                let name = facts.binding(name);
                let value = handed.named(&name.name).cloned().unwrap_or_default();
                put(&mut object, made.module, (&name.name, name.span), value);
            }
        }
        let fills = handed.fill(made.module, &mut object);
        if fills {
            for holder in &chain {
                getters(modules, *holder, &mut object);
            }
        }
        // What its base makes of it, or another method, is made of the same; what fields hold from the start is not known.
        object.spreads.push(match fills {
            true => Value::Unknown,
            false => whole(),
        });
        Value::Object(Arc::new(object))
    }
}

/// What a constructor is handed, by the names of its parameters.
struct Handed<'a> {
    facts: &'a ModuleFacts,
    values: FxHashMap<BindingId, Value>,
    /// The expressions of the constructor.
    inside: Vec<&'a ExpressionNode>,
}

impl<'a> Handed<'a> {
    /// `None` where a parameter is taken apart.
    fn of(facts: &'a ModuleFacts, constructor: &Function, values: &[Value]) -> Option<Self> {
        let parameters = constructor.parameters.iter().enumerate();
        let values: Option<FxHashMap<BindingId, Value>> = parameters
            .map(|(n, parameter)| {
                let value = values.get(n).cloned().unwrap_or(Value::Undefined);
                Some((bound(&parameter.pattern)?, value))
            })
            .collect();
        let nodes = facts.expressions.iter();
        Some(Handed {
            facts,
            values: values?,
            inside: nodes
                .filter(|node| constructor.span.contains(node.span))
                .collect(),
        })
    }

    fn named(&self, name: &str) -> Option<&Value> {
        let mut values = self.values.iter();
        let found = values.find(|(binding, _)| self.facts.binding(**binding).name == name);
        found.map(|(_, value)| value)
    }

    /// Adds what `this.name = value` and `Object.assign(this, values)` put there; whether there is any such.
    fn fill(&self, module: ModuleId, object: &mut ObjectValue) -> bool {
        let mut fills = !object.entries.is_empty();
        for node in &self.inside {
            match &node.kind {
                Expression::Assign {
                    operator: AssignOperator::Assign,
                    target,
                    value,
                } => {
                    if let Some((name, span)) = self.own_property(target) {
                        put(object, module, (&name, span), self.value(*value));
                        fills = true;
                    }
                }
                Expression::Call {
                    callee, arguments, ..
                } if self.is_assign(*callee) => {
                    let [target, sources @ ..] = &arguments[..] else {
                        continue;
                    };
                    if !matches!(self.facts.expression(target.value), Expression::This) {
                        continue;
                    }
                    for source in sources {
                        match self.value(source.value) {
                            Value::Object(all) => {
                                object.entries.extend(
                                    all.entries
                                        .iter()
                                        .map(|(name, entry)| (name.clone(), entry.clone())),
                                );
                                let rest = all.spreads.iter().cloned();
                                object.spreads.extend(rest.map(of_instance));
                            }
                            other => object.spreads.push(of_instance(other)),
                        }
                    }
                    fills = true;
                }
                _ => {}
            }
        }
        fills
    }

    /// `Object.assign`
    fn is_assign(&self, callee: ExpressionId) -> bool {
        matches!(self.facts.expression(callee), Expression::Member { object, property, .. }
            if property.text == "assign"
                && matches!(self.facts.expression(*object),
                    Expression::Identifier { name, binding: None } if name == "Object"))
    }

    /// The name in `this.name`, where it is assigned to.
    fn own_property(&self, target: &Pattern) -> Option<(SmolStr, Span)> {
        let Pattern::Expression(target) = target else {
            return None;
        };
        match self.facts.expression(*target) {
            Expression::Member {
                object, property, ..
            } if matches!(self.facts.expression(*object), Expression::This) => {
                Some((property.text.clone(), property.span))
            }
            _ => None,
        }
    }

    /// What a constructor makes of what it is handed.
    fn value(&self, id: ExpressionId) -> Value {
        let id = self.facts.unwrap_casts(id);
        match self.facts.expression(id) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } if self.values.contains_key(binding) => self.values[binding].clone(),
            Expression::Member {
                object, property, ..
            } => assign::property_of(&self.value(*object), &property.text),
            // `id ?? makeId()`: what is handed, where something is.
            Expression::Logical {
                operator: LogicalOperator::Coalesce | LogicalOperator::Or,
                left,
                right,
            } => match self.value(*left) {
                Value::Undefined | Value::Null => self.value(*right),
                handed => handed,
            },
            _ => {
                let span = self.facts.span(id);
                let named = self.inside.iter().filter(|node| span.contains(node.span));
                let parts = named.filter_map(|node| match &node.kind {
                    Expression::Identifier {
                        binding: Some(binding),
                        ..
                    } => self.values.get(binding).cloned(),
                    _ => None,
                });
                Value::derived(parts.collect())
            }
        }
    }
}

/// What the getters of a class give that hand out a field, or a part of one: `return this.props.id`.
fn getters(modules: &Modules, class: ClassRef, object: &mut ObjectValue) {
    let facts = modules.facts(class.module);
    for member in &facts.class(class.id).members {
        let (MemberKind::Getter(id), Some(name)) = (&member.kind, member.key.name()) else {
            continue;
        };
        if member.is_static || object.entries.contains_key(&name.text) {
            continue;
        }
        let [value] = facts.function(*id).body.returned()[..] else {
            continue;
        };
        let value = part_of(facts, value, object);
        if let Some(value) = value.filter(|value| !matches!(value, Value::Unknown)) {
            put(object, class.module, (&name.text, name.span), value);
        }
    }
}

/// What `this.a.b` is of an instance whose field `a` is known.
fn part_of(facts: &ModuleFacts, id: ExpressionId, object: &ObjectValue) -> Option<Value> {
    let Expression::Member {
        object: of,
        property,
        ..
    } = facts.expression(facts.unwrap_casts(id))
    else {
        return None;
    };
    match facts.expression(facts.unwrap_casts(*of)) {
        Expression::This => Some(object.entries.get(&property.text)?.value.clone()),
        _ => Some(assign::property_of(
            &part_of(facts, *of, object)?,
            &property.text,
        )),
    }
}

/// What an instance takes over as a whole is not the same thing any more: its class may hide a part.
fn of_instance(value: Value) -> Value {
    Value::derived(vec![value])
}

fn bound(pattern: &Pattern) -> Option<BindingId> {
    match pattern {
        Pattern::Binding(id) => Some(*id),
        Pattern::Default { target, .. } => bound(target),
        _ => None,
    }
}

fn put(object: &mut ObjectValue, module: ModuleId, (name, key): (&SmolStr, Span), value: Value) {
    let entry = Entry {
        value,
        always: true,
        beneath: false,
        key,
        at: None,
        module,
    };
    object.entries.insert(name.clone(), entry);
}

//! What schemas of packages let through: `Schema.parse(body)`, `Schema.safeParse(body).data`. They look at the form of what
//! was sent, and say nothing of whose anything is.

use std::sync::Arc;

use smol_str::SmolStr;
use snell_extract::facts::{BindingKind, Expression, ExpressionId, ModuleFacts, Name, Property};
use snell_project::{
    Project,
    module::{ExpressionRef, In, Symbol},
    types::Type,
};

use super::Frame;
use crate::value::{ArrayValue, Choice, Entry, ObjectValue, Root, Value};

/// What a method of a schema gives back.
enum Gives {
    /// What it lets through.
    Value,
    /// An object that holds it here.
    In(&'static str),
}

/// So deep in what is handed over is looked for what was sent.
const DEPTH: u32 = 4;

impl Frame<'_, '_> {
    /// The result of a call that is not followed, where a schema looks at what was sent.
    pub(super) fn parsed(&self, id: ExpressionId, handed: &[Value]) -> Option<Value> {
        let facts = self.facts();
        let Expression::Call { callee, .. } = facts.expression(id) else {
            return None;
        };
        let Expression::Member {
            object, property, ..
        } = facts.expression(facts.unwrap_casts(*callee))
        else {
            return None;
        };
        let package = match self.interpreter.types.of(self.at(*object)) {
            Type::External(package, _) => package,
            _ => made_by(self.interpreter.project, self.at(*object), DEPTH)?,
        };
        let gives = gives(&package, &property.text)?;
        let value = let_through(handed.first()?, DEPTH)?;
        Some(match gives {
            Gives::Value => value,
            Gives::In(place) => self.told(place, value, property),
        })
    }

    /// `{ success, data, error }`: whether it was let through, what was, and why it was not.
    fn told(&self, place: &str, value: Value, at: &Name) -> Value {
        let entry = |value: Value| Entry {
            value,
            always: true,
            beneath: false,
            key: at.span,
            at: None,
            module: self.module,
        };
        let about = Value::opaque(Root::Derived([value.clone()].into()));
        let mut object = ObjectValue::default();
        for name in ["success", "error"] {
            object.entries.insert(name.into(), entry(about.clone()));
        }
        object.entries.insert(place.into(), entry(value));
        Value::Object(Arc::new(object))
    }
}

/// The package whose call makes a schema: `z.object({ ... }).strict()`, a name of that, or a property of an object that is
/// written out.
fn made_by(project: &Project, at: ExpressionRef, depth: u32) -> Option<SmolStr> {
    let depth = depth.checked_sub(1)?;
    let module = at.module;
    let facts = project.modules.facts(module);
    let mut id = facts.unwrap_casts(at.id);
    let mut property: Option<&SmolStr> = None;
    loop {
        match facts.expression(id) {
            Expression::Member {
                object,
                property: name,
                ..
            } => {
                property = Some(&name.text);
                id = facts.unwrap_casts(*object);
            }
            Expression::Call { callee, .. } => id = facts.unwrap_casts(*callee),
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => {
                let variable = match project.modules.binding(module, *binding) {
                    Symbol::External { specifier, .. } => return Some(specifier),
                    Symbol::Variable(variable) => variable,
                    _ => return None,
                };
                let own = project.modules.facts(variable.module);
                let BindingKind::Variable {
                    init: Some(init), ..
                } = &own.binding(variable.id).kind
                else {
                    return None;
                };
                let held = property.and_then(|name| held(own, init.value, name));
                let at = In {
                    module: variable.module,
                    id: held.unwrap_or(init.value),
                };
                return made_by(project, at, depth);
            }
            _ => return None,
        }
    }
}

/// The value of a property of an object that is written out.
fn held(facts: &ModuleFacts, object: ExpressionId, name: &SmolStr) -> Option<ExpressionId> {
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(object)) else {
        return None;
    };
    properties.iter().find_map(|property| match property {
        Property::Value { key, value, .. } if key.name().is_some_and(|key| key.text == *name) => {
            Some(*value)
        }
        _ => None,
    })
}

fn gives(package: &str, method: &str) -> Option<Gives> {
    let zod = package.contains("zod");
    match method {
        "parse" | "parseAsync" if zod => Some(Gives::Value),
        "safeParse" | "safeParseAsync" if zod => Some(Gives::In("data")),
        "validate" | "validateSync" | "cast" if package == "yup" => Some(Gives::Value),
        "validateAsync" if package == "joi" => Some(Gives::Value),
        "validate" if package == "joi" => Some(Gives::In("value")),
        _ => None,
    }
}

/// A value in which what the client sent stands as a schema lets it through; nothing where it holds none.
fn let_through(value: &Value, depth: u32) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    // A schema drops what it does not name: rows come out of it as something else.
    let kept = |value: &Value| match value {
        Value::Undefined | Value::Null | Value::Literal(_) => value.clone(),
        Value::Opaque(who) if who.root == Root::Identity => value.clone(),
        value => let_through(value, depth).unwrap_or(Value::Unknown),
    };
    match value {
        Value::Opaque(sent) if matches!(sent.root, Root::ClientInput(..)) => {
            Some(Value::opaque(Root::Parsed(Arc::clone(sent))))
        }
        Value::Object(object) => {
            let mut object = ObjectValue::clone(object);
            for entry in object.entries.values_mut() {
                entry.value = kept(&entry.value);
            }
            for spread in &mut object.spreads {
                *spread = kept(spread);
            }
            Some(Value::Object(Arc::new(object)))
        }
        Value::Array(array) => Some(Value::Array(Arc::new(ArrayValue {
            elements: array.elements.iter().map(kept).collect(),
            rest: array.rest.as_ref().map(kept),
        }))),
        Value::OneOf(choices) => {
            let choices = choices.iter().map(|choice| Choice {
                value: kept(&choice.value),
                ..Choice::clone(choice)
            });
            Some(Value::OneOf(choices.collect()))
        }
        _ => None,
    }
}

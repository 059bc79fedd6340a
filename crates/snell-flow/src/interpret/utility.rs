//! Functions of lodash and its like that give back a part of what they are handed, and decide
//! nothing.

use std::sync::Arc;

use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionId};
use snell_project::module::Symbol;

use super::{
    Frame,
    assign::{nth, property_of, take_away},
    operators::{compared, test},
};
use crate::{
    fact::when,
    value::{Entry, ObjectValue, Value},
};

/// Packages whose functions take the data first.
const PACKAGES: [&str; 4] = ["lodash", "es-toolkit", "radash", "remeda"];

impl Frame<'_, '_> {
    /// `omit(value, keys)`, `cloneDeep(value)`, `_.get(value, 'a.b')`
    pub(super) fn utility(&self, callee: ExpressionId, handed: &[Value]) -> Option<Value> {
        let name = self.name_of_utility(callee)?;
        let value = handed.first()?;
        if handed
            .iter()
            .any(|value| matches!(value, Value::Function(_)))
        {
            return None;
        }
        match name.as_str() {
            "omit" => {
                let mut left = value.clone();
                take_away(&mut left, &keys(handed.get(1..)?)?);
                Some(left)
            }
            "pick" => Some(self.picked(callee, value, &keys(handed.get(1..)?)?)),
            "clone" | "cloneDeep" | "uniq" | "compact" | "uniqBy" | "sortBy" | "orderBy"
            | "reverse" => Some(value.clone()),
            "head" | "first" | "last" => Some(match value {
                Value::Array(_) => Value::join(nth(value, 0), &[], Value::Undefined, &[]),
                other => nth(other, 0),
            }),
            "get" => {
                let way = handed.get(1)?.as_string()?;
                let found = way
                    .split('.')
                    .fold(value.clone(), |value, name| property_of(&value, name));
                Some(match handed.get(2) {
                    Some(otherwise) => Value::join(found, &[], otherwise.clone(), &[]),
                    None => found,
                })
            }
            "isEmpty" => Some(test(when(value, false)?, when(value, true)?)),
            "isEqual" => Some(compared(value, handed.get(1)?, true)),
            _ => None,
        }
    }

    /// The name of a function of such a package: `omit`, `_.omit`.
    fn name_of_utility(&self, callee: ExpressionId) -> Option<SmolStr> {
        let facts = self.facts();
        let (named, member) = match facts.expression(callee) {
            Expression::Member {
                object, property, ..
            } => (*object, Some(property.text.clone())),
            _ => (callee, None),
        };
        let Expression::Identifier {
            binding: Some(binding),
            name: own,
        } = facts.expression(named)
        else {
            return None;
        };
        let symbol = self
            .interpreter
            .project
            .modules
            .binding(self.module, *binding);
        let Symbol::External { specifier, name } = symbol else {
            return None;
        };
        let package = specifier.split(['/', '.']).next()?;
        if !PACKAGES
            .iter()
            .any(|known| package == *known || package.strip_suffix("-es") == Some(*known))
        {
            return None;
        }
        // `import omit from 'lodash/omit'`
        let inside = specifier.split(['/', '.']).nth(1).map(SmolStr::from);
        member.or_else(|| match name.as_str() {
            "default" | "*" => inside.or_else(|| Some(own.clone())),
            name => Some(name.into()),
        })
    }

    fn picked(&self, callee: ExpressionId, value: &Value, keys: &[SmolStr]) -> Value {
        let mut object = ObjectValue::default();
        for key in keys {
            let entry = Entry {
                value: property_of(value, key),
                always: true,
                beneath: false,
                key: self.facts().span(callee),
                at: None,
                module: self.module,
            };
            object.entries.insert(key.clone(), entry);
        }
        Value::Object(Arc::new(object))
    }
}

/// Names of properties, as a list or one by one.
fn keys(values: &[Value]) -> Option<Vec<SmolStr>> {
    let mut found = Vec::new();
    for value in values {
        match value {
            Value::Array(list) if list.rest.is_none() => {
                for element in &list.elements {
                    found.push(element.as_string()?.clone());
                }
            }
            value => found.push(value.as_string()?.clone()),
        }
    }
    Some(found)
}

//! Expressions: each form to what it gives.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionId};
use snell_project::module::In;

use super::{
    Frame, State,
    assign::{nth, property_of},
    statement::element_of,
};
use crate::{
    event::LoopKind,
    fact::Fact,
    value::{Literal, LoopId, ObjectValue, Root, Step, Value},
};

impl Frame<'_, '_> {
    pub(crate) fn expression(&mut self, id: ExpressionId, state: &mut State) -> Value {
        if !self.step() {
            return Value::Unknown;
        }
        let facts = self.facts();
        match facts.expression(id) {
            Expression::Identifier { .. } => self.identifier(id, state),
            Expression::String(text) => Value::string(text.clone()),
            Expression::Number(text) => Value::Literal(Literal::Number(text.as_str().into())),
            Expression::BigInt(text) => Value::Literal(Literal::BigInt(text.as_str().into())),
            Expression::Boolean(value) => Value::boolean(*value),
            Expression::Regex(text) => Value::Literal(Literal::Pattern(text.as_str().into())),
            Expression::Null => Value::Null,
            Expression::Undefined => Value::Undefined,
            Expression::Template { chunks, values } => self.template(chunks, values, state),
            Expression::Object(properties) => self.object(properties, state),
            Expression::Array(elements) => self.array(elements, state),
            Expression::Function(function) => Value::Function(In {
                module: self.module,
                id: *function,
            }),
            Expression::Member {
                object, property, ..
            } => self.member(id, *object, &property.text, state),
            Expression::Index { object, index, .. } => self.index(*object, *index, state),
            Expression::Call { .. }
            | Expression::TaggedTemplate { .. }
            | Expression::New { .. } => self.call_expression(id, state),
            Expression::Unary { operator, operand } => self.unary(*operator, *operand, state),
            Expression::Binary {
                operator,
                left,
                right,
            } => self.binary(*operator, *left, *right, state),
            Expression::Logical {
                operator,
                left,
                right,
            } => self.logical(*operator, *left, *right, state),
            Expression::Conditional {
                test,
                then,
                otherwise,
            } => {
                let test = self.expression(*test, state);
                self.either(&test, *then, *otherwise, state)
            }
            Expression::Assign {
                operator,
                target,
                value,
            } => self.assign(*operator, target, *value, state),
            Expression::Update { target, .. } => {
                let before = self.expression(*target, state);
                let after = Value::derived(vec![before, Value::Unknown]);
                self.bind(
                    &snell_extract::facts::Pattern::Expression(*target),
                    after.clone(),
                    state,
                );
                after
            }
            Expression::Await(value) | Expression::Cast { value, .. } => {
                self.expression(*value, state)
            }
            Expression::Sequence(values) => values
                .iter()
                .map(|value| self.expression(*value, state))
                .last()
                .unwrap_or(Value::Unknown),
            _ => self.others(id, state),
        }
    }

    /// What gives no value worth knowing; what stands inside still runs.
    fn others(&mut self, id: ExpressionId, state: &mut State) -> Value {
        match self.facts().expression(id) {
            Expression::Yield(Some(value)) | Expression::DynamicImport(value) => {
                self.expression(*value, state);
            }
            Expression::Unknown(values) => {
                for value in values {
                    self.expression(*value, state);
                }
            }
            Expression::Jsx(element) => {
                for value in element
                    .attributes
                    .iter()
                    .filter_map(|(_, value)| *value)
                    .chain(element.children.iter().copied())
                {
                    self.expression(value, state);
                }
            }
            _ => {}
        }
        Value::Unknown
    }

    fn member(
        &mut self,
        id: ExpressionId,
        object: ExpressionId,
        name: &str,
        state: &mut State,
    ) -> Value {
        let facts = self.facts();
        match facts.expression(object) {
            Expression::This => return self.field(id, object, name),
            Expression::Identifier {
                name: global,
                binding: None,
            } if global == "process" && name == "env" => {
                return Value::opaque(Root::Environment);
            }
            _ => {}
        }
        if let Some(fragment) = self.sql_fragment(id, state) {
            return fragment;
        }
        if let Some(value) = self.static_member(object, name) {
            return value;
        }
        if let Some(value) = self.nothing_of_option(object, name) {
            return value;
        }
        let value = self.expression(object, state);
        property_of(&value, name)
    }

    fn index(&mut self, object: ExpressionId, index: ExpressionId, state: &mut State) -> Value {
        let value = self.expression(object, state);
        let key = self.expression(index, state);
        indexed(&value, &key, self.counted(&key))
    }

    /// The loop around whose counter a value is: `i` in `for (let i = 0; ...)`.
    fn counted(&self, value: &Value) -> Option<LoopId> {
        let Value::Opaque(opaque) = value else {
            return None;
        };
        let mut loops = self.loops.iter();
        let around = loops.find(|around| {
            around.kind == LoopKind::Counted
                && opaque.root == Root::Element(around.id)
                && opaque.path.is_empty()
        });
        around.map(|around| around.id)
    }
}

/// `value[key]`, where the key may be what a loop around counts.
fn indexed(value: &Value, key: &Value, counted: Option<LoopId>) -> Value {
    // Each round is about an element of its own.
    if let (Value::Array(_) | Value::Opaque(_), Some(id)) = (value, counted) {
        return element_of(value, id);
    }
    match (value, key) {
        // Of one of several values, whichever it is; of nothing, nothing is read.
        (Value::OneOf(choices), _) => choices
            .iter()
            .filter(|choice| !matches!(choice.value, Value::Undefined | Value::Null))
            .map(|choice| (indexed(&choice.value, key, counted), choice.facts.to_vec()))
            .reduce(|(a, a_facts), (b, b_facts)| {
                (Value::join(a, &a_facts, b, &b_facts), Vec::new())
            })
            .map_or(Value::Unknown, |(element, _)| element),
        (Value::Array(_) | Value::Opaque(_), Value::Literal(Literal::Number(n))) => at(value, n),
        (_, Value::Literal(Literal::String(name))) => property_of(value, name),
        (Value::Array(array), _) => array
            .elements
            .iter()
            .chain(&array.rest)
            .cloned()
            .reduce(|a, b| Value::join(a, &[], b, &[]))
            .unwrap_or(Value::Unknown),
        (Value::Object(_) | Value::Opaque(_), Value::OneOf(keys))
            if matches!(value, Value::Object(_)) || key.is_constant() =>
        {
            keys.iter()
                .map(|choice| (indexed(value, &choice.value, None), choice.facts.to_vec()))
                .reduce(|(a, a_facts), (b, b_facts)| {
                    (Value::join(a, &a_facts, b, &b_facts), Vec::new())
                })
                .map_or(Value::Unknown, |(element, _)| element)
        }
        // An own value of a table of constants, whichever the key.
        (Value::Object(table), _) if table.spreads.is_empty() && !table.entries.is_empty() => {
            of_table(table, key)
        }
        (Value::Opaque(opaque), _) => {
            let element = opaque.further(Step::Each(None));
            if key.is_constant() || *key == Value::Unknown {
                element
            } else {
                Value::derived(vec![element, key.clone()])
            }
        }
        _ => Value::Unknown,
    }
}

/// One of the values of a table, each under what the key is then: two looked up by one key are of
/// one entry.
fn of_table(table: &ObjectValue, key: &Value) -> Value {
    let named = is_one_thing(key);
    let under = |name: &SmolStr| match named {
        true => vec![Fact::Equal(key.clone(), Value::string(name.clone()))],
        false => Vec::new(),
    };
    table
        .entries
        .iter()
        .map(|(name, entry)| (entry.value.clone(), under(name)))
        .reduce(|(a, a_facts), (b, b_facts)| (Value::join(a, &a_facts, b, &b_facts), Vec::new()))
        .map_or(Value::Unknown, |(value, _)| {
            Value::join(value, &[], Value::Undefined, &[])
        })
}

/// Whether a value is the same wherever it is known by the same way: nothing was computed of it.
fn is_one_thing(value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    !matches!(opaque.root, Root::Derived(_)) && !opaque.path.contains(&Step::Converted)
}

/// `value[n]`: one element, which says nothing of the others.
fn at(value: &Value, n: &str) -> Value {
    match (value, n.parse::<u32>()) {
        (Value::Opaque(opaque), Ok(position))
            if matches!(opaque.root, Root::ClientInput(..) | Root::Parsed(_)) =>
        {
            opaque.further(Step::At(position))
        }
        (_, Ok(position)) => nth(value, position as usize),
        _ => nth(value, usize::MAX),
    }
}

//! Expressions.

use std::sync::Arc;

use snell_extract::facts::{
    BinaryOperator, BindingKind, Element, Expression, ExpressionId, LogicalOperator, MemberKind,
    Property, PropertyKey, TemplateChunk, UnaryOperator,
};
use snell_project::{
    module::{ClassRef, ExpressionRef, In, ModuleId, Symbol},
    types::Type,
};

use super::{
    Frame, State,
    assign::{nth, property_of},
    statement::assumed,
};
use crate::{
    fact::Fact,
    value::{ArrayValue, Choice, Entry, Literal, ObjectValue, Opaque, Root, Step, TextPart, Value},
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
            Expression::Number(text) => Value::Literal(Literal::Number(text.clone())),
            Expression::BigInt(text) => Value::Literal(Literal::BigInt(text.clone())),
            Expression::Boolean(value) => Value::boolean(*value),
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
            Expression::Jsx {
                attributes,
                children,
                ..
            } => {
                for value in attributes
                    .iter()
                    .filter_map(|(_, value)| *value)
                    .chain(children.iter().copied())
                {
                    self.expression(value, state);
                }
            }
            _ => {}
        }
        Value::Unknown
    }

    fn identifier(&mut self, id: ExpressionId, state: &State) -> Value {
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
    fn outer_variable(
        &mut self,
        variable: snell_project::module::BindingRef,
        id: ExpressionId,
    ) -> Value {
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
                let whole = self.constant(variable, at);
                init.path.iter().fold(whole, |value, step| match step {
                    snell_extract::facts::PatternStep::Property(name) => property_of(&value, name),
                    snell_extract::facts::PatternStep::Element(n) => nth(&value, *n as usize),
                    _ => Value::Unknown,
                })
            }
            _ => Value::opaque(Root::Outer(self.at(id))),
        }
    }

    /// The value of a module-level constant.
    fn constant(
        &mut self,
        variable: snell_project::module::BindingRef,
        init: ExpressionRef,
    ) -> Value {
        if let Some(known) = self.interpreter.constants.get(&variable) {
            return known.clone();
        }
        // While it is computed it is nothing: constants may refer to each other.
        self.interpreter
            .constants
            .insert(variable, Value::opaque(Root::Outer(init)));
        let value = match self.in_module(init.module, |frame| {
            frame.expression(init.id, &mut State::new())
        }) {
            Value::Unknown => Value::opaque(Root::Outer(init)),
            value => value,
        };
        self.interpreter.constants.insert(variable, value.clone());
        value
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

    fn template(
        &mut self,
        chunks: &[TemplateChunk],
        values: &[ExpressionId],
        state: &mut State,
    ) -> Value {
        let mut parts = Vec::new();
        for (n, chunk) in chunks.iter().enumerate() {
            if !chunk.text.is_empty() {
                parts.push(TextPart::Constant(chunk.text.clone()));
            }
            if let Some(id) = values.get(n) {
                let value = self.expression(*id, state);
                parts.push(TextPart::Value(value, self.at(*id)));
            }
        }
        text(parts)
    }

    fn object(&mut self, properties: &[Property], state: &mut State) -> Value {
        let mut object = ObjectValue::default();
        for property in properties {
            match property {
                Property::Value { key, value, .. } => {
                    let value_id = *value;
                    let value = self.expression(value_id, state);
                    match self.key(key, state) {
                        Some((name, span)) => {
                            let at = Some(self.at(value_id));
                            let entry = Entry {
                                value,
                                always: true,
                                key: span,
                                at,
                                module: self.module,
                            };
                            object.entries.insert(name, entry);
                        }
                        None => object.spreads.push(Value::Unknown),
                    }
                }
                Property::Method { key, function, .. } => {
                    if let Some((name, span)) = self.key(key, state) {
                        let value = Value::Function(In {
                            module: self.module,
                            id: *function,
                        });
                        object.entries.insert(
                            name,
                            Entry {
                                value,
                                always: true,
                                key: span,
                                at: None,
                                module: self.module,
                            },
                        );
                    }
                }
                Property::Spread { value, .. } => {
                    let spread = self.expression(*value, state);
                    merge(&mut object, &spread, true);
                }
            }
        }
        Value::Object(Arc::new(object))
    }

    fn key(
        &mut self,
        key: &PropertyKey,
        state: &mut State,
    ) -> Option<(smol_str::SmolStr, snell_source::Span)> {
        match key {
            PropertyKey::Static(name) => Some((name.text.clone(), name.span)),
            PropertyKey::Computed(id) => {
                let value = self.expression(*id, state);
                Some((value.constant_text()?, self.facts().span(*id)))
            }
        }
    }

    fn array(&mut self, elements: &[Element], state: &mut State) -> Value {
        let mut array = ArrayValue::default();
        for element in elements {
            match element {
                Element::Value(value) => {
                    let value = self.expression(*value, state);
                    super::builtin::push(&mut array, value);
                }
                Element::Spread(value) => {
                    let spread = self.expression(*value, state);
                    super::builtin::extend(&mut array, &spread);
                }
                Element::Hole => array.elements.push(Value::Undefined),
            }
        }
        Value::Array(Arc::new(array))
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
        let value = self.expression(object, state);
        property_of(&value, name)
    }

    /// `Enum.MEMBER`, `namespace.constant`, `Class.CONSTANT`
    fn static_member(&mut self, object: ExpressionId, name: &str) -> Option<Value> {
        let facts = self.facts();
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = facts.expression(object)
        else {
            return None;
        };
        match self
            .interpreter
            .project
            .modules
            .binding(self.module, *binding)
        {
            Symbol::Enum(of) => Some(self.enum_member(of, name)),
            Symbol::Class(class) => self.constant_field(class, name, true),
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
    fn field(&mut self, id: ExpressionId, this: ExpressionId, name: &str) -> Value {
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
            Type::Function(function) => Value::Function(function),
            _ => self
                .constant_field(class, name, false)
                .unwrap_or_else(|| Value::opaque(Root::Field(class, name.into()))),
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
            if !member.is_readonly {
                return None;
            }
            let value = self.in_module(class.module, |frame| {
                frame.expression(init, &mut State::new())
            });
            return (value != Value::Unknown).then_some(value);
        }
        None
    }

    fn index(&mut self, object: ExpressionId, index: ExpressionId, state: &mut State) -> Value {
        let value = self.expression(object, state);
        let key = self.expression(index, state);
        match (&value, &key) {
            (Value::Array(_) | Value::Opaque(_), Value::Literal(Literal::Number(n))) => {
                nth(&value, n.parse().unwrap_or(usize::MAX))
            }
            (_, Value::Literal(Literal::String(name))) => property_of(&value, name),
            (Value::Array(array), _) => array
                .elements
                .iter()
                .chain(&array.rest)
                .cloned()
                .reduce(|a, b| Value::join(a, &[], b, &[]))
                .unwrap_or(Value::Unknown),
            // An own value of a table of constants, whichever the key.
            (Value::Object(table), _) if table.spreads.is_empty() && !table.entries.is_empty() => {
                table
                    .entries
                    .values()
                    .map(|entry| entry.value.clone())
                    .reduce(|a, b| Value::join(a, &[], b, &[]))
                    .map_or(Value::Unknown, |value| {
                        Value::join(value, &[], Value::Undefined, &[])
                    })
            }
            (Value::Opaque(opaque), _) => {
                let mut element = Opaque::clone(opaque);
                element.path.push(Step::Each(None));
                let element = Value::Opaque(Arc::new(element));
                if key.is_constant() || key == Value::Unknown {
                    element
                } else {
                    Value::derived(vec![element, key])
                }
            }
            _ => Value::Unknown,
        }
    }

    fn unary(
        &mut self,
        operator: UnaryOperator,
        operand: ExpressionId,
        state: &mut State,
    ) -> Value {
        let value = self.expression(operand, state);
        match operator {
            UnaryOperator::Not => negated(&value),
            UnaryOperator::Minus => match value {
                Value::Literal(Literal::Number(n)) => {
                    Value::Literal(Literal::Number(format!("-{n}").into()))
                }
                value => Value::derived(vec![value]),
            },
            UnaryOperator::Plus => Value::derived(vec![value]),
            UnaryOperator::Void => Value::Undefined,
            UnaryOperator::Typeof | UnaryOperator::BitNot | UnaryOperator::Delete => Value::Unknown,
        }
    }

    fn binary(
        &mut self,
        operator: BinaryOperator,
        left: ExpressionId,
        right: ExpressionId,
        state: &mut State,
    ) -> Value {
        let a = self.expression(left, state);
        let b = self.expression(right, state);
        match operator {
            BinaryOperator::Equal => compared(&a, &b, true),
            BinaryOperator::NotEqual => compared(&a, &b, false),
            BinaryOperator::Add => concatenated(a, self.at(left), b, self.at(right)),
            // `list.length > 0`, `count >= 1`
            BinaryOperator::Greater | BinaryOperator::GreaterEqual
                if is_number(&b, &["0", "1"]) =>
            {
                test(vec![Fact::Truthy(a.clone())], vec![Fact::Falsy(a)])
            }
            BinaryOperator::Less if is_number(&b, &["1"]) => {
                test(vec![Fact::Falsy(a.clone())], vec![Fact::Truthy(a)])
            }
            BinaryOperator::LessEqual if is_number(&b, &["0"]) => {
                test(vec![Fact::Falsy(a.clone())], vec![Fact::Truthy(a)])
            }
            BinaryOperator::Less
            | BinaryOperator::LessEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterEqual
            | BinaryOperator::In
            | BinaryOperator::Instanceof => test(Vec::new(), Vec::new()),
            _ => Value::derived(vec![a, b]),
        }
    }

    fn logical(
        &mut self,
        operator: LogicalOperator,
        left: ExpressionId,
        right: ExpressionId,
        state: &mut State,
    ) -> Value {
        let a = self.expression(left, state);
        match operator {
            LogicalOperator::And | LogicalOperator::Or => {
                let goes_on = operator == LogicalOperator::And;
                let mut further = assumed(state, &a, goes_on);
                if !further.alive {
                    return a;
                }
                let stays = assumed(state, &a, !goes_on);
                let b = self.expression(right, &mut further);
                let further_facts = beyond(&further, state);
                let stays_facts = beyond(&stays, state);
                let kept = kept_when(&a, !goes_on);
                let value = match kept {
                    Some(kept) if stays.alive => Value::join(kept, &stays_facts, b, &further_facts),
                    _ => b,
                };
                *state = State::join(further.revived(), stays);
                value
            }
            LogicalOperator::Coalesce => match a {
                Value::Undefined | Value::Null => self.expression(right, state),
                Value::Literal(_) | Value::Object(_) | Value::Array(_) | Value::Text(_) => a,
                a => {
                    let mut further = state.clone();
                    let b = self.expression(right, &mut further);
                    *state = State::join(state.clone(), further);
                    Value::join(without_nothing(&a), &[], b, &[])
                }
            },
        }
    }

    fn either(
        &mut self,
        test: &Value,
        then: ExpressionId,
        otherwise: ExpressionId,
        state: &mut State,
    ) -> Value {
        let mut yes = assumed(state, test, true);
        let mut no = assumed(state, test, false);
        if !yes.alive {
            return self.expression(otherwise, state);
        }
        if !no.alive {
            return self.expression(then, state);
        }
        let a = self.expression(then, &mut yes);
        let b = self.expression(otherwise, &mut no);
        let value = Value::join(a, &beyond(&yes, state), b, &beyond(&no, state));
        *state = State::join(yes, no);
        value
    }
}

/// The facts of a state that another does not have.
fn beyond(state: &State, base: &State) -> Vec<Fact> {
    state
        .facts
        .iter()
        .filter(|fact| !base.facts.contains(fact))
        .cloned()
        .collect()
}

/// What is left of a value when it is known to be truthy or falsy.
fn kept_when(value: &Value, truthy: bool) -> Option<Value> {
    match value {
        Value::OneOf(choices) => {
            let kept: Vec<Choice> = choices
                .iter()
                .filter(|choice| choice.value.truth() != Some(!truthy))
                .cloned()
                .collect();
            match kept.len() {
                0 => None,
                1 => Some(
                    kept.into_iter()
                        .next()
                        .map_or(Value::Unknown, |choice| choice.value),
                ),
                _ => Some(Value::OneOf(kept.into())),
            }
        }
        value => match value.truth() {
            Some(truth) if truth != truthy => None,
            _ => Some(value.clone()),
        },
    }
}

fn without_nothing(value: &Value) -> Value {
    match value {
        Value::OneOf(choices) => {
            let kept: Vec<Choice> = choices
                .iter()
                .filter(|choice| !matches!(choice.value, Value::Undefined | Value::Null))
                .cloned()
                .collect();
            Value::OneOf(kept.into())
        }
        other => other.clone(),
    }
}

/// `true` under some facts, `false` under others.
pub(super) fn test(when_true: Vec<Fact>, when_false: Vec<Fact>) -> Value {
    Value::OneOf(Arc::from([
        Choice {
            value: Value::boolean(true),
            facts: when_true.into(),
        },
        Choice {
            value: Value::boolean(false),
            facts: when_false.into(),
        },
    ]))
}

fn negated(value: &Value) -> Value {
    if let Some(truth) = value.truth() {
        return Value::boolean(!truth);
    }
    let (yes, no) = (
        crate::fact::when(value, true),
        crate::fact::when(value, false),
    );
    match (yes, no) {
        (Some(yes), Some(no)) => test(no, yes),
        (Some(_), None) => Value::boolean(false),
        (None, _) => Value::boolean(true),
    }
}

fn compared(a: &Value, b: &Value, equal: bool) -> Value {
    if a.is_constant()
        && b.is_constant()
        && !matches!((a, b), (Value::OneOf(_), _) | (_, Value::OneOf(_)))
    {
        return Value::boolean((a == b) == equal);
    }
    let nothing = |value: &Value| matches!(value, Value::Undefined | Value::Null);
    let (same, differ) = match (a, b) {
        (known, none) | (none, known) if nothing(none) => (
            vec![Fact::Falsy(known.clone())],
            vec![Fact::Truthy(known.clone())],
        ),
        (known, Value::Literal(Literal::Boolean(truth))) => {
            let (yes, no) = (
                crate::fact::when(known, true),
                crate::fact::when(known, false),
            );
            let (yes, no) = (yes.unwrap_or_default(), no.unwrap_or_default());
            if *truth { (yes, no) } else { (no, yes) }
        }
        (known, Value::Literal(Literal::Number(n))) if n == "0" => (
            vec![Fact::Falsy(known.clone())],
            vec![Fact::Truthy(known.clone())],
        ),
        _ => (
            vec![Fact::Equal(a.clone(), b.clone())],
            vec![Fact::Differ(a.clone(), b.clone())],
        ),
    };
    if equal {
        test(same, differ)
    } else {
        test(differ, same)
    }
}

fn is_number(value: &Value, numbers: &[&str]) -> bool {
    matches!(value, Value::Literal(Literal::Number(n)) if numbers.contains(&n.as_str()))
}

/// `a + b`: text when either is; otherwise computed from both.
pub(super) fn concatenated(a: Value, a_at: ExpressionRef, b: Value, b_at: ExpressionRef) -> Value {
    if let (Value::Literal(Literal::Number(a)), Value::Literal(Literal::Number(b))) = (&a, &b) {
        return match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => Value::Literal(Literal::Number((a + b).to_string().into())),
            _ => Value::Unknown,
        };
    }
    let is_text =
        |value: &Value| matches!(value, Value::Text(_) | Value::Literal(Literal::String(_)));
    let either_text = a.choices().into_iter().any(is_text) || b.choices().into_iter().any(is_text);
    if !either_text {
        return Value::derived(vec![a, b]);
    }
    text(vec![TextPart::Value(a, a_at), TextPart::Value(b, b_at)])
}

/// Text of parts: constant neighbours are one part, a wholly constant text is a literal.
pub(super) fn text(parts: Vec<TextPart>) -> Value {
    let mut flat: Vec<TextPart> = Vec::new();
    for part in parts {
        match part {
            TextPart::Value(Value::Text(inner), _) => inner
                .iter()
                .cloned()
                .for_each(|part| append(&mut flat, part)),
            part => append(&mut flat, part),
        }
    }
    match flat.as_slice() {
        [] => Value::string(""),
        [TextPart::Constant(text)] => Value::string(text.clone()),
        _ => Value::Text(flat.into()),
    }
}

fn append(flat: &mut Vec<TextPart>, part: TextPart) {
    let constant = match &part {
        TextPart::Constant(text) => Some(text.clone()),
        TextPart::Value(value, _) => value.constant_text(),
    };
    match (constant, flat.last_mut()) {
        (Some(text), Some(TextPart::Constant(before))) => {
            *before = format!("{before}{text}").into()
        }
        (Some(text), _) => flat.push(TextPart::Constant(text)),
        (None, _) => flat.push(part),
    }
}

/// `{ ...spread }` into an object; `surely` when it happens on every path.
pub(super) fn merge(object: &mut ObjectValue, spread: &Value, surely: bool) {
    match spread {
        Value::Object(other) => {
            for (key, entry) in &other.entries {
                let always = entry.always && surely;
                match object.entries.get_mut(key) {
                    Some(known) if !always => {
                        known.value =
                            Value::join(known.value.clone(), &[], entry.value.clone(), &[]);
                    }
                    _ => {
                        object.entries.insert(
                            key.clone(),
                            Entry {
                                always,
                                ..entry.clone()
                            },
                        );
                    }
                }
            }
            object.spreads.extend(other.spreads.iter().cloned());
        }
        // `...(condition && { key })`, `...(condition ? { a } : {})`
        Value::OneOf(choices) => {
            let objects: Vec<&Choice> = choices
                .iter()
                .filter(|choice| choice.value.truth() != Some(false))
                .collect();
            let all = objects.len() == choices.len();
            let mut merged: Option<ObjectValue> = None;
            for choice in &objects {
                let mut one = object.clone();
                merge(&mut one, &choice.value, surely);
                merged = Some(match merged {
                    None => one,
                    Some(before) => either_object(before, &one),
                });
            }
            if let Some(merged) = merged {
                *object = if all {
                    merged
                } else {
                    either_object(merged, object)
                };
            }
        }
        Value::Undefined | Value::Null | Value::Literal(_) => {}
        unknown => object.spreads.push(unknown.clone()),
    }
}

/// The object that is one of two.
fn either_object(mut a: ObjectValue, b: &ObjectValue) -> ObjectValue {
    for (key, entry) in &mut a.entries {
        match b.entries.get(key) {
            Some(other) => {
                entry.always &= other.always;
                entry.value = Value::join(entry.value.clone(), &[], other.value.clone(), &[]);
            }
            None => entry.always = false,
        }
    }
    for (key, entry) in &b.entries {
        if !a.entries.contains_key(key) {
            a.entries.insert(
                key.clone(),
                Entry {
                    always: false,
                    ..entry.clone()
                },
            );
        }
    }
    for spread in &b.spreads {
        if !a.spreads.contains(spread) {
            a.spreads.push(spread.clone());
        }
    }
    a
}

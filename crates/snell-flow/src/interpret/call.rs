//! Calls: client calls, functions of the workspace, callbacks.

use std::sync::Arc;

use snell_extract::facts::{Argument, Expression, ExpressionId, FunctionKind};
use snell_project::{
    client::{CallId, Operation},
    module::{ClassRef, FunctionRef},
    types::Type,
};

use super::{Frame, State, dispatch::Looked, wrapper};
use crate::{
    event::{EventKind, Query, Summary},
    value::{ArrayValue, Root, RowOrigin, Value},
};

impl Frame<'_, '_> {
    pub(super) fn call_expression(&mut self, id: ExpressionId, state: &mut State) -> Value {
        if let Some(call) = self.client_call_at(id, state) {
            return self.client_call(id, call, state);
        }
        if let Some(fragment) = self.sql_fragment(id, state) {
            return fragment;
        }
        let facts = self.facts();
        match facts.expression(id) {
            Expression::Call {
                callee, arguments, ..
            } => self.plain_call(id, *callee, arguments, state),
            Expression::New {
                callee, arguments, ..
            } => {
                self.expression(*callee, state);
                let values = self.arguments(arguments, state);
                // `new Promise((done) => ...)`, `new Worker(queue, async (job) => ...)`
                for (callback, _) in self.handed_over(&values) {
                    if self.is_closure(callback) && self.sees_variables_of(callback) {
                        self.callback_of_others(callback, state);
                    }
                }
                self.constructed(*callee, values)
            }
            Expression::TaggedTemplate { tag, template, .. } => {
                self.expression(*tag, state);
                for value in &template.values {
                    self.expression(*value, state);
                }
                Value::opaque(Root::Result(self.at(id)))
            }
            _ => Value::Unknown,
        }
    }

    /// `new Set(list)` and `new Map(entries)` hold what the list holds.
    fn constructed(&self, callee: ExpressionId, values: Vec<Value>) -> Value {
        match self.facts().expression(callee) {
            Expression::Identifier {
                name,
                binding: None,
            } if name == "Set" => values
                .into_iter()
                .next()
                .unwrap_or(Value::Array(Arc::default())),
            Expression::Identifier {
                name,
                binding: None,
            } if name == "Map" => super::objects::entries(values.into_iter().next()),
            _ => self.instance(callee, values),
        }
    }

    fn arguments(&mut self, arguments: &[Argument], state: &mut State) -> Vec<Value> {
        let mut values = Vec::new();
        for argument in arguments {
            let value = self.expression(argument.value, state);
            match (argument.spread, value) {
                (true, Value::Array(array)) if array.rest.is_none() => {
                    values.extend(array.elements.iter().cloned())
                }
                // What stands first is certain; whatever follows may be one of its elements.
                (true, spread) => {
                    if let Value::Array(array) = spread {
                        values.extend(array.elements.iter().cloned());
                    }
                    values.extend(std::iter::repeat_n(Value::Unknown, 8));
                    return values;
                }
                (false, value) => values.push(value),
            }
        }
        values
    }

    fn client_call(&mut self, id: ExpressionId, call: CallId, state: &mut State) -> Value {
        let facts = self.facts();
        let bound = self.interpreter.project.calls.get(call);
        let operation = bound.operation;
        let values = match facts.expression(id) {
            Expression::Call {
                callee, arguments, ..
            } => {
                // What stands in the receiver runs too: `this.getClient().user.findMany()`.
                if let Expression::Member { object, .. } = facts.expression(*callee) {
                    self.receiver(*object, state);
                }
                if operation == Operation::Transaction {
                    return self.transaction(call, arguments, state);
                }
                self.arguments(arguments, state)
            }
            Expression::TaggedTemplate { template, .. } => {
                vec![self.tagged_sql(&template.chunks, &template.values, state)]
            }
            _ => Vec::new(),
        };
        let origin = if operation.is_raw() {
            Value::Array(Arc::new(ArrayValue {
                elements: values.clone(),
                rest: None,
            }))
        } else {
            values.first().cloned().unwrap_or(Value::Undefined)
        };
        let awaited = self.is_used(id);
        self.record(
            EventKind::Query(Query {
                call,
                arguments: values,
                awaited,
            }),
            state,
        );
        let origin = RowOrigin::of(call, &origin).scoped_by_client(bound.client.is_scoping());
        let row = Value::opaque(Root::Row(Arc::new(origin)));
        match operation {
            Operation::FindMany
            | Operation::GroupBy
            | Operation::CreateManyAndReturn
            | Operation::UpdateManyAndReturn => Value::Array(Arc::new(ArrayValue {
                elements: Vec::new(),
                rest: Some(row),
            })),
            // These throw when there is no such row.
            Operation::FindUniqueOrThrow
            | Operation::FindFirstOrThrow
            | Operation::Update
            | Operation::Delete => {
                state.learn([crate::fact::Fact::Truthy(row.clone())]);
                row
            }
            _ => row,
        }
    }

    fn receiver(&mut self, receiver: ExpressionId, state: &mut State) {
        match self.facts().expression(receiver) {
            Expression::Member { object, .. } => self.receiver(*object, state),
            Expression::Call { .. } => {
                self.expression(receiver, state);
            }
            _ => {}
        }
    }

    /// `$transaction(async (tx) => ...)`, `$transaction([...])`
    fn transaction(&mut self, call: CallId, arguments: &[Argument], state: &mut State) -> Value {
        self.record(
            EventKind::Query(Query {
                call,
                arguments: Vec::new(),
                awaited: true,
            }),
            state,
        );
        self.send_kept(call, arguments);
        let outer = self.transaction.replace(call);
        let values = self.arguments(arguments, state);
        let result = match values.first() {
            Some(Value::Function(callback)) => {
                let ran = self.callback(*callback, &[Value::Unknown], state);
                state.learn(ran.ensures);
                state.alive &= !ran.diverges;
                ran.result
            }
            Some(list) => list.clone(),
            None => Value::Unknown,
        };
        self.transaction = outer;
        result
    }

    /// Whether anything waits for the promise, or takes it on.
    pub(super) fn is_used(&self, id: ExpressionId) -> bool {
        let module = self.interpreter.project.modules.get(self.module);
        !module.context.is_discarded(id)
    }

    fn plain_call(
        &mut self,
        id: ExpressionId,
        callee: ExpressionId,
        arguments: &[Argument],
        state: &mut State,
    ) -> Value {
        let facts = self.facts();
        if let Expression::Member {
            object, property, ..
        } = facts.expression(callee)
        {
            let on_this = matches!(facts.expression(*object), Expression::This);
            if let Some(value) = self.either_call(*object, &property.text, arguments, state) {
                return value;
            }
            if !on_this
                && let Some(value) =
                    self.builtin_method(id, *object, &property.text, arguments, state)
            {
                return value;
            }
        }
        if let Some(value) = self.builtin_function(callee, arguments, state) {
            return value;
        }
        if self.is_kept_identity(callee, arguments) {
            return Value::opaque(Root::Identity);
        }
        let looked = self.callee(callee, state);
        let nobody = matches!(looked, Looked::Not(_));
        let asks = || {
            self.asks_who_is_signed_in(callee)
                || self.asks_what_was_made(callee)
                || self.verifies_token(callee)
        };
        if nobody && asks() {
            self.arguments(arguments, state);
            return Value::opaque(Root::Identity);
        }
        let values = self.arguments(arguments, state);
        match looked {
            Looked::Up(functions) => match functions.as_slice() {
                [function] if self.is_closure(*function) && !self.is_left_over(*function) => {
                    if !self.sees_variables_of(*function) {
                        return self.not_followed(id, None, values, state);
                    }
                    let ran = self.callback(*function, &values, state);
                    state.learn(ran.ensures);
                    state.alive &= !ran.diverges;
                    ran.result
                }
                [function] => self.follow(id, (*function, None), values, state),
                functions => self.one_of(id, &alone(functions), &values, state),
            },
            Looked::Methods(methods) => self.one_of(id, &methods, &values, state),
            Looked::Method(function, this) => self.follow(id, (function, this), values, state),
            Looked::Not(receiver) => {
                let (handlers, first) = self.handlers(callee, arguments);
                let handed = || values.iter().skip(first).cloned().collect();
                match handlers.as_slice() {
                    [] => self.elsewhere(id, (callee, receiver), values, state),
                    [handler] => self.follow(id, (*handler, None), handed(), state),
                    handlers => {
                        let handed: Vec<Value> = handed();
                        self.one_of(id, &alone(handlers), &handed, state)
                    }
                }
            }
        }
    }

    /// The function that is called, when it is one of the workspace; otherwise
    /// what the method is called on.
    fn callee(&mut self, callee: ExpressionId, state: &mut State) -> Looked {
        if let Expression::Identifier { .. } = self.facts().expression(callee)
            && let Value::Function(function) = self.expression(callee, state)
        {
            return Looked::Up(vec![function]);
        }
        let known = match self.interpreter.types.of(self.at(callee)) {
            Type::Function(function) => Some(function),
            _ => None,
        };
        if let Some((method, this)) = self.method(callee, known) {
            return Looked::Method(method, this);
        }
        let written = known.map(|function| self.implemented(function));
        if let Some(Some(function)) = written {
            return Looked::Up(vec![function]);
        }
        let methods = self.stand_ins(callee);
        match (methods.is_empty(), written) {
            (false, _) => Looked::Methods(methods),
            (true, Some(_)) => Looked::Not(None),
            (true, None) => self.looked_up(callee, state),
        }
    }

    /// Only what has a body can be followed.
    fn implemented(&self, function: FunctionRef) -> Option<FunctionRef> {
        let declared = self
            .interpreter
            .project
            .modules
            .facts(function.module)
            .function(function.id);
        (declared.body != snell_extract::facts::FunctionBody::None).then_some(function)
    }

    /// A function inside another one: it sees and changes that one's variables.
    pub(super) fn is_closure(&self, function: FunctionRef) -> bool {
        let facts = self.interpreter.project.modules.facts(function.module);
        let declared = facts.function(function.id);
        declared.parent.is_some() && declared.kind != FunctionKind::Method
    }

    /// Whether a closure was made by what runs here. One that a caller handed
    /// over runs where it was made, once its variables are known.
    pub(super) fn sees_variables_of(&self, function: FunctionRef) -> bool {
        let facts = self.interpreter.project.modules.facts(function.module);
        let parent = facts.function(function.id).parent;
        function.module == self.module
            && self
                .own
                .iter()
                .any(|outer| outer.module == function.module && Some(outer.id) == parent)
    }

    /// Whether what made a closure has come to its end: `createStore(db)` gave it back. What the
    /// closure sees is not known then, and nobody but its callers runs it.
    fn is_left_over(&self, function: FunctionRef) -> bool {
        let facts = self.interpreter.project.modules.facts(function.module);
        let mut around = facts.function(function.id).parent;
        while let Some(outer) = around {
            let running = self
                .stack
                .iter()
                .any(|one| one.module == function.module && one.id == outer);
            if running {
                return false;
            }
            around = facts.function(outer).parent;
        }
        true
    }

    /// A function of the workspace with these arguments.
    fn follow(
        &mut self,
        id: ExpressionId,
        (function, this): (FunctionRef, Option<ClassRef>),
        values: Vec<Value>,
        state: &mut State,
    ) -> Value {
        let callbacks = self.handed_over(&values);
        let again = function == self.function && this == self.this;
        let summary = if again {
            self.again.push(self.at(id));
            Arc::new(Summary::again(function))
        } else {
            self.interpreter
                .call_on(function, this, values.clone(), &self.stack)
        };
        let result = if summary.result == Value::Unknown && (summary.cut || again) {
            Value::opaque(Root::Result(self.at(id)))
        } else {
            super::reckoned::reckoned(self.interpreter.project, &summary, &values)
        };
        if !callbacks.is_empty() {
            // The function is known, what it does with the callback is not
            // followed: it runs here, once for all, in the function's transaction.
            let project = self.interpreter.project;
            let around = wrapper::transaction_of(project, &summary);
            let handed: Vec<Option<wrapper::Handed>> = callbacks
                .iter()
                .map(|(callback, _)| {
                    let is_it =
                        |value: &Value| matches!(value, Value::Function(one) if one == callback);
                    let position = values.iter().position(is_it)?;
                    wrapper::handed(project, function, &summary, position)
                })
                .collect();
            // What the function does before it calls back may be a check.
            let first = around.is_some() || handed.iter().any(Option::is_some);
            let told = self.without_calls(&summary, &callbacks, &handed);
            if first {
                self.record_call(id, &told, state);
            }
            let outer = self.transaction;
            self.transaction = around.or(outer);
            let (mut last, mut given_back) = (Value::Unknown, false);
            for ((callback, one_of), handed) in callbacks.into_iter().zip(handed) {
                given_back |= handed
                    .as_ref()
                    .is_some_and(|handed| result == Value::opaque(Root::Result(handed.at)));
                let result = self.callback_with(callback, handed, state).result;
                last = match one_of && last != Value::Unknown {
                    true => Value::join(last, &[], result, &[]),
                    false => result,
                };
            }
            self.transaction = outer;
            if !first {
                self.record_call(id, &told, state);
            }
            Self::learn_from(&summary, state);
            return if result == Value::Unknown || given_back {
                last
            } else {
                result
            };
        }
        self.record_call(id, &summary, state);
        if !self.is_refusal_ignored(id, &summary) {
            Self::learn_from(&summary, state);
        }
        result
    }

    fn record_call(&mut self, id: ExpressionId, summary: &Arc<Summary>, state: &State) {
        let kind = EventKind::Call {
            at: self.at(id),
            summary: Arc::clone(summary),
        };
        self.record(kind, state);
    }

    /// Takes over what a call ensures.
    fn learn_from(summary: &Summary, state: &mut State) {
        state.learn(summary.ensures.iter().cloned());
        if summary.diverges {
            state.alive = false;
        }
    }

    /// A call into a package or to something unknown: callbacks may run, the
    /// result comes from the arguments.
    pub(super) fn not_followed(
        &mut self,
        id: ExpressionId,
        receiver: Option<Value>,
        values: Vec<Value>,
        state: &mut State,
    ) -> Value {
        for (callback, _) in self.handed_over(&values) {
            self.runs_later(id, callback, state);
        }
        let at = self.at(id);
        // A method of data gives something that the data makes.
        let data = receiver.filter(|value| {
            matches!(value, Value::Opaque(opaque) if matches!(
                opaque.root,
                Root::ClientInput(..)
                    | Root::Parsed(_)
                    | Root::Row(_)
                    | Root::Identity
                    | Root::Derived(_)
            )) && !is_of_settings(value)
        });
        let result = match &data {
            None if let Some(parsed) = self.parsed(id, &values) => parsed,
            // How it compares is no form of it.
            Some(data) if super::reckoned::compares(self.facts(), id) => {
                Value::opaque(Root::Derived([data.clone()].into()))
            }
            Some(data) => Value::derived(vec![data.clone()]),
            None => Value::opaque(Root::Result(at)),
        };
        let arguments = data.into_iter().chain(values).collect();
        self.record(EventKind::Unfollowed { at, arguments }, state);
        result
    }

    pub(super) fn values_of(&mut self, arguments: &[Argument], state: &mut State) -> Vec<Value> {
        self.arguments(arguments, state)
    }
}

/// Functions that are called on what declares them.
fn alone(functions: &[FunctionRef]) -> Vec<(FunctionRef, Option<ClassRef>)> {
    functions.iter().map(|function| (*function, None)).collect()
}

/// Whether a value is made of constants and the environment alone, as the client of a service is:
/// what is called on it is no data.
fn is_of_settings(value: &Value) -> bool {
    let mut settings = true;
    value.visit(&mut |part| match part {
        Value::Unknown => settings = false,
        Value::Opaque(part) => {
            settings &= matches!(part.root, Root::Derived(_) | Root::Environment);
        }
        _ => {}
    });
    settings
}

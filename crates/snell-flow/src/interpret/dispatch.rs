//! Calls whose function is looked up while the program runs: in a table of
//! functions, or by what handles a message of a bus.

use std::sync::Arc;

use snell_extract::facts::{Argument, Expression, ExpressionId};
use snell_project::{
    module::{ClassRef, FunctionRef, In, Symbol},
    types::Type,
};

use super::{Frame, State};
use crate::{
    event::EventKind,
    value::{Literal, Root, Value},
};

/// More functions of one table than this are not followed.
const MAX_TABLE: usize = 64;

/// What a call comes to whose function is one of a table's.
pub(super) enum Looked {
    /// One of these.
    Up(Vec<FunctionRef>),
    /// This method, of an instance of this class where a base of it declares it.
    Method(FunctionRef, Option<ClassRef>),
    /// One of these methods: several classes may stand behind what it is called on.
    Methods(Vec<(FunctionRef, Option<ClassRef>)>),
    /// Nothing is known of it; what the method is called on.
    Not(Option<Value>),
}

impl Frame<'_, '_> {
    /// `HANDLERS[kind](...)`, `handlers.create(...)`
    pub(super) fn looked_up(&mut self, callee: ExpressionId, state: &mut State) -> Looked {
        match self.facts().expression(callee) {
            Expression::Index { object, index, .. } => {
                let table = self.expression(*object, state);
                let key = self.expression(*index, state);
                let Value::Object(table) = &table else {
                    return Looked::Not(None);
                };
                let known = match &key {
                    Value::Literal(Literal::String(name)) => table.entries.get(name),
                    _ => None,
                };
                let entries = table
                    .entries
                    .values()
                    .filter(|entry| known.is_none_or(|known| std::ptr::eq(*entry, known)));
                Looked::of(entries.flat_map(|entry| entry.value.choices()), None)
            }
            // What stands in the callee runs: `(await this.load()).save()`.
            Expression::Member {
                object, property, ..
            } => {
                let receiver = self.expression(*object, state);
                let member = match &receiver {
                    Value::Object(_) => super::assign::property_of(&receiver, &property.text),
                    _ => Value::Unknown,
                };
                Looked::of(member.choices().into_iter(), Some(receiver.clone()))
            }
            _ => Looked::Not(None),
        }
    }

    /// One of these functions with these arguments: each may run, nothing is
    /// known to have been ensured.
    pub(super) fn one_of(
        &mut self,
        id: ExpressionId,
        functions: &[(FunctionRef, Option<ClassRef>)],
        values: &[Value],
        state: &mut State,
    ) -> Value {
        let mut result: Option<Value> = None;
        for (function, this) in functions {
            let summary = self
                .interpreter
                .call_on(*function, *this, values.to_vec(), &self.stack);
            let kind = EventKind::Call {
                at: self.at(id),
                summary: Arc::clone(&summary),
            };
            self.record(kind, state);
            let own = super::reckoned::reckoned(self.interpreter.project, &summary, values);
            result = Some(match result {
                None => own,
                Some(known) => Value::join(known, &[], own, &[]),
            });
        }
        result.unwrap_or_default()
    }

    /// A call of something that is not of the workspace.
    pub(super) fn elsewhere(
        &mut self,
        id: ExpressionId,
        (callee, receiver): (ExpressionId, Option<Value>),
        values: Vec<Value>,
        state: &mut State,
    ) -> Value {
        if let Some(value) = self.utility(callee, &values) {
            return value;
        }
        if let Some(receiver) = &receiver
            && let Some(value) = self.answered(id, callee, receiver, &values, state)
        {
            return value;
        }
        let passed = self
            .passes_on(callee, &values)
            .or_else(|| self.response_of(callee, &values));
        let result = self.not_followed(id, receiver, values, state);
        if self.interpreter.shared.reads_who_asked(self.at(id)) {
            return Value::opaque(Root::Identity);
        }
        passed.unwrap_or(result)
    }

    /// The methods that handle what a call hands on, and the first argument that they take: of a
    /// bus, or of another application of the workspace.
    pub(super) fn handlers(
        &self,
        callee: ExpressionId,
        arguments: &[Argument],
    ) -> (Vec<FunctionRef>, usize) {
        let handled = self.handled_by(callee, arguments);
        if !handled.is_empty() {
            return (handled, 0);
        }
        let Expression::Member {
            object, property, ..
        } = self.facts().expression(callee)
        else {
            return (Vec::new(), 0);
        };
        let project = self.interpreter.project;
        match self.interpreter.types.of(self.at(*object)) {
            // `this.notes.findOne({ id })`
            Type::Interface(client) => {
                let handlers = project.endpoints.called(client, &property.text);
                (handlers.to_vec(), 0)
            }
            // `this.client.send('notes.find', { id })`
            Type::External(specifier, _)
                if specifier == "@nestjs/microservices"
                    && matches!(property.text.as_str(), "send" | "emit") =>
            {
                let pattern = arguments.first().map(|first| self.at(first.value));
                let handlers = pattern.map(|at| project.endpoints.sent(&project.modules, at));
                (handlers.unwrap_or_default().to_vec(), 1)
            }
            _ => (Vec::new(), 0),
        }
    }

    /// `commandBus.execute(new CreateTeam(...))`: the methods that handle it.
    fn handled_by(&self, callee: ExpressionId, arguments: &[Argument]) -> Vec<FunctionRef> {
        let facts = self.facts();
        let Expression::Member {
            object, property, ..
        } = facts.expression(callee)
        else {
            return Vec::new();
        };
        let hands_on = matches!(property.text.as_str(), "execute" | "publish");
        let Some(Expression::New { callee: class, .. }) = arguments
            .first()
            .map(|first| facts.expression(facts.unwrap_casts(first.value)))
        else {
            return Vec::new();
        };
        let modules = &self.interpreter.project.modules;
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = facts.expression(*class)
        else {
            return Vec::new();
        };
        let is_bus = || {
            let at = In {
                module: self.module,
                id: *object,
            };
            matches!(self.interpreter.types.of(at),
                Type::External(specifier, _) if specifier == "@nestjs/cqrs")
        };
        match modules.binding(self.module, *binding) {
            Symbol::Class(message) if hands_on && is_bus() => self
                .interpreter
                .project
                .endpoints
                .handlers_of(message)
                .to_vec(),
            _ => Vec::new(),
        }
    }
}

impl Looked {
    fn of<'v>(values: impl Iterator<Item = &'v Value>, receiver: Option<Value>) -> Looked {
        let functions: Vec<FunctionRef> = values
            .filter_map(|value| match value {
                Value::Function(function) => Some(*function),
                _ => None,
            })
            .take(MAX_TABLE)
            .collect();
        match functions.is_empty() {
            true => Looked::Not(receiver),
            false => Looked::Up(functions),
        }
    }
}

//! Statements.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use snell_extract::facts::{
    BindingId, Block, Case, Expression, ExpressionId, ModuleFacts, Pattern, Statement,
    StatementNode,
    walk::{self, Visitor},
};
use snell_project::module::In;
use snell_source::Span;

use super::{Frame, State};
use crate::{
    event::{EventKind, Loop, LoopKind},
    fact::when,
    facts::Facts,
    value::{ArrayValue, LoopId, Opaque, Root, Step, Value},
};

impl Frame<'_, '_> {
    pub(super) fn block(&mut self, block: &Block, state: &mut State) {
        for statement in block {
            if !state.alive {
                // Declarations after a `return` still matter to nobody.
                return;
            }
            if !self.step() {
                return;
            }
            self.statement(statement, state);
        }
    }

    fn statement(&mut self, statement: &StatementNode, state: &mut State) {
        match &statement.kind {
            Statement::Expression(value) => {
                self.expression(*value, state);
            }
            Statement::Variable { declarators, .. } => {
                for declarator in declarators {
                    let value = match declarator.init {
                        Some(init) => self.expression(init, state),
                        None => Value::Undefined,
                    };
                    self.bind(&declarator.target, value, state);
                }
            }
            Statement::Return(value) => {
                let value = value.map_or(Value::Undefined, |value| self.expression(value, state));
                self.give_back(value, state);
            }
            Statement::Throw(value) => {
                self.expression(*value, state);
                state.alive = false;
            }
            Statement::If {
                test,
                then,
                otherwise,
            } => self.condition(*test, then, otherwise.as_ref(), state),
            Statement::Block(body) => self.block(body, state),
            Statement::Labeled { label, body } => {
                self.label = Some(label.clone());
                self.block(body, state);
                self.label = None;
            }
            Statement::Switch { subject, cases } => self.switch(*subject, cases, state),
            Statement::Try {
                block,
                parameter,
                handler,
                finalizer,
            } => {
                self.attempt(
                    block,
                    parameter.as_ref(),
                    handler.as_ref(),
                    finalizer.as_ref(),
                    state,
                );
            }
            Statement::Break(_) => state.alive = false,
            Statement::Continue(label) => {
                let facts = std::mem::take(&mut state.facts);
                self.skipped.push((label.clone(), facts));
                state.alive = false;
            }
            Statement::Function(_) | Statement::Class(_) | Statement::Other => {}
            _ => self.repetition(statement, state),
        }
    }

    fn condition(
        &mut self,
        test: ExpressionId,
        then: &Block,
        otherwise: Option<&Block>,
        state: &mut State,
    ) {
        let test = self.expression(test, state);
        let mut yes = assumed(state, &test, true);
        let mut no = assumed(state, &test, false);
        self.block(then, &mut yes);
        if let Some(otherwise) = otherwise {
            self.block(otherwise, &mut no);
        }
        // One way has left the function: what holds on the other is a check.
        if yes.alive != no.alive {
            let stays = if yes.alive { &yes } else { &no };
            let facts = stays.facts.beyond(&state.facts);
            if !facts.is_empty() {
                let stays = stays.clone();
                self.record(EventKind::Check { facts }, &stays);
            }
        }
        *state = State::join(yes, no).over(&state.facts);
    }

    fn switch(&mut self, subject: ExpressionId, cases: &[Case], state: &mut State) {
        let subject = self.expression(subject, state);
        let mut ends: Option<State> = None;
        let mut falling: Option<State> = None;
        let mut has_default = false;
        for case in cases {
            let mut entered = state.clone();
            match case.test {
                Some(test) => {
                    let test = self.expression(test, &mut entered);
                    entered.learn([crate::fact::Fact::Equal(subject.clone(), test)]);
                }
                None => has_default = true,
            }
            if let Some(previous) = falling.take() {
                entered = State::join(entered, previous);
            }
            let left = leaves_by_break(&case.body);
            self.block(&case.body, &mut entered);
            if left {
                entered.alive = true;
            }
            if left {
                ends = Some(match ends {
                    Some(end) => State::join(end, entered),
                    None => entered,
                });
            } else {
                falling = Some(entered);
            }
        }
        let mut after = match (ends, falling) {
            (Some(a), Some(b)) => State::join(a, b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => state.clone(),
        };
        if !has_default {
            after = State::join(after, state.clone());
        }
        *state = after;
    }

    fn attempt(
        &mut self,
        block: &Block,
        parameter: Option<&Pattern>,
        handler: Option<&Block>,
        finalizer: Option<&Block>,
        state: &mut State,
    ) {
        let before = state.clone();
        self.block(block, state);
        if let Some(handler) = handler {
            // Anything may have thrown: nothing learnt inside holds.
            let mut caught = State::join(before.clone(), state.clone().revived());
            caught.facts = before.facts;
            if let Some(parameter) = parameter {
                self.bind(parameter, Value::opaque(Root::Caught), &mut caught);
            }
            self.block(handler, &mut caught);
            *state = State::join(std::mem::take(state), caught);
        }
        if let Some(finalizer) = finalizer {
            let alive = state.alive;
            state.alive = true;
            self.block(finalizer, state);
            state.alive &= alive;
        }
    }

    fn repetition(&mut self, statement: &StatementNode, state: &mut State) {
        let id = LoopId {
            module: self.module,
            start: statement.span.start,
        };
        match &statement.kind {
            Statement::ForOf {
                target,
                iterable,
                body,
                ..
            }
            | Statement::ForIn {
                target,
                object: iterable,
                body,
            } => {
                let of = matches!(&statement.kind, Statement::ForOf { .. });
                let at = (id, of);
                self.visiting(target, *iterable, body, at, state);
            }
            Statement::For {
                init,
                test,
                update,
                body,
            } => {
                self.block(init, state);
                let end = test
                    .or(*update)
                    .map_or(statement.span.start + 3, |id| self.facts().span(id).end);
                let around = Loop {
                    id,
                    kind: LoopKind::Counted,
                    iterable: Value::Unknown,
                    at: self.place(Span::new(statement.span.start, end)),
                };
                let counters = update.map_or_else(Vec::new, |id| changed_by(self.facts(), id));
                self.rounds(around, body, state, |frame, state| {
                    for counter in counters {
                        let counter = In {
                            module: frame.module,
                            id: counter,
                        };
                        state.set(counter, Value::opaque(Root::Element(id)));
                    }
                    if let Some(test) = test {
                        frame.expression(*test, state);
                    }
                });
                if let Some(update) = update {
                    self.expression(*update, state);
                }
            }
            Statement::While { test, body } | Statement::DoWhile { body, test } => {
                let around = Loop {
                    id,
                    kind: LoopKind::While,
                    iterable: Value::Unknown,
                    at: self.place(self.facts().span(*test)),
                };
                self.rounds(around, body, state, |frame, state| {
                    frame.expression(*test, state);
                });
            }
            _ => {}
        }
    }

    /// Runs a loop's body once, for any of its rounds.
    pub(super) fn rounds(
        &mut self,
        around: Loop,
        body: &Block,
        state: &mut State,
        head: impl FnOnce(&mut Self, &mut State),
    ) {
        let mut round = state.clone();
        for binding in assigned(self.facts(), body) {
            let binding = In {
                module: self.module,
                id: binding,
            };
            let changes = Value::opaque(Root::Element(around.id));
            let known = match round.get(binding) {
                // Lists and objects that the body fills stay what they are.
                Some(known @ (Value::Array(_) | Value::Object(_))) => known.clone(),
                Some(known) => Value::join(known.clone(), &[], changes, &[]),
                None => changes,
            };
            round.set(binding, known);
        }
        let (id, visits_each) = (around.id, around.kind == LoopKind::Of);
        let counts = around.kind == LoopKind::Counted;
        let surely = visits_each && is_of_constants(&around.iterable) && is_plain(body);
        let label = self.label.take();
        let outer = std::mem::take(&mut self.skipped);
        self.within(around, |frame| {
            head(frame, &mut round);
            frame.block(body, &mut round);
        });
        let skipped = std::mem::replace(&mut self.skipped, outer);
        // `continue` with the label of a loop around this one ends a round of that one.
        let (own, others): (Vec<_>, Vec<_>) = skipped
            .into_iter()
            .partition(|(named, _)| named.is_none() || *named == label);
        self.skipped.extend(others);
        let skipped = own.into_iter().map(|(_, facts)| facts);
        // What each round ensures, however it ends, holds of every element.
        let ends = round.alive.then(|| std::mem::take(&mut round.facts));
        let ends = ends.into_iter().chain(skipped);
        // `for (let i = 0; i < list.length; i++)` visits each as well.
        let ensured = match visits_each || counts {
            true => ends.reduce(Facts::either).unwrap_or_default(),
            false => Facts::default(),
        };
        // The body may run never, and may have left by `break`.
        round.alive = true;
        round.facts.clone_from(&state.facts);
        *state = match surely {
            true => round,
            false => State::join(std::mem::take(state), round),
        };
        state.learn(crate::fact::beyond_elements(ensured.iter().cloned(), id));
    }

    /// Runs `body` inside a loop.
    pub(super) fn within<R>(&mut self, around: Loop, body: impl FnOnce(&mut Self) -> R) -> R {
        let inner = self.loops.iter().cloned().chain([around]).collect();
        let outer = std::mem::replace(&mut self.loops, inner);
        let result = body(self);
        self.loops = outer;
        result
    }

    pub(crate) fn place(&self, span: Span) -> snell_source::Location {
        self.interpreter.project.modules.at(self.module, span)
    }
}

/// Whether a list surely has a first element.
pub(super) fn is_of_constants(list: &Value) -> bool {
    matches!(list, Value::Array(list) if list.rest.is_none() && !list.elements.is_empty())
}

/// Whether nothing leaves a body before its end.
pub(super) fn is_plain(body: &Block) -> bool {
    body.iter()
        .all(|statement| matches!(statement.kind, Statement::Expression(_)))
}

/// The state on the way where a condition is (or is not) met.
pub(super) fn assumed(state: &State, test: &Value, truthy: bool) -> State {
    let mut assumed = state.clone();
    match when(test, truthy) {
        Some(facts) => assumed.learn(facts),
        None => assumed.alive = false,
    }
    assumed
}

/// What a loop's variable is.
pub(crate) fn element_of(iterable: &Value, id: LoopId) -> Value {
    match iterable {
        Value::Array(array) => {
            let known = array
                .elements
                .iter()
                .chain(&array.rest)
                .map(|element| marked(element, id));
            known
                .reduce(|a, b| Value::join(a, &[], b, &[]))
                .unwrap_or(Value::Unknown)
        }
        Value::Opaque(opaque) => opaque.further(Step::Each(Some(id))),
        // No round is made for an empty list.
        Value::OneOf(choices) => choices
            .iter()
            .filter(|choice| !is_empty(&choice.value))
            .map(|choice| element_of(&choice.value, id))
            .reduce(|a, b| Value::join(a, &[], b, &[]))
            .unwrap_or(Value::Unknown),
        _ => Value::opaque(Root::Element(id)),
    }
}

fn is_empty(list: &Value) -> bool {
    matches!(list, Value::Array(array) if array.elements.is_empty() && array.rest.is_none())
}

/// An element of a list that is not constant, as that of the loop's round.
fn marked(element: &Value, id: LoopId) -> Value {
    match element {
        Value::Opaque(opaque) => {
            let Some(Step::Each(_)) = opaque.path.last() else {
                return opaque.further(Step::Each(Some(id)));
            };
            let mut element = Opaque::clone(opaque);
            if let Some(Step::Each(owner)) = element.path.last_mut() {
                *owner = Some(id);
            }
            Value::Opaque(element.into())
        }
        Value::Object(object) => {
            let mut object = crate::value::ObjectValue::clone(object);
            for entry in object.entries.values_mut() {
                entry.value = marked(&entry.value, id);
            }
            Value::Object(object.into())
        }
        Value::Array(array) => {
            let elements = array
                .elements
                .iter()
                .map(|element| marked(element, id))
                .collect();
            let rest = array.rest.as_ref().map(|rest| marked(rest, id));
            Value::Array(Arc::new(ArrayValue { elements, rest }))
        }
        Value::Unknown => Value::opaque(Root::Element(id)),
        Value::OneOf(choices) => {
            let choices = choices.iter().map(|choice| crate::value::Choice {
                value: marked(&choice.value, id),
                facts: choice.facts.clone(),
            });
            Value::OneOf(choices.collect())
        }
        other => other.clone(),
    }
}

/// Whether the statements end with a `break` that leaves the `switch`.
fn leaves_by_break(body: &Block) -> bool {
    body.iter().any(|statement| match &statement.kind {
        Statement::Break(None) => true,
        Statement::Block(body) => leaves_by_break(body),
        Statement::If {
            then, otherwise, ..
        } => leaves_by_break(then) || otherwise.as_ref().is_some_and(leaves_by_break),
        _ => false,
    })
}

/// The outer variables that a loop's body assigns.
fn assigned(facts: &ModuleFacts, body: &Block) -> Vec<BindingId> {
    let mut assigned = Assigned::default();
    walk::walk_block(&mut assigned, facts, body);
    assigned.1
}

/// The variables that an expression assigns.
fn changed_by(facts: &ModuleFacts, id: ExpressionId) -> Vec<BindingId> {
    let mut assigned = Assigned::default();
    assigned.expression(facts, id);
    assigned.1
}

#[derive(Default)]
struct Assigned(FxHashSet<BindingId>, Vec<BindingId>);

impl Assigned {
    fn add(&mut self, facts: &ModuleFacts, target: ExpressionId) {
        if let Expression::Identifier {
            binding: Some(binding),
            ..
        } = facts.expression(target)
            && self.0.insert(*binding)
        {
            self.1.push(*binding);
        }
    }
}

impl Visitor for Assigned {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(id) {
            Expression::Assign { target, .. } => {
                if let Pattern::Expression(target) = **target {
                    self.add(facts, target);
                }
            }
            Expression::Update { target, .. } => self.add(facts, *target),
            _ => {}
        }
        walk::walk_expression(self, facts, id);
    }
}

//! Loops over the elements of a list. What one writes into them, the list holds afterwards.

use std::sync::Arc;

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingId, Block, ExpressionId, FunctionId, ModuleFacts, Pattern, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_project::module::{FunctionRef, In};
use snell_source::Span;

use super::{
    Frame, State,
    assign::{property_of, put},
    statement::element_of,
};
use crate::{
    event::{Loop, LoopKind},
    value::{Entry, LoopId, ObjectValue, Value},
};

impl Frame<'_, '_> {
    /// `for (const one of list)`, or of the keys of an object.
    pub(super) fn visiting(
        &mut self,
        target: &Pattern,
        iterable: ExpressionId,
        body: &Block,
        (id, of): (LoopId, bool),
        state: &mut State,
    ) {
        let values = self.expression(iterable, state);
        let head = Span::new(id.start, self.facts().span(iterable).end);
        let element = element_of(&values, id);
        let before = element.clone();
        self.rounds(
            Loop {
                id,
                kind: LoopKind::Of,
                iterable: values,
                at: self.place(head),
            },
            body,
            state,
            |frame, state| {
                frame.bind(target, element, state);
            },
        );
        if let Pattern::Binding(element) = target
            && of
        {
            let always = !ends_early(self.facts(), body);
            self.written_back(iterable, (*element, &before), always, state);
        }
    }

    /// Writes what the rounds of a loop have put into its variable into the elements of the list. Where not every
    /// round comes to its end (`always`), an element may be what it was.
    pub(super) fn written_back(
        &mut self,
        list: ExpressionId,
        (element, before): (BindingId, &Value),
        always: bool,
        state: &mut State,
    ) {
        let element = In {
            module: self.module,
            id: element,
        };
        let written = match state.get(element) {
            Some(after) if after != before => written(before, after),
            _ => return,
        };
        if written.is_empty() {
            return;
        }
        self.change(list, state, |list| {
            if let Value::Array(list) = list {
                let list = Arc::make_mut(list);
                for one in list.elements.iter_mut().chain(&mut list.rest) {
                    for (name, entry) in &written {
                        write(one, name, entry, always);
                    }
                }
            }
        });
    }

    /// The variable that a callback is handed each element in.
    pub(super) fn element_of_callback(&self, callback: FunctionRef) -> Option<BindingId> {
        let facts = self.interpreter.project.modules.facts(callback.module);
        let first = facts.function(callback.id).parameters.first()?;
        match first.pattern {
            Pattern::Binding(element) if callback.module == self.module => Some(element),
            _ => None,
        }
    }
}

/// The properties that an element was given, several values of one joined.
fn written(before: &Value, after: &Value) -> Vec<(SmolStr, Entry)> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => of_object(before, after),
        (Value::OneOf(before), Value::OneOf(after)) if before.len() == after.len() => {
            let mut found: Vec<(SmolStr, Entry)> = Vec::new();
            for (before, after) in before.iter().zip(after.iter()) {
                for (name, entry) in written(&before.value, &after.value) {
                    match found.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => {
                            let value = std::mem::take(&mut known.value);
                            known.value = Value::join(value, &[], entry.value, &[]);
                            known.always &= entry.always;
                        }
                        None => found.push((name, entry)),
                    }
                }
            }
            found
        }
        _ => Vec::new(),
    }
}

fn of_object(before: &ObjectValue, after: &ObjectValue) -> Vec<(SmolStr, Entry)> {
    let changed = |(name, entry): &(&SmolStr, &Entry)| before.entries.get(*name) != Some(*entry);
    let after = after.entries.iter().filter(changed);
    after
        .map(|(name, entry)| (name.clone(), entry.clone()))
        .collect()
}

fn write(element: &mut Value, name: &SmolStr, entry: &Entry, always: bool) {
    let mut entry = entry.clone();
    if !always {
        let known = matches!(element, Value::Object(object) if object.entries.contains_key(name));
        let was = property_of(element, name);
        entry.value = Value::join(was, &[], entry.value, &[]);
        entry.always &= known;
    }
    put(element, name, entry);
}

/// Whether a round may end before it has come through a body.
pub(super) fn ends_early(facts: &ModuleFacts, body: &Block) -> bool {
    let mut search = Early(false);
    walk::walk_block(&mut search, facts, body);
    search.0
}

struct Early(bool);

impl Visitor for Early {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        self.0 |= matches!(
            statement.kind,
            Statement::Break(_) | Statement::Continue(_) | Statement::Return(_)
        );
        walk::walk_statement(self, facts, statement);
    }

    fn function(&mut self, _: &ModuleFacts, _: FunctionId) {}
}

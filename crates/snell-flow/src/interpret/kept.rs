//! Queries whose promises are kept in a variable: the client sends them when somebody waits for them,
//! so that those of `$transaction(updates)` are sent together.
//!
//! <https://www.prisma.io/docs/orm/prisma-client/queries/transactions#sequential-prisma-client-operations>

use snell_extract::facts::{
    Argument, BindingId, BindingKind, Element, Expression, ExpressionId, ModuleFacts,
};
use snell_project::{client::CallId, module::Context};

use super::Frame;
use crate::event::EventKind;

impl Frame<'_, '_> {
    /// What the variables keep that a transaction is handed runs in it, wherever it was called.
    pub(super) fn send_kept(&mut self, transaction: CallId, arguments: &[Argument]) {
        let project = self.interpreter.project;
        let module = self.module;
        let owner = project.modules.get(module);
        let Some(list) = arguments.first() else {
            return;
        };
        let sent = variables(&owner.facts, list.value);
        if sent.is_empty() {
            return;
        }
        let kept = Kept {
            facts: &owner.facts,
            context: &owner.context,
            variables: sent,
        };
        for event in &mut self.events {
            let EventKind::Query(query) = &event.kind else {
                continue;
            };
            let call = project.calls.get(query.call);
            if event.transaction.is_none() && call.module == module && kept.holds(call.expression) {
                event.transaction = Some(transaction);
            }
        }
    }
}

/// `updates`, `[...updates, count]`
fn variables(facts: &ModuleFacts, list: ExpressionId) -> Vec<BindingId> {
    let named = |id: ExpressionId| match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { binding, .. } => *binding,
        _ => None,
    };
    match facts.expression(facts.unwrap_casts(list)) {
        Expression::Array(elements) => elements
            .iter()
            .filter_map(|element| match element {
                Element::Value(value) | Element::Spread(value) => named(*value),
                Element::Hole => None,
            })
            .collect(),
        _ => named(list).into_iter().collect(),
    }
}

/// The variables that a transaction is handed.
struct Kept<'m> {
    facts: &'m ModuleFacts,
    context: &'m Context,
    variables: Vec<BindingId>,
}

impl Kept<'_> {
    /// Whether a query is what one of them begins with, or what is put into one, and nothing waits for it before.
    fn holds(&self, query: ExpressionId) -> bool {
        let mut at = query;
        loop {
            if self.begins_with(at) {
                return true;
            }
            let outer = self.context.parent(at).or_else(|| {
                let function = self.context.function(at)?;
                self.context.function_expression(function)
            });
            let Some(outer) = outer else { return false };
            match self.facts.expression(outer) {
                Expression::Await(_) => return false,
                Expression::Call { callee, .. } if self.puts_into(*callee) => return true,
                _ => at = outer,
            }
        }
    }

    fn begins_with(&self, at: ExpressionId) -> bool {
        self.variables.iter().any(|variable| {
            matches!(&self.facts.binding(*variable).kind,
                BindingKind::Variable { init: Some(init), .. } if init.path.is_empty() && init.value == at)
        })
    }

    /// `updates.push`
    fn puts_into(&self, callee: ExpressionId) -> bool {
        let Expression::Member {
            object, property, ..
        } = self.facts.expression(callee)
        else {
            return false;
        };
        property.text == "push"
            && matches!(self.facts.expression(self.facts.unwrap_casts(*object)),
                Expression::Identifier { binding: Some(binding), .. } if self.variables.contains(binding))
    }
}

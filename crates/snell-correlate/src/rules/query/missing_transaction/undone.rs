//! Writes of which only one is ever done, or whose first is undone when the second fails.

use smol_str::SmolStr;
use snell_extract::facts::{
    Expression, ExpressionId, FunctionBody, FunctionId, ModuleFacts, Pattern, Statement,
    StatementNode,
    walk::{self, Visitor},
};
use snell_flow::{
    EventKind, Fact, Summary,
    scope::{Origin, origins},
};

use super::writes::{Action, Write};
use crate::rule::Context;

/// Whether the second is come to only when the first found nothing to change:
/// `if (removed.count > 0) return` before it.
pub(super) fn only_instead(summary: &Summary, first: &Write<'_>, second: &Action<'_>) -> bool {
    let facts = &summary.events[second.position].facts;
    facts.iter().any(|fact| {
        let Fact::Falsy(value) = fact else {
            return false;
        };
        let mut count = false;
        origins(value, &mut |origin| {
            count |= matches!(origin, Origin::Row(row, path)
                if row.call == first.call && matches!(path.names().as_slice(), [last] if last == "count"));
        });
        count
    })
}

/// Whether the second stands in a callback that the first runs in a `try`, and cleans up after in
/// the `finally`: `withLock(id, async () => { ... })`.
pub(super) fn is_cleaned_up(
    context: &Context<'_>,
    summary: &Summary,
    first: &Action<'_>,
    second: &Action<'_>,
) -> bool {
    if first.is_query || !first.at.contains(second.at) {
        return false;
    }
    let EventKind::Call { summary, .. } = &summary.events[first.position].kind else {
        return false;
    };
    let facts = context.project.modules.facts(summary.function.module);
    let Some(function) = facts.functions.get(summary.function.id.index()) else {
        return false;
    };
    let FunctionBody::Block(body) = &function.body else {
        return false;
    };
    let names = function.parameters.iter();
    let names = names.filter_map(|parameter| match &parameter.pattern {
        Pattern::Binding(binding) => Some(facts.binding(*binding).name.clone()),
        _ => None,
    });
    let mut tries = Tries {
        callbacks: names.collect(),
        found: false,
    };
    walk::walk_block(&mut tries, facts, body);
    tries.found
}

/// Looks for a `try` that runs a callback, and does something at last.
struct Tries {
    callbacks: Vec<SmolStr>,
    found: bool,
}

impl Visitor for Tries {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        if let Statement::Try {
            block,
            finalizer: Some(finalizer),
            ..
        } = &statement.kind
        {
            let mut runs = Calls {
                of: Some(&self.callbacks),
                found: false,
            };
            walk::walk_block(&mut runs, facts, block);
            let mut cleans = Calls {
                of: None,
                found: false,
            };
            walk::walk_block(&mut cleans, facts, finalizer);
            self.found |= runs.found && cleans.found;
        }
        walk::walk_statement(self, facts, statement);
    }
}

/// Looks for calls: of these names, or of anything.
struct Calls<'n> {
    of: Option<&'n [SmolStr]>,
    found: bool,
}

impl Visitor for Calls<'_> {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        if let Expression::Call { callee, .. } = facts.expression(id) {
            self.found |= match (self.of, facts.expression(*callee)) {
                (None, _) => true,
                (Some(names), Expression::Identifier { name, .. }) => names.contains(name),
                _ => false,
            };
        }
        walk::walk_expression(self, facts, id);
    }

    fn function(&mut self, _: &ModuleFacts, _: FunctionId) {}
}

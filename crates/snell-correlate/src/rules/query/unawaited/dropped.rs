//! Promises that are made of queries and dropped: callbacks of `forEach`, variables that are
//! only tested, methods that a handler calls and does not wait for.

use std::collections::BTreeSet;

use snell_extract::facts::{
    BindingId, BindingKind, Expression, ExpressionId, LogicalOperator, ModuleFacts, Statement,
    StatementNode, UnaryOperator,
    walk::{self, Visitor},
};
use snell_flow::{EventKind, Summary};
use snell_project::{client::ClientCall, module::ExpressionRef};
use snell_source::{Confidence, Diagnostic, Location};

use super::{super::repeated, RULE};
use crate::{functions, rule::Context};

/// Words in the names of what is left to itself on purpose.
const ASIDE: [&str; 10] = [
    "log", "audit", "event", "metric", "track", "notif", "send", "mail", "emit", "publish",
];

/// `rows.forEach(async (row) => { await tx... })`: nothing waits for what the callback gives back,
/// and the transaction may be over before.
pub(super) fn in_callbacks(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut told: BTreeSet<(snell_source::FileId, u32)> = BTreeSet::new();
    let mut found = Vec::new();
    for (_, call) in context.project.calls.iter() {
        if !call.client.transaction || !functions::is_application(context.project, call.module) {
            continue;
        }
        let Some((method, at)) = dropping(context, call) else {
            continue;
        };
        if !told.insert((at.file, at.span.start)) {
            continue;
        }
        let title = repeated::title(context, call);
        found.push(
            Diagnostic::at(
                &RULE.metadata,
                at,
                format!("The transaction does not wait for `{title}`: `{method}` drops the promises of its callback"),
            )
            .label("nothing awaits what the callback gives back")
            .related(
                context.project.modules.at(call.module, call.name.span),
                "may come when the transaction is closed, and its failure is nobody's",
            )
            .confidence(Confidence::Certain)
            .help("go through the list with `for (const element of list) { await ... }`, or write all rows with one query")
            .subject(format!("callback:{title} {method}")),
        );
    }
    found
}

/// The `forEach`, or the `map` of which nothing takes the promises, whose asynchronous callback
/// holds a query.
fn dropping<'a>(context: &Context<'a>, call: &ClientCall) -> Option<(&'a str, Location)> {
    let module = context.project.modules.get(call.module);
    let facts = &module.facts;
    let mut function = module.context.function(call.expression)?;
    loop {
        let declared = facts.function(function);
        let own = module.context.function_expression(function)?;
        let outer = module.context.parent(own)?;
        if declared.is_async
            && let Expression::Call {
                callee, arguments, ..
            } = facts.expression(outer)
            && arguments.first().is_some_and(|first| first.value == own)
            && let Expression::Member { property, .. } = facts.expression(*callee)
        {
            let drops = match property.text.as_str() {
                "forEach" => true,
                "map" | "flatMap" => module.context.is_discarded(outer),
                _ => false,
            };
            // What opens the transaction inside the callback waits for its own.
            if property.text == "$transaction" {
                return None;
            }
            if drops {
                let at = context.project.modules.at(call.module, property.span);
                return Some((property.text.as_str(), at));
            }
        }
        function = declared.parent?;
    }
}

/// `const user = prisma.user.findFirst(...); if (user)`: a promise is always there.
pub(super) fn only_tested(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, call) in context.project.calls.iter() {
        if call.operation == snell_project::client::Operation::Transaction
            || call.confidence == Confidence::Possible
            || !functions::is_application(context.project, call.module)
        {
            continue;
        }
        let facts = context.project.modules.facts(call.module);
        let mut names = (0u32..).zip(&facts.bindings);
        let name = names.find(|(_, binding)| {
            matches!(&binding.kind, BindingKind::Variable { init: Some(init), .. }
                if init.path.is_empty() && facts.unwrap_casts(init.value) == call.expression)
                && !binding.reassigned
        });
        let Some((n, binding)) = name else { continue };
        let uses = facts.uses(BindingId(n));
        let mut tests = Tests::default();
        walk::walk_module(&mut tests, facts);
        if uses.is_empty() || !uses.iter().all(|id| tests.0.contains(id)) {
            continue;
        }
        let title = repeated::title(context, call);
        let used = context.project.modules.at(call.module, facts.span(uses[0]));
        found.push(
            Diagnostic::at(
                &RULE.metadata,
                context.project.modules.at(call.module, call.name.span),
                format!("`{title}` is never sent: nothing awaits it"),
            )
            .label("Prisma sends a query when it is awaited, or its `then` is called")
            .related(used, "a promise is always there: this always holds")
            .confidence(Confidence::Certain)
            .help("put `await` before it")
            .subject(format!("query:{title} {}", binding.name)),
        );
    }
    found
}

/// The expressions that are only asked whether they are there.
#[derive(Default)]
struct Tests(BTreeSet<ExpressionId>);

impl Visitor for Tests {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        match facts.expression(id) {
            Expression::Unary {
                operator: UnaryOperator::Not,
                operand: test,
            }
            | Expression::Conditional { test, .. } => {
                self.0.insert(*test);
            }
            // `user && ...` in a condition.
            Expression::Logical {
                operator: LogicalOperator::And,
                left,
                ..
            } => {
                self.0.insert(*left);
            }
            _ => {}
        }
        walk::walk_expression(self, facts, id);
    }

    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        if let Statement::If { test, .. } | Statement::While { test, .. } = &statement.kind {
            self.0.insert(*test);
        }
        walk::walk_statement(self, facts, statement);
    }
}

/// A method that writes, called by the handler of an endpoint that does not wait for it: what
/// fails is nobody's, and ends the process.
pub(super) fn by_handlers(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for entered in context.flow.endpoints() {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if !functions::is_application(context.project, endpoint.module) {
            continue;
        }
        for event in &entered.summary.events {
            let EventKind::Call { at, summary } = &event.kind else {
                continue;
            };
            if at.module != endpoint.module || !is_dropped(context, *at, summary) {
                continue;
            }
            let Some(call) = first_write(context, summary) else {
                continue;
            };
            let title = repeated::title(context, call);
            let name = context.text(repeated::callee_name(context, *at)).to_owned();
            let lower = name.to_ascii_lowercase();
            if ASIDE.iter().any(|word| lower.contains(word)) {
                continue;
            }
            found.push(
                Diagnostic::at(
                    &RULE.metadata,
                    repeated::callee_name(context, *at),
                    format!(
                        "`{}` does not wait for `{name}`: when `{title}` fails, nobody is told",
                        endpoint.name
                    ),
                )
                .label("a rejection that nothing handles ends the Node.js process")
                .related(
                    context.project.modules.at(call.module, call.name.span),
                    "the query",
                )
                .confidence(Confidence::Likely)
                .help("`return` what it gives back, or `await` it")
                .subject(format!("call:{} {name}", endpoint.name)),
            );
        }
    }
    found
}

/// Whether nothing takes the promise of a call; `void` says that this is meant.
fn is_dropped(context: &Context<'_>, at: ExpressionRef, summary: &Summary) -> bool {
    let module = context.project.modules.get(at.module);
    let declared = context.project.modules.facts(summary.function.module);
    let function = declared.function(summary.function.id);
    // What is no `async` function gives its query back, which nothing sends without `await`.
    let promises = function.is_async;
    let meant = module.context.parent(at.id).is_some();
    promises && module.context.is_discarded(at.id) && !meant
}

fn first_write<'a>(context: &Context<'a>, summary: &Summary) -> Option<&'a ClientCall> {
    summary.events.iter().find_map(|event| match &event.kind {
        EventKind::Query(query) => {
            let call = context.project.calls.get(query.call);
            let guarded =
                super::super::clients::is_caught(context, call) || is_in_try(context, call);
            (call.operation.is_write() && !guarded).then_some(call)
        }
        _ => None,
    })
}

fn is_in_try(context: &Context<'_>, call: &ClientCall) -> bool {
    let module = context.project.modules.get(call.module);
    let Some(outer) = module.context.function(call.expression) else {
        return false;
    };
    let outer = module.facts.outermost(outer);
    let at = module.facts.span(call.expression);
    crate::support::order::Place::of(&module.facts, Some(outer), at)
        .handlers()
        .next()
        .is_some()
}

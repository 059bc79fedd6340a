//! Events of Clerk that leave the database with what is no longer there.

use snell_extract::facts::{
    Expression, ModuleFacts, Statement,
    walk::{self, Visitor},
};
use snell_project::module::ModuleId;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};

use super::calls;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/clerk-event-unhandled",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Users that Clerk deletes stay in the database",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let deleted = calls::modules(context).any(|(module, _)| {
        calls::mentions(
            context,
            module,
            &["'user.deleted'", "\"user.deleted\"", "userDeleted"],
        )
    });
    if deleted {
        return Vec::new();
    }
    let mut found: Vec<Diagnostic> = Vec::new();
    for (module, facts) in calls::modules(context) {
        if !calls::mentions(context, module, &["user.created", "user.updated"]) {
            continue;
        }
        let mut search = Search {
            handled: None,
            clerk: calls::mentions(context, module, &["clerk", "Clerk", "svix"]),
        };
        walk::walk_module(&mut search, facts);
        if let Some(span) = search.handled {
            found.push(finding(context, module, span));
        }
    }
    found.truncate(1);
    found
}

/// Looks for `case 'user.updated':`, or `type === 'user.updated'`.
struct Search {
    handled: Option<Span>,
    clerk: bool,
}

impl Visitor for Search {
    fn statement(&mut self, facts: &ModuleFacts, statement: &snell_extract::facts::StatementNode) {
        if let Statement::Switch { cases, .. } = &statement.kind {
            for case in cases {
                let event = case.test.is_some_and(|test| {
                    matches!(facts.expression(test), Expression::String(text)
                        if matches!(text.as_str(), "user.created" | "user.updated"))
                });
                if event && self.clerk {
                    self.handled = self.handled.or(case.test.map(|test| facts.span(test)));
                }
            }
        }
        walk::walk_statement(self, facts, statement);
    }

    fn expression(&mut self, facts: &ModuleFacts, id: snell_extract::facts::ExpressionId) {
        if let Expression::Binary {
            operator: snell_extract::facts::BinaryOperator::Equal,
            right,
            ..
        } = facts.expression(id)
            && matches!(facts.expression(*right), Expression::String(text)
                if matches!(text.as_str(), "user.created" | "user.updated"))
            && self.clerk
        {
            self.handled = self.handled.or(Some(facts.span(id)));
        }
        walk::walk_expression(self, facts, id);
    }
}

fn finding(context: &Context<'_>, module: ModuleId, span: Span) -> Diagnostic {
    let at = context.project.modules.at(module, span);
    Diagnostic::at(
        &RULE.metadata,
        at,
        "Nothing handles `user.deleted`: users that Clerk deletes stay in the database",
    )
    .label("this event is handled, `user.deleted` is not")
    .confidence(Confidence::Likely)
    .help("delete the row, or mark it as deleted, in `case 'user.deleted'`; leave alone what is not there: events come twice and out of order")
    .subject("event:user.deleted")
}

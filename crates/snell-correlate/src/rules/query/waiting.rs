//! What a transaction waits for that is nothing of the database.

use snell_project::{module::ExpressionRef, types::Types};
use snell_source::{Confidence, Diagnostic, RuleMetadata, Severity};

use super::{
    repeated,
    transactions::{self, Inside, What},
};
use crate::{functions, rule::Context};

/// A call that takes its time, in the words of a rule.
pub(super) struct Waiting {
    pub(super) message: String,
    pub(super) label: &'static str,
    /// What the call itself is, where a helper makes it.
    pub(super) what: &'static str,
    /// The severity for jobs.
    pub(super) in_job: Severity,
    pub(super) help: String,
    /// What is waited for, for the subject.
    pub(super) subject: String,
}

/// A finding for each call inside a transaction that `wait` knows, each way to it told once.
pub(super) fn findings(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    wait: impl Fn(&Types<'_>, ExpressionRef) -> Option<Waiting>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let types = Types::new(&context.project.modules);
    for summary in context.flow.functions() {
        if !functions::is_application(context.project, summary.function.module) {
            continue;
        }
        let mut told = Vec::new();
        for inside in transactions::inside(context, summary) {
            let What::Unfollowed(at) = inside.what else {
                continue;
            };
            let Some(waiting) = wait(&types, at) else {
                continue;
            };
            let module = context.project.modules.get(at.module);
            let key = (
                inside.transaction,
                inside.chain.first().copied().unwrap_or(at),
            );
            if !module.context.is_discarded(at.id) && !told.contains(&key) {
                told.push(key);
                found.push(finding(context, rule, at, &inside, waiting));
            }
        }
    }
    found
}

fn finding(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    at: ExpressionRef,
    inside: &Inside<'_>,
    waiting: Waiting,
) -> Diagnostic {
    let project = context.project;
    let own = repeated::callee_name(context, at);
    let place = match inside.chain.first() {
        Some(first) => repeated::callee_name(context, *first),
        None => own,
    };
    let opener = project.calls.get(inside.transaction);
    let open = project.modules.at(opener.module, opener.name.span);
    let mut found = Diagnostic::at(rule, place, waiting.message)
        .label(waiting.label)
        .related(open, "the transaction is open from here");
    for step in inside.chain.iter().skip(1) {
        found = found.related(repeated::callee_name(context, *step), "which calls this");
    }
    if !inside.chain.is_empty() {
        found = found.related(own, waiting.what);
    }
    if repeated::is_background(context, inside.opener.function) {
        found = found.lowered(waiting.in_job, "a job: nobody waits for the answer");
    }
    found
        .confidence(Confidence::Likely)
        .help(waiting.help)
        .caused_by(format!(
            "waits in {}:{}",
            open.file.index(),
            open.span.start
        ))
        .subject(format!(
            "transaction:{} {}",
            functions::name(project, inside.opener.function),
            waiting.subject
        ))
}

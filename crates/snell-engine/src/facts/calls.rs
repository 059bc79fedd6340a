//! `snell facts calls`: every call of a Prisma client.

use std::collections::BTreeSet;

use serde::Serialize;
use snell_extract::facts::{Expression, ModuleFacts};
use snell_project::client::{CallTarget, ClientCall};
use snell_source::{Confidence, Span};

use crate::Analysis;

/// One call; the position is that of the operation's name.
#[derive(Debug, Serialize)]
pub struct Call<'a> {
    /// From the root.
    pub file: &'a str,
    /// 1-based.
    pub line: u32,
    /// 1-based, in UTF-16 units.
    pub column: u32,
    /// The datamodel's name; `*` when it is known only at run time, `A|B` for
    /// one of several, nothing for the client's own methods.
    pub model: Option<String>,
    /// `findMany`, `$queryRaw`, ...
    pub operation: &'static str,
    /// What it is called on, without white space.
    pub receiver: String,
    /// How sure it is that this is such a call.
    pub confidence: Confidence,
    /// Whether the file is a test.
    pub test: bool,
}

/// All calls, in the order of files and places.
#[must_use]
pub fn calls(analysis: &Analysis) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = analysis
        .project
        .calls
        .iter()
        .filter_map(|(_, call)| row(analysis, call))
        .collect();
    calls.sort_by(|a, b| (a.file, a.line, a.column).cmp(&(b.file, b.line, b.column)));
    calls
}

fn row<'a>(analysis: &'a Analysis, call: &ClientCall) -> Option<Call<'a>> {
    let project = &analysis.project;
    // No model of any schema: a finding, not a fact.
    if matches!(call.target, CallTarget::UnknownModel(_)) {
        return None;
    }
    let module = project.modules.get(call.module);
    let file = analysis.sources.file(module.file);
    let at = file.position(call.name.span.start);
    Some(Call {
        file: file.path.as_str(),
        line: at.line,
        column: at.column,
        model: model_name(analysis, call),
        operation: call.operation.as_str(),
        receiver: receiver(&module.facts, call, &file.text),
        confidence: call.confidence,
        test: project.path_facts(call.module).test,
    })
}

/// The name of what a call asks for.
pub(crate) fn model_name(analysis: &Analysis, call: &ClientCall) -> Option<String> {
    let schemas = &analysis.project.schemas;
    match &call.target {
        CallTarget::Models(models) => {
            let names = models.iter().map(|m| schemas.model(*m).name.as_str());
            let names: BTreeSet<&str> = names.collect();
            Some(names.into_iter().collect::<Vec<_>>().join("|"))
        }
        CallTarget::AnyModel => Some("*".to_owned()),
        CallTarget::UnknownModel(_) | CallTarget::Client => None,
    }
}

/// The receiver without white space: parentheses around it are a part of it,
/// and no node of their own.
fn receiver(facts: &ModuleFacts, call: &ClientCall, text: &str) -> String {
    let callee = match facts.expression(call.expression) {
        Expression::Call { callee, .. } => *callee,
        Expression::TaggedTemplate { tag, .. } => *tag,
        _ => call.receiver,
    };
    let inner = facts.span(call.receiver);
    let start = facts.span(callee).start.min(inner.start);
    let before = Span::new(start, inner.end).text(text);
    let after = Span::new(inner.end, call.name.span.start).text(text);
    let closing = after.chars().take_while(|c| c.is_whitespace() || *c == ')');
    let all = before.chars().chain(closing);
    all.filter(|c| !c.is_whitespace()).collect()
}

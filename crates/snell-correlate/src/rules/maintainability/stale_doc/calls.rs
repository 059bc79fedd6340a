//! Comments that name another operation than the call below them runs.

use snell_project::client::{ClientCall, Operation};
use snell_source::{Confidence, Diagnostic, Location, Span};

use super::RULE;
use crate::{functions, rule::Context, support::queries::operation_at};

/// A comment this many lines above a call is about it.
const NEAR: u32 = 3;

pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for (_, call) in context.project.calls.iter() {
        if !functions::is_application(context.project, call.module) || call.operation.is_of_client()
        {
            continue;
        }
        if let Some(finding) = finding(context, call)
            && found
                .last()
                .is_none_or(|last| last.primary().at != finding.primary().at)
        {
            found.push(finding);
        }
    }
    found
}

fn finding(context: &Context<'_>, call: &ClientCall) -> Option<Diagnostic> {
    let module = context.project.modules.get(call.module);
    let file = context.sources.file(module.file);
    let at = operation_at(context, call);
    let line = |offset: u32| file.position(offset).line;
    let own = line(at.span.start);
    // The nearest comment above, with no other call between.
    let position = module
        .facts
        .comments
        .partition_point(|comment| comment.end <= at.span.start);
    let comment = *module.facts.comments.get(position.checked_sub(1)?)?;
    if line(comment.end) + NEAR < own {
        return None;
    }
    let named = operation_in(comment.text(&file.text))?;
    let between = Span::new(comment.end, at.span.start).text(&file.text);
    let is_said =
        named == call.operation || between.contains(named.as_str()) || between.contains("return;");
    let is_other_kind = named.is_write() != call.operation.is_write();
    let calls_between = Operation::ALL
        .iter()
        .any(|one| between.contains(&format!(".{}(", one.as_str())));
    if is_said || is_other_kind || calls_between {
        return None;
    }
    let (named, runs) = (named.as_str(), call.operation.as_str());
    Some(
        Diagnostic::at(
            &RULE.metadata,
            Location::new(module.file, comment),
            format!("this comment speaks of `{named}`, and the call below it is `{runs}`"),
        )
        .label("says another thing than the code does")
        .related(at, format!("`{runs}`"))
        .confidence(Confidence::Possible)
        .help("one of the two is what was meant")
        .subject(format!(
            "comment:{}:{named}",
            functions::name(context.project, around(context, call))
        )),
    )
}

/// The function around a call.
fn around(context: &Context<'_>, call: &ClientCall) -> snell_project::module::FunctionRef {
    let module = context.project.modules.get(call.module);
    let id = module.context.function(call.expression);
    snell_project::module::In {
        module: call.module,
        id: id.unwrap_or(snell_extract::facts::FunctionId(u32::MAX)),
    }
}

/// The one operation that a comment tells to use: `Use findUnique with ...`.
fn operation_in(comment: &str) -> Option<Operation> {
    let says_not = [
        "not ", "n't ", "instead", "rather", "avoid", "unlike", "than ", "no ",
    ];
    let lower = comment.to_lowercase();
    if says_not.iter().any(|words| lower.contains(words)) {
        return None;
    }
    let words = comment.split(|c: char| !c.is_alphanumeric());
    let mut named = words
        .filter_map(Operation::named)
        .filter(|one| one.is_distinctive());
    let first = named.next()?;
    named.all(|other| other == first).then_some(first)
}

//! A constant statement run by a method that would run any text.

mod tagged;
mod written;

use snell_flow::raw::{HoleKind, RawForm, RawQuery};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::origin;
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/unsafe-api",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A constant statement is run by a method that takes any text",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let queries = context.raw.iter().filter(|query| {
        let call = context.project.calls.get(query.call);
        query.form == RawForm::Unsafe
            && functions::is_application(context.project, call.module)
            && is_constant(query)
    });
    queries.map(|query| finding(context, query)).collect()
}

/// Whether every text that the query's own function can make is known, placeholders' numbers aside.
fn is_constant(query: &RawQuery) -> bool {
    let own = query.runs.iter().filter(|run| run.chain.is_empty());
    let mut texts = own.flat_map(|run| &run.texts).peekable();
    texts.peek().is_some() && texts.all(|text| text.holes().all(|h| h.kind == HoleKind::Number))
}

fn finding(context: &Context<'_>, query: &RawQuery) -> Diagnostic {
    let call = context.project.calls.get(query.call);
    let operation = call.operation.as_str();
    let safe = operation.trim_end_matches("Unsafe");
    let function = query.runs.first().map(|run| run.function);
    let (message, help) = match written::how(context, query) {
        written::How::Whole => (
            format!("`{operation}` runs a statement that is constant"),
            format!(
                "use `{safe}` as the tag of a template, in which every `${{value}}` is a parameter"
            ),
        ),
        written::How::Interpolated(parts) => (
            format!("`{operation}` runs a statement that is constant"),
            format!(
                "use `{safe}` as the tag of a template, in which every `${{value}}` is a parameter: what is a part of the statement is written out there, {parts}, since no parameter can stand for it"
            ),
        ),
        written::How::PutTogether => (
            format!("`{operation}` runs a statement that is put together of constants"),
            format!(
                "use `{safe}` as the tag of a template, and `Prisma.sql` or `Prisma.empty` for the parts that may be there"
            ),
        ),
    };
    let found = Diagnostic::at(&RULE.metadata, origin::method(context, query), message)
        .label("safe today, and one interpolation away from an injection")
        .help(help);
    let found = match tagged::fix(context, query) {
        Some(fix) => found.fix(fix),
        None => found,
    };
    found.subject(format!(
        "raw:{} {operation}",
        function.map_or_else(String::new, |f| functions::name(context.project, f))
    ))
}

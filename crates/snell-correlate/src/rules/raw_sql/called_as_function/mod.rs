//! A tagged method called with a string.

use snell_extract::facts::Expression;
use snell_flow::raw::RawForm;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::origin;
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/called-as-function",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A tagged raw query is called with a string",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for query in context.raw.iter().filter(|q| q.form == RawForm::Called) {
        let call = context.project.calls.get(query.call);
        let facts = context.project.modules.facts(call.module);
        let Expression::Call { arguments, .. } = facts.expression(call.expression) else {
            continue;
        };
        let Some(first) = arguments.first() else {
            continue;
        };
        let at = context
            .project
            .modules
            .at(call.module, facts.span(first.value));
        let operation = call.operation.as_str();
        let interpolates = query
            .runs
            .iter()
            .flat_map(|run| &run.texts)
            .any(|text| text.holes().next().is_some());
        let mut finding = Diagnostic::at(
            &RULE.metadata,
            at,
            format!("`{operation}` is called with a string, not as a template's tag"),
        )
        .label("a plain string: its values are no parameters any more")
        .related(
            origin::method(context, query),
            "takes a template's parts, or a `Prisma.Sql`",
        );
        if !interpolates {
            finding = finding.lowered(
                Severity::High,
                "the string is constant: nothing can be injected, the call only fails",
            );
        }
        let function = query.runs.first().map(|run| run.function);
        found.push(
            finding
                .help(format!("write ``{operation}`...` `` without parentheses"))
                .subject(format!(
                    "raw:{} {operation}",
                    function.map_or_else(String::new, |f| functions::name(context.project, f))
                )),
        );
    }
    found
}

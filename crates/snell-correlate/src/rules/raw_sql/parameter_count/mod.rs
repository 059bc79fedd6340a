//! More placeholders than values, or fewer.

use snell_flow::raw::{RawForm, Reading};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::Statement;

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/parameter-count",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The values after a raw text do not match its placeholders",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        let form = reading::query(context, reading).map(|query| query.form);
        let Some(statement) = reading.statement() else {
            continue;
        };
        // What can be put together several ways may pair its texts with its values.
        undescribed(context, reading, statement, &mut findings);
        if !matches!(form, Some(RawForm::Unsafe | RawForm::Typed))
            || reading.text.open_parameters
            || reading::of_query(context, reading).len() > 1
        {
            continue;
        }
        let wanted = reading.parameters_in(statement.span);
        let given = reading.text.parameters.len();
        let most = wanted.iter().map(|(number, _)| *number as usize).max();
        let most = most.unwrap_or(0);
        if most == given {
            continue;
        }
        let values = |n: usize| {
            if n == 1 {
                "1 value".to_owned()
            } else {
                format!("{n} values")
            }
        };
        let message = format!("the text wants {} and gets {given}", values(most));
        let last = wanted.iter().find(|(number, _)| *number as usize == most);
        let span = last.map_or(statement.span, |(_, span)| *span);
        findings.tell(reading, span, message, |one| {
            let one = one.label(format!("the last placeholder is `${most}` (08P01)"));
            let one = match form {
                Some(RawForm::Typed) => one.related(reading.method(context.project), "the call"),
                _ => one,
            };
            let extra = reading.text.parameters.get(most).and_then(|p| p.at);
            match extra {
                Some(at) => one.related(context.project.modules.location(at), "a value too many"),
                None => one,
            }
            .help("give one value for each placeholder; the same placeholder may stand twice")
        });
    }
    findings.done()
}

/// `-- @param $3` of a file of TypedSQL that has no `$3`.
fn undescribed(
    context: &Context<'_>,
    reading: &Reading,
    statement: &Statement,
    findings: &mut Findings<'_, '_>,
) {
    let Some(at) = reading.text.written_at(0, 0) else {
        return;
    };
    let queries = &reading::schema(context, reading).typed;
    let Some(query) = queries.iter().find(|query| query.file == at.file) else {
        return;
    };
    let used = reading.parameters_in(statement.span);
    for parameter in &query.parameters {
        let number = parameter.number;
        if used.iter().any(|(other, _)| *other == number) {
            continue;
        }
        let message = format!("`@param` describes `${number}`, which the query does not have");
        findings.tell(reading, parameter.span, message, |one| {
            one.label("no such placeholder")
                .help("take the comment out, or give it the number of a placeholder")
        });
    }
}

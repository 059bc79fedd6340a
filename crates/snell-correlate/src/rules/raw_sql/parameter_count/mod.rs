//! More placeholders than values, or fewer.

use snell_flow::raw::RawForm;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

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
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        let form = context.raw.get(reading.call).map(|query| query.form);
        let Some(statement) = reading.statement() else {
            continue;
        };
        // What can be put together several ways may pair its texts with its values.
        if form != Some(RawForm::Unsafe)
            || reading.text.open_parameters
            || context.readings.of(reading.call).len() > 1
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

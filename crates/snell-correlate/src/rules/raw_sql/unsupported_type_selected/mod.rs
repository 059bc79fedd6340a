//! A column that Prisma cannot hand over.

use snell_flow::raw::{Handed, handed};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    reading::{self, Findings},
    rows,
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/unsupported-type-selected",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A raw query returns a column of a type that the client cannot read",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        if !rows::is_query(context, reading) || !reading.errors.is_empty() {
            continue;
        }
        let catalog = reading::catalog(context, reading);
        for column in &reading.facts.columns {
            let Some(data_type) = &column.data_type else {
                continue;
            };
            let Handed::Unreadable { always } = handed(catalog, data_type, reading.engine) else {
                continue;
            };
            let sql = catalog.format_type(data_type);
            let version = reading::version(context, reading)
                .map_or_else(String::new, |version| format!(" {version}"));
            let message = format!(
                "Prisma{version} cannot read `{}`, which is of type `{sql}`",
                column.name
            );
            findings.tell(reading, column.span, message, |mut one| {
                one = one.label(if always {
                    "the call fails, with rows or without (P2010)"
                } else {
                    "the call fails as soon as a row comes (P2010), even where the value is null"
                });
                if let Some(at) = rows::source(context, reading, column) {
                    one = one.related(at, "the column");
                }
                let inserts = matches!(reading.facts.kind, "INSERT" | "UPDATE" | "DELETE");
                if inserts {
                    one = one.note("the rows are changed all the same: the statement ran before its result was read");
                }
                if sql == "void" {
                    one.help("call the function with `$executeRaw`, or cast its result to `text`")
                } else {
                    one.help(format!("cast it: `{}::text`", reading::quoted(&column.name)))
                }
            });
        }
    }
    findings.done()
}

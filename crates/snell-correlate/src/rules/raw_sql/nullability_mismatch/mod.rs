//! A column that may be null, declared as if it never were.

use snell_flow::raw::{Reading, UseKind, uses};
use snell_source::{Diagnostic, Joined, Preset, RuleMetadata, Severity};

use super::{
    reading::Findings,
    rows::{self},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/nullability-mismatch",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A raw query may return null where its type argument says that it does not",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for declared in rows::declared(context) {
        let reading = declared.reading;
        for pair in declared.pairs(context) {
            let always_list = rows::is_list_with_default(context, reading, pair.column);
            if !pair.may_be_null() || pair.conflict().is_some() || always_list {
                continue;
            }
            let Some(why) = super::nulls::reason(context, reading, pair.column) else {
                continue;
            };
            let message = format!("`{}` may be `null`", pair.member.name);
            findings.tell_at(reading, pair.member.at, message, |mut one| {
                one = one.label("declared without `null`").related(
                    reading.place(context.project, pair.column.span),
                    why.to_owned(),
                );
                if let Some(at) = rows::source(context, reading, pair.column) {
                    one = one.related(at, "the column");
                }
                if is_seen_to(context, reading, &pair.member.name) {
                    one = one.lowered(
                        Severity::Low,
                        "where the code reads it, it puts another value in the place of null",
                    );
                }
                one.help(format!(
                    "declare `{} | null`, or give it a value in SQL: `COALESCE(...)`",
                    pair.member
                        .ty
                        .only()
                        .map_or_else(|| "T".to_owned(), rows::spelled)
                ))
            });
        }
    }
    findings.done()
}

/// Whether each place of the module that reads the column has a value for null
/// beside it: `row.total ?? 0`. Rows that nobody reads here are not seen to.
fn is_seen_to(context: &Context<'_>, reading: &Reading, name: &str) -> bool {
    let Some(call) = reading.call else {
        return false;
    };
    let uses = uses(context.project, context.project.calls.get(call));
    let count = |kind| {
        let same = uses
            .iter()
            .filter(|one| one.name == name && one.kind == kind);
        same.count()
    };
    let reads = count(UseKind::Read);
    reads > 0 && reads == count(UseKind::Guarded)
}

//! A value whose type its place does not take.

use snell_flow::raw::Reading;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/parameter-type-mismatch",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A value is sent with a type that its place in the statement does not take",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Codes that tell of types.
const TYPES: [&str; 7] = [
    "42883", "42725", "42804", "42846", "42P18", "22P02", "42809",
];

/// Whether an error tells of types, and the part of the text that it is about.
pub(super) fn about(reading: &Reading, sqlstate: &str, span: Span) -> Option<Span> {
    if !TYPES.contains(&sqlstate) {
        return None;
    }
    let statement = reading.statement()?;
    Some(reading::culprit(statement, span).map_or(span, |expr| expr.span))
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| !reading.assumed) {
        for found in reading::errors(context, reading) {
            let error = &found.error;
            let Some(whole) = about(reading, error.sqlstate, error.span) else {
                continue;
            };
            let parameters = reading.parameters_in(whole);
            let Some((number, span)) = parameters.first().copied() else {
                continue;
            };
            let listed = reading
                .text
                .parameters
                .get(number as usize - 1)
                .is_some_and(|parameter| parameter.list);
            if listed || is_array_in_list(reading, span) || may_be_fractions(&error.message) {
                continue;
            }
            findings.tell(reading, span, error.message.clone(), |mut one| {
                one = one.label(format!("sent as `${number}` ({})", error.sqlstate));
                if let Some(how) = reading::sends(context, reading) {
                    one = one.note(how);
                }
                // The author's own cast says what is sent: the server refuses every call.
                if let Some(cast) = own_cast(reading, span) {
                    return one.confidence(Confidence::Likely).help(format!(
                        "take `{cast}` away, or cast to the type of the other side: no value passes as it is"
                    ));
                }
                one = one.lowered(
                    Severity::Medium,
                    "what the client sends is known by the value's type alone",
                );
                one.confidence(Confidence::Likely)
                    .help("cast the value to what is wanted: `${value}::uuid`, `${value}::int`, `${value}::\"Role\"`")
            });
        }
    }
    findings.done()
}

/// Whether what is refused is a list of whole numbers as a vector: Prisma's engine sends a list with fractions as
/// `numeric[]`, which pgvector takes, and an embedding has fractions.
fn may_be_fractions(message: &str) -> bool {
    message
        .strip_prefix("cannot cast type bigint[] to ")
        .is_some_and(|to| matches!(to, "vector" | "halfvec" | "sparsevec"))
}

/// The cast that stands behind a parameter: `::uuid`.
fn own_cast(reading: &Reading, parameter: Span) -> Option<String> {
    let rest = reading.text.text.get(parameter.end as usize..)?;
    let name: String = rest
        .strip_prefix("::")?
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '"' | '.'))
        .collect();
    (!name.is_empty()).then(|| format!("::{name}"))
}

/// Whether it is what `raw-sql/array-parameter` tells.
fn is_array_in_list(reading: &Reading, span: Span) -> bool {
    use snell_sql::ast::{ExprKind, Part, walk_statement};
    let mut found = false;
    if let Some(statement) = reading.statement() {
        walk_statement(statement, &mut |part| {
            if let Part::Expr(expr) = part
                && let ExprKind::InList(_, items, _) = &expr.kind
            {
                found |= items.len() == 1 && items[0].span == span;
            }
        });
    }
    found
}

//! A name or keyword that is sent as a value.

use snell_flow::raw::{JsKind, JsTypes, RawForm, Reading};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::ast::{Expr, ExprKind, Part, QueryBody, walk_statement};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/identifier-as-parameter",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A value stands where SQL wants a name or a keyword",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What a placeholder must be for its text to be SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A name.
    Name,
    /// `ASC` or `DESC`.
    Direction,
    /// Nothing: an empty string was meant to be no text.
    Nothing,
}

/// The placeholder that alone makes a text no SQL: its span, position and what would be.
pub(super) fn misplaced(reading: &Reading) -> Option<(Span, usize, Wanted)> {
    if reading.parse.errors.is_empty() {
        return None;
    }
    let text = &reading.text;
    text.placeholders().find_map(|(piece, position)| {
        let (start, end) = (piece.start as usize, piece.end as usize);
        let fits = |word: &str| {
            let tried = format!("{}{word}{}", &text.text[..start], &text.text[end..]);
            snell_sql::is_well_formed(&tried)
        };
        let empty = text.parameters[position]
            .value
            .as_string()
            .is_some_and(|value| value.trim().is_empty());
        let wanted = if empty && fits("") {
            Wanted::Nothing
        } else if fits("some_name") {
            Wanted::Name
        } else if fits("desc") {
            Wanted::Direction
        } else {
            return None;
        };
        Some((Span::new(piece.start, piece.end), position, wanted))
    })
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        let form = reading::query(context, reading).map(|query| query.form);
        if !matches!(form, Some(RawForm::Tagged | RawForm::Fragment)) {
            continue;
        }
        if let Some((span, position, wanted)) = misplaced(reading) {
            if reading.text.parameters[position].perhaps_fragment {
                continue;
            }
            let message = match wanted {
                Wanted::Nothing => "an empty string is sent as a value, not as no text",
                Wanted::Name => "a value is sent where SQL wants a name",
                Wanted::Direction => "a value is sent where SQL wants `ASC` or `DESC`",
            };
            let number = position + 1;
            findings.tell(reading, span, message, |one| {
                let one = one.label(format!("becomes `${number}`: a syntax error (42601)"));
                match wanted {
                    Wanted::Nothing => one.help("use `Prisma.empty` where nothing is to be added"),
                    _ => one
                        .help("choose between constant texts: `Prisma.sql`, or `Prisma.raw` of a name from a fixed list"),
                }
            });
            continue;
        }
        sorted_by_values(context, reading, &mut findings);
    }
    findings.done()
}

/// `ORDER BY ${column}`: the server takes it, and sorts by a constant.
fn sorted_by_values(context: &Context<'_>, reading: &Reading, findings: &mut Findings<'_, '_>) {
    let Some(statement) = reading.statement() else {
        return;
    };
    let types = JsTypes::new(context.project, reading.schema);
    let mut found: Vec<(&Expr, &str)> = Vec::new();
    walk_statement(statement, &mut |part| {
        let Part::Query(query) = part else { return };
        let grouped = match &query.body {
            QueryBody::Select(select) => select.group_by.as_slice(),
            _ => &[],
        };
        found.extend(query.order_by.iter().map(|item| (&item.expr, "sorts")));
        found.extend(grouped.iter().map(|expr| (expr, "groups")));
    });
    for (expr, verb) in found {
        let ExprKind::Parameter(number) = expr.kind else {
            continue;
        };
        let Some(parameter) = reading.text.parameters.get(number as usize - 1) else {
            continue;
        };
        let ty = types.value(&parameter.value, parameter.at);
        if parameter.perhaps_fragment || !matches!(ty.only(), Some(JsKind::Text | JsKind::Number)) {
            continue;
        }
        let message = format!("the query {verb} by a value, which is the same for every row");
        findings.tell(reading, expr.span, message, |one| {
            one.label("a value, not a column: the order stays as it comes").help(
                "choose between constant texts: `Prisma.sql`, or `Prisma.raw` of a name from a fixed list",
            )
        });
    }
}

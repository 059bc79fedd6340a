//! A sum that is cut to 32 bits.

use snell_flow::raw::Reading;
use snell_source::{Severity, Span};
use snell_sql::ast::{Expr, ExprKind, Part, TypeName, walk_expression, walk_statement};

use super::Findings;
use crate::{functions, rule::Context, rules::raw_sql::reading};

/// What PostgreSQL calls its integer of 32 bits.
const INTEGERS: [&str; 3] = ["int4", "int", "integer"];

pub(super) fn find(context: &Context<'_>, findings: &mut Findings<'_, '_>) {
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        walk_statement(statement, &mut |part| {
            if let Part::Expr(expr) = part
                && let ExprKind::Cast(inner, ty) = &expr.kind
                && is_integer(ty)
                && let Some(sum) = sum_of_column(inner)
            {
                tell(reading, expr.span, sum, findings);
            }
        });
    }
}

fn is_integer(ty: &TypeName) -> bool {
    let name = ty.name.name.text.to_lowercase();
    !ty.array && INTEGERS.contains(&name.as_str())
}

/// The sum of a column inside an expression. What is summed up otherwise (`CASE`, a flag that is
/// cast) counts rows as a rule, and no table has as many.
fn sum_of_column(expr: &Expr) -> Option<Span> {
    let mut found = None;
    walk_expression(expr, &mut |part| {
        if let Part::Expr(expr) = part
            && let ExprKind::Call(call) = &expr.kind
            && call.name.name.text.eq_ignore_ascii_case("sum")
            && let [only] = call.arguments.as_slice()
            && let ExprKind::Column(_) = only.value.kind
        {
            found = Some(expr.span);
        }
    });
    found
}

fn tell(reading: &Reading, cast: Span, sum: Span, findings: &mut Findings<'_, '_>) {
    let text = &reading.text.text;
    let message = format!(
        "`{}` is cut to 32 bits: the query fails when it is above 2147483647",
        functions::short(sum.text(text))
    );
    findings.tell(reading, cast, message, |one| {
        one.label("`integer out of range`")
            .help("cast it to `float8`, which is exact up to 2^53, or take the `bigint` as it is")
            .lowered(
                Severity::Low,
                "it takes many rows, or large values, to get there",
            )
    });
}

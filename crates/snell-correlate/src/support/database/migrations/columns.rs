//! What expressions of migrations read and call.

use smol_str::SmolStr;
use snell_sql::ast::{Expr, ExprKind, Part, walk_expression};

/// The own names of the columns that an expression reads.
pub(crate) fn columns_read(expr: &Expr) -> Vec<&SmolStr> {
    let mut found = Vec::new();
    walk_expression(expr, &mut |part| {
        if let Part::Expr(Expr {
            kind: ExprKind::Column(parts),
            ..
        }) = part
        {
            found.extend(parts.last().map(|name| &name.text));
        }
    });
    found
}

/// Whether an expression reads a column of this name.
pub(crate) fn mentions_column(expr: &Expr, column: &str) -> bool {
    columns_read(expr).iter().any(|name| *name == column)
}

/// The names of the functions that an expression calls.
pub(crate) fn calls(expr: &Expr) -> Vec<&SmolStr> {
    let mut found = Vec::new();
    walk_expression(expr, &mut |part| {
        if let Part::Expr(Expr {
            kind: ExprKind::Call(call),
            ..
        }) = part
        {
            found.push(&call.name.name.text);
        }
    });
    found
}

/// Whether an expression has the same value for every row: it reads nothing of any.
pub(crate) fn is_constant(expr: &Expr) -> bool {
    let mut constant = true;
    walk_expression(expr, &mut |part| match part {
        Part::Expr(inner) => {
            constant &= !matches!(
                inner.kind,
                ExprKind::Column(_)
                    | ExprKind::Star(_)
                    | ExprKind::Call(_)
                    | ExprKind::Default
                    | ExprKind::Unknown
            );
        }
        Part::Query(_) | Part::From(_) | Part::Change(_) => constant = false,
    });
    constant
}

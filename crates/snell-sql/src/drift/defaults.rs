//! Defaults of columns: which differ, and which only look different.

use crate::ast::{Expr, ExprKind};
use crate::catalog::{Column, TypeId, stored, stored_jsonb};
use crate::print::expression;

/// Two defaults that are not written alike.
pub(super) struct DefaultDifference {
    pub(super) expected: Option<String>,
    pub(super) actual: Option<String>,
    /// Whether both give the same value all the same.
    pub(super) equivalent: bool,
}

/// A column's default as text.
pub(super) fn text(column: &Column) -> Option<String> {
    if column.sequence.is_some() {
        return Some("a sequence's next number".into());
    }
    column
        .default
        .as_ref()
        .map(|default| plain(column, default))
}

pub(super) fn compare(wanted: &Column, built: &Column) -> Option<DefaultDifference> {
    // Prisma has no word for generated columns: whatever it expects is left to them.
    if built.generated.is_some() {
        return None;
    }
    let counts = |column: &Column| column.sequence.is_some() || column.identity.is_some();
    if counts(wanted) && counts(built) {
        return None;
    }
    let (expected, actual) = (text(wanted), text(built));
    if expected == actual {
        return None;
    }
    Some(DefaultDifference {
        equivalent: same_value(wanted.default.as_ref(), built.default.as_ref()),
        expected,
        actual,
    })
}

/// A default without casts; a quoted number of a numeric column is that number.
fn plain(column: &Column, default: &Expr) -> String {
    let bare = without_casts(&match column.data_type.id {
        TypeId::JSONB | TypeId::JSON => stored_jsonb(&without_casts(default)),
        _ => stored(default),
    });
    let text = expression(&bare);
    let numeric = matches!(
        column.data_type.id,
        TypeId::INT2
            | TypeId::INT4
            | TypeId::INT8
            | TypeId::FLOAT4
            | TypeId::FLOAT8
            | TypeId::NUMERIC
    );
    let number = text.trim_matches('\'').parse::<f64>();
    match (number, &bare.kind, column.data_type.id) {
        (Ok(number), ..) if numeric => number.to_string(),
        (_, ExprKind::String(word), TypeId::BOOL) => match word.as_str() {
            "t" | "true" => "true".into(),
            "f" | "false" => "false".into(),
            _ => text,
        },
        _ => text,
    }
}

fn without_casts(expr: &Expr) -> Expr {
    let kind = match &expr.kind {
        ExprKind::Cast(inner, _) => return without_casts(inner),
        ExprKind::Array(items) => ExprKind::Array(items.iter().map(without_casts).collect()),
        ExprKind::Call(call) => {
            let mut call = call.clone();
            for argument in &mut call.arguments {
                argument.value = without_casts(&argument.value);
            }
            ExprKind::Call(call)
        }
        ExprKind::Binary(operator, left, right) => ExprKind::Binary(
            operator.clone(),
            Box::new(without_casts(left)),
            Box::new(without_casts(right)),
        ),
        other => other.clone(),
    };
    Expr {
        span: expr.span,
        kind,
    }
}

fn same_value(wanted: Option<&Expr>, built: Option<&Expr>) -> bool {
    let (Some(wanted), Some(built)) = (wanted, built) else {
        return false;
    };
    let (wanted, built) = (without_casts(wanted), without_casts(built));
    (is_now(&wanted) && is_now(&built)) || (is_empty_list(&wanted) && is_empty_list(&built))
}

/// The start of the transaction, by any of its names.
fn is_now(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Keyword(word) => word == "current_timestamp" || word == "localtimestamp",
        ExprKind::Call(call) => matches!(
            call.name.name.text.as_str(),
            "now" | "transaction_timestamp"
        ),
        _ => false,
    }
}

fn is_empty_list(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Array(items) => items.is_empty(),
        ExprKind::String(text) => text.trim() == "{}",
        _ => false,
    }
}

//! Expressions as PostgreSQL keeps and prints them back: `IN` and `BETWEEN` opened, negative
//! numbers as constants, `jsonb` literals in the order that they are stored in. The casts
//! that it adds are left out.

use serde_json::Value;
use smol_str::{SmolStr, format_smolstr};
use snell_source::Span;

use crate::ast::{Case, Expr, ExprKind, Name, ObjectName, Operator, TypeName};

/// The expression that the server would print for `expr`.
pub(crate) fn stored(expr: &Expr) -> Expr {
    let inner = |expr: &Expr| Box::new(stored(expr));
    let list = |items: &[Expr]| items.iter().map(stored).collect::<Vec<_>>();
    let kind = match &expr.kind {
        ExprKind::Integer(text) => match text.strip_prefix('-') {
            Some(digits) => negative(&plain_integer(digits), integer_type(digits), expr.span),
            None => ExprKind::Integer(plain_integer(text)),
        },
        ExprKind::Decimal(text) => match text.strip_prefix('-') {
            Some(digits) => negative(digits, "numeric", expr.span),
            None => expr.kind.clone(),
        },
        ExprKind::Unary(operator, operand) => ExprKind::Unary(operator.clone(), inner(operand)),
        ExprKind::Binary(operator, left, right) => {
            ExprKind::Binary(operator.clone(), inner(left), inner(right))
        }
        ExprKind::Logical(and, operands) => ExprKind::Logical(*and, list(operands)),
        ExprKind::Not(operand) => ExprKind::Not(inner(operand)),
        ExprKind::IsNull(operand, positive) => ExprKind::IsNull(inner(operand), *positive),
        ExprKind::Is(operand, test) => ExprKind::Is(inner(operand), test.clone()),
        ExprKind::Distinct(left, right, positive) => {
            ExprKind::Distinct(inner(left), inner(right), *positive)
        }
        ExprKind::Between(value, low, high, positive) => between(value, low, high, *positive),
        ExprKind::InList(value, items, positive) => in_list(value, items, *positive, expr.span),
        ExprKind::AnyArray(operator, left, right, any) => {
            ExprKind::AnyArray(operator.clone(), inner(left), inner(right), *any)
        }
        ExprKind::Cast(operand, target) => {
            let operand = match &operand.kind {
                ExprKind::String(text) if is_jsonb(target) => Box::new(json_literal(text, operand)),
                _ => inner(operand),
            };
            ExprKind::Cast(operand, target.clone())
        }
        ExprKind::Call(call) => {
            let mut call = call.clone();
            for argument in &mut call.arguments {
                argument.value = stored(&argument.value);
            }
            ExprKind::Call(call)
        }
        ExprKind::Case(case) => ExprKind::Case(Box::new(Case {
            operand: case.operand.as_ref().map(stored),
            branches: case
                .branches
                .iter()
                .map(|(condition, result)| (stored(condition), stored(result)))
                .collect(),
            otherwise: case.otherwise.as_ref().map(stored),
        })),
        ExprKind::Array(items) => ExprKind::Array(list(items)),
        other => other.clone(),
    };
    Expr {
        span: expr.span,
        kind,
    }
}

/// The default of a `jsonb` column: the literal is stored as the value that it is.
pub(crate) fn stored_jsonb(expr: &Expr) -> Expr {
    match &expr.kind {
        ExprKind::String(text) => json_literal(text, expr),
        _ => stored(expr),
    }
}

fn operator(symbol: &str, span: Span) -> Operator {
    Operator {
        symbol: symbol.into(),
        span,
    }
}

fn between(value: &Expr, low: &Expr, high: &Expr, positive: bool) -> ExprKind {
    let (first, second) = if positive { (">=", "<=") } else { ("<", ">") };
    let compare = |symbol: &str, bound: &Expr| Expr {
        span: bound.span,
        kind: ExprKind::Binary(
            operator(symbol, bound.span),
            Box::new(stored(value)),
            Box::new(stored(bound)),
        ),
    };
    ExprKind::Logical(positive, vec![compare(first, low), compare(second, high)])
}

fn in_list(value: &Expr, items: &[Expr], positive: bool, span: Span) -> ExprKind {
    let symbol = operator(if positive { "=" } else { "<>" }, span);
    let value = Box::new(stored(value));
    match items {
        [only] => ExprKind::Binary(symbol, value, Box::new(stored(only))),
        _ => {
            let array = Expr {
                span,
                kind: ExprKind::Array(items.iter().map(stored).collect()),
            };
            ExprKind::AnyArray(symbol, value, Box::new(array), positive)
        }
    }
}

/// Without the zeros in front and the underscores between that PostgreSQL reads over.
fn plain_integer(text: &str) -> SmolStr {
    if !text.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        return text.into();
    }
    let digits = text.replace('_', "");
    match digits.trim_start_matches('0') {
        "" => "0".into(),
        plain => plain.into(),
    }
}

fn integer_type(text: &str) -> &'static str {
    match text.replace('_', "").parse::<i64>() {
        Ok(number) if i32::try_from(number).is_ok() => "int4",
        Ok(_) => "int8",
        Err(_) => "numeric",
    }
}

/// `-1` is one constant, which is printed as a literal with its type.
fn negative(digits: &str, type_name: &str, span: Span) -> ExprKind {
    let literal = Expr {
        span,
        kind: ExprKind::String(format_smolstr!("-{digits}")),
    };
    let target = TypeName {
        span,
        name: ObjectName {
            schema: None,
            name: Name {
                text: type_name.into(),
                span,
                quoted: false,
            },
        },
        modifiers: Vec::new(),
        array: false,
        indirect: false,
    };
    ExprKind::Cast(Box::new(literal), target)
}

fn is_jsonb(target: &TypeName) -> bool {
    target.name.name.text == "jsonb" && !target.array
}

fn json_literal(text: &str, expr: &Expr) -> Expr {
    let text = match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let mut out = String::new();
            print_json(&value, &mut out);
            out.into()
        }
        Err(_) => text.into(),
    };
    Expr {
        span: expr.span,
        kind: ExprKind::String(text),
    }
}

/// `jsonb_out`: keys by length, then by bytes; a space after each colon and comma.
fn print_json(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                print_json(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
            out.push('{');
            for (index, (key, item)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push_str(": ");
                print_json(item, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::{QueryBody, StatementKind};
    use crate::print::expression;

    fn of(text: &str) -> String {
        let parse = crate::parse(&format!("SELECT {text}"));
        let StatementKind::Query(query) = &parse.statements[0].kind else {
            panic!("not a query: {parse:?}");
        };
        let QueryBody::Select(select) = &query.body else {
            panic!("not a select");
        };
        expression(&stored(&select.targets[0].expr))
    }

    #[test]
    fn lists_and_ranges_are_opened() {
        assert_eq!(of("a IN ('x', 'y')"), "a = ANY (ARRAY['x', 'y'])");
        assert_eq!(of("a NOT IN ('x', 'y')"), "a <> ALL (ARRAY['x', 'y'])");
        assert_eq!(of("a IN ('x')"), "a = 'x'");
        assert_eq!(of("a BETWEEN 1 AND 2"), "(a >= 1) AND (a <= 2)");
        assert_eq!(of("a NOT BETWEEN 1 AND 2"), "(a < 1) OR (a > 2)");
    }

    #[test]
    fn constants_are_values() {
        assert_eq!(of("-1"), "'-1'::integer");
        assert_eq!(of("007"), "7");
        assert_eq!(
            of(r#"'{"title":[1,2],"id":null}'::jsonb"#),
            r#"'{"id": null, "title": [1, 2]}'::jsonb"#
        );
        assert_eq!(of("'{broken'::jsonb"), "'{broken'::jsonb");
    }
}

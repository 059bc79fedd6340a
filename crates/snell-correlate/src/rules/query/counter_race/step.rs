//! What is added to a column, or taken from it.

use snell_extract::facts::{BinaryOperator, BindingKind, Expression, ExpressionId, ModuleFacts};
use snell_flow::Entry;
use snell_project::module::In;

use super::{LESS, MORE};
use crate::{rule::Context, rules::query::written};

/// Names of what a client sends.
const SENT: [&str; 7] = [
    "dto", "body", "input", "data", "payload", "request", "query",
];

/// Methods of exact numbers that compare them: `balance.lt(0)`.
pub(super) const ASKS: [&str; 12] = [
    "lt",
    "lte",
    "gt",
    "gte",
    "lessThan",
    "lessThanOrEqualTo",
    "greaterThan",
    "greaterThanOrEqualTo",
    "isNegative",
    "isNeg",
    "comparedTo",
    "cmp",
];

/// Whether the new number is compared before it is written: `if (left.lt(0)) throw`.
pub(super) fn is_asked(context: &Context<'_>, entry: &Entry) -> bool {
    let Some(at) = entry.at else {
        return false;
    };
    let facts = context.project.modules.facts(at.module);
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(facts.unwrap_casts(at.id))
    else {
        return false;
    };
    let parents = &context.project.modules.get(at.module).context;
    facts.uses(*binding).iter().any(|used| {
        let parent = parents.parent(*used).map(|id| facts.expression(id));
        match parent {
            Some(Expression::Member { property, .. }) => ASKS.contains(&property.text.as_str()),
            Some(Expression::Binary { operator, .. }) => matches!(
                operator,
                BinaryOperator::Less
                    | BinaryOperator::LessEqual
                    | BinaryOperator::Greater
                    | BinaryOperator::GreaterEqual
            ),
            _ => false,
        }
    })
}

/// Whether an expression is the column as it was read, turned into a number or not: `Number(row.credits)`,
/// `row.credits ?? 0`, and not `dto.credits`.
fn is_read(facts: &ModuleFacts, side: ExpressionId, field: &str) -> bool {
    let side = facts.unwrap_casts(side);
    match facts.expression(side) {
        Expression::Member {
            object, property, ..
        } => {
            let sent = match facts.expression(facts.unwrap_casts(*object)) {
                Expression::Identifier { name, .. } => {
                    let lower = name.to_ascii_lowercase();
                    SENT.iter().any(|word| lower.ends_with(word))
                }
                _ => false,
            };
            property.text == field && !sent
        }
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match &facts.binding(*binding).kind {
            BindingKind::Variable {
                init: Some(init), ..
            } if init.path.is_empty() => is_read(facts, init.value, field),
            _ => false,
        },
        Expression::Logical { left, .. } => is_read(facts, *left, field),
        Expression::Call {
            callee, arguments, ..
        } => match (facts.expression(*callee), &arguments[..]) {
            (Expression::Identifier { name, .. }, [value]) => {
                matches!(
                    name.as_str(),
                    "Number" | "parseFloat" | "parseInt" | "BigInt"
                ) && is_read(facts, value.value, field)
            }
            (
                Expression::Member {
                    object, property, ..
                },
                [],
            ) => property.text == "toNumber" && is_read(facts, *object, field),
            _ => false,
        },
        Expression::New { arguments, .. } => match &arguments[..] {
            [value] => is_read(facts, value.value, field),
            _ => false,
        },
        _ => false,
    }
}

/// `increment: amount` for `user.credits + amount`, `decrement: 1` for `user.credits - 1`.
pub(super) fn step(context: &Context<'_>, entry: &Entry, field: &str) -> Option<String> {
    let at = entry.at?;
    let facts = context.project.modules.facts(at.module);
    let mut id = facts.unwrap_casts(at.id);
    if let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(id)
        && let BindingKind::Variable {
            init: Some(init), ..
        } = &facts.binding(*binding).kind
    {
        id = facts.unwrap_casts(init.value);
    }
    let of_field = |side: ExpressionId| is_read(facts, side, field);
    let (word, other) = match facts.expression(id) {
        Expression::Binary {
            operator,
            left,
            right,
        } => match operator {
            BinaryOperator::Add if of_field(*left) => ("increment", *right),
            BinaryOperator::Add if of_field(*right) => ("increment", *left),
            BinaryOperator::Subtract if of_field(*left) => ("decrement", *right),
            _ => return None,
        },
        call => {
            let call = facts
                .method_call(call)
                .filter(|call| of_field(call.object))?;
            let name = call.property.text.as_str();
            let [other] = call.arguments else {
                return None;
            };
            match (MORE.contains(&name), LESS.contains(&name)) {
                (true, _) => ("increment", other.value),
                (_, true) => ("decrement", other.value),
                _ => return None,
            }
        }
    };
    let other = In {
        module: at.module,
        id: other,
    };
    Some(format!("{word}: {}", written::expression(context, other)?))
}

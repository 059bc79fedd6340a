//! Comparisons of a number of a row, as code writes them.

use smol_str::SmolStr;
use snell_extract::facts::{
    BinaryOperator, BindingId, Block, Expression, ExpressionId, ExpressionKind, FunctionId,
    LogicalOperator, ModuleFacts, Statement,
};
use snell_source::Span;

use crate::support::order::Place;

/// `row.left < amount`, the number on the left.
pub(super) struct Comparison {
    pub(super) id: ExpressionId,
    pub(super) span: Span,
    pub(super) operator: BinaryOperator,
    pub(super) other: ExpressionId,
    /// The name that holds the row, or the one that it came along with.
    pub(super) row: Option<BindingId>,
    /// The last relation on the way from there: `product` of `item.product.stock`.
    pub(super) relation: Option<SmolStr>,
}

/// Names of methods of decimals, and the operator that they stand for.
const METHODS: [(&str, BinaryOperator); 14] = [
    ("lt", BinaryOperator::Less),
    ("lessThan", BinaryOperator::Less),
    ("isLessThan", BinaryOperator::Less),
    ("lte", BinaryOperator::LessEqual),
    ("lessThanOrEqualTo", BinaryOperator::LessEqual),
    ("isLessThanOrEqualTo", BinaryOperator::LessEqual),
    ("gt", BinaryOperator::Greater),
    ("greaterThan", BinaryOperator::Greater),
    ("isGreaterThan", BinaryOperator::Greater),
    ("gte", BinaryOperator::GreaterEqual),
    ("greaterThanOrEqualTo", BinaryOperator::GreaterEqual),
    ("isGreaterThanOrEqualTo", BinaryOperator::GreaterEqual),
    ("isLt", BinaryOperator::Less),
    ("isGte", BinaryOperator::GreaterEqual),
];

/// The comparisons of a number of some row in a function, functions in it included.
pub(super) fn comparisons<'f>(
    facts: &'f ModuleFacts,
    outer: FunctionId,
    field: &'f str,
) -> impl Iterator<Item = Comparison> + 'f {
    let around = facts.function(outer).span;
    let all = facts.all([ExpressionKind::Binary, ExpressionKind::Call]);
    all.filter_map(move |(id, node)| {
        if !around.contains(node.span) {
            return None;
        }
        let (operator, left, right) = sides(facts, &node.kind)?;
        let (number, operator, other) = match number_of(facts, left, field) {
            Some(number) => (number, operator, right),
            None => (number_of(facts, right, field)?, turned(operator)?, left),
        };
        Some(Comparison {
            id,
            span: node.span,
            operator,
            other,
            row: row_of(facts, number).map(|(row, _)| row),
            relation: row_of(facts, number).and_then(|(_, relation)| relation),
        })
    })
}

fn sides(
    facts: &ModuleFacts,
    expression: &Expression,
) -> Option<(BinaryOperator, ExpressionId, ExpressionId)> {
    match expression {
        Expression::Binary {
            operator,
            left,
            right,
        } => turned(*operator).map(|_| (*operator, *left, *right)),
        called => {
            let call = facts.method_call(called)?;
            let [other] = call.arguments else { return None };
            let mut methods = METHODS.iter();
            let (_, operator) = methods.find(|(name, _)| call.property.text == *name)?;
            Some((*operator, call.object, other.value))
        }
    }
}

/// `b > a` for `a < b`; none for what is no such comparison.
fn turned(operator: BinaryOperator) -> Option<BinaryOperator> {
    Some(match operator {
        BinaryOperator::Less => BinaryOperator::Greater,
        BinaryOperator::LessEqual => BinaryOperator::GreaterEqual,
        BinaryOperator::Greater => BinaryOperator::Less,
        BinaryOperator::GreaterEqual => BinaryOperator::LessEqual,
        _ => return None,
    })
}

/// What a number is a member of: `row` of `Number(row.left)`, `row.left.toNumber()`, `row.left ?? 0`.
fn number_of(facts: &ModuleFacts, side: ExpressionId, field: &str) -> Option<ExpressionId> {
    match facts.expression(facts.unwrap_casts(side)) {
        Expression::Member {
            object, property, ..
        } if property.text == field => Some(*object),
        Expression::Logical {
            operator: LogicalOperator::Coalesce | LogicalOperator::Or,
            left,
            ..
        } => number_of(facts, *left, field),
        Expression::New { arguments, .. } => number_of(facts, arguments.first()?.value, field),
        called @ Expression::Call { arguments, .. } => match arguments.first() {
            Some(only) if arguments.len() == 1 => number_of(facts, only.value, field),
            _ => number_of(facts, facts.method_call(called)?.object, field),
        },
        _ => None,
    }
}

/// The name at the beginning of a way, and the last property on it.
pub(super) fn row_of(
    facts: &ModuleFacts,
    id: ExpressionId,
) -> Option<(BindingId, Option<SmolStr>)> {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { binding, .. } => Some(((*binding)?, None)),
        Expression::Member {
            object, property, ..
        } => Some((row_of(facts, *object)?.0, Some(property.text.clone()))),
        Expression::Index { object, .. } => row_of(facts, *object),
        Expression::Await(inner) => row_of(facts, *inner),
        _ => None,
    }
}

/// What is done where the condition holds that a comparison is a part of.
pub(super) fn then_of(facts: &ModuleFacts, outer: FunctionId, at: Span) -> Option<&Block> {
    match Place::of(facts, Some(outer), at).statement()? {
        Statement::If { test, then, .. } if facts.span(*test).contains(at) => Some(then),
        _ => None,
    }
}

//! Guards that let through what has no metadata: `if (!roles) return true`.

use smol_str::SmolStr;
use snell_extract::facts::{
    BinaryOperator, BindingId, Block, Expression, ExpressionId, FunctionBody, LogicalOperator,
    MemberKind, ModuleFacts, Pattern, Statement, StatementNode, UnaryOperator,
};

use super::{guard::label, scan};
use crate::module::{ClassRef, In, ModuleId, Modules};

/// The keys of metadata without which a guard returns `true` early.
pub(super) fn keys(modules: &Modules, class: ClassRef) -> Vec<SmolStr> {
    let facts = modules.facts(class.module);
    let members = facts.class(class.id).members.iter();
    let bodies = members.filter_map(|member| match member.kind {
        MemberKind::Method(method) => match &facts.function(method).body {
            FunctionBody::Block(block) => Some(block),
            _ => None,
        },
        _ => None,
    });
    bodies
        .flat_map(|body| of_body(modules, class.module, body))
        .collect()
}

fn of_body(modules: &Modules, module: ModuleId, body: &Block) -> Vec<SmolStr> {
    let facts = modules.facts(module);
    let mut read: Vec<(BindingId, SmolStr)> = Vec::new();
    let mut found = Vec::new();
    for statement in body {
        match &statement.kind {
            Statement::Variable { declarators, .. } => {
                for declarator in declarators {
                    if let (Pattern::Binding(binding), Some(init)) =
                        (&declarator.target, declarator.init)
                        && let Some(key) = metadata(modules, module, init)
                    {
                        read.push((*binding, key));
                    }
                }
            }
            Statement::If {
                test,
                then,
                otherwise: None,
            } if returns_true(facts, then) => {
                let of = read
                    .iter()
                    .filter(|(name, _)| is_absent(facts, *test, *name));
                found.extend(of.map(|(_, key)| key.clone()));
            }
            _ => {}
        }
    }
    found
}

/// `reflector.get(KEY, ...)`, also with `|| []` behind it.
fn metadata(modules: &Modules, module: ModuleId, id: ExpressionId) -> Option<SmolStr> {
    let facts = modules.facts(module);
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Logical {
            operator: LogicalOperator::Or | LogicalOperator::Coalesce,
            left,
            ..
        } => metadata(modules, module, *left),
        Expression::Call {
            callee, arguments, ..
        } => {
            let Expression::Member { property, .. } = facts.expression(*callee) else {
                return None;
            };
            let reads = ["get", "getAll", "getAllAndOverride", "getAllAndMerge"];
            if !reads.contains(&property.text.as_str()) {
                return None;
            }
            let at = In {
                module,
                id: arguments.first()?.value,
            };
            Some(scan::text(modules, at, 8).unwrap_or_else(|| label(modules, at)))
        }
        _ => None,
    }
}

fn returns_true(facts: &ModuleFacts, then: &Block) -> bool {
    matches!(then.as_slice(), [StatementNode { kind: Statement::Return(Some(value)), .. }]
        if matches!(facts.expression(*value), Expression::Boolean(true)))
}

/// `!x`, `!x.length`, `x.length === 0`, or several of these with `||`, all of one name.
fn is_absent(facts: &ModuleFacts, test: ExpressionId, name: BindingId) -> bool {
    match facts.expression(facts.unwrap_casts(test)) {
        Expression::Unary {
            operator: UnaryOperator::Not,
            operand,
        } => is_name(facts, *operand, name),
        Expression::Binary {
            operator: BinaryOperator::Equal,
            left,
            right,
        } => {
            is_name(facts, *left, name)
                && matches!(facts.expression(*right), Expression::Number(n) if n == "0")
        }
        Expression::Logical {
            operator: LogicalOperator::Or,
            left,
            right,
        } => is_absent(facts, *left, name) && is_absent(facts, *right, name),
        _ => false,
    }
}

/// `x`, `x.length`
fn is_name(facts: &ModuleFacts, id: ExpressionId, name: BindingId) -> bool {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { binding, .. } => *binding == Some(name),
        Expression::Member {
            object, property, ..
        } => property.text == "length" && is_name(facts, *object, name),
        _ => false,
    }
}

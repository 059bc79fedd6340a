//! Guards that let through what has no metadata: `if (!roles) return true`, and what has some:
//! `if (skipped) return true`.

use smol_str::SmolStr;
use snell_extract::facts::{
    BinaryOperator, BindingId, Block, Expression, ExpressionId, FunctionBody, LogicalOperator,
    MemberKind, ModuleFacts, Pattern, Statement, StatementNode, UnaryOperator,
};

use super::indirect::{given_back, name};
use crate::module::{ClassRef, In, ModuleId, Modules};

/// The keys of metadata without which a guard returns `true` early.
pub(super) fn keys(modules: &Modules, class: ClassRef) -> Vec<SmolStr> {
    of_class(modules, class, is_absent)
}

/// The keys of metadata with which a guard returns `true` early: whoever has them is asked for less.
pub(super) fn opening(modules: &Modules, class: ClassRef) -> Vec<SmolStr> {
    of_class(modules, class, is_there)
}

/// Whether a test is about the value of a name.
type Test = fn(&ModuleFacts, ExpressionId, BindingId) -> bool;

fn of_class(modules: &Modules, class: ClassRef, is_it: Test) -> Vec<SmolStr> {
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
        .flat_map(|body| of_body(modules, class, body, is_it))
        .collect()
}

fn of_body(modules: &Modules, class: ClassRef, body: &Block, is_it: Test) -> Vec<SmolStr> {
    let module = class.module;
    let facts = modules.facts(module);
    let mut read: Vec<(BindingId, SmolStr)> = Vec::new();
    let mut found = Vec::new();
    for statement in body {
        match &statement.kind {
            Statement::Variable { declarators, .. } => {
                for declarator in declarators {
                    if let (Pattern::Binding(binding), Some(init)) =
                        (&declarator.target, declarator.init)
                        && let Some(key) = metadata(modules, class, init)
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
                let of = read.iter().filter(|(name, _)| is_it(facts, *test, *name));
                found.extend(of.map(|(_, key)| key.clone()));
            }
            _ => {}
        }
    }
    found
}

/// `reflector.get(KEY, ...)`, also with `|| []` behind it, or in a function that gives it back.
fn metadata(modules: &Modules, class: ClassRef, id: ExpressionId) -> Option<SmolStr> {
    let module = class.module;
    let facts = modules.facts(module);
    let value = facts.expression(facts.unwrap_casts(id));
    match value {
        Expression::Logical {
            operator: LogicalOperator::Or | LogicalOperator::Coalesce,
            left,
            ..
        } => metadata(modules, class, *left),
        Expression::Call {
            callee, arguments, ..
        } => {
            let read = given_back(modules, class, *callee, arguments);
            read.or_else(|| key(modules, module, value))
        }
        _ => None,
    }
}

/// The key of what is read here.
fn key(modules: &Modules, module: ModuleId, value: &Expression) -> Option<SmolStr> {
    let call = modules.facts(module).method_call(value)?;
    let reads = ["get", "getAll", "getAllAndOverride", "getAllAndMerge"];
    let first = call.arguments.first()?.value;
    let at = In { module, id: first };
    reads
        .contains(&call.property.text.as_str())
        .then(|| name(modules, at))
}

/// `return true`, `return Promise.resolve(true)`
fn returns_true(facts: &ModuleFacts, then: &Block) -> bool {
    let is_true = |id: ExpressionId| matches!(facts.expression(id), Expression::Boolean(true));
    let [
        StatementNode {
            kind: Statement::Return(Some(value)),
            ..
        },
    ] = then.as_slice()
    else {
        return false;
    };
    is_true(*value)
        || matches!(facts.expression(*value), Expression::Call { callee, arguments, .. }
            if arguments.len() == 1
                && is_true(arguments[0].value)
                && matches!(facts.expression(*callee), Expression::Member { property, .. }
                    if property.text == "resolve"))
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

/// `x`, `x === true`
fn is_there(facts: &ModuleFacts, test: ExpressionId, name: BindingId) -> bool {
    match facts.expression(facts.unwrap_casts(test)) {
        Expression::Identifier { binding, .. } => *binding == Some(name),
        Expression::Binary {
            operator: BinaryOperator::Equal,
            left,
            right,
        } => {
            is_there(facts, *left, name)
                && matches!(facts.expression(*right), Expression::Boolean(true))
        }
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

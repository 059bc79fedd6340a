//! Clients that connect as a role which row security does not bind.

use snell_extract::facts::{BindingKind, Expression, ExpressionId, LogicalOperator, ModuleFacts};
use snell_project::{
    Project,
    client::{ClientCall, Operation},
};

/// Words in the names of clients that connect as a role which no policy binds.
const PRIVILEGED: [&str; 9] = [
    "admin",
    "bypass",
    "system",
    "service",
    "owner",
    "root",
    "unscoped",
    "superuser",
    "privileged",
];

/// Names that are looked up on the way to a client.
const DEPTH: u32 = 4;

/// Whether a client's name says that no policy binds it. The delegate's own
/// name says nothing of the client, and `prismaService` is a usual one.
pub(crate) fn is_privileged(project: &Project, call: &ClientCall) -> bool {
    let facts = project.modules.facts(call.module);
    let client = match facts.expression(facts.unwrap_casts(call.receiver)) {
        _ if call.operation == Operation::Transaction => call.receiver,
        Expression::Member { object, .. } | Expression::Index { object, .. } => *object,
        _ => return false,
    };
    is_named_so(facts, client, DEPTH)
}

fn is_named_so(facts: &ModuleFacts, mut at: ExpressionId, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    loop {
        let (name, next) = match facts.expression(facts.unwrap_casts(at)) {
            Expression::Identifier { name, binding } => {
                if binding.is_some_and(|binding| is_chosen_so(facts, binding, depth)) {
                    return true;
                }
                (name, None)
            }
            Expression::Member {
                object, property, ..
            } => (&property.text, Some(*object)),
            Expression::Call { callee, .. } => {
                at = *callee;
                continue;
            }
            // `tx ?? this.admin`: what is handed in may have been told who asks by whoever did.
            Expression::Logical {
                operator: LogicalOperator::Coalesce | LogicalOperator::Or,
                left: one,
                right: other,
            }
            | Expression::Conditional {
                then: one,
                otherwise: other,
                ..
            } => {
                return is_named_so(facts, *one, depth) || is_named_so(facts, *other, depth);
            }
            _ => return false,
        };
        let lower = name.to_ascii_lowercase();
        if !lower.contains("prisma") && PRIVILEGED.iter().any(|word| lower.contains(word))
            || lower.contains("admin")
        {
            return true;
        }
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
}

/// Whether a variable begins as such a client.
fn is_chosen_so(facts: &ModuleFacts, binding: snell_extract::facts::BindingId, depth: u32) -> bool {
    match &facts.binding(binding).kind {
        BindingKind::Variable {
            init: Some(init), ..
        } if init.path.is_empty() => is_named_so(facts, init.value, depth),
        _ => false,
    }
}

//! What an exception filter catches, by its decorator.

use snell_extract::facts::{Expression, ExpressionId, ModuleFacts};

/// What an exception filter catches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Caught {
    /// Everything.
    All,
    /// Errors of Prisma.
    Prisma,
    /// What the application throws.
    Own,
}

impl Caught {
    pub(super) fn of(facts: &ModuleFacts, decorator: ExpressionId) -> Self {
        let Expression::Call { arguments, .. } = facts.expression(decorator) else {
            return Caught::All;
        };
        let names: Vec<&str> = arguments
            .iter()
            .filter_map(|argument| match facts.expression(argument.value) {
                Expression::Identifier { name, .. } => Some(name.as_str()),
                Expression::Member { property, .. } => Some(property.text.as_str()),
                _ => None,
            })
            .collect();
        if arguments.is_empty() || names.contains(&"Error") {
            Caught::All
        } else if names.iter().any(|name| name.starts_with("PrismaClient")) {
            Caught::Prisma
        } else {
            Caught::Own
        }
    }
}

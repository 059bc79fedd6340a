//! Extensions of a client that add to every query whose rows it may reach.

use snell_extract::facts::{BindingKind, Expression, ExpressionId, Property};
use snell_source::Span;

use super::{Type, Types};
use crate::module::ModuleId;

/// Words in the names of what says whose rows are.
const OWNERS: [&str; 9] = [
    "tenant",
    "user",
    "owner",
    "org",
    "workspace",
    "account",
    "company",
    "team",
    "customer",
];

impl Types<'_> {
    /// Whether an extension intercepts the queries of all models and writes a
    /// `where` that names an owner.
    pub(super) fn writes_conditions(
        &self,
        module: ModuleId,
        extension: ExpressionId,
        depth: u32,
    ) -> bool {
        let Some((module, span)) = self.extension(module, extension, depth) else {
            return false;
        };
        let facts = self.modules.facts(module);
        let (mut all, mut condition, mut owner) = (false, false, false);
        let mut name = |text: &str| {
            all |= matches!(text, "$allModels" | "$allOperations");
            condition |= text == "where";
            let lower = text.to_ascii_lowercase();
            owner |= OWNERS.iter().any(|word| lower.contains(word)) && lower.ends_with("id");
        };
        let inside = facts
            .expressions
            .iter()
            .filter(|node| span.contains(node.span));
        for node in inside {
            match &node.kind {
                Expression::Identifier { name: text, .. } => name(text),
                Expression::Member { property, .. } => name(&property.text),
                Expression::Object(properties) => {
                    for property in properties {
                        let key = match property {
                            Property::Value { key, .. } | Property::Method { key, .. } => key,
                            Property::Spread { .. } => continue,
                        };
                        if let Some(key) = key.name() {
                            name(&key.text);
                        }
                    }
                }
                _ => {}
            }
        }
        all && condition && owner
    }

    /// Where an extension is written: in place, in a variable, or in the
    /// function that makes it.
    fn extension(
        &self,
        module: ModuleId,
        id: ExpressionId,
        depth: u32,
    ) -> Option<(ModuleId, Span)> {
        let facts = self.modules.facts(module);
        let id = facts.unwrap_casts(id);
        match facts.expression(id) {
            Expression::Call { callee, .. } => match self.expression(module, *callee, depth) {
                Type::Function(made) => {
                    let function = self.modules.facts(made.module).function(made.id);
                    Some((made.module, function.span))
                }
                // `Prisma.defineExtension({ ... })`
                _ => Some((module, facts.span(id))),
            },
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match &facts.binding(*binding).kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } => Some((module, facts.span(init.value))),
                _ => None,
            },
            _ => Some((module, facts.span(id))),
        }
    }
}

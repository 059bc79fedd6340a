//! Schemas of zod, link by link: `z.object({ ... }).partial()`.

use snell_extract::facts::{Argument, Expression, ExpressionId};
use snell_project::module::ModuleId;
use snell_source::Span;

use crate::rule::Context;
use crate::support::declared;

/// Names that stand for schemas are followed this far.
const MOST_NAMES: usize = 8;

/// The last call of a schema: a method, and what it is called on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'a> {
    /// The module in which it stands.
    pub(crate) module: ModuleId,
    /// What the method is called on: `z`, or the schema so far.
    pub(crate) object: ExpressionId,
    /// The method: `object`, `partial`.
    pub(crate) method: &'a str,
    /// Where the method's name stands.
    pub(crate) at: Span,
    /// What it is called with.
    pub(crate) arguments: &'a [Argument],
}

impl Link<'_> {
    /// The first argument.
    pub(crate) fn argument(&self) -> Option<ExpressionId> {
        self.arguments.first().map(|argument| argument.value)
    }
}

/// The last link of a schema, names followed to where it is made.
pub(crate) fn link<'a>(
    context: &Context<'a>,
    module: ModuleId,
    schema: ExpressionId,
) -> Option<Link<'a>> {
    let (mut module, mut schema) = (module, schema);
    for _ in 0..MOST_NAMES {
        let facts = context.project.modules.facts(module);
        match facts.expression(facts.unwrap_casts(schema)) {
            Expression::Identifier { binding, .. } => {
                let symbol = context.project.modules.binding(module, (*binding)?);
                let value = declared::initializer(context, symbol)?;
                (module, schema) = (value.module, value.id);
            }
            Expression::Call {
                callee, arguments, ..
            } => {
                let Expression::Member {
                    object, property, ..
                } = facts.expression(*callee)
                else {
                    return None;
                };
                return Some(Link {
                    module,
                    object: *object,
                    method: &property.text,
                    at: property.span,
                    arguments,
                });
            }
            _ => return None,
        }
    }
    None
}

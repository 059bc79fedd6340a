//! Which client a query is sent with.

use snell_extract::facts::Expression;
use snell_project::{
    client::ClientCall,
    module::{ExpressionRef, In, ModuleId, Symbol},
};

use crate::rule::Context;

/// `this.prisma.note`, or `prisma.note` of a module: neither a parameter nor
/// what a call gives, which may be the transaction's.
pub(super) fn is_own(context: &Context<'_>, call: &ClientCall) -> bool {
    let facts = context.project.modules.facts(call.module);
    let mut at = facts.unwrap_casts(call.receiver);
    loop {
        match facts.expression(at) {
            Expression::Member { object, .. } => at = facts.unwrap_casts(*object),
            Expression::This => return true,
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => {
                return match context.project.modules.binding(call.module, *binding) {
                    Symbol::Variable(variable) => {
                        is_of_module(context, variable.module, variable.id)
                    }
                    _ => false,
                };
            }
            _ => return false,
        }
    }
}

fn is_of_module(
    context: &Context<'_>,
    module: ModuleId,
    binding: snell_extract::facts::BindingId,
) -> bool {
    let facts = context.project.modules.facts(module);
    let span = facts.binding(binding).span;
    !facts
        .functions
        .iter()
        .any(|function| function.span.contains(span))
}

/// Whether the client's class keeps the transaction of a request in a store
/// that follows asynchronous calls.
pub(super) fn follows_the_request(context: &Context<'_>, call: &ClientCall) -> bool {
    call.client.class.is_some_and(|class| {
        let module = context.project.modules.get(class.module);
        let text = &context.sources.file(module.file).text;
        follows_calls(text) || text.contains("Proxy(")
    })
}

/// Whether a module uses a store that follows asynchronous calls, where a transaction can be kept.
pub(super) fn follows_calls(text: &str) -> bool {
    const STORES: [&str; 5] = [
        "AsyncLocalStorage",
        "nestjs-cls",
        "@nestjs-cls/",
        "cls-hooked",
        "continuation-local-storage",
    ];
    STORES.iter().any(|word| text.contains(word))
}

/// `query.catch(...)`
pub(super) fn is_caught(context: &Context<'_>, call: &ClientCall) -> bool {
    let at = In {
        module: call.module,
        id: call.expression,
    };
    has_catch(context, at)
}

/// `call(...).catch(...)`
pub(super) fn has_catch(context: &Context<'_>, at: ExpressionRef) -> bool {
    let module = context.project.modules.get(at.module);
    module.context.parent(at.id).is_some_and(|parent| {
        matches!(module.facts.expression(parent),
            Expression::Member { property, .. } if property.text == "catch")
    })
}

//! Empty keys: `createHmac` takes one, and whoever sends something signs it with that.

use snell_extract::facts::{
    BindingId, BindingKind, Expression, ExpressionId, LogicalOperator, ModuleFacts, VariableKind,
};
use snell_project::module::{ExpressionRef, In};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{RULE, softened, started};
use crate::{
    rule::Context,
    rules::security::{
        calls::CallSite,
        material::{self, Material},
    },
};

/// What compares, in the text of a function.
const COMPARES: [&str; 4] = ["===", "!==", "timingSafeEqual", ".equals("];

/// A name for a name, so often at most.
const DEPTH: u32 = 4;

/// The finding at a signature that is compared with what was sent, and whose key is empty when the environment gives
/// none.
pub(super) fn finding(context: &Context<'_>, call: &CallSite<'_>) -> Option<Diagnostic> {
    if call.name != "createHmac" || !compares(context, call) {
        return None;
    }
    let key = call.argument(1)?;
    let empty = In {
        module: call.module,
        id: fallback(call.facts, key.id, DEPTH)?,
    };
    if !is_of_environment(context, call, empty) {
        return None;
    }
    let at = context.project.modules.location(empty);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        "When the environment gives no key, the empty one signs: everybody has that",
    )
    .label("`createHmac` takes it")
    .related(call.place(context), "what was sent is compared with this")
    .lowered(Severity::High, "a key that is set in the environment wins");
    if let Some(name) = softened::demanded_at_start(context, empty) {
        found = found.lowered(
            Severity::Low,
            format!("the start fails without `{name}`: the empty one is never taken"),
        );
    }
    if let Some((name, at)) = started::refused(context, empty) {
        found = found
            .related(at, format!("the start fails without `{name}`"))
            .lowered(
                Severity::Low,
                "where this is asked, the empty one is never taken",
            );
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help("stop with an error when the key is not set")
            .subject(format!("empty-key:{}", call.around(context))),
    )
}

/// Whether the function around a call compares something.
fn compares(context: &Context<'_>, call: &CallSite<'_>) -> bool {
    let owner = context.project.modules.get(call.module);
    owner.context.function(call.at).is_some_and(|function| {
        let span = call.facts.function(function).span;
        let text = context.text(context.project.modules.at(call.module, span));
        COMPARES.iter().any(|word| text.contains(word))
    })
}

/// The empty text of `key ?? ''`, through names of which nothing else is asked than that they sign.
fn fallback(facts: &ModuleFacts, id: ExpressionId, depth: u32) -> Option<ExpressionId> {
    let depth = depth.checked_sub(1)?;
    let id = facts.unwrap_casts(id);
    match facts.expression(id) {
        Expression::Logical {
            operator: LogicalOperator::Or | LogicalOperator::Coalesce,
            right,
            ..
        } => {
            let right = facts.unwrap_casts(*right);
            matches!(facts.expression(right), Expression::String(text) if text.is_empty())
                .then_some(right)
        }
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => {
            let given = facts.given(id).filter(|_| is_constant(facts, *binding))?;
            // One more use may be a question whether it is there.
            let used = facts.uses(*binding);
            (used.len() == 1)
                .then(|| fallback(facts, given, depth))
                .flatten()
        }
        _ => None,
    }
}

fn is_constant(facts: &ModuleFacts, binding: BindingId) -> bool {
    matches!(
        facts.binding(binding).kind,
        BindingKind::Variable {
            kind: VariableKind::Const,
            ..
        }
    )
}

/// Whether what stands before the empty text comes from the environment.
fn is_of_environment(context: &Context<'_>, call: &CallSite<'_>, empty: ExpressionRef) -> bool {
    let mut all = call.facts.expressions.iter();
    all.any(|node| match &node.kind {
        Expression::Logical { left, right, .. } if call.facts.unwrap_casts(*right) == empty.id => {
            let left = In {
                module: call.module,
                id: *left,
            };
            material::of(context.project, left) == Material::Environment
        }
        _ => false,
    })
}

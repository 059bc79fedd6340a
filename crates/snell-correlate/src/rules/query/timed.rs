//! What runs later than the code around it.

use snell_extract::facts::Expression;
use snell_flow::Loop;
use snell_project::module::ExpressionRef;

use crate::rule::Context;

/// Whether a timer calls what stands around an expression; `around` is a loop in the same function,
/// in whose rounds the timer has to be set.
pub(super) fn is_timed(context: &Context<'_>, at: ExpressionRef, around: Option<&Loop>) -> bool {
    const TIMERS: [&str; 3] = ["setInterval", "setTimeout", "setImmediate"];
    let module = context.project.modules.get(at.module);
    let mut function = module.context.function(at.id);
    while let Some(id) = function {
        let callback = module.context.function_expression(id);
        let call = callback.and_then(|callback| module.context.parent(callback));
        if let Some(call) = call
            && let Expression::Call { callee, .. } = module.facts.expression(call)
            && let Expression::Identifier { name, .. } = module.facts.expression(*callee)
        {
            let start = module.facts.span(call).start;
            let inside = around.is_none_or(|around| around.at.span.start < start);
            if inside && TIMERS.contains(&name.as_str()) {
                return true;
            }
        }
        function = module.facts.function(id).parent;
    }
    false
}

//! What only a log is told of.

use snell_extract::facts::{Expression, ExpressionId, ModuleFacts, Pattern};
use snell_project::module::ModuleId;

use crate::{rule::Context, support::name_words};

/// Functions that keep what they are told.
pub(super) const KEEPS: [&str; 16] = [
    "log",
    "error",
    "warn",
    "debug",
    "info",
    "verbose",
    "trace",
    "fatal",
    "captureException",
    "captureMessage",
    "addBreadcrumb",
    "setContext",
    "setExtra",
    "recordException",
    "track",
    "includes",
];

/// Whether a method that is called keeps what it is told: one of these, and each of a logger.
pub(super) fn is_keeper(facts: &ModuleFacts, callee: ExpressionId) -> bool {
    matches!(facts.expression(callee), Expression::Member { object, property, .. }
        if KEEPS.contains(&property.text.as_str()) || is_logger(facts, *object))
}

/// `logger`, `this.auditLogger`, `this.logger.child({})`, `getLogger()`
fn is_logger(facts: &ModuleFacts, id: ExpressionId) -> bool {
    let says = |name: &str| {
        let words = name_words::split(name);
        let last = words.last().map(String::as_str);
        matches!(last, Some("logger" | "log" | "console"))
    };
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => says(name),
        Expression::Member {
            object, property, ..
        } => says(&property.text) || is_logger(facts, *object),
        Expression::Call { callee, .. } => is_logger(facts, *callee),
        _ => false,
    }
}

/// Whether a variable is handed to nothing but what keeps it.
pub(super) fn is_kept(context: &Context<'_>, module: ModuleId, target: &Pattern) -> bool {
    let Pattern::Binding(binding) = target else {
        return false;
    };
    let owner = context.project.modules.get(module);
    let (facts, context) = (&owner.facts, &owner.context);
    let mut uses = facts.uses(*binding).iter().peekable();
    uses.peek().is_some()
        && uses.all(|read| {
            let mut at = *read;
            // A part of a text, or of what is handed over as a whole.
            while let Some(parent) = context.parent(at) {
                match facts.expression(parent) {
                    Expression::Call { callee, .. } => {
                        return is_keeper(facts, *callee);
                    }
                    Expression::Template { .. }
                    | Expression::Conditional { .. }
                    | Expression::Binary { .. }
                    | Expression::Logical { .. }
                    | Expression::Object(_)
                    | Expression::Array(_) => at = parent,
                    _ => return false,
                }
            }
            false
        })
}

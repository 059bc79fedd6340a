//! What only a log is told of.

use snell_extract::facts::{Expression, Pattern};
use snell_project::module::ModuleId;

use crate::rule::Context;

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
                        return matches!(facts.expression(*callee),
                            Expression::Member { property, .. } if KEEPS.contains(&property.text.as_str()));
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

//! Calls that are not followed: which of them may say whose a row is.

use snell_extract::facts::Expression;
use snell_project::{
    Project,
    module::{ExpressionRef, In},
    types::{Type, Types},
};

/// Methods that report, and decide nothing.
const HARMLESS: [&str; 24] = [
    "log",
    "debug",
    "warn",
    "error",
    "info",
    "verbose",
    "trace",
    "emit",
    "track",
    "capture",
    "identify",
    "increment",
    "observe",
    "addBreadcrumb",
    "captureException",
    "captureMessage",
    "setTag",
    "setUser",
    "json",
    "status",
    "send",
    "setHeader",
    "cookie",
    "assign",
];

/// Words in the names of packages whose answer may say whose a row is: those
/// that sign in or decide, and those that ask another server.
const MAY_DECIDE: [&str; 28] = [
    "auth", "clerk", "casbin", "casl", "fga", "permit", "oso", "cerbos", "keycloak", "supabase",
    "firebase", "workos", "kinde", "stytch", "descope", "cognito", "passport", "jwt", "jose",
    "zenstack", "prisma", "nestjs", "axios", "got", "fetch", "undici", "http", "rxjs",
];

/// Whether a call goes to a package that cannot know whose a row is: it
/// neither signs in nor decides who may do what, nor asks another server.
pub(super) fn knows_no_rows(project: &Project, at: ExpressionRef) -> bool {
    let facts = project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return false;
    };
    // `this.openai.chat.completions.create()`: by the first part that has a type.
    let types = Types::new(&project.modules);
    let mut part = *callee;
    loop {
        part = match facts.expression(part) {
            Expression::Member { object, .. } => *object,
            Expression::Call { callee, .. } => *callee,
            _ => return false,
        };
        let of = types.of(In {
            module: at.module,
            id: part,
        });
        match of {
            Type::External(specifier, _) => {
                let lower = specifier.to_ascii_lowercase();
                return !MAY_DECIDE.iter().any(|word| lower.contains(word));
            }
            Type::Unknown | Type::Function(_) => {}
            _ => return false,
        }
    }
}

/// Whether a call reports something, and decides nothing.
pub(super) fn is_harmless(project: &Project, at: ExpressionRef) -> bool {
    let facts = project.modules.facts(at.module);
    let callee = match facts.expression(at.id) {
        Expression::Call { callee, .. } => *callee,
        // `new Date(...)` and tagged text decide nothing.
        _ => return true,
    };
    let Expression::Member {
        object, property, ..
    } = facts.expression(callee)
    else {
        return false;
    };
    let receiver = match facts.expression(*object) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    let receiver = receiver.to_ascii_lowercase();
    HARMLESS.contains(&property.text.as_str())
        || ["logger", "console", "metrics", "analytics"]
            .iter()
            .any(|word| receiver.contains(word))
}

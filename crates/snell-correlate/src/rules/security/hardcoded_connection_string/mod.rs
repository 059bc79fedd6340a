//! Passwords of databases that stand in the code.

mod roles;

use snell_extract::facts::{Expression, ExpressionId, ExpressionKind, ModuleFacts};
use snell_project::module::ModuleId;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use super::calls;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/hardcoded-connection-string",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "The password of a database stands in the code",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words that stand for a password, and are none.
const PLACEHOLDERS: [&str; 14] = [
    "password", "pass", "pwd", "secret", "user", "username", "postgres", "mysql", "root", "admin",
    "prisma", "test", "example", "changeme",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (module, facts) in calls::modules(context) {
        for (id, node) in facts.all([ExpressionKind::String, ExpressionKind::Template]) {
            let written = matches!(&node.kind, Expression::String(_))
                || matches!(&node.kind, Expression::Template { values, .. } if values.is_empty());
            if written {
                let at = context.project.modules.at(module, node.span);
                if let Some(secret) = password(context, at) {
                    let fallback = is_fallback(context, module, facts, id);
                    let subject = calls::around(context, module, id);
                    found.push(finding(at, secret, fallback, &subject));
                }
            }
        }
    }
    for (_, schema) in context.project.schemas.iter() {
        found.extend(roles::findings(context, schema));
        for source in schema.datamodel.datasources() {
            let at = schema.location(source.at);
            let text = context.text(at);
            let Some(start) = text.find("://").and_then(|end| text[..end].rfind('"')) else {
                continue;
            };
            let Some(length) = text[start + 1..].find('"') else {
                continue;
            };
            let literal = inside(at, start, length + 2);
            if let Some(secret) = password(context, literal) {
                found.push(finding(literal, secret, false, schema.path.as_str()));
            }
        }
    }
    found
}

/// A part of a location's text.
fn inside(at: Location, start: usize, length: usize) -> Location {
    let start = at.span.start + u32::try_from(start).unwrap_or_default();
    Location {
        file: at.file,
        span: Span::new(start, start + u32::try_from(length).unwrap_or_default()),
    }
}

/// The password in the address of a database that is not on this machine.
fn password(context: &Context<'_>, at: Location) -> Option<Location> {
    let text = context.text(at);
    let whole = text.trim_matches(['"', '\'', '`']);
    let scheme = whole.split_once("://")?.0;
    if !matches!(
        scheme,
        "postgres"
            | "postgresql"
            | "mysql"
            | "mongodb"
            | "mongodb+srv"
            | "redis"
            | "rediss"
            | "sqlserver"
            | "amqp"
            | "amqps"
    ) {
        return None;
    }
    let begin = text.find("://")? + 3;
    let rest = &text[begin..];
    let authority = rest.split(['/', '?', '"', '\'', '`']).next()?;
    let (credentials, host) = authority.rsplit_once('@')?;
    let (user, secret) = credentials.split_once(':')?;
    let host = host.split(':').next()?;
    if secret.is_empty() || is_near(host) || is_placeholder(user, secret) {
        return None;
    }
    Some(inside(at, begin + user.len() + 1, secret.len()))
}

/// A host of this machine, of a compose file, or of an example.
fn is_near(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    !lower.contains('.')
        || lower.starts_with("127.")
        || lower.starts_with("0.0.0.0")
        || lower.ends_with(".local")
        || lower.ends_with(".internal")
        || lower.contains("localhost")
        || lower.contains("example")
        || lower.contains("your")
        || lower == "host.com"
}

fn is_placeholder(user: &str, secret: &str) -> bool {
    let lower = secret.to_ascii_lowercase();
    PLACEHOLDERS.contains(&lower.as_str())
        || lower.contains(['<', '>', '[', ']', '{', '$', '%', '*'])
        || lower.contains("xxx")
        || lower.contains("your")
        || user.eq_ignore_ascii_case(secret)
}

/// `process.env.DATABASE_URL || '...'`
fn is_fallback(
    context: &Context<'_>,
    module: ModuleId,
    facts: &ModuleFacts,
    id: ExpressionId,
) -> bool {
    let parent = context.project.modules.get(module).context.parent(id);
    parent.is_some_and(|parent| {
        matches!(facts.expression(parent), Expression::Logical { right, .. } if *right == id)
    })
}

fn finding(at: Location, secret: Location, fallback: bool, subject: &str) -> Diagnostic {
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        "The password of a database stands in the code",
    )
    .label("whoever can read the code can read and write the database")
    .secret(secret);
    if fallback {
        found = found.lowered(
            Severity::High,
            "an address that is set in the environment wins",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help("read the address from the environment, and change the password: this one is known")
        .subject(format!("address:{subject}"))
}

//! Connections whose other end is not asked who it is.

use snell_extract::facts::{Expression, ExpressionKind, ModuleFacts, Pattern, Property};
use snell_project::module::ModuleId;
use snell_source::{
    Confidence, Diagnostic, DiagnosticBuilder, Preset, RuleMetadata, Severity, Span,
};

use super::calls;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/insecure-ssl",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The certificate of a server is not checked",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words of modules that connect to a database.
const CONNECTS: [&str; 7] = [
    "PrismaPg",
    "'pg'",
    "\"pg\"",
    "Pool(",
    "connectionString",
    "DATABASE_URL",
    "datasourceUrl",
];

/// Words of modules that connect to another server.
const CONNECTS_ELSEWHERE: [&str; 1] = ["ioredis"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (module, facts) in calls::modules(context) {
        let database = calls::mentions(context, module, &CONNECTS);
        let connects = database || calls::mentions(context, module, &CONNECTS_ELSEWHERE);
        for (id, node) in facts.all([ExpressionKind::Object, ExpressionKind::Assign]) {
            match &node.kind {
                Expression::Object(properties) if connects => {
                    found.extend(
                        properties
                            .iter()
                            .filter_map(|property| unchecked(facts, property))
                            .map(|span| {
                                let what = match database {
                                    true => "the certificate of the database is not checked",
                                    false => "the certificate of the server is not checked",
                                };
                                let one = finding(context, module, span, what);
                                match chosen(facts) {
                                    true => one.lowered(
                                        Severity::Low,
                                        "a setting chooses: beside it stands a connection that is checked",
                                    ),
                                    false => one,
                                }
                                .subject(format!("ssl:{}", calls::around(context, module, id)))
                            }),
                    );
                }
                Expression::Assign { target, value, .. } => {
                    let off = matches!(facts.expression(*value), Expression::String(text) if text == "0")
                        || matches!(facts.expression(*value), Expression::Number(text) if text == "0");
                    if off && names_switch(facts, target) {
                        let what = "no certificate of any server is checked";
                        let subject = format!("ssl:{}", calls::around(context, module, id));
                        found.push(finding(context, module, node.span, what).subject(subject));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Whether another object of the module has `rejectUnauthorized: true`: which of both is
/// given out depends on how the application is set up (`sslmode`).
fn chosen(facts: &ModuleFacts) -> bool {
    facts
        .all([ExpressionKind::Object])
        .any(|(_, node)| match &node.kind {
            Expression::Object(properties) => properties.iter().any(|property| {
                matches!(property, Property::Value { key, value, .. }
                if key.name().is_some_and(|name| name.text == "rejectUnauthorized")
                    && matches!(facts.expression(*value), Expression::Boolean(true)))
            }),
            _ => false,
        })
}

/// `rejectUnauthorized: false`
fn unchecked(facts: &ModuleFacts, property: &Property) -> Option<Span> {
    match property {
        Property::Value {
            key, value, span, ..
        } if key
            .name()
            .is_some_and(|name| name.text == "rejectUnauthorized")
            && matches!(facts.expression(*value), Expression::Boolean(false)) =>
        {
            Some(*span)
        }
        _ => None,
    }
}

/// `process.env.NODE_TLS_REJECT_UNAUTHORIZED`
fn names_switch(facts: &snell_extract::facts::ModuleFacts, target: &Pattern) -> bool {
    let Pattern::Expression(place) = target else {
        return false;
    };
    let switch = "NODE_TLS_REJECT_UNAUTHORIZED";
    match facts.expression(*place) {
        Expression::Member { property, .. } => property.text == switch,
        Expression::Index { index, .. } => {
            matches!(facts.expression(*index), Expression::String(text) if text == switch)
        }
        _ => false,
    }
}

fn finding(context: &Context<'_>, module: ModuleId, span: Span, what: &str) -> DiagnosticBuilder {
    let at = context.project.modules.at(module, span);
    let mut message = what.to_owned();
    if let Some(first) = message.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    Diagnostic::at(&RULE.metadata, at, message)
        .label("whoever stands between can read and change everything")
        .confidence(Confidence::Likely)
        .help("give the certificate of the authority that signed it: `ssl: { ca: ... }`, or `sslmode=verify-full`")
}

//! Tokens that are signed for whomever the client names.

mod codes;
mod subject;
mod walk;

use snell_project::endpoint::{Endpoint, Given};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

pub(in crate::rules) use self::walk::is_sign;
use self::{
    subject::{Subject, subject},
    walk::{Signed, signed},
};
use super::tell;
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/token-for-anyone",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "An endpoint gives a token or a code for whomever the client names, and asks for no proof",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of endpoints that are not for people who have an account.
const OTHERS: [&str; 8] = [
    "guest", "anonym", "visitor", "demo", "dev", "test", "mock", "seed",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for entered in context.flow.endpoints() {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        let judged = functions::is_application(context.project, endpoint.module)
            && !entered.summary.cut
            && is_open(endpoint);
        if !judged {
            continue;
        }
        found.extend(codes::finding(context, endpoint, &entered.summary));
        let Some(signed) = signed(context, &entered.summary) else {
            continue;
        };
        if let Some(subject) = subject(context, &signed) {
            found.push(finding(context, endpoint, &signed, &subject));
        }
    }
    found
}

/// Whether anybody comes to an endpoint, and nothing that it is handed may say who they are.
fn is_open(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    let lower = endpoint.name.to_ascii_lowercase();
    endpoint.kind.is_request()
        && endpoint.class.is_some()
        && access.asks_nothing()
        && !OTHERS.iter().any(|word| lower.contains(word))
        && !endpoint.parameters.iter().any(|given| match given {
            Given::Identity | Given::Unknown => true,
            given => given.may_prove(),
        })
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    signed: &Signed<'_>,
    subject: &Subject,
) -> Diagnostic {
    let mut found = Diagnostic::at(
        &RULE.metadata,
        tell::callee(context, signed.at),
        format!(
            "`{}` signs a token for whomever `{}` names",
            endpoint.name, subject.key
        ),
    )
    .label("nothing before it asks for a proof of who that is")
    .related(endpoint.at, "everybody can call it");
    if let Some(call) = subject.row {
        found = found.related(
            tell::operation(context, call),
            format!("found by `{}` alone", subject.key),
        );
    }
    for at in signed.trail.iter().take(2) {
        found = found.related(tell::callee(context, *at), "this call leads to it");
    }
    if let Some(at) = subject.decoded {
        found = found.related(
            tell::callee(context, at),
            "reads what the token says and verifies nothing: whoever sends it can write that",
        );
    } else if !signed.looks_up {
        found = found.lowered(
            Severity::High,
            "no row is looked up: it may be there for another system, which nothing says",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help("sign only after a proof: a password that is compared, a code that was sent, a token of the identity provider that is verified; or take who asks from a guard")
        .subject(format!("endpoint:{} key:{}", endpoint.name, subject.key))
}

//! Calls that ask another system over the network.

use snell_extract::facts::Expression;
use snell_project::{
    Project,
    module::{ExpressionRef, In, Symbol},
    types::{Type, Types},
};

/// Packages whose calls go over the network: names, or what names begin with.
const REMOTE: [&str; 32] = [
    "axios",
    "@nestjs/axios",
    "got",
    "ky",
    "node-fetch",
    "undici",
    "superagent",
    "cross-fetch",
    "openai",
    "@anthropic-ai/",
    "@google/generative-ai",
    "@google/genai",
    "@mistralai/",
    "cohere-ai",
    "replicate",
    "stripe",
    "@paypal/",
    "braintree",
    "@aws-sdk/client-",
    "@azure/",
    "@google-cloud/",
    "nodemailer",
    "resend",
    "@sendgrid/",
    "postmark",
    "mailgun",
    "twilio",
    "@slack/",
    "@octokit/",
    "firebase-admin",
    "@clerk/backend",
    "@clerk/clerk-sdk-node",
];

/// The other system that a call asks: the package, or `fetch`.
#[must_use]
pub fn remote(project: &Project, types: &Types<'_>, at: ExpressionRef) -> Option<String> {
    let facts = project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return None;
    };
    let mut callee = facts.unwrap_casts(*callee);
    if let Expression::Identifier {
        name,
        binding: None,
    } = facts.expression(callee)
    {
        return (name == "fetch").then(|| "fetch".to_owned());
    }
    loop {
        let here = In {
            module: at.module,
            id: callee,
        };
        if let Some(specifier) = package(project, types, here) {
            return is_remote(&specifier).then_some(specifier);
        }
        match facts.expression(callee) {
            Expression::Member { object, .. } => callee = facts.unwrap_casts(*object),
            _ => return None,
        }
    }
}

/// The package that a name or a value comes from.
fn package(project: &Project, types: &Types<'_>, at: ExpressionRef) -> Option<String> {
    let facts = project.modules.facts(at.module);
    if let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(at.id)
        && let Symbol::External { specifier, .. } = project.modules.binding(at.module, *binding)
    {
        return Some(specifier.to_string());
    }
    match types.of(at) {
        Type::External(specifier, _) => Some(specifier.to_string()),
        _ => None,
    }
}

fn is_remote(specifier: &str) -> bool {
    REMOTE.iter().any(|name| match name.ends_with(['/', '-']) {
        true => specifier.starts_with(name),
        false => specifier == *name || specifier.starts_with(&format!("{name}/")),
    })
}

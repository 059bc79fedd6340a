//! Calls of packages: which, and whether they ask another system over the network.

use snell_extract::facts::{BindingKind, Expression};
use snell_project::{
    Project,
    module::{ExpressionRef, In, Symbol},
    types::{Type, Types},
};

/// Packages whose calls go over the network: names, or what names begin with.
const REMOTE: [&str; 58] = [
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
    "cloudinary",
    "googleapis",
    "google-auth-library",
    "minio",
    "pusher",
    "ably",
    "web-push",
    "expo-server-sdk",
    "algoliasearch",
    "groq-sdk",
    "ollama",
    "razorpay",
    "plaid",
    "telegraf",
    "discord.js",
    "mailgun.js",
    "@getbrevo/",
    "@mailchimp/",
    "@nestjs-modules/mailer",
    "@hubspot/",
    "@vercel/blob",
    "@pinecone-database/",
    "@qdrant/",
    "@elastic/elasticsearch",
    "@supabase/supabase-js",
    "@upstash/",
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

/// The package that a call is of, and the function of it that is called; of
/// `promisify(scrypt)` the function that it wraps.
#[must_use]
pub fn foreign_call(
    project: &Project,
    types: &Types<'_>,
    at: ExpressionRef,
) -> Option<(String, String)> {
    let facts = project.modules.facts(at.module);
    let Expression::Call { callee, .. } = facts.expression(at.id) else {
        return None;
    };
    let callee = In {
        module: at.module,
        id: facts.unwrap_casts(*callee),
    };
    foreign(project, types, callee).or_else(|| {
        let wrapped = promisified(project, callee)?;
        foreign(project, types, wrapped)
    })
}

/// `bcrypt.hash`, `hash` of `import { hash } from 'bcrypt'`, `sharp(...).toBuffer`.
fn foreign(
    project: &Project,
    types: &Types<'_>,
    callee: ExpressionRef,
) -> Option<(String, String)> {
    let facts = project.modules.facts(callee.module);
    if let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(callee.id)
    {
        return match project.modules.binding(callee.module, *binding) {
            Symbol::External { specifier, name } => Some((specifier.to_string(), name.to_string())),
            _ => None,
        };
    }
    let Expression::Member {
        object, property, ..
    } = facts.expression(callee.id)
    else {
        return None;
    };
    let mut at = facts.unwrap_casts(*object);
    loop {
        let here = In {
            module: callee.module,
            id: at,
        };
        if let Some(specifier) = package(project, types, here) {
            return Some((specifier, property.text.to_string()));
        }
        match facts.expression(at) {
            Expression::Member { object, .. } => at = facts.unwrap_casts(*object),
            Expression::Call { callee, .. } => at = facts.unwrap_casts(*callee),
            _ => return None,
        }
    }
}

/// What `promisify(...)` is handed, where a variable holds its result.
fn promisified(project: &Project, callee: ExpressionRef) -> Option<ExpressionRef> {
    let facts = project.modules.facts(callee.module);
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(callee.id)
    else {
        return None;
    };
    let Symbol::Variable(variable) = project.modules.binding(callee.module, *binding) else {
        return None;
    };
    let facts = project.modules.facts(variable.module);
    let BindingKind::Variable {
        init: Some(init), ..
    } = &facts.binding(variable.id).kind
    else {
        return None;
    };
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(facts.unwrap_casts(init.value))
    else {
        return None;
    };
    let name = match facts.expression(*callee) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return None,
    };
    let first = arguments.first().filter(|_| name == "promisify")?;
    Some(In {
        module: variable.module,
        id: facts.unwrap_casts(first.value),
    })
}

//! Signatures over a text that was made again.

use snell_extract::facts::{Expression, ExpressionId};
use snell_project::module::{In, ModuleId, Symbol};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::calls::{self, CallSite};
use crate::{
    rule::{Context, Rule},
    support::declared,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/webhook-raw-body",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A webhook's signature is compared with a text that was not signed",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Packages whose functions verify signatures of webhooks.
const PACKAGES: [&str; 7] = [
    "svix",
    "standardwebhooks",
    "stripe",
    "@clerk/",
    "@octokit/webhooks",
    "@paddle/",
    "@lemonsqueezy/",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    calls::modules(context)
        .filter(|(_, facts)| calls::imports(facts, &PACKAGES))
        .flat_map(|(module, facts)| calls::of_module(module, facts))
        .filter_map(|call| finding(context, &call))
        .collect()
}

fn finding(context: &Context<'_>, call: &CallSite<'_>) -> Option<Diagnostic> {
    let verifies = matches!(
        call.name,
        "constructEvent" | "constructEventAsync" | "verifyWebhook" | "unwrap" | "verifySignature"
    ) || call.name == "verify" && call.arguments.len() == 2;
    if !verifies {
        return None;
    }
    let body = call.argument(0)?;
    let made = made_again(context, call.module, body.id, 4)?;
    let modules = &context.project.modules;
    let at = modules.at(call.module, call.facts.span(made));
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        "The signature is compared with a text that was made from the parsed body",
    )
    .label("spaces, order and escapes need not be those that were signed");
    if !call.facts.span(call.at).contains(call.facts.span(made)) {
        found = found.related(call.place(context), "verified here");
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help("use what came: `NestFactory.create(AppModule, { rawBody: true })` and `request.rawBody`")
            .subject(format!("webhook:{}", call.around(context))),
    )
}

/// `JSON.stringify(...)`, also through names.
fn made_again(
    context: &Context<'_>,
    module: ModuleId,
    id: ExpressionId,
    depth: u32,
) -> Option<ExpressionId> {
    let depth = depth.checked_sub(1)?;
    let facts = context.project.modules.facts(module);
    let id = facts.unwrap_casts(id);
    match facts.expression(id) {
        Expression::Call {
            callee, arguments, ..
        } => match facts.expression(*callee) {
            Expression::Member {
                object, property, ..
            } if property.text == "stringify"
                && matches!(facts.expression(*object), Expression::Identifier { name, .. } if name == "JSON") =>
            {
                Some(id)
            }
            // `Buffer.from(JSON.stringify(body))`
            Expression::Member { property, .. } if property.text == "from" => {
                made_again(context, module, arguments.first()?.value, depth)
            }
            _ => None,
        },
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => {
            let symbol = context.project.modules.binding(module, *binding);
            if !matches!(symbol, Symbol::Variable(_)) {
                return None;
            }
            let In {
                module: other,
                id: value,
            } = declared::initializer(context, symbol)?;
            (other == module)
                .then(|| made_again(context, module, value, depth))
                .flatten()
        }
        _ => None,
    }
}

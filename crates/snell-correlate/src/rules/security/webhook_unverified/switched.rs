//! Signatures that are looked at only where what is needed for that is there: a secret among the settings, a
//! header that who sends may leave out.

use rustc_hash::FxHashSet;
use snell_extract::facts::{
    Expression, ExpressionId, FunctionBody, FunctionId, LogicalOperator, ModuleFacts, Statement,
    StatementNode,
};
use snell_project::module::{FunctionRef, In, ModuleId};
use snell_source::{Confidence, Diagnostic, Severity, Span};

use super::RULE;
use crate::{
    functions,
    rule::Context,
    rules::security::setting::{Settings, flat},
};

/// Words of code that compares a signature or a secret.
const COMPARES: [&str; 5] = [
    "createhmac",
    "timingsafeequal",
    "constructevent",
    "verify",
    "!==",
];

/// Words in the names of what is compared.
const PROOFS: [&str; 4] = ["signature", "secret", "hmac", "digest"];

/// Words of statements that refuse.
const REFUSES: [&str; 7] = [
    "throw",
    "return false",
    "401",
    "403",
    "unauthorized",
    "forbidden",
    "badrequest",
];

/// What has to be there before anything is looked at.
#[derive(Default)]
struct Needed {
    /// A setting.
    setting: bool,
    /// What who sends may leave out.
    sent: Option<ExpressionId>,
}

/// One finding for each function, but for `idle` ones: handlers that change nothing.
pub(super) fn findings(
    context: &Context<'_>,
    module: ModuleId,
    facts: &ModuleFacts,
    idle: &FxHashSet<FunctionRef>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (n, function) in (0u32..).zip(&facts.functions) {
        let FunctionBody::Block(body) = &function.body else {
            continue;
        };
        let settings = Settings {
            context,
            module,
            class: function.class.map(|id| facts.class(id)),
        };
        if function.parent.is_some() || !is_about_webhooks(&settings, function.span) {
            continue;
        }
        let name = function
            .name
            .as_ref()
            .map(|name| name.text.to_ascii_lowercase());
        // What is done with a function that refuses is done by who calls it.
        let refuses = name.is_some_and(|name| name.contains("verif") || name.contains("valid"));
        let all = flat(body, None);
        for (_, statement) in &all {
            let Statement::If {
                test,
                then,
                otherwise,
            } = &statement.kind
            else {
                continue;
            };
            let silent = otherwise
                .as_ref()
                .is_none_or(|block| !holds_refusal(&settings, block));
            let Some(needed) = needed(&settings, *test).filter(|_| silent) else {
                continue;
            };
            let next = all
                .iter()
                .map(|(_, other)| *other)
                .filter(|other| other.span.start >= statement.span.end)
                .min_by_key(|other| other.span.start);
            let goes_on = match next {
                Some(next) => !is_refusal(&settings, next),
                None => refuses,
            };
            if goes_on && compares(&settings, then) {
                let function = In {
                    module,
                    id: FunctionId(n),
                };
                if idle.contains(&function) {
                    break;
                }
                let earlier = all
                    .iter()
                    .filter(|(_, other)| other.span.end <= statement.span.start);
                let refused = earlier
                    .into_iter()
                    .any(|(_, other)| refuses_where_it_counts(&settings, other));
                found.push(tell(
                    &settings,
                    &functions::name(context.project, function),
                    *test,
                    &needed,
                    refused,
                ));
                break;
            }
        }
    }
    found
}

/// `if (process.env.NODE_ENV === 'production' && !secret) throw ...`
fn refuses_where_it_counts(settings: &Settings<'_>, statement: &StatementNode) -> bool {
    let Statement::If { test, then, .. } = &statement.kind else {
        return false;
    };
    let facts = settings.facts();
    let Expression::Logical {
        operator: LogicalOperator::And,
        left,
        right,
    } = facts.expression(facts.unwrap_casts(*test))
    else {
        return false;
    };
    let both = |place: ExpressionId, missing: ExpressionId| {
        settings.asks_where(facts.span(place)) && settings.absent(missing).is_some()
    };
    (both(*left, *right) || both(*right, *left)) && holds_refusal(settings, then)
}

/// Whether a function, or its class, speaks of what other systems send.
fn is_about_webhooks(settings: &Settings<'_>, span: Span) -> bool {
    let says = |lower: &str| lower.contains("webhook") || lower.contains("x-hub-signature");
    let of_class = || {
        settings.class.is_some_and(|class| {
            let name = class.name.as_ref();
            let named = name.is_some_and(|name| says(&name.text.to_ascii_lowercase()));
            let mut decorators = class.decorators.iter();
            named || decorators.any(|one| says(&settings.text(one.span).to_ascii_lowercase()))
        })
    };
    says(&settings.text(span).to_ascii_lowercase()) || of_class()
}

/// What a condition asks to be there, where it asks for nothing else.
fn needed(settings: &Settings<'_>, test: ExpressionId) -> Option<Needed> {
    let mut needed = Needed::default();
    conjuncts(settings, test, &mut needed)?;
    (needed.setting || needed.sent.is_some()).then_some(needed)
}

fn conjuncts(settings: &Settings<'_>, test: ExpressionId, needed: &mut Needed) -> Option<()> {
    let facts = settings.facts();
    let test = facts.unwrap_casts(test);
    let lower = settings.text(facts.span(test)).to_ascii_lowercase();
    match facts.expression(test) {
        Expression::Logical {
            operator: LogicalOperator::And,
            left,
            right,
        } => {
            conjuncts(settings, *left, needed)?;
            conjuncts(settings, *right, needed)
        }
        _ if settings.is_setting(test) => {
            needed.setting = true;
            Some(())
        }
        Expression::Identifier { .. } | Expression::Member { .. } | Expression::Index { .. } => {
            if lower.contains("signature") || lower.contains("header") {
                needed.sent = Some(test);
            } else if lower.contains("secret") {
                needed.setting = true;
            } else if !["raw", "body", "prod"]
                .iter()
                .any(|word| lower.contains(word))
            {
                return None;
            }
            Some(())
        }
        _ => None,
    }
}

/// Whether a block compares what proves who sent something, and refuses.
fn compares(settings: &Settings<'_>, block: &[StatementNode]) -> bool {
    let (Some(first), Some(last)) = (block.first(), block.last()) else {
        return false;
    };
    let lower = settings
        .text(first.span.cover(last.span))
        .to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let verifies = lower.contains("verif") && lower.contains('(');
    says(&COMPARES) && says(&PROOFS) && (says(&REFUSES) || verifies)
}

fn holds_refusal(settings: &Settings<'_>, block: &[StatementNode]) -> bool {
    block
        .iter()
        .any(|statement| is_refusal(settings, statement))
}

fn is_refusal(settings: &Settings<'_>, statement: &StatementNode) -> bool {
    let lower = settings.text(statement.span).to_ascii_lowercase();
    let plain = matches!(statement.kind, Statement::Throw(_) | Statement::Return(_));
    match &statement.kind {
        Statement::If {
            then, otherwise, ..
        } => {
            holds_refusal(settings, then)
                || otherwise
                    .as_ref()
                    .is_some_and(|block| holds_refusal(settings, block))
        }
        _ => plain && REFUSES.iter().any(|word| lower.contains(word)),
    }
}

/// `refused` says that where the application is in production, it refuses everything without the setting.
fn tell(
    settings: &Settings<'_>,
    name: &str,
    test: ExpressionId,
    needed: &Needed,
    refused: bool,
) -> Diagnostic {
    let context = settings.context;
    let facts = settings.facts();
    let at = context
        .project
        .modules
        .at(settings.module, facts.span(test));
    let found = match needed.sent {
        Some(sent) => {
            let what = functions::short(settings.text(facts.span(sent)));
            Diagnostic::at(
                &RULE.metadata,
                at,
                format!("`{name}` believes every webhook that comes without `{what}`"),
            )
            .label("who leaves it out is not asked for a signature")
        }
        None => {
            let what = functions::short(settings.text(facts.span(test)));
            let found = Diagnostic::at(
                &RULE.metadata,
                at,
                format!("`{name}` believes every webhook when `{what}` does not hold"),
            )
            .label("the signature is not verified wherever the setting was forgotten");
            match refused {
                true => found.lowered(Severity::Medium, super::ASKS_WHERE),
                false => {
                    found.lowered(Severity::High, "with the setting the signature is verified")
                }
            }
        }
    };
    found
        .confidence(Confidence::Likely)
        .help("refuse what has no signature, and refuse everything while there is no secret to verify it by")
        .subject(format!("function:{name}"))
}

//! Keys that stand in the code.

mod doors;
mod empty;
mod softened;
mod started;

use smol_str::SmolStr;
use snell_extract::facts::{
    Expression, ExpressionId, ExpressionKind, LogicalOperator, ModuleFacts,
};
use snell_project::module::{ExpressionRef, In, ModuleId, Symbol};
use snell_source::{
    Confidence, Diagnostic, DiagnosticBuilder, Location, Preset, RuleMetadata, Severity,
};

use super::{
    calls::{self, CallSite},
    material::{self, Material},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/hardcoded-key",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A key that encrypts or signs stands in the code",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for call in calls::all(context) {
        found.extend(empty::finding(context, &call));
        let Some((key, does)) = key(context, &call) else {
            continue;
        };
        let used = Used {
            module: call.module,
            place: call.place(context),
            around: call.around(context),
        };
        let unused = softened::unused_strategy(context, &call);
        if let Some(found_here) = finding(context, &used, key, does) {
            let found_here = match unused {
                Some(name) => found_here.lowered(
                    Severity::Low,
                    format!(
                        "no guard asks for the strategy `{name}`: nothing is verified with this key"
                    ),
                ),
                None => found_here,
            };
            tell(
                context,
                &mut found,
                found_here.subject(format!("key:{}", used.around)),
            );
        }
    }
    for (key, used) in doors::compared(context) {
        if let Some(found_here) = finding(context, &used, key, "lets in whoever sends it") {
            tell(
                context,
                &mut found,
                found_here.subject(format!("key:{}", used.around)),
            );
        }
    }
    found.extend(accounts(context));
    found
}

/// Files of keys that let programs into a service.
fn accounts(context: &Context<'_>) -> impl Iterator<Item = Diagnostic> {
    context.project.beside.keys.iter().map(|key| {
        let path = &context.sources.file(key.at.file).path;
        let of = key.account.as_ref();
        let of = of.map_or_else(String::new, |account| format!(" `{account}`"));
        Diagnostic::at(
            &RULE.metadata,
            key.at,
            format!("The private key of the service account{of} is a file of the repository"),
        )
        .label("whoever has the repository, or its history, is this account")
        .secret(key.at)
        .confidence(Confidence::Likely)
        .help("revoke the key where it was given out, and make a new one; keep it out of the repository (a secret of the deployment, or the identity of the machine), and take the file out with `git rm --cached` and an entry in `.gitignore`")
        .subject(format!("account-key:{path}"))
    })
}

/// Where a key is used.
struct Used {
    module: ModuleId,
    /// What uses it.
    place: Location,
    /// The function around it, for subjects.
    around: String,
}

/// One key is one fault, however often it is used and wherever it is written again.
fn tell(context: &Context<'_>, found: &mut Vec<Diagnostic>, finding: Diagnostic) {
    let at = finding.primary().at;
    let same = found.iter_mut().find(|known| {
        known.severity == finding.severity && context.text(known.primary().at) == context.text(at)
    });
    let Some(known) = same else {
        found.push(finding);
        return;
    };
    if !known.secrets.contains(&at) {
        known.secrets.push(at);
    }
    known.also(at, "the same key");
}

/// The key that a call is handed, and what it does with it.
fn key(context: &Context<'_>, call: &CallSite<'_>) -> Option<(ExpressionRef, &'static str)> {
    let inside = |id: ExpressionId| In {
        module: call.module,
        id,
    };
    let option = |position: usize, name: &str| {
        let options = call.argument(position)?;
        calls::property(call.facts, options.id, name).map(inside)
    };
    match call.name {
        "createCipheriv" | "createDecipheriv" => Some((call.argument(1)?, "encrypts")),
        "createHmac" => Some((call.argument(1)?, "signs")),
        "sign" | "verify" if is_of_jwt(context, call) => Some((call.argument(1)?, "signs tokens")),
        "sign" | "signAsync" | "verify" | "verifyAsync" if call.object.is_some() => {
            Some((option(1, "secret")?, "signs tokens"))
        }
        "Webhook" if calls::imports(call.facts, &["svix", "standardwebhooks"]) => {
            Some((call.argument(0)?, "verifies webhooks"))
        }
        "constructEvent" | "constructEventAsync" => Some((call.argument(2)?, "verifies webhooks")),
        "verifyToken" | "createClerkClient" if calls::imports(call.facts, &["@clerk/"]) => {
            let position = usize::from(call.name == "verifyToken");
            Some((option(position, "secretKey")?, "verifies sessions"))
        }
        // A Passport strategy.
        "super" => Some((option(0, "secretOrKey")?, "signs tokens")),
        "register" if is_named(call, "JwtModule") => Some((option(0, "secret")?, "signs tokens")),
        _ => Some((doors::of_session(call)?, "signs the cookies of sessions")),
    }
}

/// `jwt.sign(...)`, or `sign` imported from there.
fn is_of_jwt(context: &Context<'_>, call: &CallSite<'_>) -> bool {
    let callee = match call.facts.expression(call.at) {
        Expression::Call { callee, .. } => *callee,
        _ => return false,
    };
    matches!(
        calls::root_symbol(context.project, call.module, callee),
        Symbol::External { specifier, .. } if specifier == "jsonwebtoken"
    )
}

fn is_named(call: &CallSite<'_>, name: &str) -> bool {
    call.object.is_some_and(|object| {
        matches!(call.facts.expression(object), Expression::Identifier { name: own, .. } if own == name)
    })
}

fn finding(
    context: &Context<'_>,
    by: &Used,
    key: ExpressionRef,
    does: &str,
) -> Option<DiagnosticBuilder> {
    let project = context.project;
    let (constant, fallback) = match material::of(project, key) {
        Material::Constant(at) | Material::Zeros(at) => (at, false),
        Material::Fallback(at) | Material::Perhaps(at) => (at, true),
        _ => return None,
    };
    if stands_for_none(context, constant) {
        return None;
    }
    let literal = project.modules.location(constant);
    let used = project.modules.location(key);
    // Where the fix goes is where the key stands.
    let mut found = Diagnostic::at(
        &RULE.metadata,
        literal,
        match fallback {
            true => format!("When the environment gives no key, one from the code {does}"),
            false => format!("The key that {does} stands in the code"),
        },
    )
    .label(match fallback {
        true => "whoever can read the code has this key",
        false => "whoever can read the code has the key",
    })
    .secret(literal);
    if literal.file != used.file || !used.span.contains(literal.span) {
        found = found.related(by.place, "used here");
    }
    if fallback {
        found = match calls::mentions(context, constant.module, &["NODE_ENV", "isProduction"]) {
            true => found.lowered(
                Severity::Low,
                "the file asks for the environment: it may be for development alone",
            ),
            false => found.lowered(Severity::High, "a key that is set in the environment wins"),
        };
        if let Some(other) = needed_elsewhere(context, constant) {
            found = found.lowered(
                Severity::Medium,
                format!("only where `{other}` is not set either, which other parts of the application need"),
            );
        }
    }
    if let Some(word) = softened::stand_in(context, by.module) {
        found = found.lowered(
            Severity::Medium,
            format!("the file calls itself a `{word}`: it stands in for what production uses"),
        );
    }
    if fallback && let Some(name) = softened::demanded_at_start(context, constant) {
        found = found.lowered(
            Severity::Low,
            format!("the start fails without `{name}`: this one is never taken"),
        );
    }
    if fallback && let Some((name, at)) = started::refused(context, constant) {
        found = found
            .related(at, format!("the start fails without `{name}`"))
            .lowered(
                Severity::Low,
                "where this is asked, the one from the code is never taken",
            );
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help(match fallback {
                true => "stop with an error when the key is not set",
                false => "read the key from the environment or a key store, and draw a new one: this one is known",
            }),
    )
}

/// Whether zeros are there to say that no key is set: the module asks whether a key is these
/// (`key.equals(Buffer.alloc(32))`) before it uses one.
fn stands_for_none(context: &Context<'_>, constant: ExpressionRef) -> bool {
    let facts = context.project.modules.facts(constant.module);
    let is_zeros = |id: ExpressionId| {
        matches!(facts.expression(facts.unwrap_casts(id)), Expression::Call { callee, .. }
            if is_method(facts, *callee, "alloc"))
    };
    is_zeros(constant.id)
        && facts.all([ExpressionKind::Call]).any(|(_, node)| {
            matches!(&node.kind, Expression::Call { callee, arguments, .. }
                if is_method(facts, *callee, "equals")
                    && arguments.first().is_some_and(|first| is_zeros(first.value)))
        })
}

fn is_method(facts: &ModuleFacts, callee: ExpressionId, name: &str) -> bool {
    matches!(facts.expression(callee), Expression::Member { property, .. } if property.text == name)
}

/// The second setting of `get('OWN_KEY') || get('MAIN_KEY')` in the function of a constant, when
/// other modules ask for that as well: without it the application does little.
fn needed_elsewhere(context: &Context<'_>, constant: ExpressionRef) -> Option<SmolStr> {
    let owner = context.project.modules.get(constant.module);
    let facts = &owner.facts;
    let function = owner.context.function(constant.id);
    let mut chained = facts
        .expressions
        .iter()
        .zip(0u32..)
        .filter_map(|(node, n)| {
            let Expression::Logical {
                operator,
                left,
                right,
            } = &node.kind
            else {
                return None;
            };
            let either = *operator != LogicalOperator::And;
            let here = owner.context.function(ExpressionId(n)) == function;
            let first = setting(facts, *left).filter(|_| either && here)?;
            let second = setting(facts, *right)?;
            (first != second).then_some(second)
        });
    chained.find(|name| {
        let mut others = calls::modules(context);
        others.any(|(module, _)| {
            module != constant.module && calls::mentions(context, module, &[name.as_str()])
        })
    })
}

/// The name in `process.env.NAME`, `config.get('NAME')`.
fn setting(facts: &ModuleFacts, id: ExpressionId) -> Option<SmolStr> {
    let name = match facts.expression(facts.unwrap_casts(id)) {
        Expression::Member { property, .. } => property.text.clone(),
        Expression::Call {
            callee, arguments, ..
        } => {
            let Expression::Member { property, .. } = facts.expression(*callee) else {
                return None;
            };
            let asked = arguments
                .first()
                .filter(|_| property.text.starts_with("get"))?;
            match facts.expression(asked.value) {
                Expression::String(name) => name.clone(),
                _ => return None,
            }
        }
        _ => return None,
    };
    let loud = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.chars().all(loud).then_some(name)
}

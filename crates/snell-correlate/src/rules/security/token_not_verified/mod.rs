//! Guards that believe whatever a token says of itself.

mod before;
mod decoded;
mod named;

use snell_extract::facts::{Class, ClassId, Expression, ExpressionId, ModuleFacts};
use snell_project::module::{In, Symbol};
use snell_source::{
    Confidence, Diagnostic, DiagnosticBuilder, Location, Preset, RuleMetadata, Severity,
};

use self::{
    before::Before,
    decoded::{Chosen, Decoder, Reading},
    named::Named,
};
use super::calls;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/token-not-verified",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A guard takes who asks from a token that nobody verified",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Packages whose strategies hand over a token as it was sent.
const PLAIN_STRATEGIES: [&str; 3] = [
    "passport-custom",
    "passport-http-bearer",
    "passport-http-header-token",
];

/// Words of those who say that somebody else verifies.
const ELSEWHERE: [&str; 7] = [
    "gateway", "upstream", "istio", "envoy", "sidecar", "kong", "ingress",
];

/// What decides who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Guard,
    Middleware,
    Strategy,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut before: Option<Before> = None;
    for (module, facts) in calls::modules(context) {
        for (class, n) in facts.classes.iter().zip(0u32..) {
            let at = In {
                module,
                id: ClassId(n),
            };
            let Some(kind) = kind(context, at, facts, class) else {
                continue;
            };
            let decoder = Decoder {
                context,
                class: at,
                facts,
            };
            if let Some(reading) = decoder.believed(kind == Kind::Strategy) {
                let before = before.get_or_insert_with(|| Before::find(context));
                found.push(finding(context, at, (kind, class), &reading, before));
            } else if let Some(chosen) = decoder.chooses_keys() {
                found.push(keys_chosen(class, &chosen));
            } else if kind != Kind::Strategy
                && let Some(named) = decoder.named_by_header()
            {
                let before = before.get_or_insert_with(|| Before::find(context));
                found.push(named_by_header(context, at, (kind, class), &named, before));
            }
        }
    }
    found
}

/// What a class is, when it may let somebody in by itself: it has no base that verifies.
fn kind(
    context: &Context<'_>,
    at: In<ClassId>,
    facts: &ModuleFacts,
    class: &Class,
) -> Option<Kind> {
    let has = |name: &str| class.member(name).is_some();
    let Some(base) = class.extends else {
        return match (has("canActivate"), has("use")) {
            (true, _) => Some(Kind::Guard),
            (_, true) => {
                let name = class.name.as_ref().map_or("", |name| name.text.as_str());
                name.to_ascii_lowercase()
                    .contains("middleware")
                    .then_some(Kind::Middleware)
            }
            _ => None,
        };
    };
    let Expression::Call {
        callee, arguments, ..
    } = facts.expression(facts.unwrap_casts(base))
    else {
        return None;
    };
    let is_mixin = matches!(facts.expression(*callee),
        Expression::Identifier { name, .. } if name == "PassportStrategy");
    let strategy = calls::root_symbol(context.project, at.module, arguments.first()?.value);
    let plain = matches!(strategy, Symbol::External { specifier, .. }
        if PLAIN_STRATEGIES.contains(&specifier.as_str()));
    (is_mixin && plain && has("validate")).then_some(Kind::Strategy)
}

fn finding(
    context: &Context<'_>,
    at: In<ClassId>,
    (kind, class): (Kind, &Class),
    reading: &Reading,
    before: &Before,
) -> Diagnostic {
    let name = name_of(class);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        reading.at,
        format!("`{name}` believes a token that nobody verified"),
    )
    .label("decodes what the token says; whoever sends it can write that");
    if let Some(used) = reading.used {
        found = found.related(used, "who asks is taken from it");
    }
    lowered(context, at, (kind, class), before, found)
        .confidence(Confidence::Likely)
        .help("verify the signature and the expiry, and take who asks from what that gives back (`await this.jwtService.verifyAsync(token)`)")
        .subject(format!("class:{name}"))
}

fn name_of(class: &Class) -> &str {
    let name = class.name.as_ref();
    name.map_or("the guard", |name| name.text.as_str())
}

/// Lowers what something in front of the class may have made sure of.
fn lowered(
    context: &Context<'_>,
    at: In<ClassId>,
    (kind, class): (Kind, &Class),
    before: &Before,
    found: DiagnosticBuilder,
) -> DiagnosticBuilder {
    let modules = &context.project.modules;
    let text = context.text(modules.at(at.module, class.span));
    let lower = text.to_ascii_lowercase();
    if ELSEWHERE.iter().any(|word| lower.contains(word)) {
        return found.lowered(
            Severity::Medium,
            "the class says that something in front of the application verifies it",
        );
    }
    match before.may_verify(context, at, kind == Kind::Middleware) {
        Some(why) => found.lowered(Severity::Medium, why),
        None => found,
    }
}

/// A header that says who asks.
fn named_by_header(
    context: &Context<'_>,
    at: In<ClassId>,
    (kind, class): (Kind, &Class),
    named: &Named,
    before: &Before,
) -> Diagnostic {
    let name = name_of(class);
    let found = Diagnostic::at(
        &RULE.metadata,
        named.at,
        format!("`{name}` takes who asks from the header `{}`", named.header),
    )
    .label("whoever sends the request writes here whom they like")
    .related(named.used, "from here on it is who is signed in");
    let mut found = lowered(context, at, (kind, class), before, found);
    if !(named.looked_up && before.signs_in_by_name(context)) {
        found = found.lowered(
            Severity::High,
            "it would be right behind a gateway that writes the header itself, and lets no other way in",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help("ask for what only they have: a session, or a token whose signature is verified, and take who asks from that")
        .subject(format!("class:{name} header"))
}

/// A token that says where the keys are with which it is verified.
fn keys_chosen(class: &Class, chosen: &Chosen) -> Diagnostic {
    let name = name_of(class);
    Diagnostic::at(
        &RULE.metadata,
        chosen.keys,
        format!("`{name}` takes the keys for a token from where the token says"),
    )
    .label("whoever sends a token signs it with keys of their own, and says where they are")
    .related(chosen.decoded, "nothing of this is verified yet")
    .confidence(Confidence::Likely)
    .help("take the address of the keys from the configuration, and refuse tokens of any other issuer")
    .subject(format!("class:{name} keys"))
}

/// Where an expression stands.
fn place(
    context: &Context<'_>,
    module: snell_project::module::ModuleId,
    id: ExpressionId,
) -> Location {
    let modules = &context.project.modules;
    modules.at(module, modules.facts(module).span(id))
}

//! JSON Web Tokens that are hashed by bcrypt, which looks at the first 72 bytes alone.

use rustc_hash::FxHashSet;
use snell_extract::facts::{BindingKind, Expression, ExpressionId, ModuleFacts, Pattern, Property};
use snell_project::module::{ModuleId, Symbol};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::calls::{self, CallSite};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/bcrypt-truncates-token",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A signed token is kept as a bcrypt hash, which all tokens of one person match",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Packages of bcrypt.
const BCRYPT: [&str; 4] = ["bcrypt", "bcryptjs", "bcrypt-ts", "@node-rs/bcrypt"];
/// Packages that sign tokens.
const SIGNERS: [&str; 3] = ["@nestjs/jwt", "jsonwebtoken", "jose"];
/// What makes two tokens of one person differ near their start.
const UNIQUE: [&str; 6] = [
    "jti",
    "uuid",
    "nanoid",
    "randombytes",
    "sessionid",
    "tokenid",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let signed: Vec<(ModuleId, Location)> = calls::modules(context)
        .filter(|(_, facts)| imports(facts, &SIGNERS))
        .filter_map(|(module, facts)| Some((module, signs(context, module, facts)?)))
        .collect();
    if signed.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (module, facts) in calls::modules(context).filter(|(_, facts)| imports(facts, &BCRYPT)) {
        // Which of several applications signs, its folder says.
        let near = signed
            .iter()
            .find(|(other, _)| application(context, *other) == application(context, module));
        let Some((_, signed)) = near else { continue };
        let mut told: FxHashSet<String> = FxHashSet::default();
        for call in calls::of_module(module, facts) {
            if let Some(at) = hashes_refresh_token(context, &call) {
                let subject = format!("token in:{}", call.around(context));
                if told.insert(subject.clone()) {
                    found.push(finding(context, &call, at, *signed).subject(subject));
                }
            }
        }
    }
    found
}

fn finding(
    context: &Context<'_>,
    call: &CallSite<'_>,
    at: ExpressionId,
    signed: Location,
) -> snell_source::DiagnosticBuilder {
    let modules = &context.project.modules;
    let hashed = call.place(context);
    let token = modules.at(call.module, call.facts.span(at));
    let mut found = Diagnostic::at(
        &RULE.metadata,
        token,
        "a refresh token is hashed by bcrypt, which reads 72 bytes: every token of the same person matches".to_owned(),
    )
    .label("the first 72 bytes are the header and whose it is")
    .related(signed, "signed here, with nothing near its start that differs");
    if hashed.file != token.file
        || !(hashed.span.start <= token.span.start && token.span.start < hashed.span.start + 200)
    {
        found = found.related(hashed, "hashed here");
    }
    found
        .confidence(Confidence::Likely)
        .help("keep `createHash('sha256').update(token).digest('hex')`: a signed token needs no slow hash. Or sign a `jti` and keep that")
}

fn imports(facts: &ModuleFacts, packages: &[&str]) -> bool {
    let mut imports = facts.imports.iter();
    imports.any(|import| packages.contains(&import.source.text.as_str()))
}

fn application<'a>(context: &'a Context<'_>, module: ModuleId) -> &'a str {
    calls::folder(context.project.modules.get(module).path.as_str())
}

/// Where a module signs refresh tokens that begin alike.
fn signs(context: &Context<'_>, module: ModuleId, facts: &ModuleFacts) -> Option<Location> {
    let found = context.project.modules.get(module);
    let signing = calls::of_module(module, facts)
        .filter(|call| matches!(call.name, "sign" | "signAsync"))
        .filter_map(|call| {
            let inside = found.context.function(call.at)?;
            let whole = facts.function(facts.outermost(inside)).span;
            let text = context.text(context.project.modules.at(module, whole));
            let lower = text.to_ascii_lowercase();
            let alike = !UNIQUE.iter().any(|word| lower.contains(word)) || differs_late(&call);
            Some((call, lower.contains("refresh"), alike))
        });
    let mut first = None;
    for (call, refresh, alike) in signing.filter(|(_, refresh, _)| *refresh) {
        // Somebody else may make the payload.
        if !refresh || !alike {
            return None;
        }
        first.get_or_insert(call.place(context));
    }
    first
}

/// Bytes of the payload that bcrypt sees: 72 of the token, without the header of the shortest algorithm and the dot, four
/// letters for three bytes.
const SEEN: usize = 26;

/// Whether what makes two tokens differ stands behind what bcrypt sees: `{ sub, email, jti }`.
fn differs_late(call: &CallSite<'_>) -> bool {
    let facts = call.facts;
    // `const refreshToken = this.jwt.sign(...)`, and no other token.
    let is_refresh = facts.bindings.iter().any(|binding| {
        let BindingKind::Variable {
            init: Some(init), ..
        } = &binding.kind
        else {
            return false;
        };
        let value = match facts.expression(facts.unwrap_casts(init.value)) {
            Expression::Await(inner) => facts.unwrap_casts(*inner),
            _ => facts.unwrap_casts(init.value),
        };
        value == call.at && binding.name.to_ascii_lowercase().contains("refresh")
    });
    let Some(payload) = call.argument(0).filter(|_| is_refresh) else {
        return false;
    };
    let payload = facts.given(payload.id).unwrap_or(payload.id);
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(payload)) else {
        return false;
    };
    // `{`
    let mut before = 1;
    for property in properties {
        let Property::Value { key, value, .. } = property else {
            return false;
        };
        let Some(key) = key.name() else { return false };
        let lower = key.text.to_ascii_lowercase();
        if UNIQUE.iter().any(|word| lower.contains(word)) {
            return before >= SEEN;
        }
        // `"key":value,`: how long the value is at least, its name says.
        let value = match facts.expression(facts.unwrap_casts(*value)) {
            Expression::String(text) => text.len() + 2,
            _ if lower.contains("email") => "\"a@b.cd\"".len(),
            Expression::Call { .. } | Expression::Conditional { .. } => return false,
            _ => 1,
        };
        before += key.text.len() + 4 + value;
    }
    false
}

/// The refresh token that a call of bcrypt hashes, itself or through a function of the module.
fn hashes_refresh_token(context: &Context<'_>, call: &CallSite<'_>) -> Option<ExpressionId> {
    let facts = call.facts;
    if !matches!(call.name, "hash" | "hashSync") || !is_bcrypt(context, call) {
        return None;
    }
    let hashed = call.argument(0)?.id;
    if is_refresh_token(facts, hashed) {
        return Some(hashed);
    }
    // `hashData(data)`, called with the token.
    let Expression::Identifier {
        binding: Some(handed),
        ..
    } = facts.expression(facts.unwrap_casts(hashed))
    else {
        return None;
    };
    let owner = context.project.modules.get(call.module);
    let function = facts.function(owner.context.function(call.at)?);
    let name = &function.name.as_ref()?.text;
    let position = function
        .parameters
        .iter()
        .position(|one| matches!(one.pattern, Pattern::Binding(own) if own == *handed))?;
    calls::of_module(call.module, facts)
        .filter(|other| other.name == name)
        .filter_map(|other| Some(other.argument(position)?.id))
        .find(|argument| is_refresh_token(facts, *argument))
}

fn is_bcrypt(context: &Context<'_>, call: &CallSite<'_>) -> bool {
    let callee = match call.facts.expression(call.at) {
        Expression::Call { callee, .. } => *callee,
        _ => return false,
    };
    match calls::root_symbol(context.project, call.module, callee) {
        Symbol::External { specifier, .. } => BCRYPT.contains(&specifier.as_str()),
        _ => false,
    }
}

/// Whether an expression is what is called a refresh token.
fn is_refresh_token(facts: &ModuleFacts, id: ExpressionId) -> bool {
    let name = match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    let lower = name.to_ascii_lowercase();
    lower.contains("refresh") && !lower.contains("hash") && !lower.contains("id")
}

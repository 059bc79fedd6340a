//! Claims that not every token has: with another one, who asks is `undefined` there.

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Class, Expression, ExpressionId, ExpressionKind, FunctionId, MemberKind,
    ModuleFacts, Property,
};
use snell_flow::{
    Value,
    scope::{Reached, leaves},
};
use snell_project::{
    client::{CallId, Operation},
    endpoint::Endpoint,
    module::{ModuleId, Symbol},
};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::{
    RULE, refuses_undefined,
    sent::{is_asked, is_owners},
    unset::{decorated, keys, ways},
};
use crate::{functions, rule::Context, rules::security::calls};

/// So many claims a token has at least that says who somebody is, and what: one that says less is for something else.
const CLAIMS: usize = 3;

/// So many other queries are shown.
const SHOWN: usize = 4;

/// Words of those who are meant to see the rows of all.
const ADMINISTRATORS: [&str; 5] = ["admin", "super", "root", "platform", "system"];

/// Words in the names of the secrets of tokens that nobody signs in with.
const OTHER: [&str; 7] = [
    "refresh", "reset", "invit", "verif", "confirm", "email", "mail",
];

/// One finding for each claim.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let taken = taken(context);
    if taken.is_empty() {
        return Vec::new();
    }
    let tokens = tokens(context);
    let found = taken.into_iter().filter_map(|taken| {
        let without = lacking(&tokens, &taken.claim)?;
        finding(context, &taken, without)
    });
    found.collect()
}

/// A claim that becomes a property of who asks.
struct Taken {
    /// The property of `request.user`.
    property: SmolStr,
    claim: SmolStr,
    at: Location,
}

/// The claims that the application's one strategy takes from the token as they are.
fn taken(context: &Context<'_>) -> Vec<Taken> {
    let mut found: Option<Vec<Taken>> = None;
    for (module, facts) in calls::modules(context) {
        for class in &facts.classes {
            let name = class.name.as_ref().map_or("", |name| name.text.as_str());
            if !is_strategy(context, module, class)
                || OTHER
                    .iter()
                    .any(|word| name.to_ascii_lowercase().contains(word))
            {
                continue;
            }
            // Of several, each may be for other tokens.
            if found.is_some() {
                return Vec::new();
            }
            found = Some(of_strategy(context, module, class));
        }
    }
    found.unwrap_or_default()
}

/// `extends PassportStrategy(Strategy)`, of tokens.
fn is_strategy(context: &Context<'_>, module: ModuleId, class: &Class) -> bool {
    let facts = context.project.modules.facts(module);
    let Some(Expression::Call { arguments, .. }) = class.extends.map(|base| facts.expression(base))
    else {
        return false;
    };
    arguments.first().is_some_and(|of| {
        let symbol = calls::root_symbol(context.project, module, of.value);
        matches!(symbol, Symbol::External { specifier, .. } if specifier == "passport-jwt")
    })
}

fn of_strategy(context: &Context<'_>, module: ModuleId, class: &Class) -> Vec<Taken> {
    let facts = context.project.modules.facts(module);
    let Some(MemberKind::Method(validate)) = class.member("validate").map(|one| &one.kind) else {
        return Vec::new();
    };
    let returned = facts.function(*validate).body.returned();
    let [given] = returned[..] else {
        return Vec::new();
    };
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(given)) else {
        return Vec::new();
    };
    let taken = properties.iter().filter_map(|property| {
        let Property::Value { key, value, .. } = property else {
            return None;
        };
        let claim = claim(facts, *value).filter(|claim| is_read_once(facts, *validate, claim))?;
        Some(Taken {
            property: key.name()?.text.clone(),
            claim,
            at: context.project.modules.at(module, facts.span(*value)),
        })
    });
    taken.collect()
}

/// `tenantId` of `payload.tenantId`
fn claim(facts: &ModuleFacts, value: ExpressionId) -> Option<SmolStr> {
    let Expression::Member {
        object, property, ..
    } = facts.expression(facts.unwrap_casts(value))
    else {
        return None;
    };
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(facts.unwrap_casts(*object))
    else {
        return None;
    };
    let handed = matches!(facts.binding(*binding).kind, BindingKind::Parameter { .. });
    handed.then(|| property.text.clone())
}

/// Whether a method reads a property once: what is read twice may be asked for first.
fn is_read_once(facts: &ModuleFacts, method: FunctionId, name: &str) -> bool {
    let span = facts.function(method).span;
    let read = facts.all([ExpressionKind::Member]).filter(|(at, node)| {
        span.contains(facts.span(*at))
            && matches!(&node.kind, Expression::Member { property, .. } if property.text == name)
    });
    read.count() == 1
}

/// A token that somebody signs in with, as it is signed.
struct Token {
    claims: Vec<SmolStr>,
    /// Who gets it is meant to see the rows of all.
    of_administrators: bool,
    at: Location,
}

fn tokens(context: &Context<'_>) -> Vec<Token> {
    let signed = calls::all(context).filter(|call| {
        matches!(call.name, "sign" | "signAsync")
            && call.object.is_some()
            && calls::imports(call.facts, &["@nestjs/jwt", "jsonwebtoken"])
    });
    let tokens = signed.filter_map(|call| {
        let payload = call.argument(0)?;
        let says = |id: ExpressionId, words: &[&str]| {
            let at = context.project.modules.at(call.module, call.facts.span(id));
            let text = context.text(at).to_ascii_lowercase();
            words.iter().any(|word| text.contains(word))
        };
        if call
            .argument(1)
            .is_some_and(|options| says(options.id, &OTHER))
        {
            return None;
        }
        let around = call.around(context).to_ascii_lowercase();
        let path = context.project.modules.get(call.module).path.as_str();
        let file = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let written = call.facts.given(payload.id).unwrap_or(payload.id);
        let of_administrators = says(written, &ADMINISTRATORS)
            || ADMINISTRATORS
                .iter()
                .any(|word| around.contains(word) || file.contains(word));
        Some(Token {
            claims: keys::of(context, call.module, payload.id)?,
            of_administrators,
            at: context
                .project
                .modules
                .at(call.module, call.facts.span(written)),
        })
    });
    tokens.collect()
}

/// A token that lacks a claim, and has all the others of one that has it.
fn lacking<'t>(tokens: &'t [Token], claim: &str) -> Option<&'t Token> {
    let has = |token: &Token, name: &str| token.claims.iter().any(|own| own == name);
    tokens.iter().find(|token| {
        !has(token, claim)
            && !token.of_administrators
            && tokens.iter().any(|whole| {
                has(whole, claim)
                    && whole.claims.len() >= CLAIMS
                    && whole
                        .claims
                        .iter()
                        .all(|name| *name == claim || has(token, name))
            })
    })
}

/// A query that loses a condition with a claim.
struct Lost {
    query: CallId,
    key: Location,
    endpoint: Location,
}

fn finding(context: &Context<'_>, taken: &Taken, without: &Token) -> Option<Diagnostic> {
    let project = context.project;
    let mut lost: Vec<Lost> = Vec::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        let judged = endpoint.class.is_some()
            && endpoint.is_open_to_every_user()
            && !endpoint.is_limited()
            && functions::is_application(project, endpoint.module);
        for reached in entered.walk.queries.iter().filter(|_| judged) {
            if let Some(key) = loses(context, taken, endpoint, reached)
                && lost.iter().all(|known| known.query != reached.query.call)
            {
                lost.push(Lost {
                    query: reached.query.call,
                    key,
                    endpoint: endpoint.at,
                });
            }
        }
    }
    let operation = |lost: &Lost| project.calls.get(lost.query).operation;
    // What changes the rows of everybody says more than what reads them.
    lost.sort_by_key(|lost| std::cmp::Reverse(weight(operation(lost))));
    let (worst, others) = lost.split_first()?;
    let call = project.calls.get(worst.query);
    let accessor = &project.schemas.model(call.model()?).accessor;
    let title = format!("{accessor}.{}", call.operation.as_str());
    let claim = &taken.claim;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        worst.key,
        format!(
            "`{title}` {} where the token has no `{claim}`",
            does(call.operation)
        ),
    )
    .label("is `undefined` then, and so this condition is gone")
    .related(
        without.at,
        format!("a token without `{claim}` is signed here"),
    )
    .related(
        taken.at,
        "is taken from the token, whether it is there or not",
    )
    .related(worst.endpoint, "whoever is signed in gets here");
    for other in others.iter().take(SHOWN) {
        let other = project.calls.get(other.query);
        let at = project.modules.at(other.module, other.name.span);
        found = found.related(at, "this query loses it too");
    }
    if others.len() > SHOWN {
        found = found.note(format!("{} queries lose it", lost.len()));
    }
    if weight(call.operation) == 0 {
        found = found.lowered(
            Severity::Medium,
            "no row is changed, and no list given back",
        );
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help(format!(
                "refuse a token without `{claim}` where it is taken, or stop before the query when it is missing"
            ))
            .subject(format!("claim:{claim}")),
    )
}

/// How much a query does when it has lost a condition; none where it loses nothing that way.
fn weight(operation: Operation) -> u8 {
    match operation {
        Operation::DeleteMany | Operation::UpdateMany | Operation::UpdateManyAndReturn => 3,
        Operation::Delete | Operation::Update => 2,
        Operation::FindMany => 1,
        _ => 0,
    }
}

fn does(operation: Operation) -> &'static str {
    match operation {
        Operation::DeleteMany => "deletes the rows of everybody",
        Operation::UpdateMany | Operation::UpdateManyAndReturn => "changes the rows of everybody",
        Operation::Delete => "deletes a row of anybody",
        Operation::Update => "changes a row of anybody",
        Operation::FindMany => "reads the rows of everybody",
        Operation::Count | Operation::Aggregate | Operation::GroupBy => {
            "counts the rows of everybody"
        }
        _ => "finds a row of anybody",
    }
}

/// The key of the condition that a query loses with a claim.
fn loses(
    context: &Context<'_>,
    taken: &Taken,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
) -> Option<Location> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model()?;
    if call.operation.is_create()
        || call.operation == Operation::Upsert
        || call.client.changes_queries()
        || refuses_undefined(context, model)
    {
        return None;
    }
    let filter = &reached
        .query
        .arguments
        .first()?
        .as_object()?
        .entries
        .get("where")?
        .value;
    let entries = &filter.as_object()?.entries;
    let leaves = leaves(filter)?;
    leaves.iter().find_map(|leaf| {
        let [column] = leaf.path.as_slice() else {
            return None;
        };
        let stands = leaf.always && !leaf.weak && is_owners(context, model, column);
        if !stands
            || is_asked(&reached.facts, leaf.value)
            || !is(context, taken, endpoint, leaf.value)
        {
            return None;
        }
        let entry = entries.get(column)?;
        Some(project.modules.at(entry.module, entry.key))
    })
}

/// Whether a value is the property of who asks that is taken from the claim.
fn is(context: &Context<'_>, taken: &Taken, endpoint: &Endpoint, value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    let user = || Some(vec![vec![SmolStr::from("user")]]);
    let Some(ways) = ways(opaque, || decorated::ways(context, endpoint).or_else(user)) else {
        return false;
    };
    let is_it = |way: &Vec<SmolStr>| matches!(way.as_slice(), [user, property] if user == "user" && *property == taken.property);
    !ways.is_empty() && ways.iter().all(is_it)
}

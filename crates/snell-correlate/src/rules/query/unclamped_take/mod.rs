//! How many rows a client gets is the client's to say.

use snell_extract::facts::{
    BinaryOperator, Decorator, Expression, ExpressionId, ExpressionKind, ModuleFacts,
};
use snell_flow::{
    Opaque, Value,
    scope::{Key, Origin, Reached, Verdict, origins, verdict},
};
use snell_project::{
    client::{CallId, Operation},
    endpoint::Endpoint,
    module::{ModuleId, Symbol},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{repeated, written};
use crate::{
    functions,
    rule::{Context, Rule},
    support::declared,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/unclamped-take",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The client says how many rows it gets, without a limit",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Decorators after which a number has a limit, or is not what was sent.
const LIMITS: [&str; 6] = ["Max", "IsIn", "IsEnum", "Equals", "Transform", "Validate"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut told: Vec<CallId> = Vec::new();
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        let of_class = endpoint.kind.is_request() && endpoint.class.is_some();
        if !of_class || project.path_facts(endpoint.module).test {
            continue;
        }
        let walk = &entered.walk;
        for reached in &walk.queries {
            if told.contains(&reached.query.call) {
                continue;
            }
            if let Some(diagnostic) = finding(context, endpoint, reached) {
                told.push(reached.query.call);
                found.push(diagnostic);
            }
        }
    }
    found
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
) -> Option<Diagnostic> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    if call.operation != Operation::FindMany {
        return None;
    }
    let arguments = reached.query.arguments.first()?.as_object()?;
    let take = arguments.entries.get("take")?;
    let (key, sent) = client_alone(&take.value)?;
    let said = declared::value(context, Some(endpoint), sent)?;
    if is_limited(context, &said) || is_compared(context, endpoint, reached, &key) {
        return None;
    }
    let title = repeated::title(context, call);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(take.module, take.key),
        format!(
            "`{}` lets the client say how many rows `{title}` reads",
            endpoint.name
        ),
    )
    .label(format!("`{}` is what the client sent", key.text()))
    .related(endpoint.at, "the endpoint");
    let query = project.modules.at(call.module, call.name.span);
    found = found.related(query, "the query");
    let access = &endpoint.access;
    if access.administrative || !access.restricted.is_empty() {
        found = found.lowered(Severity::Low, "only those with a role come here");
    }
    let trust = reached.trust();
    let own = arguments
        .entries
        .get("where")
        .is_some_and(|filter| names_asker(&filter.value));
    let kept = own
        || matches!(
            verdict(project, reached, trust),
            Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore
        );
    if kept {
        found = found.lowered(Severity::Low, "the rows are those of who asks");
    }
    // One property may be what many endpoints take.
    let place = project.modules.at(said.module, said.at);
    Some(
        found
            .confidence(Confidence::Likely)
            .caused_by(format!("{}:{}", place.file.index(), place.span.start))
            .help(format!(
                "hold it to a limit: `Math.min({}, 100)`, or `@Max(100)` on the property",
                take.at
                    .and_then(|at| written::expression(context, at))
                    .map(limited)
                    .unwrap_or_else(|| key.text())
            ))
            .subject(format!("endpoint:{} query:{title}", endpoint.name)),
    )
}

/// An expression as the first argument of `Math.min`: with something in place of `undefined`.
fn limited(text: String) -> String {
    let has_default = text.contains("??") || text.contains("||");
    match text.contains("?.") && !has_default {
        true => format!("{text} ?? 100"),
        false => text,
    }
}

/// Whether a filter compares a column with who asks, whatever the column is called.
fn names_asker(filter: &Value) -> bool {
    filter.as_object().is_some_and(|filter| {
        filter.entries.values().any(|entry| {
            let mut asker = matches!(entry.value, Value::Opaque(_));
            origins(&entry.value, &mut |origin| {
                asker &= matches!(origin, Origin::Identity(_));
            });
            entry.always && asker
        })
    })
}

/// What the client sent, when a number is nothing else (a default beside it).
fn client_alone(value: &Value) -> Option<(Key, &Opaque)> {
    let (mut sent, mut other) = (None, false);
    origins(value, &mut |origin| match origin {
        Origin::Client(key) => {
            sent.get_or_insert(key);
        }
        Origin::Constant => {}
        _ => other = true,
    });
    let opaque = match value {
        Value::Opaque(opaque) => Some(&**opaque),
        Value::OneOf(choices) => choices.iter().find_map(|choice| match &choice.value {
            Value::Opaque(opaque) => Some(&**opaque),
            _ => None,
        }),
        _ => None,
    };
    sent.filter(|_| !other).zip(opaque)
}

/// Whether validation limits what may be sent, or a pipe changes it.
fn is_limited(context: &Context<'_>, said: &declared::Declared<'_>) -> bool {
    let facts = context.project.modules.facts(said.module);
    matches!(said.ty, declared::Said::Zod(_))
        || said.decorators.iter().any(|decorator| {
            functions::decorator_name(facts, decorator).is_none_or(|name| LIMITS.contains(&name))
                || has_other_pipe(context, said.module, facts, decorator)
        })
}

/// `@Query('limit', new ClampPipe())`: not a pipe of the framework.
fn has_other_pipe(
    context: &Context<'_>,
    module: ModuleId,
    facts: &ModuleFacts,
    decorator: &Decorator,
) -> bool {
    let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
        return false;
    };
    arguments.iter().any(|argument| {
        let named = match facts.expression(argument.value) {
            Expression::New { callee, .. } => *callee,
            Expression::Identifier { .. } => argument.value,
            _ => return false,
        };
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = facts.expression(named)
        else {
            return true;
        };
        !matches!(context.project.modules.binding(module, *binding),
            Symbol::External { specifier, .. } if specifier.starts_with("@nestjs/"))
    })
}

/// Whether something on the way compares a number of this name.
fn is_compared(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
    key: &Key,
) -> bool {
    let call = context.project.calls.get(reached.query.call);
    let mut modules = vec![endpoint.handler.module, call.module];
    modules.extend(reached.trail.iter().map(|at| at.module));
    modules.sort_unstable();
    modules.dedup();
    let mut names = vec!["take", "limit"];
    names.extend(key.path.last().map(|name| name.as_str()));
    modules
        .into_iter()
        .any(|module| compares(context.project.modules.facts(module), &names))
}

fn compares(facts: &ModuleFacts, names: &[&str]) -> bool {
    let named = |id: ExpressionId| {
        let name = match facts.expression(facts.unwrap_casts(id)) {
            Expression::Identifier { name, .. } => name,
            Expression::Member { property, .. } => &property.text,
            _ => return false,
        };
        names.contains(&name.as_str())
    };
    facts
        .all([ExpressionKind::Binary])
        .any(|(_, node)| match &node.kind {
            Expression::Binary {
                operator:
                    BinaryOperator::Less
                    | BinaryOperator::LessEqual
                    | BinaryOperator::Greater
                    | BinaryOperator::GreaterEqual,
                left,
                right,
            } => named(*left) || named(*right),
            _ => false,
        })
}

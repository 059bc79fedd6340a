//! Handlers that everybody comes to and that ask for a shared secret themselves: only where the
//! secret is set.

use snell_extract::facts::{
    BinaryOperator, BindingKind, Expression, ExpressionId, FunctionBody, LogicalOperator,
    Statement, StatementNode, UnaryOperator,
};
use snell_flow::{EventKind, Summary};
use snell_project::{
    endpoint::{Endpoint, EndpointKind},
    module::FunctionRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::RULE;
use crate::{
    functions,
    rule::Context,
    rules::security::{
        calls,
        setting::{Settings, flat},
        webhook_unverified::idle,
    },
    support::order::{Place, leads_to},
};

/// Words in the names of what two systems share.
const SECRETS: [&str; 6] = ["secret", "key", "token", "password", "auth", "credential"];

/// One finding for each condition.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for flow in context.flow.endpoints() {
        let endpoint = context.project.endpoints.get(flow.endpoint);
        if !functions::is_application(context.project, endpoint.module)
            || !is_open(endpoint)
            || idle::is_idle(context, &flow.summary, idle::DEPTH)
        {
            continue;
        }
        let one = asked_in(context, endpoint, &flow.summary);
        if let Some(one) = one
            && found
                .iter()
                .all(|known| known.primary().at != one.primary().at)
        {
            found.push(one);
        }
    }
    found
}

/// Whether nothing before the handler asks who comes.
fn is_open(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    endpoint.kind == EndpointKind::Http
        && (access.public.is_some() || !access.authenticated)
        && access.restricted.is_empty()
        && access.unknown.is_empty()
        && access.wrappers.is_empty()
}

/// The condition in the handler, or in a function that it calls itself.
fn asked_in(context: &Context<'_>, endpoint: &Endpoint, summary: &Summary) -> Option<Diagnostic> {
    let called = summary.events.iter().filter_map(|event| match &event.kind {
        EventKind::Call { summary, .. } => Some(summary.function),
        _ => None,
    });
    let own = std::iter::once(endpoint.handler);
    let mut all = own.chain(called.filter(|called| called.module == endpoint.handler.module));
    all.find_map(|function| finding(context, endpoint, function))
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    function: FunctionRef,
) -> Option<Diagnostic> {
    let facts = context.project.modules.facts(function.module);
    let declared = facts.functions.get(function.id.index())?;
    let FunctionBody::Block(body) = &declared.body else {
        return None;
    };
    let settings = Settings {
        context,
        module: function.module,
        class: declared.class.map(|id| facts.class(id)),
    };
    let all = flat(body, None);
    let skips = |statement: &StatementNode| {
        let Statement::If {
            test,
            then,
            otherwise: None,
        } = &statement.kind
        else {
            return None;
        };
        let first = then.first()?;
        let refusing = Place::of(facts, Some(function.id), first.span);
        let mut later = all.iter().map(|(_, other)| other.span);
        let next = later.find(|other| other.start >= statement.span.end)?;
        let goes_on = Place::of(facts, Some(function.id), next);
        let leaves = !leads_to(facts, &refusing, &goes_on);
        let secret = needed(&settings, *test).filter(|_| leaves)?;
        Some((*test, secret))
    };
    let (test, secret) = all.iter().find_map(|(_, statement)| skips(statement))?;
    let variable = settings.variable(written(&settings, secret));
    if variable
        .as_ref()
        .is_some_and(|name| is_required(context, name))
    {
        return None;
    }
    let what = functions::short(settings.text(facts.span(secret)));
    let missing = match &variable {
        Some(variable) => format!("`{variable}` is not set"),
        None => format!("`{what}` is missing"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        context
            .project
            .modules
            .at(function.module, facts.span(test)),
        format!("`{}` is open to everybody when {missing}", endpoint.name),
    )
    .label("the secret is asked for only where there is one")
    .related(endpoint.at, "nothing else asks who comes");
    if settings.asks_where(declared.span) {
        found = found.lowered(
            Severity::Medium,
            "it asks where it runs: it may refuse there",
        );
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help("refuse while there is no secret to compare with: throw where the application starts, and here")
            .subject(format!("endpoint:{}", endpoint.name)),
    )
}

/// What a name was given: `process.env.API_KEY` of `const expected = process.env.API_KEY`.
fn written(settings: &Settings<'_>, secret: ExpressionId) -> ExpressionId {
    let facts = settings.facts();
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(facts.unwrap_casts(secret))
    else {
        return secret;
    };
    match &facts.binding(*binding).kind {
        BindingKind::Variable {
            init: Some(init), ..
        } if init.path.is_empty() => init.value,
        _ => secret,
    }
}

/// The setting that has to be there before what was sent is compared with it:
/// `secret && sent !== secret`, `secret && !isEqual(sent, secret)`.
fn needed(settings: &Settings<'_>, test: ExpressionId) -> Option<ExpressionId> {
    let facts = settings.facts();
    let Expression::Logical {
        operator: LogicalOperator::And,
        left,
        right,
    } = facts.expression(facts.unwrap_casts(test))
    else {
        return None;
    };
    let secret = settings.text(facts.span(*left)).to_owned();
    let lower = settings.text(facts.span(test)).to_ascii_lowercase();
    if !settings.is_setting(*left) || !SECRETS.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let is_secret = |id: ExpressionId| settings.text(facts.span(id)).contains(&secret);
    let compares = match facts.expression(facts.unwrap_casts(*right)) {
        Expression::Binary {
            operator: BinaryOperator::NotEqual,
            left,
            right,
        } => is_secret(*left) != is_secret(*right),
        Expression::Unary {
            operator: UnaryOperator::Not,
            operand,
        } => match facts.expression(*operand) {
            Expression::Call { arguments, .. } => {
                let own = arguments.iter().filter(|one| is_secret(one.value)).count();
                own > 0 && own < arguments.len()
            }
            _ => false,
        },
        _ => false,
    };
    compares.then_some(*left)
}

/// Whether the application does not start without a variable: a schema of its settings asks for it.
fn is_required(context: &Context<'_>, variable: &str) -> bool {
    let head = format!("{variable}:");
    calls::modules(context).any(|(module, _)| {
        let at = context
            .project
            .modules
            .at(module, snell_source::Span::default());
        let text = &context.sources.file(at.file).text;
        text.lines().any(|line| {
            let line = line.trim_start();
            let declared = line.starts_with(&head)
                && ["z.", "Joi.", "str(", "yup."]
                    .iter()
                    .any(|schema| line.contains(schema));
            declared
                && !["optional", "default", "allow(", "nullish"]
                    .iter()
                    .any(|word| line.contains(word))
        })
    })
}

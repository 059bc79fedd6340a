//! Handlers that read who is signed in, with nothing before them that says who that is.

pub(super) mod says;

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{Class, Expression, ExpressionKind, Parameter, Pattern};
use snell_project::{
    endpoint::{Endpoint, EndpointKind, Given},
    module::{ClassRef, ModuleId},
};
use snell_source::{Confidence, Diagnostic, Location};

use super::{RULE, beside, commented};
use crate::{functions, rule::Context};

/// Further handlers that a finding shows.
const MOST: usize = 3;

/// A handler that reads it.
struct Reader<'a> {
    endpoint: &'a Endpoint,
    class: ClassRef,
    at: Location,
}

/// One finding for each application where nobody is signed in at all, else one for each class.
pub(super) fn findings(context: &Context<'_>, told: &FxHashSet<usize>) -> Vec<Diagnostic> {
    let mut readers: Vec<Reader<'_>> = Vec::new();
    let mut signed_in: FxHashSet<&str> = FxHashSet::default();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        let judged = matches!(
            endpoint.kind,
            EndpointKind::Http | EndpointKind::Query | EndpointKind::Mutation
        ) && functions::is_application(context.project, endpoint.module);
        let Some(class) = endpoint.class.filter(|_| judged) else {
            continue;
        };
        let access = &endpoint.access;
        if access.authenticated || !access.restricted.is_empty() || !access.unknown.is_empty() {
            signed_in.insert(beside::application(context, class));
        }
        if !told.contains(&entered.endpoint)
            && !entered.walk.queries.is_empty()
            && is_open(context, endpoint, class)
            && let Some(at) = reads(context, endpoint)
        {
            readers.push(Reader {
                endpoint,
                class,
                at,
            });
        }
    }
    if readers.is_empty() || says::somebody_else(context) {
        return Vec::new();
    }
    let guard = says::guard(context);
    let mut groups: BTreeMap<(&str, Option<ClassRef>), Vec<&Reader<'_>>> = BTreeMap::new();
    for reader in &readers {
        let application = beside::application(context, reader.class);
        let class = signed_in.contains(application).then_some(reader.class);
        groups.entry((application, class)).or_default().push(reader);
    }
    let groups = groups.into_iter().map(|((_, class), group)| (class, group));
    groups
        .map(|(class, group)| finding(context, class, &group, guard))
        .collect()
}

/// Whether nothing stands before an endpoint, and it is not meant for everybody.
pub(super) fn is_open(context: &Context<'_>, endpoint: &Endpoint, class: ClassRef) -> bool {
    let declared = context.project.modules.facts(class.module).class(class.id);
    let method = declared.members.iter().flat_map(|member| {
        let own = matches!(member.kind, snell_extract::facts::MemberKind::Method(id) if id == endpoint.handler.id);
        member.decorators.iter().filter(move |_| own)
    });
    let stands = ["UseGuards", "UseInterceptors"];
    let mut marks = declared.decorators.iter().chain(method);
    endpoint.access.asks_nothing()
        && endpoint.access.public.is_none()
        && !commented::has_guard(context, class)
        && !marks.any(|mark| stands.contains(&mark.name.as_str()))
}

/// Where a handler is given who is signed in, or reads it from the request, and goes on as if somebody were.
fn reads(context: &Context<'_>, endpoint: &Endpoint) -> Option<Location> {
    let handler = endpoint.handler;
    let project = context.project;
    let function = functions::declared(project, handler)?;
    let body = context.text(project.modules.at(handler.module, function.span));
    let pairs = function.parameters.iter().zip(&endpoint.parameters);
    pairs.into_iter().find_map(|(parameter, given)| {
        let Pattern::Binding(binding) = parameter.pattern else {
            return None;
        };
        let name = &project.modules.facts(handler.module).binding(binding).name;
        match given {
            Given::Identity => {
                let relies = !parameter.optional && !is_doubted(body, name);
                let span = parameter.span;
                (relies && is_of_request(context, parameter))
                    .then(|| project.modules.at(handler.module, span))
            }
            Given::Request => from_request(context, endpoint, binding, body),
            _ => None,
        }
    })
}

/// `request.user`, where the handler does not ask whether there is one.
fn from_request(
    context: &Context<'_>,
    endpoint: &Endpoint,
    request: snell_extract::facts::BindingId,
    body: &str,
) -> Option<Location> {
    let module = endpoint.handler.module;
    let facts = context.project.modules.facts(module);
    let around = facts.function(endpoint.handler.id).span;
    let mut members = facts.all([ExpressionKind::Member]);
    let (_, node) = members.find(|(_, node)| {
        around.contains(node.span)
            && matches!(&node.kind, Expression::Member { object, property, .. }
                if says::is_principal(context, &property.text)
                    && matches!(facts.expression(facts.unwrap_casts(*object)),
                        Expression::Identifier { binding: Some(own), .. } if *own == request))
    })?;
    let at = context.project.modules.at(module, node.span);
    (!is_doubted(body, context.text(at)) && !body.contains(".isAuthenticated(")).then_some(at)
}

/// Whether a function asks whether there is something of this name: `if (!user)`, `user?.id`.
fn is_doubted(body: &str, name: &str) -> bool {
    let asked = ["?", " ?", " &&", " ||", " =", ")"];
    let mut rest = body;
    while let Some((before, after)) = rest.split_once(name) {
        let whole = !before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let tested = asked.iter().any(|mark| after.starts_with(mark)) && {
            // `f(user)` hands it on; `if (user)` asks, and so does `user = user ?? guest`.
            !after.starts_with(')')
                || before.trim_end().ends_with("if (")
                || before.ends_with("Boolean(")
        };
        if whole && (before.ends_with('!') || tested) {
            return true;
        }
        rest = after;
    }
    false
}

/// `@CurrentUser()`, which is made here and gives what a guard left on the request.
fn is_of_request(context: &Context<'_>, parameter: &Parameter) -> bool {
    parameter
        .decorators
        .iter()
        .any(|decorator| says::takes_from_request(context, &decorator.name))
}

fn finding(
    context: &Context<'_>,
    class: Option<ClassRef>,
    group: &[&Reader<'_>],
    guard: Option<(ModuleId, &Class)>,
) -> Diagnostic {
    let first = group[0];
    let modules = &context.project.modules;
    let whole = class.is_none();
    let mut found = Diagnostic::at(
        &RULE.metadata,
        first.at,
        match whole {
            true => format!("`{}` reads who is signed in, and no endpoint of the application asks anybody to sign in", first.endpoint.name),
            false => format!("`{}` reads who is signed in, and nothing before it asks anybody to sign in", first.endpoint.name),
        },
    )
    .label("nothing has set it: it is `undefined` here")
    .related(first.endpoint.at, "everybody gets here");
    for other in group.iter().skip(1).take(MOST) {
        found = found.related(other.at, format!("so does `{}`", other.endpoint.name));
    }
    found = found.note("where the code reads on from `undefined`, the request fails; where it does not, a condition on `undefined` is none");
    if group.len() > MOST + 1 {
        found = found.note(format!("{} more handlers read it", group.len() - MOST - 1));
    }
    let named = guard.and_then(|(module, class)| Some((module, class.name.as_ref()?)));
    let help = match named {
        Some((module, name)) => {
            let at = modules.at(module, name.span);
            found = found.related(at, "this guard sets it, and does not stand before them");
            let name: &SmolStr = &name.text;
            match whole {
                true => format!(
                    "put the guard before all endpoints: `{{ provide: APP_GUARD, useClass: {name} }}` among the providers of the application's module"
                ),
                false => format!("put the guard before them: `@UseGuards({name})`"),
            }
        }
        None => {
            "put a guard before them that finds out who calls and refuses everybody else".to_owned()
        }
    };
    let certain = match named {
        Some(_) => Confidence::Certain,
        None => Confidence::Likely,
    };
    let subject = match class {
        None => format!(
            "application:{} nobody",
            beside::application(context, first.class)
        ),
        Some(class) => {
            let declared = modules.facts(class.module).class(class.id);
            let name = declared.name.as_ref().map_or("", |name| name.text.as_str());
            format!("class:{name} nobody")
        }
    };
    found.confidence(certain).help(help).subject(subject)
}

//! Guards that ask for roles which nothing names: they let everybody through.

use std::collections::BTreeMap;

use snell_project::{endpoint::Endpoint, module::ClassRef};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/roles-guard-without-metadata",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A guard asks for roles, none are named, and it lets everybody through",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut by_class: BTreeMap<ClassRef, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in context.project.endpoints.iter() {
        let class = endpoint.class.filter(|_| endpoint.kind.is_request());
        if let Some(class) = class
            && functions::is_application(context.project, class.module)
        {
            by_class.entry(class).or_default().push(endpoint);
        }
    }
    let idle: Vec<(ClassRef, &Vec<&Endpoint>, &Endpoint)> = by_class
        .iter()
        .filter_map(|(class, endpoints)| Some((*class, endpoints, idle(endpoints).next()?)))
        .collect();
    let forgotten = by_class.iter().filter_map(|(class, endpoints)| {
        let (one, beside) = forgotten(context, endpoints)?;
        Some(finding_of_one(context, *class, one, beside))
    });
    let forgotten: Vec<Diagnostic> = forgotten.collect();
    // Where many classes have such a guard and no role, it stands there by habit.
    let is_habit = idle.len() > HABIT;
    idle.into_iter()
        .map(|(class, endpoints, first)| finding(context, class, endpoints, first, is_habit))
        .chain(forgotten)
        .collect()
}

/// So many endpoints of a class name roles, beside the one that does not.
const BESIDE: usize = 8;

/// The only endpoint of a class that names no role, where it changes rows that are nobody's in particular or
/// that others of the class change; with how many there are beside it.
fn forgotten<'e>(
    context: &Context<'_>,
    endpoints: &[&'e Endpoint],
) -> Option<(&'e Endpoint, usize)> {
    let of_guard = |endpoint: &&&Endpoint| endpoint.access.public.is_none();
    let named = endpoints.iter().filter(of_guard);
    let named = named.filter(|endpoint| names_roles(endpoint)).count();
    let mut others = endpoints
        .iter()
        .filter(of_guard)
        .filter(|endpoint| !names_roles(endpoint));
    let one = *others.next()?;
    let access = &one.access;
    let only = named >= BESIDE
        && others.next().is_none()
        && !access.idle.is_empty()
        && access.unknown.is_empty()
        && access.checked.is_empty();
    let mut walks = context.walks.iter();
    let walked = walks.find(|walked| {
        let endpoint = context.project.endpoints.get(walked.endpoint);
        endpoint.handler == one.handler && endpoint.name == one.name
    })?;
    let walk = &walked.walk;
    // Who changes what is their own needs no role.
    let writes = walk.queries.iter().any(|reached| {
        let call = context.project.calls.get(reached.query.call);
        call.operation.is_write()
    });
    (only && writes && !walk.uses_identity && !walk.doubtful).then_some((one, named))
}

/// Whether an endpoint says whom its guard is to let through, be it everybody who has a role at all.
fn names_roles(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    let mut noted = access.noted.iter();
    !access.restricted.is_empty() || noted.any(|one| one.restricts && one.reader.is_some())
}

fn finding_of_one(
    context: &Context<'_>,
    class: ClassRef,
    one: &Endpoint,
    beside: usize,
) -> Diagnostic {
    let guard = one
        .access
        .idle
        .first()
        .map_or("the guard", |name| name.as_str());
    let modules = &context.project.modules;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        one.at,
        format!(
            "`{}` changes rows and names no role, as the {beside} other endpoints of its class do: `{guard}` lets everybody through",
            one.name
        ),
    )
    .label("neither the method nor its class has what the guard asks for");
    if let Some(name) = &modules.facts(class.module).class(class.id).name {
        let at = modules.at(class.module, name.span);
        found = found.related(at, "the class of the endpoint");
    }
    found
        .confidence(Confidence::Likely)
        .help("name the roles (`@Roles(...)`) that the endpoints beside it name")
        .subject(format!("endpoint:{} guard:{guard} beside", one.name))
}

/// More classes than this with the guard and without a role show a habit.
const HABIT: usize = 2;

/// The endpoints of a class before which a guard stands in vain. One that asks
/// others of the class for roles lets these through on purpose.
fn idle<'e>(endpoints: &'e [&Endpoint]) -> impl Iterator<Item = &'e Endpoint> {
    let asks = endpoints
        .iter()
        .any(|endpoint| !endpoint.access.restricted.is_empty());
    endpoints.iter().copied().filter(move |endpoint| {
        let access = &endpoint.access;
        !asks && !access.idle.is_empty() && access.public.is_none() && access.unknown.is_empty()
    })
}

fn finding(
    context: &Context<'_>,
    class: ClassRef,
    endpoints: &[&Endpoint],
    first: &Endpoint,
    is_habit: bool,
) -> Diagnostic {
    let guard = first
        .access
        .idle
        .first()
        .map_or("the guard", |name| name.as_str());
    let modules = &context.project.modules;
    let whom = match first.access.authenticated {
        true => "every signed-in user",
        false => "everybody",
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        first.at,
        format!(
            "`{guard}` stands before `{}`, and no role is named: it lets {whom} through",
            first.name
        ),
    )
    .label("neither the method nor its class has what the guard asks for");
    for other in idle(endpoints).skip(1).take(3) {
        found = found.related(other.at, "so does this one");
    }
    if let Some(name) = &modules.facts(class.module).class(class.id).name {
        let at = modules.at(class.module, name.span);
        found = found.related(at, "the class of the endpoint");
    }
    if is_habit {
        found = found.lowered(
            Severity::Low,
            "the guard stands before other classes without a role as well: it may be a habit",
        );
    } else if !first.access.administrative {
        found = found.lowered(
            Severity::Medium,
            "nothing else says that the endpoint is for some users alone",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "name the roles (`@Roles(...)`) on the method or the class, or let `{guard}` refuse where none are named"
        ))
        .subject(format!("endpoint:{} guard:{guard}", first.name))
}

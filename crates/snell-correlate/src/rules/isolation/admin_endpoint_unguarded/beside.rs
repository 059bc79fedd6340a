//! Classes that change what belongs to nobody (prices, vehicles, the people themselves), open to everybody who is
//! signed in, where nearly all others that change rows ask for a role.

use std::collections::{BTreeMap, BTreeSet};

use snell_flow::{
    Value,
    scope::{Origin, Reached, origins},
};
use snell_project::{endpoint::Endpoint, module::ClassRef, ownership::Ownership, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{RULE, rights};
use crate::{
    functions,
    rule::Context,
    rules::isolation::{
        entries::{Entry, entries},
        people,
        reach::changes,
    },
};

/// So many classes ask for a role before they change rows,
const MANY: usize = 4;
/// and so many times as many as those that do not.
const MOSTLY: usize = 2;

/// Other endpoints of a class that a finding shows.
const MORE: usize = 3;

/// A change by everybody who is signed in.
struct Open<'a> {
    endpoint: &'a Endpoint,
    reached: &'a Reached<'a>,
    model: ModelRef,
}

/// One finding for each class.
pub(super) fn findings(context: &Context<'_>, told: &BTreeSet<ClassRef>) -> Vec<Diagnostic> {
    let entries = entries(context);
    let mut open: BTreeMap<ClassRef, Vec<Open<'_>>> = BTreeMap::new();
    let mut asking: BTreeSet<ClassRef> = BTreeSet::new();
    for entry in &entries {
        let Some(class) = entry.endpoint.class else {
            continue;
        };
        let writes = entry.walk.queries.iter().any(|reached| {
            let call = context.project.calls.get(reached.query.call);
            call.operation.is_write()
        });
        if !writes || !functions::is_application(context.project, class.module) {
            continue;
        }
        if !entry.endpoint.access.restricted.is_empty() {
            asking.insert(class);
        } else if let Some(one) = change(context, entry) {
            open.entry(class).or_default().push(one);
        }
    }
    open.retain(|class, _| !asking.contains(class) && !told.contains(class));
    if asking.len() < MANY || asking.len() < MOSTLY * open.len() {
        return Vec::new();
    }
    let found = open.values().filter_map(|of_class| {
        let first = of_class.first()?;
        Some(finding(context, first, of_class, asking.len()))
    });
    found.collect()
}

/// The change of what belongs to nobody, or of people whom the client names, that an endpoint makes for
/// everybody who is signed in.
fn change<'a>(context: &Context<'a>, entry: &Entry<'a>) -> Option<Open<'a>> {
    // A guard that asks for roles where none are named is told by itself.
    let idle = !entry.endpoint.access.idle.is_empty();
    if idle || !rights::is_for_every_user(context, entry) || entry.walk.uses_identity {
        return None;
    }
    let queries = &entry.walk.queries;
    queries.iter().find_map(|reached| {
        let call = context.project.calls.get(reached.query.call);
        let model = call.model()?;
        let of_nobody = *context.project.owners.of(model) == Ownership::Global
            || people::is_identity(context, model);
        let open = changes(call.operation)
            && of_nobody
            && is_named_by_address(reached)
            && !rights::asks(context, reached);
        open.then_some(Open {
            endpoint: entry.endpoint,
            reached,
            model,
        })
    })
}

/// Whether the address says which row is changed: what a payload names is beside what the endpoint is about.
fn is_named_by_address(reached: &Reached<'_>) -> bool {
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
    let mut named = false;
    if let Some(filter) = filter {
        origins(&filter.value, &mut |origin| {
            named |= matches!(origin, Origin::Client(key) if matches!(key.part, "param" | "query"));
        });
    }
    named
}

fn finding(
    context: &Context<'_>,
    first: &Open<'_>,
    open: &[Open<'_>],
    asking: usize,
) -> Diagnostic {
    let project = context.project;
    let name = &project.schemas.model(first.model).name;
    let more = match open.len() {
        1 => String::new(),
        n => format!(", and {} more of its class are as open", n - 1),
    };
    let call = project.calls.get(first.reached.query.call);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        first.endpoint.at,
        format!(
            "every signed-in user may change `{name}` by `{}`, where {asking} other classes ask for a role before they change rows{more}",
            first.endpoint.name
        ),
    )
    .label("no role is asked for")
    .related(
        project.modules.at(call.module, call.name.span),
        format!("changes `{name}`"),
    );
    for other in open.iter().skip(1).take(MORE) {
        found = found.related(other.endpoint.at, "nor here");
    }
    found = match people::is_identity(context, first.model) {
        true => found.lowered(
            Severity::High,
            "only the other classes say that it is for some users alone",
        ),
        false => found.lowered(
            Severity::Medium,
            "only the other classes say that it is for some users alone",
        ),
    };
    found
        .confidence(Confidence::Likely)
        .help("put the guard and the roles before it that stand before the others")
        .subject(format!("endpoint:{} beside:{name}", first.endpoint.name))
}

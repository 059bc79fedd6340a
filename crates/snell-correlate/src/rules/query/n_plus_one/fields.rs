//! Fields that GraphQL resolves for each row of a list: the query of a resolver runs once for each.

use snell_flow::{Fact, Facts, Query, Root, Value};
use snell_project::{
    client::Operation,
    endpoint::{Endpoint, EndpointKind},
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{super::repeated, RULE, is_paged, returned::Returned};
use crate::{functions, rule::Context, support::queries};

/// Other fields of a resolver that a finding shows.
const SHOWN: usize = 5;

/// A field, and the query of its resolver.
type Field<'a> = (&'a Endpoint, &'a Query);

/// One finding for each resolver with fields that ask by the row that they are of, or for each query that those of several
/// resolvers run: that is mended in one place. A resolver of a base class is one, however many classes extend it.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let returned = Returned::of(context);
    let mut resolvers: Vec<Vec<Field<'_>>> = Vec::new();
    for walked in context.walks {
        let endpoint = context.project.endpoints.get(walked.endpoint);
        let judged = endpoint.kind == EndpointKind::Field
            && functions::is_application(context.project, endpoint.module)
            && !returned.never_in_list(context, endpoint);
        if !judged {
            continue;
        }
        let mut asked = walked
            .walk
            .queries
            .iter()
            .filter(|reached| !is_of_who_asks(&reached.facts))
            .map(|reached| reached.query);
        let Some(query) = asked.find(|query| asks_by_parent(context, query)) else {
            continue;
        };
        let is_known = |fields: &[Field<'_>]| fields.iter().any(|one| one.0.at == endpoint.at);
        if resolvers.iter().any(|fields| is_known(fields)) {
            continue;
        }
        let belongs = |fields: &&mut Vec<Field<'_>>| {
            let (first, own) = fields[0];
            first.class == endpoint.class || own.call == query.call
        };
        match resolvers.iter_mut().find(belongs) {
            Some(fields) => fields.push((endpoint, query)),
            None => resolvers.push(vec![(endpoint, query)]),
        }
    }
    let each = resolvers.iter();
    each.map(|fields| finding(context, fields)).collect()
}

/// Whether the query is reached for the one row alone that is who asks:
/// `if (user.id !== asking.id) return []` before it.
fn is_of_who_asks(facts: &Facts) -> bool {
    let is = |value: &Value, wanted: &dyn Fn(&Root) -> bool| matches!(value, Value::Opaque(opaque) if wanted(&opaque.root));
    let parent = |value: &Value| is(value, &is_parent);
    let who = |value: &Value| is(value, &|root| *root == Root::Identity);
    facts.iter().any(|fact| match fact {
        Fact::Equal(a, b) => parent(a) && who(b) || who(a) && parent(b),
        _ => false,
    })
}

fn is_parent(root: &Root) -> bool {
    matches!(root, Root::ClientInput(part, _) if part == "Parent" || part == "Root")
}

/// Whether a query reads, by something of the parent, what Prisma does not load together:
/// `findUnique` of one tick is one query.
fn asks_by_parent(context: &Context<'_>, query: &Query) -> bool {
    let operation = context.project.calls.get(query.call).operation;
    let other = matches!(
        operation,
        Operation::FindUnique | Operation::FindUniqueOrThrow | Operation::Transaction
    );
    let by_parent = |value: &Value| {
        let mut found = false;
        value.visit(&mut |part| {
            found |= matches!(part, Value::Opaque(opaque) if is_parent(&opaque.root));
        });
        found
    };
    let keyed = match operation.is_raw() {
        true => query.arguments.iter().any(by_parent),
        false => {
            let arguments = query.arguments.first().and_then(Value::as_object);
            let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
            filter.is_some_and(|filter| by_parent(&filter.value))
        }
    };
    keyed && !other && !repeated::is_write(context, query)
}

fn finding(context: &Context<'_>, fields: &[Field<'_>]) -> Diagnostic {
    let (endpoint, query) = fields[0];
    let call = context.project.calls.get(query.call);
    let title = repeated::title(context, call);
    let others = match fields.len() {
        1 => String::new(),
        2 => ", as does the query of one more field".to_owned(),
        many => format!(", as do the queries of {} more fields", many - 1),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        queries::operation_at(context, call),
        format!(
            "`{title}` runs once for each row of which `{}` is asked{others}",
            endpoint.name
        ),
    )
    .label("one query for each parent")
    .related(endpoint.at, "GraphQL resolves this for each row of a list");
    for (other, _) in fields.iter().skip(1).take(SHOWN) {
        found = found.related(other.at, "and this one");
    }
    found
        .lowered(
            Severity::Medium,
            "only where a client asks for the field of a list",
        )
        .confidence(Confidence::Likely)
        .help(match is_paged(query) {
            true => "ask once for all parents: a `DataLoader` that is made for each request, with a raw query that numbers the rows of each parent (`ROW_NUMBER() OVER (PARTITION BY ...)`), as `take` beside `in` counts all of them together",
            false => "ask once for all parents: a `DataLoader` that is made for each request, with `in` and a `Map`",
        })
        .subject(format!("{} {title}", endpoint.name))
}

//! Fields that GraphQL resolves for each row of a list: the query of a resolver runs once for each.

use snell_flow::{Query, Root, Value};
use snell_project::{
    client::Operation,
    endpoint::{Endpoint, EndpointKind},
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{super::repeated, RULE};
use crate::{functions, rule::Context, support::queries};

/// One finding for each field whose resolver asks by the row that it is of.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for walked in context.walks {
        let endpoint = context.project.endpoints.get(walked.endpoint);
        let judged = endpoint.kind == EndpointKind::Field
            && functions::is_application(context.project, endpoint.module);
        if !judged {
            continue;
        }
        let mut asked = walked.walk.queries.iter().map(|reached| reached.query);
        if let Some(query) = asked.find(|query| asks_by_parent(context, query)) {
            found.push(finding(context, endpoint, query));
        }
    }
    found
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
            found |= matches!(part, Value::Opaque(opaque)
                if matches!(&opaque.root, Root::ClientInput(part, _) if part == "Parent" || part == "Root"));
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

fn finding(context: &Context<'_>, endpoint: &Endpoint, query: &Query) -> Diagnostic {
    let call = context.project.calls.get(query.call);
    let title = repeated::title(context, call);
    Diagnostic::at(
        &RULE.metadata,
        queries::operation_at(context, call),
        format!(
            "`{title}` runs once for each row of which `{}` is asked",
            endpoint.name
        ),
    )
    .label("one query for each parent")
    .related(endpoint.at, "GraphQL resolves this for each row of a list")
    .lowered(
        Severity::Medium,
        "only where a client asks for the field of a list",
    )
    .confidence(Confidence::Likely)
    .help("ask once for all parents: a `DataLoader` that is made for each request, with `in` and a `Map`".to_owned())
    .subject(format!("{} {title}", endpoint.name))
}

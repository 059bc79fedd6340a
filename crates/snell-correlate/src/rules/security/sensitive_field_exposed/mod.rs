//! Secrets in what an endpoint gives back.

mod asker;
mod cure;
mod graphql;
pub(in crate::rules) mod returned;
mod wrapped;

use std::sync::Arc;

use smol_str::SmolStr;
use snell_extract::facts::MemberKind;
use snell_flow::{
    ObjectValue, Opaque, Root, RowOrigin, Step, Value,
    scope::{Origin, origins},
};
use snell_project::{
    client::{CallId, Operation},
    endpoint::{Endpoint, EndpointKind},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

pub(in crate::rules) use self::graphql::is_field_of_type;
use self::{
    cure::{at_the_client, cure, others, secret_of},
    wrapped::wrapped,
};
use super::{
    calls,
    projection::{Held, held},
    rewritten,
    sensitive::{self, Secret},
    tell,
    traffic::{is_for_administrators, is_for_few, traffic},
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::refused::is_refused,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/sensitive-field-exposed",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "An endpoint gives a secret back",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut found: Vec<Diagnostic> = Vec::new();
    if shapes_all_responses(context) {
        return found;
    }
    for flow in context.flow.endpoints() {
        let endpoint = project.endpoints.get(flow.endpoint);
        let answers = matches!(endpoint.kind, EndpointKind::Http | EndpointKind::Route)
            && functions::is_application(project, endpoint.module)
            && !shapes_response(context, endpoint);
        if !answers || flow.summary.cut {
            continue;
        }
        let mut rows = Vec::new();
        for value in context.flow.answers(flow, endpoint) {
            given(value, &[], 8, &mut rows);
            for inside in wrapped(context, &flow.summary.events, value) {
                given(inside, &[], 8, &mut rows);
            }
        }
        for row in &rows {
            for finding in exposures(context, flow.endpoint, endpoint, row) {
                let told = found.iter().any(|known| {
                    known.primary().at == finding.primary().at && known.subject == finding.subject
                });
                if !told {
                    found.push(finding);
                }
            }
        }
    }
    at_the_client(&mut found);
    found.extend(graphql::fields(context));
    found.extend(asker::finding(context));
    found
}

/// A row in a response.
struct Row {
    origin: Arc<RowOrigin>,
    /// The way into it.
    path: Vec<SmolStr>,
    /// Properties that the response does not take over from it.
    without: Vec<SmolStr>,
}

fn given(value: &Value, without: &[SmolStr], depth: u32, rows: &mut Vec<Row>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match value {
        Value::Opaque(opaque) => rows.extend(row(opaque, without)),
        Value::Object(object) => in_object(object, without, depth, rows),
        Value::Array(array) => {
            for element in array.elements.iter().chain(&array.rest) {
                given(element, without, depth, rows);
            }
        }
        Value::OneOf(choices) => {
            for choice in choices.iter() {
                given(&choice.value, without, depth, rows);
            }
        }
        _ => {}
    }
}

fn in_object(object: &ObjectValue, without: &[SmolStr], depth: u32, rows: &mut Vec<Row>) {
    for entry in object.entries.values() {
        given(&entry.value, &[], depth, rows);
    }
    let mut overridden = without.to_vec();
    overridden.extend(object.entries.keys().cloned());
    for spread in &object.spreads {
        given(spread, &overridden, depth, rows);
    }
}

fn row(opaque: &Opaque, without: &[SmolStr]) -> Option<Row> {
    let Root::Row(origin) = &opaque.root else {
        return None;
    };
    let mut path = Vec::new();
    let mut without = without.to_vec();
    for step in &opaque.path {
        match step {
            Step::Property(name) => path.push(name.clone()),
            Step::Each(_) | Step::At(_) => {}
            Step::Without(names) => without.extend(names.iter().cloned()),
            Step::Converted => return None,
        }
    }
    Some(Row {
        origin: Arc::clone(origin),
        path,
        without,
    })
}

fn exposures(
    context: &Context<'_>,
    position: usize,
    endpoint: &Endpoint,
    row: &Row,
) -> Vec<Diagnostic> {
    let call = context.project.calls.get(row.origin.call);
    let Some(model) = call.model() else {
        return Vec::new();
    };
    let arguments = &row.origin.arguments;
    if !call.operation.gives_rows() || is_refused(call.operation, arguments) {
        return Vec::new();
    }
    let path: Vec<&str> = row.path.iter().map(SmolStr::as_str).collect();
    // How long it is tells nobody what it is.
    if path.last() == Some(&"length") {
        return Vec::new();
    }
    // A single field is given back because somebody meant to.
    let single = row.path.last().is_some_and(|last| {
        *last == "hash"
            || sensitive::by_name(last, false).is_some()
            || sensitive::by_name(last, true).is_some()
    });
    if single {
        return Vec::new();
    }
    let Some(fields) = held(context, model, arguments, &path) else {
        return Vec::new();
    };
    let mut worst: Vec<(Secret, Held<'_>)> = fields
        .into_iter()
        .filter(|held| !held.is_left_out(&row.without))
        .filter(|held| !(call.operation.is_create() && is_empty_yet(arguments, held)))
        .filter_map(|held| Some((secret_of(context, &held)?, held)))
        .filter(|(_, held)| !rewritten::somewhere(context, held.field))
        .collect();
    worst.sort_by_key(|(secret, _)| std::cmp::Reverse(*secret));
    let own = is_own(context, position, row.origin.call);
    worst
        .first()
        .filter(|(secret, held)| {
            tells(endpoint, *secret, own && !held.nested)
                && !(held.named && *secret == Secret::Token)
                // A key is shown once, to whom it was made for.
                && !((held.named || is_made_here(arguments, held))
                    && !held.nested
                    && *secret == Secret::Key
                    && call.operation == Operation::Create)
        })
        .map(|(secret, held)| {
            finding(
                context,
                endpoint,
                Given {
                    call: row.origin.call,
                    own: own && !held.nested,
                    asker: call.operation.is_create() && is_who_asks(context, arguments, held),
                    personal: own && !held.nested && is_personal(call.operation, arguments),
                    others: others(&worst, held),
                },
                (*secret, held),
            )
        })
        .into_iter()
        .collect()
}

/// A query whose row is given back.
struct Given {
    call: CallId,
    /// The rows are those of who asks, or of their tenant.
    own: bool,
    /// It is the one row of the person who asks.
    personal: bool,
    /// It is the row of who asks beside one that was made for them.
    asker: bool,
    /// Other secrets that come along in the same row.
    others: Vec<SmolStr>,
}

/// Whether a new row is tied to who asks by the relation through which the secret comes along with it.
fn is_who_asks(context: &Context<'_>, arguments: &Value, held: &Held<'_>) -> bool {
    let data = arguments
        .as_object()
        .and_then(|arguments| arguments.entries.get("data"))
        .and_then(|data| data.value.as_object());
    let (Some(data), Some(relation)) = (data, held.through) else {
        return false;
    };
    let person = relation
        .relation()
        .filter(|side| side.target == held.model.model && !relation.is_list());
    let Some(side) = person else { return false };
    let datamodel = &context.project.schemas.get(held.model.schema).datamodel;
    let columns = side.fields.iter().map(|column| &datamodel[*column].name);
    let own = |name: &SmolStr| {
        let entry = data.entries.get(name).filter(|entry| !entry.beneath);
        entry.is_some_and(|entry| {
            let (mut asks, mut other) = (false, false);
            origins(&entry.value, &mut |origin| match origin {
                Origin::Identity(_) => asks = true,
                Origin::Constant => {}
                _ => other = true,
            });
            asks && !other
        })
    };
    columns.chain([&relation.name]).any(own)
}

/// Whether a query is for one row that nothing which the client sent chooses: a tenant's rows are those
/// of other people as well.
fn is_personal(operation: Operation, arguments: &Value) -> bool {
    let filter = arguments
        .as_object()
        .and_then(|arguments| arguments.entries.get("where"));
    let mut chosen = false;
    if let Some(filter) = filter {
        origins(&filter.value, &mut |origin| {
            chosen |= matches!(origin, Origin::Client(_));
        });
    }
    operation != Operation::FindMany && filter.is_some() && !chosen
}

/// Whether the secret of a new row is made, or taken from what was sent, where the row is.
fn is_made_here(arguments: &Value, held: &Held<'_>) -> bool {
    let data = arguments
        .as_object()
        .and_then(|arguments| arguments.entries.get("data"))
        .and_then(|data| data.value.as_object());
    let made = data.and_then(|data| data.entries.get(&held.field.name));
    made.is_some_and(|made| {
        let mut of_row = made.value.is_constant();
        origins(&made.value, &mut |origin| {
            of_row |= matches!(origin, Origin::Row(..));
        });
        !of_row
    })
}

/// Whether a list that comes along with a new row has nothing in it: what makes the row puts nothing
/// there.
fn is_empty_yet(arguments: &Value, held: &Held<'_>) -> bool {
    let data = arguments
        .as_object()
        .and_then(|arguments| arguments.entries.get("data"))
        .and_then(|data| data.value.as_object());
    let list = held.through.filter(|relation| relation.is_list());
    data.zip(list).is_some_and(|(data, list)| {
        data.spreads.is_empty() && !data.entries.contains_key(&list.name)
    })
}

/// Whether a response of this kind is worth telling: who asks may be meant to
/// get their own keys.
fn tells(endpoint: &Endpoint, secret: Secret, own: bool) -> bool {
    match secret {
        Secret::Password => true,
        Secret::Key => !is_for_few(endpoint) || !own,
        Secret::Token => !own && !is_for_few(endpoint),
    }
}

/// Whether the rows of a query are those of who asks, on all ways from the endpoint.
fn is_own(context: &Context<'_>, position: usize, call: CallId) -> bool {
    let traffic = traffic(context);
    let mut ways = traffic
        .sent
        .iter()
        .filter(|sent| sent.endpoint == position && sent.call == call)
        .peekable();
    ways.peek().is_some() && ways.all(|sent| sent.own)
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    Given {
        call,
        own,
        personal,
        asker,
        others,
    }: Given,
    (secret, held): (Secret, &Held<'_>),
) -> Diagnostic {
    let name = &held.field.name;
    let model = context.project.schemas.model(held.model);
    let title = tell::title(context, call);
    let schema = context.project.schemas.get(held.model.schema);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        tell::operation(context, call),
        format!("`{}` gives `{}.{name}` back", endpoint.name, model.name),
    )
    .label(match (held.named, held.nested) {
        (true, _) => "selects it by its name",
        (false, true) => "loads it with the related row",
        (false, false) => "loads every column, this one as well",
    })
    .related(schema.field_name(held.field), "the secret")
    .related(endpoint.at, "what is loaded is the response");
    let made = context.project.calls.get(call).operation.is_create();
    let removed = context.project.calls.get(call).operation == Operation::Delete;
    let public = endpoint.access.public.is_some() || is_left_open(context, endpoint);
    // The client has `omit` from 6.2 on, without a preview.
    let omits = context
        .project
        .prisma_version(context.project.calls.get(call).module)
        .is_none_or(|version| version.has_reached(6, 2));
    finding = match (secret, own) {
        (Secret::Password, false) if public && !held.named && !made => finding,
        (Secret::Password, _) if !held.named && (personal || asker || made && !held.nested) => {
            finding.lowered(
                Severity::Medium,
                match made && !asker {
                    true => "whoever made the row gets it",
                    false => "the row is one of who asks",
                },
            )
        }
        (Secret::Password, _) if !held.named && is_for_administrators(endpoint) => {
            finding.lowered(Severity::Medium, "only administrators get here")
        }
        (Secret::Password, _) if !held.named && !held.nested && removed => {
            finding.lowered(Severity::Medium, "the row is gone by then")
        }
        (Secret::Password, _) if !held.named => finding.lowered(
            Severity::High,
            match endpoint {
                _ if is_for_few(endpoint) => "only some users get here",
                _ if endpoint.access.authenticated => "who is not signed in does not get here",
                _ if !endpoint.access.unknown.is_empty() => "a guard stands before it",
                _ => "no marker opens the endpoint to everybody: a sign-in may stand before it",
            },
        ),
        _ if held.named => finding.lowered(
            Severity::Medium,
            "the query selects it by its name: it may be meant",
        ),
        (_, true) => finding.lowered(Severity::Medium, "the row is one of who asks"),
        (_, false) if is_for_few(endpoint) => {
            finding.lowered(Severity::Medium, "only some users get here")
        }
        _ => finding.lowered(
            Severity::High,
            "nothing says that rows of everybody come here",
        ),
    };
    if secret != Secret::Password && rewritten::encrypted(context, held.model, held.field) {
        finding = finding.lowered(Severity::Medium, "what is stored is encrypted before");
    }
    // The client may leave a column out everywhere; where it cannot, or the query names it, each file has its own change.
    let column = format!("{}.{name}", model.name);
    let cause = match omits && !held.named {
        true => format!("omit {column}"),
        false => format!("{} {column}", tell::operation(context, call).file.index()),
    };
    finding
        .confidence(Confidence::Likely)
        .caused_by(cause)
        .help(cure(held, &others, omits))
        .subject(format!("field:{}.{name} query:{title}", model.name))
}

/// Whether nothing stands before an endpoint of an application in which somebody signs in before others.
fn is_left_open(context: &Context<'_>, endpoint: &Endpoint) -> bool {
    endpoint.is_open_to_everybody()
        && context
            .project
            .endpoints
            .iter()
            .any(|other| other.access.authenticated && other.kind == EndpointKind::Http)
}

/// Interceptors that leave a response as it is.
const HARMLESS: [&str; 14] = [
    "cache",
    "log",
    "timeout",
    "file",
    "throttl",
    "metric",
    "trac",
    "audit",
    "sentry",
    "request",
    "idempot",
    "event",
    "correlation",
    "version",
];

/// `@UseInterceptors(...)`, `@Serialize(...)` on the method or its class: the
/// response may be given another shape.
pub(in crate::rules) fn shapes_response(context: &Context<'_>, endpoint: &Endpoint) -> bool {
    let project = context.project;
    let Some(class) = functions::class_of(project, endpoint.handler) else {
        return true;
    };
    let member = class
        .members
        .iter()
        .find(|member| matches!(member.kind, MemberKind::Method(id) if id == endpoint.handler.id));
    let own = member.into_iter().flat_map(|member| &member.decorators);
    own.chain(&class.decorators).any(|decorator| {
        let at = project.modules.at(endpoint.handler.module, decorator.span);
        let text = context.text(at).to_ascii_lowercase();
        let name = decorator.name.to_ascii_lowercase();
        match name.rsplit('.').next().unwrap_or_default() {
            "useinterceptors" => {
                !HARMLESS.iter().any(|word| text.contains(word)) || text.contains("serializ")
            }
            name => ["serializ", "zodresponse", "zodserializ", "transform"]
                .iter()
                .any(|word| name.contains(word)),
        }
    })
}

/// Whether an interceptor of the whole application gives responses another shape.
pub(in crate::rules) fn shapes_all_responses(context: &Context<'_>) -> bool {
    calls::modules(context).any(|(module, facts)| {
        let file = context.project.modules.get(module).file;
        let text = &context.sources.file(file).text;
        let intercepts = facts
            .classes
            .iter()
            .any(|class| class.member("intercept").is_some());
        let shapes = [
            "plainToInstance",
            "plainToClass",
            "instanceToPlain",
            "delete ",
            "omit(",
            "exclude",
        ];
        intercepts && shapes.iter().any(|word| text.contains(word))
    })
}

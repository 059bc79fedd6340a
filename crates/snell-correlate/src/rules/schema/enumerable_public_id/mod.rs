//! Numbers that name rows in routes.

use std::collections::BTreeMap;

use snell_flow::{Opaque, Root, Step, Value};
use snell_prisma::{Field, ScalarType};
use snell_project::{
    client::CallTarget,
    endpoint::Endpoint,
    schema::{FieldRef, SchemaId},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/enumerable-public-id",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Routes name rows by numbers that can be counted through",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Routes that a finding shows.
const SHOWN: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let named = named(context);
    let mut found = Vec::new();
    let mut behind: BTreeMap<SchemaId, Vec<(FieldRef, Location)>> = BTreeMap::new();
    for (column, routes) in &named {
        let open: Vec<Location> = routes.iter().filter(|r| r.open).map(|r| r.at).collect();
        if open.is_empty() {
            let first = routes.iter().map(|route| (*column, route.at)).next();
            behind.entry(column.schema).or_default().extend(first);
        } else {
            found.push(of_everybody(context, *column, &open));
        }
    }
    found.extend(
        behind
            .values()
            .filter_map(|columns| behind_a_guard(context, columns)),
    );
    found
}

/// A route that takes the key of a row.
struct Route {
    at: Location,
    /// Nothing before it asks who is there.
    open: bool,
}

fn named(context: &Context<'_>) -> BTreeMap<FieldRef, Vec<Route>> {
    let mut found: BTreeMap<FieldRef, Vec<Route>> = BTreeMap::new();
    for walked in context.walks {
        let endpoint = context.project.endpoints.get(walked.endpoint);
        if !endpoint.kind.is_request()
            || endpoint.access.administrative
            || !functions::is_application(context.project, endpoint.module)
        {
            continue;
        }
        for reached in &walked.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            let CallTarget::Models(models) = &call.target else {
                continue;
            };
            let filter = reached
                .query
                .arguments
                .first()
                .and_then(Value::as_object)
                .and_then(|arguments| arguments.entries.get("where"));
            let Some(filter) = filter.and_then(|entry| entry.value.as_object()) else {
                continue;
            };
            for model in models {
                let fields = context.project.schemas.model(*model);
                let key = fields
                    .columns()
                    .find(|field| is_counted(field) && fields.is_id(field.id));
                let Some(key) = key else { continue };
                let given = filter.entries.get(&key.name);
                if given.is_some_and(|entry| is_of_path(&entry.value)) {
                    let column = FieldRef {
                        schema: model.schema,
                        field: key.id,
                    };
                    add(found.entry(column).or_default(), endpoint);
                }
            }
        }
    }
    found
}

fn add(routes: &mut Vec<Route>, endpoint: &Endpoint) {
    if routes.iter().all(|route| route.at != endpoint.at) {
        routes.push(Route {
            at: endpoint.at,
            open: endpoint.is_open_to_everybody(),
        });
    }
}

fn is_counted(field: &Field) -> bool {
    matches!(field.scalar(), Some(ScalarType::Int | ScalarType::BigInt))
        && field
            .default
            .as_ref()
            .is_some_and(|default| default.value.is_function("autoincrement"))
}

/// Whether a value is what stands in the path of the request, as it is.
fn is_of_path(value: &Value) -> bool {
    let is_one = |opaque: &Opaque| {
        let plain = |step: &Step| matches!(step, Step::Converted | Step::Property(_));
        matches!(&opaque.root, Root::ClientInput(part, _) if part == "Param")
            && opaque.path.iter().all(plain)
    };
    value
        .choices()
        .into_iter()
        .any(|choice| matches!(choice, Value::Opaque(opaque) if is_one(opaque)))
}

fn of_everybody(context: &Context<'_>, column: FieldRef, routes: &[Location]) -> Diagnostic {
    let schema = context.project.schemas.get(column.schema);
    let model = &schema.datamodel[column.field.model];
    let field = &schema.datamodel[column.field];
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!("anybody can count through `{}`", model.name),
    )
    .label("1, 2, 3: every row has the number after the last one")
    .confidence(Confidence::Likely);
    for at in routes.iter().take(SHOWN) {
        found = found.related(*at, "takes the number, and asks nobody who they are");
    }
    found
        .help("give the rows a public id that cannot be guessed, `publicId String @unique @default(uuid())`, and take that in routes")
        .subject(wording::subject(model, &field.name))
}

fn behind_a_guard(context: &Context<'_>, columns: &[(FieldRef, Location)]) -> Option<Diagnostic> {
    let ((first, at), _) = columns.split_first()?;
    let schema = context.project.schemas.get(first.schema);
    let names: Vec<String> = columns
        .iter()
        .map(|(column, _)| schema.datamodel[column.field.model].name.to_string())
        .collect();
    let field = &schema.datamodel[first.field];
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!(
            "routes behind a sign-in name rows of {} by numbers that count up",
            count(&names)
        ),
    )
    .label("says how many there are, and how fast they come")
    .related(*at, "takes the number")
    .lowered(
        Severity::Info,
        "whoever calls is signed in: what they may see is the checks' matter",
    )
    .confidence(Confidence::Likely);
    for (column, _) in columns.iter().skip(1).take(SHOWN * 2) {
        let field = &schema.datamodel[column.field];
        found = found.related(
            schema.field_name(field),
            schema.datamodel[column.field.model].name.to_string(),
        );
    }
    Some(
        found
            .help("one check of the owner that is forgotten is then a list of all rows; ids that cannot be guessed, `uuid(7)`, make it one row")
            .subject("schema:enumerable-ids"),
    )
}

fn count(names: &[String]) -> String {
    match names {
        [only] => format!("`{only}`"),
        [first, rest @ ..] => format!("`{first}` and {} more tables", rest.len()),
        [] => String::new(),
    }
}

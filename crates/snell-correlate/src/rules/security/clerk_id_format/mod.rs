//! Ids of Clerk that are taken for UUIDs or numbers.

use snell_extract::facts::{Expression, Function, ModuleFacts};
use snell_flow::{Root, Step, Value};
use snell_prisma::ScalarType;
use snell_project::{endpoint::Endpoint, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    keys::{Keys, Person, keys, used},
    tell,
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/clerk-id-format",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Ids of Clerk (`user_...`) are expected to be UUIDs or numbers",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// `user_` and 27 letters and digits.
const LENGTH: u32 = 32;

/// Pipes that refuse every id of Clerk.
const PIPES: [&str; 3] = ["ParseUUIDPipe", "ParseIntPipe", "ParseFloatPipe"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let keys = keys(context);
    let mut found: Vec<Diagnostic> = keys
        .people
        .iter()
        .filter_map(|person| column(context, person))
        .collect();
    found.extend(parameters(context, &keys));
    found
}

/// A column that cannot hold an id of Clerk, or fills itself with another one.
fn column(context: &Context<'_>, person: &Person) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(person.model.schema);
    let field = &schema.datamodel[person.clerks];
    let native = field.native_type.as_ref();
    let narrow = native.filter(|native| match native.name.as_str() {
        "Uuid" => true,
        "VarChar" | "Char" => native
            .arguments
            .first()
            .and_then(|most| most.parse::<u32>().ok())
            .is_some_and(|most| most < LENGTH),
        _ => false,
    });
    let label = if let Some(native) = narrow {
        format!(
            "`@db.{}` holds no `user_...` of {LENGTH} letters",
            native.name
        )
    } else if person.has_two()
        && field.default.is_some()
        && field.scalar() == Some(ScalarType::String)
    {
        "a row that is created without it gets an id that Clerk does not know".to_owned()
    } else {
        return None;
    };
    let name = format!(
        "{}.{}",
        context.project.schemas.model(person.model).name,
        field.name
    );
    Some(
        Diagnostic::at(
            &RULE.metadata,
            schema.field_name(field),
            format!("`{name}` is the id of Clerk, and does not look like one"),
        )
        .label(label)
        .confidence(Confidence::Likely)
        .help("a `String` without a default and without a shorter native type")
        .subject(format!("field:{name}")),
    )
}

/// Parameters of endpoints whose pipe refuses what the column holds.
fn parameters(context: &Context<'_>, keys: &Keys) -> Vec<Diagnostic> {
    let mut told: Vec<Location> = Vec::new();
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if !functions::is_application(context.project, endpoint.module) {
            continue;
        }
        let piped = piped(context, endpoint);
        if piped.is_empty() {
            continue;
        }
        for reached in &entered.walk.queries {
            let call = reached.query.call;
            let model = context.project.calls.get(call).model();
            let arguments = reached.query.arguments.first().and_then(Value::as_object);
            let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
            let (Some(model), Some(filter)) = (model, filter) else {
                continue;
            };
            for one in used(context, model, &filter.value) {
                let pipe = piped.iter().find(|pipe| is_parameter(one.value, &pipe.key));
                if let Some(pipe) = pipe
                    && holds_clerks(context, keys, one.model, one.field)
                    && !told.contains(&pipe.at)
                {
                    told.push(pipe.at);
                    let column = tell::entry(context, one.entry);
                    found.push(refused(endpoint, pipe, column));
                }
            }
        }
    }
    found
}

/// A column of Clerk's ids, or one that refers to it.
fn holds_clerks(
    context: &Context<'_>,
    keys: &Keys,
    model: ModelRef,
    field: snell_prisma::FieldId,
) -> bool {
    let declared = context.project.schemas.model(model);
    let referred = declared.relation_fields().find_map(|relation| {
        let side = relation.relation()?;
        (side.fields.as_slice() == [field]).then(|| side.references.first().copied())?
    });
    let is = |wanted: snell_prisma::FieldId| {
        keys.people
            .iter()
            .any(|person| person.model.schema == model.schema && person.clerks == wanted)
    };
    is(field) || referred.is_some_and(is)
}

/// A parameter with a pipe.
struct Piped {
    key: String,
    pipe: String,
    at: Location,
}

/// `@Param('userId', ParseUUIDPipe) userId`
fn piped(context: &Context<'_>, endpoint: &Endpoint) -> Vec<Piped> {
    let module = endpoint.handler.module;
    let facts = context.project.modules.facts(module);
    let Some(declared) = functions::declared(context.project, endpoint.handler) else {
        return Vec::new();
    };
    pipes(facts, declared)
        .into_iter()
        .map(|(key, pipe, span)| Piped {
            key,
            pipe,
            at: context.project.modules.at(module, span),
        })
        .collect()
}

fn pipes(facts: &ModuleFacts, declared: &Function) -> Vec<(String, String, snell_source::Span)> {
    let decorators = declared
        .parameters
        .iter()
        .flat_map(|parameter| &parameter.decorators);
    decorators
        .filter_map(|decorator| {
            let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
                return None;
            };
            let (key, pipes) = arguments.split_first()?;
            let Expression::String(key) = facts.expression(key.value) else {
                return None;
            };
            let pipe = pipes.iter().find_map(|argument| {
                let named = match facts.expression(argument.value) {
                    Expression::New { callee, .. } => *callee,
                    _ => argument.value,
                };
                match facts.expression(named) {
                    Expression::Identifier { name, .. } if PIPES.contains(&name.as_str()) => {
                        Some(name.to_string())
                    }
                    _ => None,
                }
            })?;
            Some((key.to_string(), pipe, decorator.span))
        })
        .collect()
}

/// Whether a value is the whole of a parameter.
fn is_parameter(value: &Value, key: &str) -> bool {
    match value {
        Value::Opaque(opaque) => {
            matches!(&opaque.root, Root::ClientInput(_, Some(known)) if known == key)
                && opaque.path.iter().all(|step| *step == Step::Converted)
        }
        _ => false,
    }
}

fn refused(endpoint: &Endpoint, pipe: &Piped, column: Location) -> Diagnostic {
    Diagnostic::at(
        &RULE.metadata,
        pipe.at,
        format!("`{}` refuses every id of Clerk", endpoint.name),
    )
    .label(format!("`{}`, and an id of Clerk is `user_...`", pipe.pipe))
    .related(column, "compared with an id of Clerk")
    .confidence(Confidence::Likely)
    .help("leave the pipe out, or ask for `/^user_[A-Za-z0-9]+$/`")
    .subject(format!("endpoint:{} {}", endpoint.name, pipe.key))
}

//! A seed gives people ids that are not like those of the application.

use snell_prisma::{Field, FieldId, Model, Value};
use snell_project::schema::{ModelRef, Schema, SchemaId};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::{security, seed_data::words},
    support::seeds::SchemaSeeds,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/user-id-format",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A seed gives users ids of another form than those of the application",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// How the ids of people look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `user_` and letters and digits: Clerk's.
    Clerk,
    /// A UUID, which the database insists on.
    UuidColumn,
    /// A UUID, which the client makes.
    Uuid,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    words::each_schema(context, |id, schema, own| finding(context, id, schema, own))
}

fn finding(
    context: &Context<'_>,
    id: SchemaId,
    schema: &Schema,
    own: &SchemaSeeds,
) -> Option<Diagnostic> {
    let (model, field, form) = form(context, id, schema)?;
    let given = own.model(model.id)?.fields.get(&field.id)?;
    let wrong: Vec<&str> = given
        .values
        .iter()
        .map(smol_str::SmolStr::as_str)
        .filter(|value| !form.is_met(value))
        .collect();
    let first = *wrong.first()?;
    let name = format!("{}.{}", model.name, field.name);
    let (wanted, label) = match form {
        Form::Clerk => ("`user_...`", "no id that Clerk gives"),
        Form::UuidColumn => ("UUIDs", "PostgreSQL refuses the row (22P02)"),
        Form::Uuid => ("UUIDs", "no UUID, as all rows of the application have"),
    };
    let message = format!("ids of `{name}` are {wanted}, and the seed gives `{first}`");
    let mut finding = Diagnostic::at(&RULE.metadata, *given.places.first()?, message)
        .label(label)
        .related(schema.field_name(field), "the id of who signs in")
        .confidence(Confidence::Likely)
        .help(match form {
            Form::Clerk => "use ids of the same form, `user_` and 27 letters and digits: best those of real users of the development instance, who can then sign in as them",
            Form::UuidColumn | Form::Uuid => "write UUIDs, the same at each run: 00000000-0000-4000-8000-000000000001 and so on",
        });
    if form == Form::Uuid && !expects_uuids(context) {
        finding = finding.lowered(Severity::Low, "no endpoint insists on the form");
    }
    Some(finding.subject(words::subject(schema, &format!("field:{name}"))))
}

/// The column that holds the ids of people, and their form.
fn form<'a>(
    context: &Context<'_>,
    id: SchemaId,
    schema: &'a Schema,
) -> Option<(&'a Model, &'a Field, Form)> {
    let keys = security::keys(context);
    let datamodel = &schema.datamodel;
    let field = |model: ModelRef, field: FieldId| (&datamodel[model.model], &datamodel[field]);
    if let Some(person) = keys.people.iter().find(|person| person.model.schema == id) {
        let (model, field) = field(person.model, person.clerks);
        return Some((model, field, Form::Clerk));
    }
    let people = words::people(context, id)?;
    let key = &datamodel[words::single_key(people)?];
    let native = key
        .native_type
        .as_ref()
        .is_some_and(|native| native.name == "Uuid");
    let made = key
        .default
        .as_ref()
        .is_some_and(|default| is_uuid_default(&default.value));
    let form = match (native, made) {
        (true, _) => Form::UuidColumn,
        (false, true) => Form::Uuid,
        _ => return None,
    };
    let model = datamodel
        .models()
        .iter()
        .find(|model| model.id == people.id)?;
    let key = model.fields.iter().find(|field| field.id == key.id)?;
    Some((model, key, form))
}

fn is_uuid_default(value: &Value) -> bool {
    value.is_function("uuid")
        || value
            .db_generated()
            .is_some_and(|sql| sql.contains("gen_random_uuid") || sql.contains("uuid_generate"))
}

impl Form {
    fn is_met(self, value: &str) -> bool {
        match self {
            Form::Clerk => value
                .strip_prefix("user_")
                .is_some_and(|rest| !rest.is_empty() && rest.chars().all(char::is_alphanumeric)),
            Form::UuidColumn | Form::Uuid => is_uuid(value),
        }
    }
}

/// 32 hexadecimal digits, hyphens where they stand or none.
fn is_uuid(value: &str) -> bool {
    let digits = value.chars().filter(|c| *c != '-');
    digits.clone().count() == 32 && digits.clone().all(|c| c.is_ascii_hexdigit())
}

/// Whether the application refuses what is no UUID.
fn expects_uuids(context: &Context<'_>) -> bool {
    let modules = context.project.modules.iter();
    modules
        .filter(|(id, _)| context.project.path_facts(*id).is_production())
        .any(|(_, module)| {
            let text = &context.sources.file(module.file).text;
            ["ParseUUIDPipe", "IsUUID", ".uuid("]
                .iter()
                .any(|words| text.contains(words))
        })
}

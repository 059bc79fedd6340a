//! A free string for what is one of a few values.

mod constants;
mod sources;
mod writes;

use std::sync::Arc;

use snell_prisma::{Field, FieldType, Model, Provider, ScalarType, Value};
use snell_project::schema::{Schema, SchemaId};
use snell_source::{
    Confidence, Diagnostic, DiagnosticBuilder, Joined, Preset, RuleMetadata, Severity,
};

use crate::{
    rule::{Context, Rule},
    support::{conventions::Case, wording},
};
use sources::{Kind, Source, Sources};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/enum-like-string",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A `String` column holds one of a few values that everybody knows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::AsHabit),
    },
    check,
};

/// What says which values there are, gathered once.
fn sources(context: &Context<'_>) -> Arc<Sources> {
    context.shared.get_or_init(|| Sources::gather(context))
}

/// Whether this rule speaks of a field.
pub(in crate::rules) fn tells(context: &Context<'_>, schema: SchemaId, field: &Field) -> bool {
    let found = context.project.schemas.get(schema);
    let model = &found.datamodel[field.id.model];
    let sources = sources(context);
    let told = sources.of(schema, field);
    is_candidate(found, model, field) && !told.is_empty() && !is_held(found, told)
}

/// Whether nothing is left to do: a value is no name, so that an enum would give it another one
/// in the client, and a check of the database holds the column to the values.
fn is_held(schema: &Schema, told: &[Source]) -> bool {
    let enforced = told.iter().any(|source| source.kind == Kind::Check);
    enforced && has_checks(schema) && odd(told).is_some()
}

/// Whether the database may check a text.
fn has_checks(schema: &Schema) -> bool {
    matches!(
        schema.datamodel.provider(),
        Provider::PostgreSql | Provider::CockroachDb
    )
}

/// A value that cannot be one of an enum as it is.
fn odd(told: &[Source]) -> Option<&str> {
    let strongest = told.first()?.kind;
    let known = told.iter().filter(|source| source.kind == strongest);
    let mut values = known.flat_map(|source| &source.values);
    let is_name = |value: &str| {
        value.chars().next().is_some_and(char::is_alphabetic)
            && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    values
        .find(|value| !is_name(value))
        .map(smol_str::SmolStr::as_str)
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let sources = sources(context);
    let mut found = Vec::new();
    for (id, schema) in context.project.schemas.iter() {
        let models = schema.datamodel.models().iter();
        for model in models {
            let fields = model.fields.iter();
            for field in fields.filter(|field| is_candidate(schema, model, field)) {
                let told = sources.of(id, field);
                if !told.is_empty() && !is_held(schema, told) {
                    found.push(finding(schema, model, field, told));
                }
            }
        }
    }
    found
}

/// Names of fields whose values others list: languages, models of a provider.
const LISTED_ELSEWHERE: [&str; 14] = [
    "language",
    "lang",
    "locale",
    "country",
    "currency",
    "timezone",
    "mimetype",
    "contenttype",
    "model",
    "modelname",
    "modelid",
    "encoding",
    "iso",
    "unit",
];

/// Whether a field could be of an enum.
fn is_candidate(schema: &Schema, model: &Model, field: &Field) -> bool {
    let has_enums = matches!(
        schema.datamodel.provider(),
        Provider::PostgreSql | Provider::CockroachDb | Provider::MySql | Provider::MongoDb
    );
    let name = field.name.to_ascii_lowercase().replace('_', "");
    let listed_elsewhere = LISTED_ELSEWHERE
        .iter()
        .any(|word| name == *word || name.ends_with(word) && name.len() > word.len() + 2);
    has_enums
        && !model.is_view
        && model.ignored.is_none()
        && field.is_visible()
        && field.ty == FieldType::Scalar(ScalarType::String)
        && !field.is_list()
        && !listed_elsewhere
        && !model.is_id(field.id)
        && !model.is_unique(field.id)
        && !model.is_foreign_key(field.id)
}

/// Whether a column names the entry of a table of names and values: each new setting is a row there, and no
/// change of the database.
fn is_name_of_setting(model: &Model, field: &Field) -> bool {
    let name = field.name.to_ascii_lowercase().replace('_', "");
    let names = ["key", "name", "setting", "option"];
    let is_value = |other: &Field| {
        let other = other.name.to_ascii_lowercase().replace('_', "");
        let stem = |word: &str| {
            names
                .iter()
                .find_map(|end| word.strip_suffix(end))
                .map(str::to_owned)
        };
        let of = other.strip_suffix("value");
        of.is_some_and(|of| of.is_empty() || stem(&name).as_deref() == Some(of))
    };
    names.iter().any(|end| name.ends_with(end)) && model.columns().any(is_value)
}

/// The field's default, when it is written down.
fn default_of(field: &Field) -> Option<&str> {
    match &field.default.as_ref()?.value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn finding(schema: &Schema, model: &Model, field: &Field, told: &[Source]) -> Diagnostic {
    let strongest = &told[0];
    let known = told.iter().filter(|source| source.kind == strongest.kind);
    let mut all: Vec<&str> = Vec::new();
    for value in known.flat_map(|source| &source.values) {
        if !all.contains(&value.as_str()) {
            all.push(value);
        }
    }
    let count = all.len();
    let how = match strongest.kind {
        Kind::Check => format!("the database takes {count} values alone"),
        Kind::Code | Kind::Compared => format!("the code only knows {count} values"),
        Kind::Comment => format!("its comment lists {count} values"),
        Kind::Named => format!("a type of its name lists {count} values"),
    };
    let name = format!("{}.{}", model.name, field.name);
    let enforced = told.iter().any(|source| source.kind == Kind::Check);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(field),
        format!("`{name}` is a free `String`, but {how}"),
    )
    .label(if enforced {
        "the client takes any other text too, until the database refuses it"
    } else {
        "nothing stops any other text"
    });
    for source in shown(told) {
        found = source.tell(found);
    }
    let agree = told
        .iter()
        .any(|source| source.kind != strongest.kind && same(&source.values, &strongest.values));
    found = found.confidence(if agree || enforced {
        Confidence::Certain
    } else {
        Confidence::Likely
    });
    if enforced {
        found = found.lowered(
            Severity::Low,
            "a check in the database refuses other values",
        );
    }
    if told.iter().all(|source| source.kind == Kind::Comment) {
        found = found.lowered(Severity::Low, "a comment alone lists the values");
    }
    if told.iter().all(|source| source.kind == Kind::Named) {
        found = found.lowered(
            Severity::Low,
            "a type of the same name alone lists the values, and nothing holds the column to it",
        );
    }
    if schema.variants.contains(&Provider::Sqlite) {
        found = found.lowered(
            Severity::Low,
            "the same schema is made for SQLite, where Prisma has enums only since 6.2",
        );
    }
    let subject = wording::subject(model, &field.name);
    if is_name_of_setting(model, field) {
        // Whoever reads the plan is asked, and nothing is done.
        return found
            .lowered(
                Severity::Low,
                "it names the entries of a table of names and values: a new one is a row, and no change of the database",
            )
            .confidence(Confidence::Possible)
            .help("keep the text, and let all who read and write it take their names from one type of the code")
            .subject(subject);
    }
    help(found, schema, (model, field), (told, &all)).subject(subject)
}

/// At most two sources of the code: more say nothing new.
fn shown(told: &[Source]) -> impl Iterator<Item = &Source> {
    const MOST: usize = 2;
    let mut code = 0;
    told.iter().filter(move |source| {
        code += usize::from(source.kind == Kind::Code);
        source.kind != Kind::Code || code <= MOST
    })
}

/// Whether the schema has something of that name already.
fn is_taken(schema: &Schema, name: &str) -> bool {
    let datamodel = &schema.datamodel;
    let mut models = datamodel.models().iter().map(|model| model.name.as_str());
    let mut enums = datamodel.enums().iter().map(|one| one.name.as_str());
    models.any(|known| known == name) || enums.any(|known| known == name)
}

fn same(a: &[smol_str::SmolStr], b: &[smol_str::SmolStr]) -> bool {
    a.len() == b.len() && a.iter().all(|value| b.contains(value))
}

/// Names that say nothing without the model.
const COMMON: [&str; 18] = [
    "Status",
    "Type",
    "Kind",
    "State",
    "Role",
    "Level",
    "Category",
    "Direction",
    "Mode",
    "Source",
    "Action",
    "Channel",
    "Priority",
    "Method",
    "Format",
    "Unit",
    "Provider",
    "Reason",
];

fn help(
    found: DiagnosticBuilder,
    schema: &Schema,
    (model, field): (&Model, &Field),
    (told, all): (&[Source], &[&str]),
) -> DiagnosticBuilder {
    let odd = odd(told);
    if let Some(value) = odd.filter(|_| has_checks(schema)) {
        let (table, column) = (&model.db_name, &field.db_name);
        let values: Vec<String> = all
            .iter()
            .map(|value| format!("'{}'", value.replace('\'', "''")))
            .collect();
        let name = format!("{table}_{column}_check");
        return found.help(format!(
            "keep the text, since an enum would give `{value}` another name in the client, and let the database hold it: `ALTER TABLE \"{table}\" ADD CONSTRAINT \"{name}\" CHECK (\"{column}\" IN ({})) NOT VALID`, then `VALIDATE CONSTRAINT \"{name}\"`",
            values.join(", ")
        ));
    }
    let name = Case::Pascal.write(&field.name);
    let name = match name.as_str() {
        name if COMMON.contains(&name) => format!("{}{name}", model.name),
        _ if is_taken(schema, &name) => format!("{}{name}", model.name),
        _ => name,
    };
    let found = found.help(format!(
        "declare an `enum {name}` and make it the type of the field"
    ));
    match odd {
        Some(value) => found.help(format!(
            "a value that is no name (`{value}`) gets one with `@map(\"{value}\")`"
        )),
        None => found,
    }
}

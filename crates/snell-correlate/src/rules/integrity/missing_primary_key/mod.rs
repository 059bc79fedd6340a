//! A table without a primary key.

use snell_prisma::{Datamodel, FieldType, Index, Model, Provider};
use snell_project::schema::{ModelRef, Schema};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        built::{self, BuiltTable},
        field_life::field_lives,
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/missing-primary-key",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A table has no primary key",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let schemas = context.project.schemas.iter();
    schemas
        // InnoDB takes a unique for the key it is missing; other databases are not judged.
        .filter(|(_, schema)| schema.datamodel.provider() == Provider::PostgreSql)
        .flat_map(|(id, schema)| {
            let of = |model: &Model| ModelRef {
                schema: id,
                model: model.id,
            };
            let models = schema.datamodel.models().iter();
            models
                .filter(|model| !lives.is_made_outside(of(model), model))
                .filter_map(|model| finding(schema, model))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn finding(schema: &Schema, model: &Model) -> Option<Diagnostic> {
    let hidden = model.is_view || model.ignored.is_some() || !model.is_complete;
    let built = built::table(schema, model).is_some_and(BuiltTable::has_primary_key);
    if hidden || built || model.primary_key().is_some() || has_unknown_key(model) {
        return None;
    }
    // Without any key Prisma refuses the schema: `schema/invalid` says so.
    let unique = model
        .unique_criteria()
        .find(|unique| is_required(&schema.datamodel, unique))?;
    let columns = wording::columns(unique);
    let (key, instead) = if let [only] = unique.columns.as_slice() {
        (format!("`@id` at `{}`", only.name), "`@unique`".to_owned())
    } else {
        (
            format!("`@@id([{columns}])`"),
            format!("`{}`", wording::declared(unique)),
        )
    };
    let finding = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!("`{}` has no primary key", model.name),
    )
    .label("neither `@id` nor `@@id`")
    .related(
        schema.location(model.place(unique.span)),
        format!("the only key that every row has: `{columns}`"),
    )
    .note("a unique over required columns still tells the rows apart")
    .help(format!("write {key} instead of {instead}, or add an `id`"))
    .subject(format!("model:{}", model.name));
    Some(finding)
}

/// Whether the key may be a column whose type Prisma does not know.
fn has_unknown_key(model: &Model) -> bool {
    let mut fields = model.fields.iter();
    fields.any(|field| {
        matches!(field.ty, FieldType::Unsupported(_) | FieldType::Unknown(_)) && field.is_required()
    })
}

fn is_required(datamodel: &Datamodel, unique: &Index) -> bool {
    unique
        .fields()
        .is_some_and(|fields| fields.iter().all(|field| datamodel[*field].is_required()))
}

//! A key that somebody else gives.

use snell_prisma::{Field, Model, ScalarType};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        built, field_life, queries,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/external-id",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A primary key comes from outside: what it may be is known to nobody here",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_life::field_lives(context);
    tables::of_postgres(context)
        .filter(|table| lives.owned(table.model).is_none())
        .filter_map(|table| finding(context, table))
        .collect()
}

/// The key of a model, when each create has to bring it: a text named `id` without a default.
fn given(model: &Model) -> Option<&Field> {
    let key = match model.primary_key()?.columns.as_slice() {
        [only] => only.field?,
        _ => return None,
    };
    let key = model.fields.iter().find(|field| field.id == key)?;
    let is_text = key.scalar() == Some(ScalarType::String)
        && key
            .native_type
            .as_ref()
            .is_none_or(|native| native.name != "Uuid");
    let is_id = matches!(key.name.to_ascii_lowercase().as_str(), "id" | "uid");
    (is_text && is_id && key.default.is_none() && !model.is_foreign_key(key.id)).then_some(key)
}

fn finding(context: &Context<'_>, table: TableModel<'_>) -> Option<Diagnostic> {
    let TableModel { id, schema, model } = table;
    let key = given(model)?;
    let reference = ModelRef {
        schema: id,
        model: model.id,
    };
    if built::table(schema, model).is_some_and(|table| table.is_checked(&key.db_name)) {
        return None;
    }
    // The code makes the keys of other models itself, in its own way.
    if *context.project.owners.of(reference) != Ownership::Root(RootKind::Identity) {
        return None;
    }
    let created = created_at(context, reference);
    let referring = schema
        .datamodel
        .relations()
        .iter()
        .filter_map(|relation| relation.foreign_key.as_ref())
        .filter(|key| {
            let field = &schema.datamodel[key.field];
            schema
                .datamodel
                .target(field)
                .is_some_and(|one| one.id == model.id)
        })
        .count();
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(key),
        format!("the key of `{}` is given from outside", model.name),
    )
    .label(match referring {
        0 => "no default, and no check of its form".to_owned(),
        1 => "no default, and no check of its form; one foreign key repeats it".to_owned(),
        many => format!("no default, and no check of its form; {many} foreign keys repeat it"),
    });
    if let Some(at) = created {
        found = found.related(at, "brings the key along");
    }
    Some(
        found
            .help("keep it when the provider never changes it; a key of your own with the outside one in a unique column lets people change the provider")
            .subject(wording::subject(model, &key.name)),
    )
}

/// Where the code creates such a row.
fn created_at(context: &Context<'_>, model: ModelRef) -> Option<Location> {
    queries::of_model(context, model)
        .into_iter()
        .filter(|query| functions::is_application(context.project, query.call.module))
        .find(|query| {
            query.call.operation.is_create()
                || query.call.operation == snell_project::client::Operation::Upsert
        })
        .map(|query| queries::operation_at(context, query.call))
}

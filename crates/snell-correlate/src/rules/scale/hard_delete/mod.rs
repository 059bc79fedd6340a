//! Deletions for good of rows that others hang on.

use std::collections::BTreeMap;

use snell_prisma::{Datamodel, Model, ReferentialAction, ScalarType};
use snell_project::{
    client::Operation,
    schema::{ModelRef, SchemaId},
};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{callers::Callers, queries, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/hard-delete",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Rows that others hang on are deleted for good",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Deletions that the finding of a schema names beside its own.
const MOST: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let deleted = deleted(context);
    for (id, schema) in context.project.schemas.iter() {
        let models = schema.datamodel.models();
        let of_schema = || deleted.iter().filter(|(model, _)| model.schema == id);
        let marked = |model: &Model| mark(model).is_some();
        if models.iter().any(marked) {
            let mixed = of_schema().filter_map(|(model, at)| mixed(context, *model, *at));
            found.extend(mixed);
        } else {
            let parents = of_schema().filter(|(model, _)| takes_along(&schema.datamodel, **model));
            found.extend(of_all(
                context,
                id,
                &parents.map(|(model, at)| (*model, *at)).collect::<Vec<_>>(),
            ));
        }
    }
    found
}

/// For each model, the first place where a request of people deletes one row.
fn deleted(context: &Context<'_>) -> BTreeMap<ModelRef, Location> {
    let callers = Callers::shared(context);
    let mut found = BTreeMap::new();
    for query in queries::of_models(context) {
        let call = query.event.query.call;
        if query.call.operation == Operation::Delete
            && functions::is_application(context.project, query.call.module)
            && callers.is_requested_by_people(call)
        {
            let at = queries::operation_at(context, query.call);
            found.entry(query.model).or_insert(at);
        }
    }
    found
}

/// The column that marks a row as deleted.
fn mark(model: &Model) -> Option<&snell_prisma::Field> {
    model.columns().find(|field| {
        let name = field.name.to_ascii_lowercase().replace('_', "");
        let kind = matches!(
            field.scalar(),
            Some(ScalarType::DateTime | ScalarType::Boolean)
        );
        kind && [
            "deletedat",
            "isdeleted",
            "deleted",
            "archivedat",
            "isarchived",
            "removedat",
        ]
        .contains(&name.as_str())
    })
}

/// Whether rows of other tables go with a row.
fn takes_along(datamodel: &Datamodel, model: ModelRef) -> bool {
    datamodel.relations().iter().any(|relation| {
        relation.foreign_key.as_ref().is_some_and(|key| {
            let target = datamodel
                .target(&datamodel[key.field])
                .map(|target| target.id);
            target == Some(model.model) && key.on_delete.action == ReferentialAction::Cascade
        })
    })
}

/// A model whose rows are marked as deleted, and deleted all the same.
fn mixed(context: &Context<'_>, model: ModelRef, at: Location) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(model.schema);
    let model = context.project.schemas.model(model);
    let mark = mark(model)?;
    Some(
        Diagnostic::at(
            &RULE.metadata,
            at,
            format!(
                "a `{}` row is deleted for good, beside its mark `{}`",
                model.name, mark.name
            ),
        )
        .label("nothing is left to restore")
        .related(schema.field_name(mark), "marks deleted rows")
        .help(format!(
            "set `{}`, and let a schedule delete what was marked long ago",
            mark.name
        ))
        .subject(wording::subject(model, "delete")),
    )
}

/// A schema that marks no rows, and deletes those that others hang on.
fn of_all(
    context: &Context<'_>,
    id: SchemaId,
    parents: &[(ModelRef, Location)],
) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(id);
    let ((first, at), rest) = parents.split_first()?;
    let names = parents.iter().take(MOST);
    let names = names.map(|(model, _)| format!("`{}`", context.project.schemas.model(*model).name));
    let mut found = Diagnostic::at(
        &RULE.metadata,
        *at,
        format!(
            "rows of {} are deleted for good, with what hangs on them",
            wording::and(&names.collect::<Vec<_>>())
        ),
    )
    .label("nothing is left to restore, and no trace of who had it")
    .related(
        schema.model_name(context.project.schemas.model(*first)),
        "has no mark of deletion, and neither has any other model",
    );
    for (_, at) in rest.iter().take(MOST) {
        found = found.related(*at, "likewise");
    }
    Some(
        found
            .help("where people may want a row back, or have to account for it: a column `deletedAt`, filtered by every query (an extension of the client can), and a schedule that deletes for good later")
            .subject(format!("schema:{} delete", schema.path)),
    )
}

//! A person's row that takes everything along.

use std::sync::Arc;

use snell_project::{
    ownership::RootKind,
    schema::{ModelRef, Schema, SchemaId},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    cascades::{self, Taken},
    soft_delete_unique::is_deletion_time,
};
use crate::{
    rule::{Context, Rule},
    support::{deletions::Deletions, growth::Growths, records},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/cascade-from-identity",
        severity: Severity::Low,
        preset: Preset::Recommended,
        summary: "Deleting a person deletes everything that refers to them, in one statement",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

/// Fewer models than this go with a person in every system.
const MANY_MODELS: usize = 3;
/// Models that are shown.
const MOST_SHOWN: usize = 3;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(id, schema)| of_schema(context, id, schema))
        .collect()
}

fn of_schema(context: &Context<'_>, id: SchemaId, schema: &Schema) -> Option<Diagnostic> {
    let roots = context.project.owners.graph(id).roots();
    let identity = roots.iter().find(|root| root.kind == RootKind::Identity)?;
    let person = ModelRef {
        schema: id,
        model: identity.model,
    };
    let at = cascades::deleted_at(&Deletions::shared(context), person)?;
    let taken = cascades::taken(&schema.datamodel, identity.model);
    let datamodel = &schema.datamodel;
    let records = |one: &Taken| records::record(&datamodel[one.model]).is_some();
    let meant = cascades::is_said(&datamodel[identity.model]) && !taken.iter().any(records);
    (taken.len() >= MANY_MODELS && !meant).then(|| finding(context, person, schema, at, &taken))
}

fn finding(
    context: &Context<'_>,
    person: ModelRef,
    schema: &Schema,
    at: Location,
    taken: &[Taken],
) -> Diagnostic {
    let datamodel = &schema.datamodel;
    let model = &datamodel[person.model];
    let growths: Arc<Growths> = Growths::shared(context);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "deleting a `{}` deletes rows of {}",
            model.name,
            cascades::models(datamodel, taken)
        ),
    )
    .label("one call, and nothing of them can be had back");
    let record = taken
        .iter()
        .find_map(|one| Some((one, records::record(&datamodel[one.model])?)));
    // Records first, then what people make most of.
    let grows = |one: &&Taken| {
        let model = ModelRef {
            model: one.model,
            ..person
        };
        growths.of_model(model).growth
    };
    let mut shown: Vec<&Taken> = taken.iter().collect();
    shown.sort_by_key(|one| (records::record(&datamodel[one.model]).is_none(), grows(one)));
    for one in shown.into_iter().take(MOST_SHOWN) {
        let Some(key) = one
            .way
            .last()
            .and_then(|last| datamodel[*last].foreign_key.as_ref())
        else {
            continue;
        };
        let child = &datamodel[one.model];
        let words = match records::record(child) {
            Some(record) => format!("`{}`, {}, goes as well", child.name, record.what()),
            None => format!("`{}` goes as well", child.name),
        };
        found = found.related(cascades::action_at(schema, key), words);
    }
    found = match model.columns().find(|field| is_deletion_time(field)) {
        Some(field) => found
            .related(
                schema.field_name(field),
                "such a row can be marked as deleted instead",
            )
            .lowered(
                Severity::Low,
                "rows can be marked as deleted: this may be the end of their time",
            ),
        None => found,
    };
    found = match record {
        Some((one, record)) => found.help(format!(
            "keep `{}`, {}: a nullable key with `onDelete: SetNull`",
            datamodel[one.model].name,
            record.what()
        )),
        None => found,
    };
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "mark the `{}` with a `deletedAt DateTime?` first, and let a job remove what is due, in portions",
            model.name
        ))
        .subject(format!("model:{} cascade", model.name))
}

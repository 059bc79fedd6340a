//! A person's row that takes everything along.

use std::{collections::BTreeSet, sync::Arc};

use snell_flow::{Query, Value, scope::leaves};
use snell_project::{
    client::CallId,
    ownership::RootKind,
    schema::{ModelRef, Schema, SchemaId},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    cascades::{self, Taken},
    soft_delete_unique::is_deletion_time,
};
use crate::{
    functions,
    rule::{Context, Rule},
    rules::query::flat,
    support::{
        deletions::Deletions,
        growth::Growths,
        model_writes::{self, WriteKind},
        queries::{self, ModelQuery},
        records,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/cascade-from-identity",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Deleting a person deletes everything that refers to them, in one statement",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
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
    let at = deleted_at(context, person)?;
    let taken = cascades::taken(&schema.datamodel, identity.model);
    let datamodel = &schema.datamodel;
    let records = |one: &Taken| records::record(&datamodel[one.model]).is_some();
    let meant = cascades::is_said(&datamodel[identity.model]) && !taken.iter().any(records);
    (taken.len() >= MANY_MODELS && !meant).then(|| finding(context, person, schema, at, &taken))
}

/// Where the code deletes people and leaves it to the database what goes with them: not where a
/// function deletes the rows of several models itself, nor where the code names the people.
fn deleted_at(context: &Context<'_>, person: ModelRef) -> Option<Location> {
    let datamodel = &context.project.schemas.get(person.schema).datamodel;
    let mut left_out = Vec::new();
    let queries = queries::of_models(context).filter(|query| {
        query.model.schema == person.schema
            && functions::is_application(context.project, query.call.module)
    });
    for query in queries {
        let mut deletes = false;
        model_writes::visit(datamodel, &query, &mut |write| {
            deletes |= write.kind != WriteKind::Create && write.model == person.model;
        });
        let at = queries::operation_at(context, query.call);
        let call = query.event.query.call;
        match deletes {
            true if names_rows(&query) || goes_through_all(context, person, call) => {
                left_out.push(at);
            }
            true => return Some(at),
            false => {}
        }
    }
    let raw = cascades::deleted_at(&Deletions::shared(context), person)?;
    let meant = queries::application(context).any(|(call, event)| {
        let constant = |value: &Value| value.is_constant();
        call.operation.is_raw()
            && queries::operation_at(context, call) == raw
            && (event.query.arguments.iter().all(constant)
                || goes_through_all(context, person, event.query.call))
    });
    (!meant && !left_out.contains(&raw)).then_some(raw)
}

/// Whether the rows are constants of the code: a script that was run once.
fn names_rows(query: &ModelQuery<'_>) -> bool {
    let leaves = query.argument("where").and_then(leaves);
    leaves.is_some_and(|leaves| {
        let constant = |value: &Value| match value {
            Value::Array(list) => {
                list.rest.is_none() && list.elements.iter().all(Value::is_constant)
            }
            value => value.is_constant(),
        };
        !leaves.is_empty()
            && leaves
                .iter()
                .all(|leaf| leaf.always && !leaf.weak && constant(leaf.value))
    })
}

/// Whether a function that comes to the deletion deletes rows of several other models itself.
fn goes_through_all(context: &Context<'_>, person: ModelRef, call: CallId) -> bool {
    let mut summaries = context
        .flow
        .functions()
        .filter(|summary| functions::is_application(context.project, summary.function.module));
    summaries.any(|summary| {
        let runs = flat::queries(summary);
        if runs.iter().all(|run| run.query.call != call) {
            return false;
        }
        let deleted = runs.iter().filter_map(|run| deleted(context, run.query));
        let others: BTreeSet<ModelRef> = deleted.filter(|model| *model != person).collect();
        others.len() >= MANY_MODELS
    })
}

/// The model whose rows a query deletes, through the client or by a statement.
fn deleted(context: &Context<'_>, query: &Query) -> Option<ModelRef> {
    let call = context.project.calls.get(query.call);
    if call.operation.as_str().starts_with("delete") {
        return call.model();
    }
    if !call.operation.is_raw() {
        return None;
    }
    let arguments = query.arguments.iter();
    let text: String = arguments.map(queries::constant_text).collect();
    let table = text
        .trim_start()
        .get(.."delete from".len())
        .and_then(|head| {
            let rest = text.trim_start()[head.len()..].trim_start();
            let name = rest.split(|c: char| c.is_whitespace() || c == ';').next()?;
            let name = name.rsplit('.').next()?.trim_matches('"');
            head.eq_ignore_ascii_case("delete from").then_some(name)
        })?;
    let mut models = context.project.schemas.models();
    models
        .find(|(_, _, model)| model.db_name.eq_ignore_ascii_case(table))
        .map(|(model, _, _)| model)
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

//! Whole requests and answers, kept for ever.

use snell_flow::scope::leaves;
use snell_prisma::{Field, Model, ScalarType};
use snell_project::{
    client::Operation,
    schema::{FieldRef, ModelRef},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        certain, field_life,
        growth::{Grown, Growths},
        name_words::words,
        queries::{self, ModelQuery},
        records,
        roles::Roles,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/raw-payload-retention",
        severity: Severity::Medium,
        preset: Preset::Strict,
        summary: "Whole requests and answers are stored, and nothing ever removes them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .filter_map(|table| finding(context, table))
        .collect()
}

/// Whether a column holds what went over the wire as it was: `rawRequest`, `responseJson`.
pub(crate) fn is_raw(model: &Model, field: &Field) -> bool {
    let kind = match field.scalar() {
        Some(ScalarType::Json | ScalarType::Bytes) => true,
        Some(ScalarType::String) => !model.is_foreign_key(field.id) && !model.is_id(field.id),
        _ => false,
    };
    let name = words(&field.name);
    let has = |wanted: &[&str]| name.iter().any(|word| wanted.contains(&word.as_str()));
    let wire = has(&["request", "response", "payload"]);
    let whole = has(&["raw", "json", "body", "payload", "dump", "full"]);
    kind && (wire && whole || wire && name.len() == 1 && field.scalar() == Some(ScalarType::Json))
}

/// Whether this rule tells that what a table's rows hold is never emptied.
pub(in crate::rules) fn tells(context: &Context<'_>, table: TableModel<'_>) -> bool {
    kept(context, table).is_some()
}

/// The columns that hold what went over the wire, and where the first of them is written.
struct Kept<'a> {
    raw: Vec<&'a Field>,
    written: Location,
    grown: Grown,
}

fn kept<'a>(context: &Context<'a>, table: TableModel<'a>) -> Option<Kept<'a>> {
    let TableModel { id, model, .. } = table;
    let reference = ModelRef {
        schema: id,
        model: model.id,
    };
    let roles = Roles::shared(context);
    let plays = roles.messages.iter().any(|one| one.model == reference)
        || roles.audit_logs.iter().any(|one| one.model == reference)
        || records::is_log(model);
    if !plays {
        return None;
    }
    let raw: Vec<&Field> = model
        .columns()
        .filter(|field| is_raw(model, field))
        .collect();
    if raw.is_empty() {
        return None;
    }
    let grown = Growths::shared(context).of_model(reference);
    let written = written(context, reference, &raw).or_else(|| {
        // Data of which not every key is known may hold them.
        let open = field_life::field_lives(context).model(reference).open;
        grown.made_at.filter(|_| open)
    })?;
    let stays = grown.growth.is_by_use() && removed(context, reference, &raw).is_none();
    stays.then_some(Kept {
        raw,
        written,
        grown,
    })
}

fn finding(context: &Context<'_>, table: TableModel<'_>) -> Option<Diagnostic> {
    let TableModel { schema, model, .. } = table;
    let kept = kept(context, table)?;
    let (raw, growth) = (kept.raw, kept.grown.growth);
    let first = raw.first()?;
    let names: Vec<String> = raw
        .iter()
        .map(|field| format!("`{}`", field.name))
        .collect();
    let with = Growths::shared(context).taken_with(context, table.reference());
    let ends = match (with, kept.grown.taken_at) {
        (Some(with), None) => {
            let above = &context.project.schemas.model(with.above).name;
            format!("until its `{above}` is deleted")
        }
        (None, None) => "for ever".to_owned(),
        (_, Some(_)) => "until somebody deletes it".to_owned(),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(first),
        format!(
            "`{}` keeps {} of every exchange {ends}",
            model.name,
            wording::and(&names)
        ),
    )
    .label("what people wrote, and what was sent with it, as it went over the wire")
    .related(kept.written, "stored here");
    for field in raw.iter().skip(1) {
        found = found.related(schema.field_name(field), "and the other half");
    }
    if let Some(at) = kept.grown.taken_at.or(with.map(|with| with.at)) {
        found = found
            .related(at, "the only end that there is, whatever their age")
            .lowered(Severity::Low, "what is deleted by hand ends at last");
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help("let a job empty or delete what is older than anybody needs (30 days, say), by a date and in portions")
            .note(format!("the table grows: it is {growth}"))
            .subject(format!("model:{} raw", model.name)),
    )
}

/// Where the code writes one of the columns.
fn written(context: &Context<'_>, model: ModelRef, raw: &[&Field]) -> Option<Location> {
    let lives = field_life::field_lives(context);
    // What is only ever emptied holds nothing.
    let mut held = raw.iter().filter(|field| lives.may_hold(model, field));
    held.find_map(|field| {
        let life = lives.field(FieldRef {
            schema: model.schema,
            field: field.id,
        });
        life.written.first().copied()
    })
}

/// Where the code removes such rows by their age, or empties the columns.
fn removed(context: &Context<'_>, model: ModelRef, raw: &[&Field]) -> Option<Location> {
    queries::of_model(context, model)
        .into_iter()
        .filter(|query| functions::is_application(context.project, query.call.module))
        .find(|query| match query.call.operation {
            Operation::DeleteMany => by_age(context, query),
            Operation::UpdateMany | Operation::Update => empties(query, raw),
            _ => false,
        })
        .map(|query| queries::operation_at(context, query.call))
}

/// Whether a filter compares a time with something.
fn by_age(context: &Context<'_>, query: &ModelQuery<'_>) -> bool {
    let model = context.project.schemas.model(query.model);
    let Some(filter) = query.argument("where") else {
        return true;
    };
    leaves(filter).is_none_or(|leaves| {
        leaves.iter().any(|leaf| {
            let field = leaf.path.last().and_then(|name| model.field(name));
            field.is_some_and(|field| field.scalar() == Some(ScalarType::DateTime))
        })
    })
}

/// Whether an update takes out what one of the columns holds.
fn empties(query: &ModelQuery<'_>, raw: &[&Field]) -> bool {
    let data = query.argument("data").and_then(|data| data.as_object());
    data.is_some_and(|data| {
        raw.iter().any(|field| {
            data.entries
                .get(&field.name)
                .is_some_and(|entry| certain::is_null(&entry.value))
        })
    })
}

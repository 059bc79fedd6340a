//! All rows of a table that grows are read at once.

use rustc_hash::FxHashMap;
use snell_flow::{
    EventKind, Literal, ObjectValue, QueryEvent, Value,
    scope::{Origin, origins},
};
use snell_prisma::{Datamodel, Field, Model, ModelId};
use snell_project::client::{CallId, Operation};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{repeated, shape};
use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        built::{self, BuiltTable},
        growth::Growths,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/unbounded-find-many",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "All rows of a growing table are read at once",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let growths = Growths::shared(context);
    context
        .flow
        .queries()
        .filter_map(|event| finding(context, &event, &growths))
        .collect()
}

/// Whether a model is a small table of reference: its rows belong to nobody,
/// and only few models refer to it.
fn is_catalogue(datamodel: &Datamodel, model: &Model) -> bool {
    let belongs = datamodel.foreign_keys_of(model.id).any(|(_, key)| {
        key.columns.iter().all(|column| {
            let name = datamodel[*column].name.to_ascii_lowercase();
            datamodel[*column].is_required() && !is_of_audit(&name)
        })
    });
    if belongs {
        return false;
    }
    let mut inbound: FxHashMap<ModelId, usize> = FxHashMap::default();
    for relation in datamodel.relations() {
        let key = relation.foreign_key.as_ref();
        if let Some(column) = key.and_then(|key| key.references.first()) {
            *inbound.entry(column.model).or_default() += 1;
        }
    }
    let most = inbound.values().copied().max().unwrap_or(0);
    let is_identity = inbound.get(&model.id) == Some(&most) && most >= 3;
    !is_identity
}

/// `createdById`, `updatedBy`: who wrote the row, not whose it is.
fn is_of_audit(name: &str) -> bool {
    [
        "createdby",
        "updatedby",
        "modifiedby",
        "deletedby",
        "addedby",
    ]
    .iter()
    .any(|word| name.replace('_', "").contains(word))
}

fn finding(context: &Context<'_>, event: &QueryEvent<'_>, growths: &Growths) -> Option<Diagnostic> {
    let call = context.project.calls.get(event.query.call);
    // A client that adds whose rows it may reach reads those of one owner.
    if call.operation != Operation::FindMany
        || call.client.is_scoping()
        || !functions::is_application(context.project, call.module)
        || functions::is_job(context.project, event.function)
        || functions::is_module_body(context.project, event.function)
    {
        return None;
    }
    let reference = call.model()?;
    let made_at = growths.of_model(reference).made_by_people_at()?;
    let function = functions::name(context.project, event.function);
    if reads_all_on_purpose(&function)
        || reads_all_on_purpose(&context.project.modules.get(call.module).path)
    {
        return None;
    }
    let schema = context.project.schemas.get(reference.schema);
    let model = context.project.schemas.model(reference);
    let first = event.query.arguments.first();
    let none = ObjectValue::default();
    let arguments = match first {
        None | Some(Value::Undefined) => &none,
        Some(Value::Object(object)) => object,
        Some(_) => return None,
    };
    if ["take", "cursor", "distinct"]
        .iter()
        .any(|key| shape::has(arguments, key))
    {
        return None;
    }
    match arguments.entries.get("where") {
        None => {}
        Some(filter) if !is_wide(&filter.value, model) => return None,
        Some(_) => {}
    }
    if is_catalogue(&schema.datamodel, model) {
        return None;
    }
    let title = repeated::title(context, call);
    let found = Diagnostic::at(
        &RULE.metadata,
        context.project.modules.at(call.module, call.name.span),
        format!("`{title}` reads every row of `{}`", model.name),
    )
    .label("neither `take` nor a filter by an owner or parent limits it")
    .related(schema.model_name(model), "grows with use")
    .related(made_at, "the application adds rows here")
    .lowered(Severity::Medium, "how many rows there will be is not known")
    .confidence(Confidence::Likely);
    let mut found = match lists_for(event) {
        Some(other) => {
            let other = context.project.calls.get(other);
            found
                .related(
                    context.project.modules.at(other.module, other.name.span),
                    "its condition is a list of all of them",
                )
                .help("let the database compare: a relation filter (`some`, `none`), or raw SQL with `EXISTS` or `NOT EXISTS`; a page of the rows would give another answer")
        }
        None => found
            .help("read a page at a time: `take` with a `cursor` (or `skip`), and an `orderBy`"),
    };
    if built::table(schema, model).is_some_and(BuiltTable::has_policies) {
        found = found.lowered(
            Severity::Low,
            "policies of the table show a caller its own rows alone, where the connection obeys them",
        );
    }
    if reads_key_alone(arguments, model) {
        found = found.lowered(
            Severity::Low,
            "only the key of each row is read: the walk over all of them may be meant",
        );
    }
    Some(found.subject(format!("query:{function} {title}")))
}

/// The other query of the function whose condition is a list of what these rows hold:
/// `where: { email: { notIn: rows.map((row) => row.email) } }`.
fn lists_for(event: &QueryEvent<'_>) -> Option<CallId> {
    let call = event.query.call;
    let of_rows = |value: &Value| {
        let mut found = false;
        origins(value, &mut |origin| {
            found |= matches!(origin, Origin::Row(row, _) if row.call == call);
        });
        found
    };
    event.summary.events.iter().find_map(|other| {
        let EventKind::Query(query) = &other.kind else {
            return None;
        };
        let mut listed = false;
        let arguments = query.arguments.first().and_then(Value::as_object)?;
        arguments.entries.get("where")?.value.visit(&mut |part| {
            let lists = part.as_object().into_iter().flat_map(|object| {
                ["in", "notIn"]
                    .into_iter()
                    .filter_map(|key| object.entries.get(key))
            });
            listed |= lists.into_iter().any(|list| of_rows(&list.value));
        });
        (query.call != call && listed).then_some(query.call)
    })
}

/// `select: { id: true }`
fn reads_key_alone(arguments: &ObjectValue, model: &Model) -> bool {
    let select = arguments.entries.get("select");
    select
        .and_then(|select| select.value.as_object())
        .is_some_and(|select| {
            select.spreads.is_empty()
                && !select.entries.is_empty()
                && select
                    .entries
                    .keys()
                    .all(|key| model.field(key).is_some_and(|field| model.is_id(field.id)))
        })
}

/// Whether a filter leaves a part of the table that grows with the table: it
/// names no row, no parent, no list of keys.
pub(super) fn is_wide(filter: &Value, model: &Model) -> bool {
    let Value::Object(filter) = filter else {
        return *filter == Value::Undefined;
    };
    filter.spreads.is_empty()
        && filter
            .entries
            .iter()
            .all(|(key, entry)| is_wide_condition(key, &entry.value, model))
}

fn is_wide_condition(key: &str, value: &Value, model: &Model) -> bool {
    let Some(field) = model.field(key) else {
        return false;
    };
    if field.relation().is_some() || model.is_id(field.id) || model.is_unique(field.id) {
        return false;
    }
    // `deletedAt: null`, `archived: false`: what most rows hold. Any other
    // value picks some rows out, and how many is not known.
    match value {
        Value::Null => !model.is_foreign_key(field.id) || is_soft_delete(key),
        Value::Literal(literal) => is_first_value(field, literal),
        _ => false,
    }
}

/// Whether rows start with this value.
fn is_first_value(field: &Field, literal: &Literal) -> bool {
    match (
        field.default.as_ref().map(|default| &default.value),
        literal,
    ) {
        (Some(snell_prisma::Value::Boolean(default)), Literal::Boolean(value)) => default == value,
        _ => false,
    }
}

fn is_soft_delete(key: &str) -> bool {
    key.to_ascii_lowercase().contains("deleted")
}

/// Names of functions and files that are there to go through everything.
pub(super) fn reads_all_on_purpose(name: &str) -> bool {
    const WORDS: [&str; 14] = [
        "export", "backup", "migrat", "backfill", "reindex", "rebuild", "sitemap", "cron", "job",
        "sync", "batch", "cleanup", "report", "dump",
    ];
    let lower = name.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

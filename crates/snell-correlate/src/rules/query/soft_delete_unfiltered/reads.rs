//! What a read, a column or a function is to soft deletion.

use rustc_hash::FxHashSet;
use snell_flow::{Root, Value};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::{
    client::{CallId, Operation},
    module::{FunctionRef, ModuleId},
};

use crate::{functions, rule::Context, support::queries::ModelQuery};

/// Words in names of functions and files that deal with deleted rows on
/// purpose, or go through everything.
const ON_PURPOSE: [&str; 22] = [
    "delet", "restor", "trash", "purge", "recover", "remov", "cleanup", "clean-up", "export",
    "migrat", "backfill", "audit", "history", "admin", "archiv", "hard", "unique", "taken",
    "exist", "dedup", "generat", "next",
];

/// Whether a column marks rows as deleted.
pub(super) fn is_mark(field: &Field) -> bool {
    let name = field.name.to_ascii_lowercase().replace('_', "");
    match field.scalar() {
        Some(ScalarType::DateTime) => {
            field.is_optional()
                && [
                    "deletedat",
                    "deletedon",
                    "deletedtime",
                    "deleteddate",
                    "removedat",
                ]
                .contains(&name.as_str())
        }
        Some(ScalarType::Boolean) => {
            ["isdeleted", "deleted", "softdeleted", "issoftdeleted"].contains(&name.as_str())
        }
        _ => false,
    }
}

/// The texts with hooks of queries: extensions and middleware of the client.
pub(super) fn hooks<'a>(context: &Context<'a>) -> Vec<&'a str> {
    const HOOKS: [&str; 6] = [
        "$extends",
        "$use(",
        "defineExtension(",
        "MiddlewareParams",
        "params.action",
        "new Proxy(",
    ];
    let modules = context.project.modules.iter();
    modules
        .filter(|(module, _)| !context.project.path_facts(*module).test)
        .map(|(_, owner)| context.sources.file(owner.file).text.as_ref())
        .filter(|text: &&str| HOOKS.iter().any(|hook| text.contains(hook)))
        .collect()
}

/// Whether an extension or a middleware of the client leaves deleted rows out
/// of every read: what names the column, or soft deletion, beside hooks of queries.
pub(super) fn is_hidden_by(hooks: &[&str], column: &str) -> bool {
    hooks.iter().any(|text| {
        text.contains(column) || {
            let lower = text.to_ascii_lowercase().replace(['-', '_'], "");
            lower.contains("softdelet")
        }
    })
}

/// The queries that endpoints of users, rather than administrators, come to.
pub(super) fn asked_by_users(context: &Context<'_>) -> FxHashSet<CallId> {
    let mut found = FxHashSet::default();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if endpoint.kind.is_request()
            && !endpoint.access.administrative
            && !context.project.path_facts(endpoint.module).test
        {
            found.extend(
                entered
                    .walk
                    .queries
                    .iter()
                    .map(|reached| reached.query.call),
            );
        }
    }
    found
}

pub(super) fn is_id(key: &str) -> bool {
    key == "id" || key.ends_with("Id") || key.ends_with("_id")
}

pub(super) fn is_read(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::FindUnique
            | Operation::FindUniqueOrThrow
            | Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::FindMany
            | Operation::Count
            | Operation::Aggregate
            | Operation::GroupBy
    )
}

/// Whether a read asks for rows by a key of the model: one, or those of a list.
pub(super) fn is_lookup(model: &Model, query: &ModelQuery<'_>) -> bool {
    let Some(filter) = query.argument("where").and_then(Value::as_object) else {
        return query.call.operation.is_by_unique();
    };
    let of_rows = |value: &Value| matches!(value, Value::Opaque(opaque) if matches!(opaque.root, Root::Row(_)));
    let by_key = |key: &str, value: &Value| {
        model.unique_criterion(key).is_some()
            && match value {
                Value::Object(inner) => {
                    ["in", "equals"]
                        .iter()
                        .any(|word| inner.entries.contains_key(*word))
                        || key.contains('_')
                }
                _ => true,
            }
    };
    query.call.operation.is_by_unique()
        || filter
            .entries
            .iter()
            .any(|(key, entry)| by_key(key, &entry.value) || of_rows(&entry.value) && is_id(key))
        || model.unique_criteria().any(|unique| {
            unique.columns.len() > 1
                && unique
                    .columns
                    .iter()
                    .all(|column| filter.entries.contains_key(&column.name))
        })
}

/// Whether a query selects nothing but related rows.
pub(super) fn gives_no_column(context: &Context<'_>, query: &ModelQuery<'_>) -> bool {
    let declared = context.project.schemas.model(query.model);
    let selected = query.argument("select").and_then(Value::as_object);
    selected.is_some_and(|selected| {
        let mut names = selected.entries.keys();
        selected.spreads.is_empty()
            && !selected.entries.is_empty()
            && names.all(|name| {
                let field = declared.field(name);
                field.is_some_and(|field| field.relation().is_some_and(|side| side.holds_key))
            })
    })
}

/// Whether the function gives back what it read, or what it made of it.
pub(super) fn is_handed_on(query: &ModelQuery<'_>) -> bool {
    let mut handed = false;
    query.event.summary.result.visit(&mut |part| {
        if let Value::Opaque(opaque) = part
            && let Root::Row(row) = &opaque.root
        {
            handed |= row.call == query.event.query.call;
        }
    });
    handed
}

pub(super) fn is_on_purpose(
    context: &Context<'_>,
    function: FunctionRef,
    module: ModuleId,
) -> bool {
    let name = functions::name(context.project, function).to_ascii_lowercase();
    let path = context
        .project
        .modules
        .get(module)
        .path
        .to_ascii_lowercase();
    let file = path.rsplit('/').next().unwrap_or(&path);
    ON_PURPOSE
        .iter()
        .any(|word| name.contains(word) || file.contains(word))
        || path.split('/').any(|part| part.contains("admin"))
}

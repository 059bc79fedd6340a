//! `equals` without regard to case: the client sends `ILIKE`, and escapes nothing.

use std::collections::BTreeMap;

use snell_extract::facts::Expression;
use snell_flow::{Entry, ObjectValue, Root, Value};
use snell_prisma::Provider;
use snell_source::{Confidence, Diagnostic, Location};

use super::RULE;
use crate::{
    functions,
    rule::Context,
    support::queries::{self, objects},
};

/// Objects inside objects are looked into this deep.
const DEPTH: u32 = 8;

/// All of them, each comparison once.
pub(super) fn found(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<Location, Diagnostic> = BTreeMap::new();
    for query in queries::of_models(context) {
        let schema = context.project.schemas.get(query.model.schema);
        if schema.datamodel.provider() != Provider::PostgreSql
            || !functions::is_application(context.project, query.call.module)
        {
            continue;
        }
        let Some(filter) = query.argument("where") else {
            continue;
        };
        let accessor = &context.project.schemas.model(query.model).accessor;
        each(filter, DEPTH, &mut |entry, column| {
            let at = context.project.modules.at(entry.module, entry.key);
            let told = || {
                Diagnostic::at(
                    &RULE.metadata,
                    at,
                    "`%` and `_` in the value match anything",
                )
                .label("without regard to case, the client sends `ILIKE`")
                .confidence(Confidence::Likely)
                .help("escape them: `value.replace(/[\\\\%_]/g, '\\\\$&')`")
                .help("or keep the text in lower case in a column of its own, and compare that")
                .subject(format!(
                    "query:{accessor}.{} {column}",
                    query.call.operation.as_str()
                ))
            };
            if is_raw(context, entry) {
                found.entry(at).or_insert_with(told);
            }
        });
    }
    found.into_values().collect()
}

/// Each `equals` beside `mode: 'insensitive'`, with its column.
fn each<'v>(value: &'v Value, depth: u32, tell: &mut dyn FnMut(&'v Entry, &'v str)) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    if let Value::Array(array) = value {
        for element in array.elements.iter().chain(&array.rest) {
            each(element, depth, tell);
        }
    }
    for object in objects(value) {
        for (name, entry) in &object.entries {
            for inner in objects(&entry.value) {
                if let Some(equals) = insensitive(inner) {
                    tell(equals, name);
                }
            }
            each(&entry.value, depth, tell);
        }
    }
}

fn insensitive(filter: &ObjectValue) -> Option<&Entry> {
    let mode = &filter.entries.get("mode")?.value;
    (mode.as_string()? == "insensitive")
        .then(|| filter.entries.get("equals"))
        .flatten()
}

/// Whether it is handed in as it is: a name or a member, and none of the server's own values.
fn is_raw(context: &Context<'_>, entry: &Entry) -> bool {
    let Value::Opaque(opaque) = &entry.value else {
        return false;
    };
    let handed = matches!(
        opaque.root,
        Root::Parameter(..) | Root::ClientInput(..) | Root::Element(_)
    );
    let written = entry.at.is_none_or(|at| {
        let facts = context.project.modules.facts(at.module);
        matches!(
            facts.expression(facts.unwrap_casts(at.id)),
            Expression::Identifier { .. } | Expression::Member { .. }
        )
    });
    handed && written
}

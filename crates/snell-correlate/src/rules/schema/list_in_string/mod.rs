//! A list in a text.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionKind, ModuleFacts};
use snell_flow::Entry;
use snell_prisma::ScalarType;
use snell_project::{module::In, schema::FieldRef};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::expressions::{self, Method};
use crate::{
    functions,
    rule::{Context, Rule},
    support::{rows_written, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/list-in-string",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A text holds several values with separators between them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What stands between values. A line break or a space is part of a text.
const SEPARATORS: [&str; 4] = [",", ";", "|", "||"];

/// Names under which anything is stored: what is taken apart under one may be another's.
const GENERAL: [&str; 10] = [
    "value",
    "content",
    "text",
    "data",
    "body",
    "description",
    "name",
    "title",
    "label",
    "message",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let joined = joined(context);
    if joined.is_empty() {
        return Vec::new();
    }
    let split = split(context);
    joined
        .iter()
        .filter_map(|(column, at)| finding(context, *column, *at, &split))
        .collect()
}

/// The columns of text that are given what `join` makes, with the first place.
fn joined(context: &Context<'_>) -> BTreeMap<FieldRef, Location> {
    let mut found: BTreeMap<FieldRef, Location> = BTreeMap::new();
    rows_written::visit(context, &mut |written| {
        let model = context.project.schemas.model(written.model);
        for (field, entry) in written.columns(model) {
            if field.scalar() != Some(ScalarType::String) || field.is_list() {
                continue;
            }
            if let Some(at) = join_at(context, entry) {
                let column = FieldRef {
                    schema: written.model.schema,
                    field: field.id,
                };
                found.entry(column).or_insert(at);
            }
        }
    });
    found
}

fn join_at(context: &Context<'_>, entry: &Entry) -> Option<Location> {
    let sources = expressions::sources(context, entry.at?);
    sources.into_iter().find_map(|source| {
        let facts = context.project.modules.facts(source.module);
        let method = expressions::method(facts, source.id)?;
        (method.name == "join" && separates(facts, &method))
            .then(|| context.project.modules.location(source))
    })
}

fn separates(facts: &ModuleFacts, method: &Method<'_>) -> bool {
    let Some(argument) = method.arguments.first() else {
        // `join()` has a comma.
        return method.name == "join";
    };
    match facts.expression(argument.value) {
        Expression::String(text) => SEPARATORS.contains(&text.trim()),
        _ => false,
    }
}

/// Where code takes a property apart at a separator, by the property's name.
fn split(context: &Context<'_>) -> BTreeMap<SmolStr, Location> {
    let mut found: BTreeMap<SmolStr, Location> = BTreeMap::new();
    for (id, module) in context.project.modules.iter() {
        if !functions::is_application(context.project, id) {
            continue;
        }
        let facts = &module.facts;
        for (call, _) in facts.all([ExpressionKind::Call]) {
            let Some(method) = expressions::method(facts, call) else {
                continue;
            };
            if method.name != "split" || !separates(facts, &method) {
                continue;
            }
            if let Expression::Member { property, .. } =
                facts.expression(facts.unwrap_casts(method.object))
            {
                let at = context.project.modules.location(In {
                    module: id,
                    id: call,
                });
                found.entry(property.text.clone()).or_insert(at);
            }
        }
    }
    found
}

fn finding(
    context: &Context<'_>,
    column: FieldRef,
    joined: Location,
    split: &BTreeMap<SmolStr, Location>,
) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(column.schema);
    let (model, field) = (
        &schema.datamodel[column.field.model],
        &schema.datamodel[column.field],
    );
    let parts = split.get(&field.name);
    // Parts that nobody takes apart again may be a sentence, unless the name says otherwise.
    if !is_plural(&field.name) && (parts.is_none() || GENERAL.contains(&field.name.as_str())) {
        return None;
    }
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(field),
        format!(
            "`{}.{}` is a list that is stored as one text",
            model.name, field.name
        ),
    )
    .label("no element can be found, counted or checked by itself")
    .related(joined, "puts the elements together")
    .confidence(Confidence::Likely);
    match parts {
        Some(at) => found = found.related(*at, "takes them apart again"),
        None => {
            found = found.lowered(
                Severity::Low,
                "nothing takes them apart again: it may be for people to read",
            )
        }
    }
    Some(
        found
            .help(format!(
                "`{} String[]`, or rows of a table of their own where something refers to an element",
                field.name
            ))
            .subject(wording::subject(model, &field.name)),
    )
}

/// `tags`, `categoryIds`; neither `address` nor `status`.
fn is_plural(name: &str) -> bool {
    let words = super::words::of(name);
    let last = words.last().map(String::as_str).unwrap_or_default();
    last.len() > 2
        && last.ends_with('s')
        && !last.ends_with("ss")
        && !last.ends_with("us")
        && !matches!(
            last,
            "notes" | "details" | "instructions" | "comments" | "remarks" | "ingredients"
        )
}

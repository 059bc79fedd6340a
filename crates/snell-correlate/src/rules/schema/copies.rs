//! Columns that take their value from a row which the table refers to.

use std::collections::{BTreeMap, BTreeSet};

use snell_flow::{Opaque, Root, Step, Value};
use snell_prisma::Datamodel;
use snell_project::schema::{FieldRef, ModelRef};
use snell_source::{Confidence, Diagnostic, Location, RuleMetadata};

use super::words;
use crate::{
    rule::Context,
    support::{rows_written, wording},
};

/// Words for what is fixed when a row is made.
const FIXED: [&str; 10] = [
    "price", "amount", "cost", "fee", "paid", "rate", "tax", "discount", "total", "currency",
];

/// A column of a new row that is given what stands in another row.
struct Copy {
    original: FieldRef,
    at: Location,
}

/// Copies whose original changes later, while the copy never does.
pub(super) fn findings(context: &Context<'_>, rule: &'static RuleMetadata) -> Vec<Diagnostic> {
    let mut copies: BTreeMap<FieldRef, Copy> = BTreeMap::new();
    let mut changed: BTreeMap<FieldRef, Location> = BTreeMap::new();
    let mut otherwise: BTreeSet<FieldRef> = BTreeSet::new();
    rows_written::visit(context, &mut |written| {
        let model = context.project.schemas.model(written.model);
        if written.creates && words::is_record(&model.name) {
            return;
        }
        for (field, entry) in written.columns(model) {
            let column = FieldRef {
                schema: written.model.schema,
                field: field.id,
            };
            let at = rows_written::key_at(context, entry);
            if !written.creates {
                changed.entry(column).or_insert(at);
                continue;
            }
            match original(context, written.model, &entry.value) {
                Some(original) => {
                    copies.entry(column).or_insert(Copy { original, at });
                }
                // Another way to make rows gives it something else.
                None if !matches!(entry.value, Value::Opaque(_) | Value::Unknown) => {
                    otherwise.insert(column);
                }
                None => {}
            }
        }
    });
    copies
        .iter()
        .filter(|(column, _)| !changed.contains_key(column) && !otherwise.contains(column))
        .filter_map(|(column, copy)| {
            let change = *changed.get(&copy.original)?;
            Some(finding(context, rule, *column, copy, change))
        })
        .collect()
}

/// The column of a table that `model` refers to, when the value is just what stands there.
fn original(context: &Context<'_>, model: ModelRef, value: &Value) -> Option<FieldRef> {
    let Value::Opaque(opaque) = value else {
        return None;
    };
    let Opaque { root, path } = &**opaque;
    let Root::Row(row) = root else { return None };
    let call = context.project.calls.get(row.call);
    let mut parent = call
        .model()
        .filter(|parent| parent.schema == model.schema)?;
    let datamodel = &context.project.schemas.get(model.schema).datamodel;
    let mut column = None;
    for step in path {
        match step {
            Step::Property(name) => {
                let field = datamodel[parent.model].field(name)?;
                match datamodel.target(field) {
                    Some(target) => parent.model = target.id,
                    None => column = Some(field),
                }
            }
            Step::Each(_) | Step::At(_) => {}
            Step::Converted | Step::Without(_) => return None,
        }
    }
    let column = column?;
    let parent = &datamodel[parent.model];
    // What something cost stays what it was.
    if words::of(&column.name)
        .iter()
        .any(|word| FIXED.contains(&word.as_str()))
    {
        return None;
    }
    let is_key = parent.is_id(column.id)
        || parent.is_foreign_key(column.id)
        || parent.is_unique(column.id)
        || parent.id == model.model;
    (!is_key && refers(datamodel, model, parent.id)).then_some(FieldRef {
        schema: model.schema,
        field: column.id,
    })
}

fn refers(datamodel: &Datamodel, model: ModelRef, parent: snell_prisma::ModelId) -> bool {
    let mut keys = datamodel.foreign_keys_of(model.model);
    keys.any(|(_, key)| {
        let target = datamodel.target(&datamodel[key.field]);
        target.is_some_and(|target| target.id == parent)
    })
}

fn finding(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    column: FieldRef,
    copy: &Copy,
    change: Location,
) -> Diagnostic {
    let schema = context.project.schemas.get(column.schema);
    let datamodel = &schema.datamodel;
    let (model, field) = (&datamodel[column.field.model], &datamodel[column.field]);
    let original = &datamodel[copy.original.field];
    let parent = &datamodel[copy.original.field.model];
    Diagnostic::at(
        rule,
        schema.field_name(field),
        format!(
            "`{}.{}` is a copy of `{}.{}` that goes stale",
            model.name, field.name, parent.name, original.name
        ),
    )
    .label("made with the row, and never changed")
    .related(copy.at, "copies it")
    .related(schema.field_name(original), "the original")
    .related(change, "changes the original alone")
    .confidence(Confidence::Possible)
    .note("reading the original takes one join; keeping the copy takes a write of many rows at each change")
    .help("read it through the relation; where the value at that time is meant, say so in a `///` comment")
    .subject(wording::subject(model, &field.name))
}

//! Examples in the comment of a column that are none of the values which the code accepts.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_prisma::{Field, Model, ScalarType};
use snell_project::schema::{ModelRef, Schema};
use snell_source::{Confidence, Diagnostic, Location};

use super::{RULE, quoted};
use crate::{
    rule::Context,
    support::{
        closed_set::{self, ClosedSet},
        contracts::{self, members},
        value_sets::{comment, plain},
        wording,
    },
};

/// A column whose comment gives examples.
struct Explained<'a> {
    schema: &'a Schema,
    model: &'a Model,
    field: &'a Field,
    given: Vec<SmolStr>,
    at: Location,
    told: bool,
}

pub(super) fn find(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut columns: FxHashMap<ModelRef, Vec<Explained<'_>>> = FxHashMap::default();
    for (reference, schema, model) in context.project.schemas.models() {
        for field in model
            .columns()
            .filter(|field| field.scalar() == Some(ScalarType::String) && !field.is_list())
        {
            let given = field.comments.iter().find_map(|comment| {
                let given = comment::examples(&comment.text)?;
                Some((given, schema.location(field.place(comment.span))))
            });
            if let Some((given, at)) = given {
                columns.entry(reference).or_default().push(Explained {
                    schema,
                    model,
                    field,
                    given,
                    at,
                    told: false,
                });
            }
        }
    }
    let mut found = Vec::new();
    if columns.is_empty() {
        return found;
    }
    for binding in contracts::bindings(context).iter() {
        let explained = columns.get_mut(&binding.model).into_iter().flatten();
        for column in explained.filter(|column| !column.told) {
            let set = members::property(context, binding.mirror, &column.field.name)
                .and_then(|declared| closed_set::of(context, &declared));
            if let Some(set) = set.filter(|set| has_none(set, &column.given)) {
                column.told = true;
                found.push(finding(column, &set));
            }
        }
    }
    found
}

fn has_none(set: &ClosedSet, given: &[SmolStr]) -> bool {
    let known: Vec<String> = set.values.iter().map(|value| plain(value)).collect();
    !given.iter().any(|value| known.contains(&plain(value)))
}

fn finding(column: &Explained<'_>, set: &ClosedSet) -> Diagnostic {
    let words = |values: &[SmolStr]| {
        let values: Vec<&str> = values.iter().map(SmolStr::as_str).collect();
        quoted(&values)
    };
    let name = format!("{}.{}", column.model.name, column.field.name);
    let given = words(&column.given);
    Diagnostic::at(
        &RULE.metadata,
        column.at,
        format!("the comment at `{name}` gives {given} as examples, which the code does not take"),
    )
    .label("none of these is accepted")
    .related(set.at, format!("accepted: {}", words(&set.values)))
    .related(column.schema.field_name(column.field), "the column")
    .help("say in the comment what is stored, or accept what it says")
    .confidence(Confidence::Likely)
    .caused_by(format!(
        "{given} {}:{}",
        set.at.file.index(),
        set.at.span.start
    ))
    .subject(wording::subject(column.model, &column.field.name))
}

//! Checks of the database beside the enum of their column.

use snell_prisma::{Enum, Field, FieldType, Model, Place};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Severity};

use super::{RULE, quoted};
use crate::{
    rule::Context,
    support::{built, wording},
};

pub(super) fn find(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, schema) in context.project.schemas.iter() {
        for model in schema.datamodel.models() {
            for field in model.columns().filter(|field| !field.is_list()) {
                if let FieldType::Enum(id) = field.ty {
                    found.extend(checked(schema, model, field, &schema.datamodel[id]));
                }
            }
        }
    }
    found
}

fn checked(schema: &Schema, model: &Model, field: &Field, declared: &Enum) -> Option<Diagnostic> {
    let (allowed, at) = built::table(schema, model)?.allowed(field)?;
    let missing: Vec<_> = declared
        .values
        .iter()
        .filter(|value| !allowed.contains(&value.db_name))
        .collect();
    let name = &declared.name;
    let column = format!("{}.{}", model.name, field.name);
    let subject = wording::subject(model, &field.name);
    let Some(first) = missing.first() else {
        return Some(
            Diagnostic::at(
                &RULE.metadata,
                at,
                format!("a check of `{column}` repeats the values of its enum `{name}`"),
            )
            .label("the type of the column allows no others")
            .related(schema.field_type(field), "the enum")
            .help("drop the check: a value that is added to the enum is refused until somebody thinks of it")
            .lowered(Severity::Low, "the check and the enum agree today")
            .subject(subject),
        );
    };
    let names: Vec<&str> = missing.iter().map(|value| value.name.as_str()).collect();
    let place = Place {
        file: declared.at.file,
        span: first.name_span,
    };
    Some(
        Diagnostic::at(
            &RULE.metadata,
            at,
            format!(
                "a check of `{column}` refuses {} of its enum `{name}`",
                quoted(&names)
            ),
        )
        .label("the check lists the values again")
        .related(schema.location(place), "the enum has it, and no row can")
        .help("drop the check: the type of the column is the enum already")
        .subject(subject),
    )
}

//! A unique that holds the time of deletion, which living rows do not have.

use snell_prisma::{Field, Index, Model, ScalarType};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{built, tables, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/soft-delete-unique",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A unique over the time of deletion does not hold for rows that live",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .flat_map(|table| {
            let uniques = table.model.uniques();
            uniques.filter_map(move |unique| finding(table.schema, table.model, unique))
        })
        .collect()
}

/// Whether a field says when a row was deleted.
pub(crate) fn is_deletion_time(field: &Field) -> bool {
    let name = field.name.to_ascii_lowercase();
    field.scalar() == Some(ScalarType::DateTime)
        && field.is_optional()
        && ["deleted", "archived", "removed"]
            .iter()
            .any(|word| name.contains(word))
}

fn finding(schema: &Schema, model: &Model, unique: &Index) -> Option<Diagnostic> {
    let fields = unique.fields()?;
    let fields: Vec<&Field> = fields.iter().map(|id| &schema.datamodel[*id]).collect();
    let time = fields.iter().find(|field| is_deletion_time(field))?;
    let columns: Vec<&str> = fields.iter().map(|field| field.db_name.as_str()).collect();
    let rest: Vec<&&Field> = fields.iter().filter(|field| field.id != time.id).collect();
    let table = built::table(schema, model);
    let kept = table.is_some_and(|table| {
        table
            .indexes()
            .any(|index| index.tells_nulls_apart(&columns, &[time.db_name.as_str()]))
    });
    // A smaller key that holds makes this one superfluous, not wrong.
    let covered = model.unique_criteria().any(|other| {
        other.fields().is_some_and(|others| {
            !others.contains(&time.id)
                && others.iter().all(|id| {
                    rest.iter()
                        .any(|field| field.id == *id && field.is_required())
                })
        })
    });
    if kept || covered || rest.is_empty() || unique.condition.is_some() {
        return None;
    }
    let names: Vec<&str> = rest.iter().map(|field| field.name.as_str()).collect();
    let quoted: Vec<String> = rest
        .iter()
        .map(|field| format!("\"{}\"", field.db_name))
        .collect();
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.location(model.place(unique.span)),
        format!(
            "`{}` of `{}` holds for deleted rows alone",
            wording::declared(unique),
            model.name
        ),
    )
    .label(format!(
        "two living rows with the same `{}` are no duplicates to it",
        names.join(", ")
    ))
    .related(
        schema.field_type(time),
        "NULL as long as a row lives, and NULL equals nothing",
    );
    if let Some(index) = table.and_then(|table| {
        let mut indexes = table.indexes();
        indexes.find(|index| index.is_unique_over(&columns))
    }) {
        found = found.related(index.created(), "the database has no other unique for them");
    }
    let found = found.help(format!(
        "in a migration of your own: CREATE UNIQUE INDEX ... ON \"{}\" ({}) WHERE \"{}\" IS NULL",
        model.db_name,
        quoted.join(", "),
        time.db_name
    ));
    Some(found.subject(wording::subject(model, &wording::columns(unique))))
}

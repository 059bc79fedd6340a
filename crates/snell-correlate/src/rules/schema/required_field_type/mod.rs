//! A column whose type the configuration lays down.

use snell_prisma::Field;
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    options,
    rule::{Context, Rule},
    support::{tables, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/required-field-type",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A column has another type than the project asks for",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(options) = options::of(context, &RULE.metadata) else {
        return Vec::new();
    };
    let (types, except) = (options.texts("types"), options.names("except"));
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let (schema, model) = (table.schema, table.model);
        for field in model.columns() {
            let name = format!("{}.{}", model.name, field.name);
            let Some(wanted) = types.of(&field.name) else {
                continue;
            };
            let written = written(context, schema, field);
            if except.has(&model.name) || except.has(&name) || fits(&written, wanted) {
                continue;
            }
            let told = Diagnostic::at(
                &RULE.metadata,
                schema.field_type(field),
                format!("`{name}` is `{written}`"),
            )
            .label(format!("the configuration asks for `{wanted}`"))
            .help(format!(
                "make it `{wanted}`, or name `{name}` under `except` in the rule's options"
            ));
            found.push(told.subject(wording::subject(model, &field.name)));
        }
    }
    found
}

/// The type as the schema writes it, with that of the database.
fn written(context: &Context<'_>, schema: &Schema, field: &Field) -> String {
    let mut written = context.text(schema.field_type(field)).to_owned();
    if let Some(native) = &field.native_type {
        written.push(' ');
        written.push_str(context.text(schema.location(field.place(native.span))));
    }
    written
}

/// Whether a type is the wanted one; what may be absent may be, and a type of the database
/// counts only where one is wanted.
fn fits(written: &str, wanted: &str) -> bool {
    let (written, wanted): (Vec<&str>, Vec<&str>) = (
        written.split_whitespace().collect(),
        wanted.split_whitespace().collect(),
    );
    let plain = |word: Option<&&str>| word.map(|word| word.trim_end_matches('?').to_owned());
    plain(written.first()) == plain(wanted.first())
        && wanted[1.min(wanted.len())..]
            .iter()
            .all(|word| written.contains(word))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_type_of_the_database_counts_where_one_is_wanted() {
        assert!(fits("String @db.Uuid", "String"));
        assert!(fits(
            "DateTime? @db.Timestamptz(3)",
            "DateTime @db.Timestamptz(3)"
        ));
        assert!(!fits("DateTime", "DateTime @db.Timestamptz(3)"));
        assert!(!fits("Int", "String"));
    }
}

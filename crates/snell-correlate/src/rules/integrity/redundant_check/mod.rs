//! A check that repeats what the column's type says.

use snell_prisma::{Field, FieldType};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        built,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/redundant-check",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A check lists the values that the column's enum has anyway",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .flat_map(|table| {
            let columns = table.model.columns();
            columns.filter_map(move |field| finding(table, field))
        })
        .collect()
}

fn finding(table: TableModel<'_>, field: &Field) -> Option<Diagnostic> {
    let TableModel { schema, model, .. } = table;
    let FieldType::Enum(id) = field.ty else {
        return None;
    };
    let built = built::table(schema, model)?;
    let (values, at) = built.allowed(field)?;
    let of_enum = &schema.datamodel[id];
    let all = of_enum
        .values
        .iter()
        .all(|value| values.contains(&value.db_name));
    // A check that leaves a value of the enum out narrows it.
    if !all || field.is_list() {
        return None;
    }
    Some(
        Diagnostic::at(
            &RULE.metadata,
            at,
            format!(
                "this check of `{}.{}` allows every value of `{}`",
                model.name, field.name, of_enum.name
            ),
        )
        .label("refuses nothing, and has to be changed with each new value")
        .related(
            schema.field_type(field),
            "the type refuses every other value already",
        )
        .help(format!(
            "in a migration of your own: ALTER TABLE \"{}\" DROP CONSTRAINT ...",
            model.db_name
        ))
        .subject(wording::subject(model, &field.name)),
    )
}

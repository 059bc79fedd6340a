//! A table without the time of its rows.

use snell_project::schema::ModelRef;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::together;
use crate::{
    rule::{Context, Rule},
    support::{
        field_life::{FieldLives, field_lives},
        growth::{Growth, Growths},
        majority::Share,
        row_times,
        tables::TableModel,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/missing-timestamps",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A table does not say when its rows were made, and most others do",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let growths = Growths::shared(context);
    together::schemas(context)
        .iter()
        .flat_map(|tables| departures(&lives, &growths, tables))
        .collect()
}

fn says_when(table: &TableModel<'_>) -> bool {
    table.model.columns().any(row_times::is_creation_time)
}

fn departures(lives: &FieldLives, growths: &Growths, tables: &[TableModel<'_>]) -> Vec<Diagnostic> {
    // Rows that no code adds, those of libraries, and relations have no time of their own.
    let counted: Vec<TableModel<'_>> = tables
        .iter()
        .copied()
        .filter(|table| {
            let model = ModelRef {
                schema: table.id,
                model: table.model.id,
            };
            growths.of_model(model).growth != Growth::Configuration
                && lives.owned(table.model).is_none()
                && !row_times::is_between(table.model)
                && table.model.is_complete
        })
        .collect();
    let share = Share::of(&counted, says_when);
    if !share.is_habit() {
        return Vec::new();
    }
    let Some(example) = counted.iter().find(|table| says_when(table)) else {
        return Vec::new();
    };
    let others = counted.iter().filter(|table| !says_when(table));
    others.map(|table| finding(table, example, share)).collect()
}

fn finding(table: &TableModel<'_>, example: &TableModel<'_>, share: Share) -> Diagnostic {
    let (schema, model) = (table.schema, table.model);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!("`{}` does not say when its rows were made", model.name),
    )
    .label(format!(
        "{} of {} tables that grow do",
        share.doing, share.of
    ))
    .confidence(Confidence::Likely);
    let mut columns = example.model.columns();
    if let Some(column) = columns.find(|field| row_times::is_creation_time(field)) {
        found = found.related(example.schema.field_name(column), "as here");
        found = found.help(format!("add `{} DateTime @default(now())`", column.name));
    }
    found.subject(format!("model:{}", model.name))
}

//! A name of the schema where the database has another.

use snell_flow::raw::Reading;
use snell_prisma::{Field, Model};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{analyze::AnalysisError, catalog::RelationKind};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/unmapped-name",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A raw query uses the name of a model or field that the database knows under another one",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// The model that a missing table is called by, when its table has another name.
pub(super) fn table<'a>(context: &Context<'a>, reading: &Reading, name: &str) -> Option<&'a Model> {
    let schema = reading::schema(context, reading);
    let catalog = reading::catalog(context, reading);
    schema.datamodel.models().iter().find(|model| {
        model.name.eq_ignore_ascii_case(name)
            && model.db_name != name
            && catalog.find_named(None, &model.db_name).is_some()
    })
}

/// The field that a missing column is called by, when its column has another name.
pub(super) fn column<'a>(
    context: &Context<'a>,
    reading: &Reading,
    error: &AnalysisError,
) -> Option<(&'a Model, &'a Field)> {
    let name = error.name.as_ref()?;
    let schema = reading::schema(context, reading);
    let catalog = reading::catalog(context, reading);
    error.relations.iter().find_map(|id| {
        let relation = catalog.relation(*id)?;
        let RelationKind::Table(table) = &relation.kind else {
            return None;
        };
        let model = schema.datamodel.models_of_table(&relation.name).next()?;
        let field = model.columns().find(|field| {
            field.name.eq_ignore_ascii_case(name) && !field.db_name.eq_ignore_ascii_case(name)
        })?;
        table
            .column(&field.db_name)
            .is_some()
            .then_some((model, field))
    })
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        let schema = reading::schema(context, reading);
        for found in reading::errors(context, reading) {
            let error = &found.error;
            let Some(name) = &error.name else { continue };
            if error.sqlstate == "42P01" {
                let Some(model) = table(context, reading, name) else {
                    continue;
                };
                let real = reading::quoted(&model.db_name);
                let message = format!("the table of model `{}` is called `{real}`", model.name);
                findings.tell(reading, error.span, message, |one| {
                    let at = model.map.as_ref().map_or(model.name_span, |map| map.span);
                    one.label(format!("no table `{name}` (42P01)"))
                        .caused_by(reading::failing(context, reading))
                        .related(schema.location(model.place(at)), "mapped here")
                        .help(format!("write `{real}`"))
                });
            } else if error.sqlstate == "42703"
                && let Some((model, field)) = column(context, reading, error)
            {
                let real = reading::quoted(&field.db_name);
                let message = format!(
                    "the column of `{}.{}` is called `{real}`",
                    model.name, field.name
                );
                findings.tell(reading, error.span, message, |one| {
                    let at = field.map.as_ref().map_or(field.name_span, |map| map.span);
                    one.label(format!("no column `{name}` (42703)"))
                        .caused_by(reading::failing(context, reading))
                        .related(schema.location(field.place(at)), "mapped here")
                        .help(format!(
                            "write `{real}`, with `AS \"{}\"` in a result",
                            field.name
                        ))
                });
            }
        }
    }
    findings.done()
}

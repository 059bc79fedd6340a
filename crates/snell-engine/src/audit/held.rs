//! Texts of a few values, where the project holds such texts by checks of the database already:
//! what one column has is kept, and its likes get the same, for which nothing has to stop.

use std::collections::BTreeSet;

use snell_correlate::built_table;
use snell_prisma::{Field, Model, Provider, ScalarType};
use snell_project::schema::Schema;
use snell_report::{
    Report,
    audit::{AuditFinding, Change, Phase},
};
use snell_source::Diagnostic;

use super::named::names;
use crate::Analysis;

/// The rule whose findings are about such texts.
pub(super) const RULE: &str = "integrity/enum-like-string";

/// The columns that checks hold to a few values.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Each by its model and its name.
    columns: BTreeSet<(String, String)>,
}

impl Held {
    pub(super) fn of(analysis: &Analysis) -> Self {
        let mut columns = BTreeSet::new();
        for (_, schema, model) in analysis.project.schemas.models() {
            let texts = model
                .columns()
                .filter(|field| field.scalar() == Some(ScalarType::String) && !field.is_list());
            let held = texts.filter(|field| is_held(schema, model, field));
            columns.extend(held.map(|field| (model.name.to_string(), field.name.to_string())));
        }
        Held { columns }
    }

    /// Whether a check holds a column.
    pub(super) fn has(&self, model: &str, field: &str) -> bool {
        self.columns.contains(&(model.to_owned(), field.to_owned()))
    }

    /// A column that a check holds and that a column is like: one of the same model, or of the
    /// same name, or of a model that has one of the same name, too.
    pub(super) fn like(&self, model: &str, field: &str, names: &[&str]) -> Option<(&str, &str)> {
        let mut columns = self.columns.iter();
        let likes = |(of, name): &&(String, String)| {
            of == model || name == field || names.contains(&name.as_str())
        };
        columns
            .find(likes)
            .map(|(model, field)| (model.as_str(), field.as_str()))
    }
}

fn is_held(schema: &Schema, model: &Model, field: &Field) -> bool {
    built_table(schema, model).is_some_and(|table| table.allowed(field).is_some())
}

/// The names of a model's columns.
pub(super) fn columns(model: &Model) -> Vec<&str> {
    model.columns().map(|field| field.name.as_str()).collect()
}

/// Says of findings about such texts how the database holds them: as the project does it, where it
/// does, and by checks in any case.
pub(super) fn attach(
    analysis: &Analysis,
    report: &Report,
    findings: &mut [AuditFinding],
    held: &Held,
) {
    for (finding, more) in report.findings.iter().zip(findings.iter_mut()) {
        let parts = finding.parts();
        let told = finding.diagnostic.rule.name == RULE && finding.is_active();
        if !told || more.change == Change::Keep {
            continue;
        }
        let columns = || parts.iter().filter_map(column);
        if columns().all(|(model, field)| held.has(&model, &field)) {
            more.change = Change::Keep;
            more.advice = vec!["keep it: a check of the database refuses every other text; an enum instead of it takes a stop of the application, and gives the client a type of its own".to_owned()];
            continue;
        }
        let model = |name: &str| {
            let mut models = analysis.project.schemas.models();
            models.find(|(_, _, model)| model.name == name)
        };
        let checked = columns().all(|(name, _)| {
            model(&name).is_some_and(|(_, schema, _)| {
                matches!(
                    schema.datamodel.provider(),
                    Provider::PostgreSql | Provider::CockroachDb
                )
            })
        });
        if !checked {
            continue;
        }
        // Nothing is lost until then that a look at the rows does not show.
        more.phase = more.phase.max(Phase::Second);
        more.change = Change::Sql;
        let like = columns().find_map(|(name, field)| {
            let (_, _, model) = model(&name)?;
            held.like(&name, &field, &self::columns(model))
        });
        more.advice = vec![match like {
            Some((model, field)) => format!(
                "keep the text, and let the database hold it as it holds `{model}.{field}`: a check, `NOT VALID` first and then validated, needs no stop of the application; from then on every other text is refused (statements in the plan)"
            ),
            None => "keep the text, and let the database hold it: a check, `NOT VALID` first and then validated, refuses every other text and needs no stop of the application; an enum, which gives the client a type of its own, rewrites the table and fails each version that sends text".to_owned(),
        }];
    }
}

fn column(diagnostic: &Diagnostic) -> Option<(String, String)> {
    let (models, fields) = names(&diagnostic.subject);
    Some((models.into_iter().next()?, fields.into_iter().next()?))
}

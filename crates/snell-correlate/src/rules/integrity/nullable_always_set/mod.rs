//! A column that may be NULL, and that every write fills.

mod as_default;
mod by_sql;

use snell_prisma::{Field, Model};
use snell_project::schema::{FieldRef, Schema};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        field_life::{Given, field_lives},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/nullable-always-set",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Every row is given a value for a column that may be NULL",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let mut found = Vec::new();
    for (id, schema, model) in context.project.schemas.models() {
        for field in model.columns().filter(|field| !field.is_visible()) {
            found.extend(by_sql::finding(context, (id, schema, model), field));
        }
        for field in model.columns().filter(|field| field.is_visible()) {
            let (given, _) = lives.given(FieldRef {
                schema: id.schema,
                field: field.id,
            });
            // What a script makes once says little of who makes rows.
            if given.iter().any(|one| is_application(context, one.at))
                && lives.is_always_set(context, (id, model), field)
            {
                found.push(finding(schema, model, field, given));
            }
        }
    }
    let told: Vec<Location> = found.iter().map(|one| one.primary().at).collect();
    let more = as_default::find(context).into_iter();
    found.extend(more.filter(|one| !told.contains(&one.primary().at)));
    found
}

fn is_application(context: &Context<'_>, at: Location) -> bool {
    let path = &context.sources.file(at.file).path;
    let file = context.project.workspace.file(path);
    file.is_some_and(|file| file.facts.is_production() && !file.facts.one_off)
}

/// More places than these say nothing new.
const SHOWN: usize = 2;

fn finding(schema: &Schema, model: &Model, field: &Field, given: &[Given]) -> Diagnostic {
    let name = format!("{}.{}", model.name, field.name);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(field),
        format!("`{name}` may be NULL, and every row is given a value for it"),
    )
    .label("whoever reads it has to ask for what never happens");
    for one in given.iter().take(SHOWN) {
        finding = finding.related(one.at, "given here, and never `null`");
    }
    finding
        .confidence(Confidence::Likely)
        .help(format!(
            "make it required: fill what older rows lack, then ALTER TABLE \"{}\" ALTER COLUMN \"{}\" SET NOT NULL",
            model.db_name, field.db_name
        ))
        .subject(wording::subject(model, &field.name))
}

//! Rows that say when they were deleted, and not by whom.

use snell_prisma::{Field, Model, Provider};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::soft_delete_unique::is_deletion_time;
use crate::{
    rule::{Context, Rule},
    support::{name_words::words, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/soft-delete-actor",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Rows say when they were deleted, and not by whom",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Models that a message names, and labels that show some.
const MOST: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter(|(_, schema)| schema.datamodel.provider() == Provider::PostgreSql)
        .filter_map(|(_, schema)| finding(schema))
        .collect()
}

/// The column that says when a row was deleted, when none says by whom.
fn silent(model: &Model) -> Option<&Field> {
    let time = model.columns().find(|field| is_deletion_time(field))?;
    let says_who = model.columns().any(|field| {
        let name = words(&field.name);
        let gone = ["deleted", "archived", "removed", "deletion"];
        let who = ["by", "actor", "who"];
        name.iter().any(|word| gone.contains(&word.as_str()))
            && name.iter().any(|word| who.contains(&word.as_str()))
    });
    (!model.is_view && model.ignored.is_none() && !says_who).then_some(time)
}

/// One finding for a schema: to keep it or not is one habit.
fn finding(schema: &Schema) -> Option<Diagnostic> {
    let models = schema.datamodel.models().iter();
    let found: Vec<(&Model, &Field)> = models
        .filter_map(|model| Some((model, silent(model)?)))
        .collect();
    let (first, time) = found.first()?;
    let mut names: Vec<String> = found
        .iter()
        .take(MOST)
        .map(|(model, _)| format!("`{}`", model.name))
        .collect();
    if found.len() > MOST {
        names.push(format!("{} more", found.len() - MOST));
    }
    let mut diagnostic = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(time),
        format!(
            "deleted rows of {} do not say who deleted them",
            wording::and(&names)
        ),
    )
    .label("says when");
    for (_, time) in found.iter().skip(1).take(MOST - 1) {
        diagnostic = diagnostic.related(schema.field_name(time), "as well");
    }
    let by = match time.name.contains('_') {
        true => "deleted_by_id",
        false => "deletedById",
    };
    Some(
        diagnostic
            .help(format!(
                "a `{by}` beside it, where others than the owner of a `{}` may delete one, or a line in an audit log",
                first.name
            ))
            .subject(format!("schema:{} deleted-by", schema.path)),
    )
}

//! Rows that go by two ways when one row goes.

use std::collections::BTreeSet;

use snell_prisma::{Datamodel, ForeignKey, ModelId, ReferentialAction};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::cascades;
use crate::{
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/cascade-diamond",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Rows are deleted by two ways when a row above them is",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Models that a message names.
const MOST_NAMES: usize = 5;

/// A model that goes with `top` directly, and with something that goes with it.
struct Diamond<'a> {
    bottom: ModelId,
    direct: &'a ForeignKey,
    through: &'a ForeignKey,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .flat_map(|(_, schema)| {
            let models = schema.datamodel.models().iter();
            models.filter_map(move |model| finding(schema, model.id))
        })
        .collect()
}

/// The diamonds below a model.
fn below(datamodel: &Datamodel, top: ModelId) -> Vec<Diamond<'_>> {
    let cascades = |key: &ForeignKey| key.on_delete.action == ReferentialAction::Cascade;
    let direct: Vec<&ForeignKey> = cascades::keys(datamodel)
        .filter(|(_, key, target)| *target == top && key.field.model != top && cascades(key))
        .map(|(_, key, _)| key)
        .collect();
    let taken: BTreeSet<ModelId> = cascades::taken(datamodel, top)
        .into_iter()
        .map(|one| one.model)
        .collect();
    let mut found: Vec<Diamond<'_>> = Vec::new();
    for key in direct {
        let bottom = key.field.model;
        let through = cascades::keys(datamodel).find(|(_, other, target)| {
            other.field.model == bottom
                && *target != bottom
                && taken.contains(target)
                && cascades(other)
        });
        if let Some((_, through, _)) = through
            && found.iter().all(|one| one.bottom != bottom)
        {
            found.push(Diamond {
                bottom,
                direct: key,
                through,
            });
        }
    }
    found
}

fn finding(schema: &Schema, top: ModelId) -> Option<Diagnostic> {
    let datamodel = &schema.datamodel;
    let diamonds = below(datamodel, top);
    let first = diamonds.first()?;
    let mut names: Vec<String> = diamonds
        .iter()
        .take(MOST_NAMES)
        .map(|one| format!("`{}`", datamodel[one.bottom].name))
        .collect();
    if diamonds.len() > MOST_NAMES {
        names.push(format!("{} more", diamonds.len() - MOST_NAMES));
    }
    let name = &datamodel[top].name;
    Some(
        Diagnostic::at(
            &RULE.metadata,
            schema.model_name(&datamodel[top]),
            format!("deleting a `{name}` reaches rows of {} by two ways", wording::and(&names)),
        )
        .label("PostgreSQL looks for them twice")
        .related(cascades::action_at(schema, first.direct), "directly")
        .related(cascades::action_at(schema, first.through), "and with what they belong to")
        .help("where one of the two owners follows from the other, a foreign key over both columns says so, and one way is enough")
        .subject(format!("model:{name} diamond")),
    )
}

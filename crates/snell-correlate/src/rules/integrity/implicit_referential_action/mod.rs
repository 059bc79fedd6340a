//! What becomes of rows when the one that they refer to goes, left to a default.

use snell_prisma::{ForeignKey, Provider, ReferentialAction, RelationMode};
use snell_project::schema::{ModelRef, Schema, SchemaId};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::cascades;
use crate::{
    rule::{Context, Rule},
    support::deletions::Deletions,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/implicit-referential-action",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "The code deletes rows that others refer to, and no relation says what becomes of those",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Relations that a finding shows beside the first.
const MOST_SHOWN: usize = 3;

/// A relation without `onDelete` to a model whose rows the code deletes.
struct Silent<'a> {
    key: &'a ForeignKey,
    target: ModelRef,
    deleted: Location,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let deletions = Deletions::shared(context);
    let schemas = context.project.schemas.iter();
    schemas
        .filter(|(_, schema)| {
            schema.datamodel.provider() == Provider::PostgreSql
                && schema.datamodel.relation_mode() == RelationMode::ForeignKeys
        })
        .filter_map(|(id, schema)| finding(&deletions, id, schema))
        .collect()
}

fn silent<'a>(deletions: &Deletions, id: SchemaId, schema: &'a Schema) -> Vec<Silent<'a>> {
    cascades::keys(&schema.datamodel)
        .filter(|(_, key, target)| {
            // A tree is another rule's.
            key.on_delete.explicit.is_none() && *target != key.field.model
        })
        .filter_map(|(_, key, model)| {
            let target = ModelRef { schema: id, model };
            let deleted = cascades::deleted_at(deletions, target)?;
            Some(Silent {
                key,
                target,
                deleted,
            })
        })
        .collect()
}

/// One finding for a schema: to say it or not is one habit.
fn finding(deletions: &Deletions, id: SchemaId, schema: &Schema) -> Option<Diagnostic> {
    let datamodel = &schema.datamodel;
    let found = silent(deletions, id, schema);
    let first = found.first()?;
    let of_key = |key: &ForeignKey| {
        let field = &datamodel[key.field];
        format!("`{}.{}`", datamodel[field.id.model].name, field.name)
    };
    let (one, target) = (of_key(first.key), &datamodel[first.target.model].name);
    let message = match found.len() {
        1 => format!("{one} leaves open what becomes of it when its `{target}` is deleted"),
        many => format!(
            "{many} relations, {one} the first, leave open what becomes of rows whose parent the code deletes"
        ),
    };
    let mut diagnostic = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(&datamodel[first.key.field]),
        message,
    )
    .label(by_default(first.key.on_delete.action))
    .related(first.deleted, format!("deletes `{target}` rows"));
    for other in found.iter().skip(1).take(MOST_SHOWN) {
        diagnostic = diagnostic.related(
            schema.field_name(&datamodel[other.key.field]),
            by_default(other.key.on_delete.action),
        );
    }
    Some(
        diagnostic
            .help("say what is meant: `onDelete: Cascade`, `onDelete: Restrict` or `onDelete: SetNull`")
            .subject(format!("schema:{} onDelete", schema.path)),
    )
}

fn by_default(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::SetNull => "by default it stays, and refers to nothing",
        _ => "by default the deletion is refused",
    }
}

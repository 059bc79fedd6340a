//! Bounds that only a validator knows.

use rustc_hash::FxHashSet;
use snell_prisma::Field;
use snell_project::schema::{FieldRef, Schema, SchemaId};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::catalog::TableConstraint;

use crate::{
    rule::{Context, Rule},
    support::{
        accepts,
        contracts::{Evidence, bindings, members},
        documentation::is_explained,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/business-rule-undocumented",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Bounds of columns stand in validators alone: neither the schema nor the database says them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Rules that are shown.
const SHOWN: usize = 5;
/// One or two are found by reading the validator.
const FEWEST: usize = 3;

/// A bound of a column that a validator keeps.
struct Bound<'a> {
    field: &'a Field,
    words: String,
    at: Location,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(id, schema)| finding(context, id, schema))
        .collect()
}

/// One finding for a schema.
fn finding(context: &Context<'_>, id: SchemaId, schema: &Schema) -> Option<Diagnostic> {
    let bounds = bounds(context, id, schema);
    if bounds.len() < FEWEST {
        return None;
    }
    let (first, others) = bounds.split_first()?;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(first.field),
        format!(
            "{} rules about columns stand in validators alone: `{}` {}",
            bounds.len(),
            first.field.name,
            first.words
        ),
    )
    .label("neither a comment nor a check says it")
    .related(first.at, "here");
    for other in others.iter().take(SHOWN) {
        finding = finding.related(other.at, format!("`{}` {}", other.field.name, other.words));
    }
    Some(
        finding
            .confidence(Confidence::Possible)
            .help("say the rule in a `///` line of the field; what must never be broken, also by scripts and by raw SQL, belongs in a CHECK")
            .subject(format!("schema:{} rules", schema.path)),
    )
}

/// Bounds of numbers that writes from requests keep, each column once.
fn bounds<'a>(context: &Context<'a>, id: SchemaId, schema: &'a Schema) -> Vec<Bound<'a>> {
    let mut seen: FxHashSet<FieldRef> = FxHashSet::default();
    let mut found = Vec::new();
    for binding in bindings(context).iter() {
        if binding.model.schema != id || binding.evidence != Evidence::Written {
            continue;
        }
        let model = &schema.datamodel[binding.model.model];
        for field in model.columns() {
            let reference = FieldRef {
                schema: id,
                field: field.id,
            };
            if is_explained(&field.comments)
                || seen.contains(&reference)
                || is_checked(schema, &model.db_name, field)
            {
                continue;
            }
            let Some(property) = members::property(context, binding.mirror, &field.name) else {
                continue;
            };
            let accepts = accepts::of(context, &property);
            let words = match (accepts.least, accepts.greatest) {
                (Some((least, _)), Some((greatest, _))) => format!("is from {least} to {greatest}"),
                (None, Some((greatest, _))) => format!("is at most {greatest}"),
                // That a count is not below zero goes without saying.
                (Some((least, _)), None) if least > 1.0 => format!("is at least {least}"),
                _ => continue,
            };
            seen.insert(reference);
            found.push(Bound {
                field,
                words,
                at: context.project.modules.at(property.module, property.at),
            });
        }
    }
    found.sort_by_key(|bound| schema.field_name(bound.field));
    found
}

/// Whether a check of the database speaks of the column.
fn is_checked(schema: &Schema, table: &str, field: &Field) -> bool {
    let Some(history) = &schema.history else {
        return false;
    };
    let mut tables = history.replay.catalog.tables();
    let Some((_, table)) = tables.find(|(relation, _)| relation.name == table) else {
        return false;
    };
    table
        .constraints
        .iter()
        .any(|constraint| match &constraint.kind {
            TableConstraint::Check(check) => {
                crate::support::migrations::mentions_column(check, &field.db_name)
            }
            _ => false,
        })
}

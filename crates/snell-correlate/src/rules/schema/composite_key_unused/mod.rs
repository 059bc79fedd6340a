//! Keys of several columns that no query uses.

use snell_prisma::Index;
use snell_project::schema::ModelRef;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::together;
use crate::{
    rule::{Context, Rule},
    support::{
        asked::Asked,
        field_life::{FieldLives, field_lives},
        tables::TableModel,
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/composite-key-unused",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "No query asks for rows by a key of several columns",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let asked = Asked::shared(context);
    let lives = field_lives(context);
    together::schemas(context)
        .iter()
        .filter_map(|tables| finding(&asked, &lives, tables))
        .collect()
}

fn finding(asked: &Asked, lives: &FieldLives, tables: &[TableModel<'_>]) -> Option<Diagnostic> {
    let mut names: Vec<String> = Vec::new();
    let mut places: Vec<(Location, String)> = Vec::new();
    for table in tables {
        let (schema, model) = (table.schema, table.model);
        let uniques = model.uniques().filter(|unique| unique.columns.len() > 1);
        for key in uniques.filter(|key| is_unused(asked, lives, table, key)) {
            let name = format!("{}({})", model.name, wording::columns(key));
            places.push((schema.location(model.place(key.span)), name.clone()));
            names.push(name);
        }
    }
    let found = together::finding(
        &RULE.metadata,
        &places,
        format!("{} asked for by no query", together::are(&names, "keys")),
        "serves to refuse a second row, and nothing else",
    )?
    .confidence(Confidence::Possible)
    .help("keep it where a second row would be wrong; as an index it serves nothing");
    Some(found.subject("schema:composite-keys"))
}

/// Whether no query fixes even the first column, which is what the index could serve.
fn is_unused(asked: &Asked, lives: &FieldLives, table: &TableModel<'_>, key: &Index) -> bool {
    let model = ModelRef {
        schema: table.id,
        model: table.model.id,
    };
    let Some(first) = key.columns.first().and_then(|column| column.field) else {
        return false;
    };
    let fields = key.fields().unwrap_or_default();
    let foreign = table.schema.datamodel.relations().iter();
    let mut foreign = foreign.filter_map(|relation| relation.foreign_key.as_ref());
    let referred = foreign.any(|other| {
        other.references.len() > 1 && other.references.iter().all(|c| fields.contains(c))
    });
    lives.model(model).calls > 0
        && lives.owned(table.model).is_none()
        && !asked.is_partly_unknown(model)
        && !referred
        && !asked
            .of_model(model)
            .any(|(ask, _)| ask.columns().contains(&first))
}

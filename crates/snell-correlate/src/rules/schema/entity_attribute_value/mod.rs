//! Attributes that are rows.

use snell_prisma::{Field, ForeignKey, Model, ScalarType};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::words;
use crate::{
    rule::{Context, Rule},
    support::tables::{self, TableModel},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/entity-attribute-value",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Attributes of a row are rows of names and values",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What the column of names is called.
const NAMES: [&str; 6] = [
    "key",
    "attribute",
    "property",
    "param",
    "parameter",
    "field",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context).filter_map(finding).collect()
}

struct Attributes<'a> {
    /// What the attributes are of.
    key: &'a ForeignKey,
    name: &'a Field,
    value: &'a Field,
}

fn finding(table: TableModel<'_>) -> Option<Diagnostic> {
    let TableModel { schema, model, .. } = table;
    let datamodel = &schema.datamodel;
    let Attributes { key, name, value } = attributes(table)?;
    let owner = datamodel.target(&datamodel[key.field])?;
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!(
            "`{}` stores attributes of `{}` as rows of `{}` and `{}`",
            model.name, owner.name, name.name, value.name
        ),
    )
    .label("one row for each attribute")
    .related(schema.field_name(name), "what is a column elsewhere")
    .related(
        schema.field_type(value),
        match value.scalar() {
            Some(ScalarType::Json) => "anything at all",
            _ => "one type for every value",
        },
    )
    .confidence(Confidence::Likely)
    .help(format!(
        "make the attributes that the code knows columns of `{}`, and keep rows, or one `Json` column, for those that users invent",
        owner.name
    ));
    Some(found.subject(format!("model:{}", model.name)))
}

/// The columns of a table that has nothing but attributes of another one.
fn attributes(table: TableModel<'_>) -> Option<Attributes<'_>> {
    let (datamodel, model) = (&table.schema.datamodel, table.model);
    let mut keys = datamodel.foreign_keys_of(model.id).map(|(_, key)| key);
    let (key, None) = (keys.next()?, keys.next()) else {
        return None;
    };
    let texts = || {
        let fields = model
            .columns()
            .filter(|field| !key.columns.contains(&field.id));
        fields.filter(|field| !model.is_id(field.id) && !field.is_list())
    };
    let value = texts().find(|field| {
        let words = words::of(&field.name);
        let says = words.last().is_some_and(|last| last == "value");
        says && matches!(field.scalar(), Some(ScalarType::String | ScalarType::Json))
    })?;
    let name = texts().find(|field| {
        let words = words::of(&field.name);
        let last = words.last().map(String::as_str).unwrap_or_default();
        field.scalar() == Some(ScalarType::String)
            && (NAMES.contains(&last) || last == "name" && is_unique_with(model, key, field))
    })?;
    let others = texts().filter(|field| {
        let kept = field.scalar() == Some(ScalarType::DateTime);
        !kept && field.id != value.id && field.id != name.id
    });
    (others.count() <= 1).then_some(Attributes { key, name, value })
}

/// Whether each owner has one row of each name.
fn is_unique_with(model: &Model, key: &ForeignKey, name: &Field) -> bool {
    model.unique_criteria().any(|unique| {
        unique.fields().is_some_and(|fields| {
            fields.len() == key.columns.len() + 1
                && fields.contains(&name.id)
                && key.columns.iter().all(|c| fields.contains(c))
        })
    })
}

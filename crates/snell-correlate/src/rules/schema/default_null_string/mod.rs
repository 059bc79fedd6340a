//! A column whose default is the word for nothing.

use snell_prisma::{Field, Value};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/default-null-string",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The default of a string is the word `null`",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .flat_map(|table| {
            let fields = table.model.fields.iter();
            fields.filter_map(move |field| finding(table, field))
        })
        .collect()
}

fn finding(table: TableModel<'_>, field: &Field) -> Option<Diagnostic> {
    let default = field.default.as_ref()?;
    let Value::String(text) = &default.value else {
        return None;
    };
    let word = text.to_ascii_lowercase();
    if !matches!(word.as_str(), "null" | "undefined") {
        return None;
    }
    let TableModel { schema, model, .. } = table;
    let name = format!("{}.{}", model.name, field.name);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.location(field.place(default.value_span)),
        format!("`{name}` is the text `{text}` by default, not NULL"),
    )
    .label("a string of letters: `IS NULL` does not find it");
    if field.is_required() {
        found = found.related(
            schema.field_type(field),
            "required: it cannot be NULL either",
        );
    }
    let found = found.help("make the field optional and leave the default out");
    Some(found.subject(wording::subject(model, &field.name)))
}

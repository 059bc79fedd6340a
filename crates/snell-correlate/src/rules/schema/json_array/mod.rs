//! A JSON column that holds a list of plain values.

use snell_prisma::{Field, ScalarType};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

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
        name: "schema/json-array",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A JSON column holds a list of plain values",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// How comments say that a value is a list, and of what.
const LISTS: [(&str, &str); 8] = [
    ("array of strings", "String[]"),
    ("list of strings", "String[]"),
    ("string[]", "String[]"),
    ("array<string>", "String[]"),
    ("array of numbers", "Float[]"),
    ("number[]", "Float[]"),
    ("array of integers", "Int[]"),
    ("int[]", "Int[]"),
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .flat_map(|table| {
            let fields = table.model.fields.iter();
            fields.filter_map(move |field| finding(table, field))
        })
        .collect()
}

fn finding(table: TableModel<'_>, field: &Field) -> Option<Diagnostic> {
    if field.scalar() != Some(ScalarType::Json) || field.is_list() {
        return None;
    }
    let (span, list) = field.comments.iter().find_map(|comment| {
        let text = comment.text.to_lowercase();
        let text = text.trim().trim_start_matches('[').to_owned();
        let (words, list) = LISTS.iter().find(|(words, _)| text.contains(words))?;
        // `{ tags: string[] }`: the list is a part of the value.
        let before = text.split(words).next().unwrap_or_default();
        (!before.contains(['{', ':', '<'])).then_some((comment.span, *list))
    })?;
    let TableModel { schema, model, .. } = table;
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(field),
        format!(
            "`{}.{}` is `Json`, and holds a list of plain values",
            model.name, field.name
        ),
    )
    .label("the database checks no element, and NULL, `null` and `[]` are three ways to say none")
    .related(schema.location(field.place(span)), "says what it holds")
    .confidence(Confidence::Likely)
    .help(format!("PostgreSQL has lists: `{} {list}`", field.name));
    Some(found.subject(wording::subject(model, &field.name)))
}

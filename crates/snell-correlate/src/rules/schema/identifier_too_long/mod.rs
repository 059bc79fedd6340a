//! A name that PostgreSQL cuts.

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

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
        name: "schema/identifier-too-long",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A table or column has a name that PostgreSQL cuts off",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Bytes of a name that PostgreSQL keeps.
const KEPT: usize = 63;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let TableModel { schema, model, .. } = table;
        if model.db_name.len() > KEPT {
            let at = schema.model_name(model);
            found.push(finding(at, "table", &model.db_name).subject(wording::subject(model, "")));
        }
        let columns = model.columns().filter(|field| field.db_name.len() > KEPT);
        found.extend(columns.map(|field| {
            let at = schema.field_name(field);
            finding(at, "column", &field.db_name).subject(wording::subject(model, &field.name))
        }));
    }
    found
}

fn finding(at: Location, what: &str, name: &str) -> snell_source::DiagnosticBuilder {
    let mut end = KEPT;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "the {what}'s name has {} bytes, of which PostgreSQL keeps 63",
            name.len()
        ),
    )
    .label(format!("becomes `{}`", &name[..end]))
    .help(format!(
        "give the {what} a shorter name: `@{}map(\"...\")`",
        if what == "table" { "@" } else { "" }
    ))
}

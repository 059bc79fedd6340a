//! A constraint that was never checked against the rows that are there.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::catalog::TableConstraint;

use crate::{
    rule::{Context, Rule},
    support::{
        built,
        tables::{self, TableModel},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/not-valid-constraint-left",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A constraint was added with NOT VALID, and never validated",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context).flat_map(findings).collect()
}

fn findings(table: TableModel<'_>) -> Vec<Diagnostic> {
    let TableModel { schema, model, .. } = table;
    let Some(built) = built::table(schema, model).filter(|built| !built.is_uncertain()) else {
        return Vec::new();
    };
    let found = built.unvalidated().map(|(constraint, at)| {
        let what = match constraint.kind {
            TableConstraint::ForeignKey(_) => "rows from before it may refer to rows that are gone",
            _ => "rows from before it may break it",
        };
        Diagnostic::at(
            &RULE.metadata,
            at,
            format!("`{}` is never validated", constraint.name),
        )
        .label(format!("`NOT VALID`: {what}"))
        .related(schema.model_name(model), "the table")
        .help(format!(
            "in a later migration: ALTER TABLE \"{}\" VALIDATE CONSTRAINT \"{}\"",
            model.db_name, constraint.name
        ))
        .subject(format!("constraint:{}", constraint.name))
    });
    found.collect()
}

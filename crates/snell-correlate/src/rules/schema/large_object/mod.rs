//! A column that points to a large object.

use snell_prisma::FieldType;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/large-object",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A column points to a large object that nothing deletes",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, is_pointer, finding)
}

fn is_pointer(column: Column<'_>) -> bool {
    let native = column.field.native_type.as_ref();
    native.is_some_and(|native| native.name == "Oid")
        || matches!(&column.field.ty, FieldType::Unsupported(ty) if ty == "oid" || ty == "lo")
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("columns", "the number of a large object"),
        "the object stays when the row goes",
    )?
    .help(
        "keep small contents in a `Bytes` column, large ones in object storage and their key here",
    );
    Some(found.subject("schema:large-object"))
}

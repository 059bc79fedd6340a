//! A column that refers to the catalog of the system.

use snell_prisma::FieldType;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/reg-type",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A column refers to the catalog by a number that an upgrade changes",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// The types that `pg_upgrade` refuses: <https://www.postgresql.org/docs/current/pgupgrade.html>.
const REFUSED: [&str; 8] = [
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    together::findings(context, is_refused, finding)
}

fn is_refused(column: Column<'_>) -> bool {
    matches!(&column.field.ty, FieldType::Unsupported(ty) if REFUSED.contains(&ty.as_str()))
}

fn finding(columns: &[Column<'_>]) -> Option<Diagnostic> {
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("columns", "a number of the system's catalog"),
        "`pg_upgrade` refuses a cluster that has such a column",
    )?
    .help("store the name as a `String`, and cast it to `regconfig` where it is used");
    Some(found.subject("schema:reg-type"))
}

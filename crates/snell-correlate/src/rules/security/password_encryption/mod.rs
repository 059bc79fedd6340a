//! Passwords of database roles, kept in a form that is as good as the password.

use snell_prisma::Provider;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::statistics,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/password-encryption",
        severity: Severity::Medium,
        preset: Preset::All,
        summary: "The database keeps the passwords of its roles as MD5",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(taken) = context.statistics else {
        return Vec::new();
    };
    if taken.password_encryption == "scram-sha-256" {
        return Vec::new();
    }
    let counted = statistics::tables(context, taken);
    let schemas = context.project.schemas.iter();
    schemas
        .filter(|(id, schema)| {
            schema.datamodel.provider() == Provider::PostgreSql
                && counted.iter().any(|counted| counted.table.id == *id)
        })
        .filter_map(|(_, schema)| {
            let source = schema.datamodel.datasource()?;
            let place = snell_prisma::Place {
                file: source.at.file,
                span: source.name_span,
            };
            Some(
                Diagnostic::at(
                    &RULE.metadata,
                    schema.location(place),
                    format!(
                        "The database `{}` keeps passwords of roles as MD5",
                        taken.database
                    ),
                )
                .label(format!("`password_encryption` is `{}`", taken.password_encryption))
                .help("set password_encryption to scram-sha-256, then the password of each role anew, and scram-sha-256 in pg_hba.conf")
                .subject(format!("database:{}", taken.database)),
            )
        })
        .collect()
}

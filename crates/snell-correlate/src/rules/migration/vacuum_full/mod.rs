//! A table is written anew while nobody can read it.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{RebuildKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/vacuum-full",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration runs VACUUM FULL or CLUSTER on a table in use",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context).filter_map(finding).collect()
}

fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let StatementKind::Rebuild(rebuild) = &change.step.statement.kind else {
        return None;
    };
    let verb = match rebuild.kind {
        RebuildKind::VacuumFull => "VACUUM FULL",
        RebuildKind::Cluster => "CLUSTER",
        RebuildKind::Reindex(_) => return None,
    };
    let lived: Vec<String> = rebuild
        .names
        .iter()
        .filter_map(|name| Some(format!("`{}`", change.lived(name)?.relation.name)))
        .collect();
    let whose = match (rebuild.names.is_empty(), lived.is_empty()) {
        (true, _) => "each table of the database".to_owned(),
        (false, true) => return None,
        (false, false) => lived.join(", "),
    };
    let finding = change
        .finding(
            &RULE.metadata,
            change.step.span,
            format!("nobody can read or write {whose} while {verb} copies it, row by row"),
        )
        .label("holds an ACCESS EXCLUSIVE lock until the copy is done")
        .help("a migration needs none of it: autovacuum reuses the space of dead rows; to give space back, run pg_repack outside of migrations");
    Some(finding.subject(change.subject(&format!("rebuild:{whose}"))))
}

//! A domain with a constraint: every column of it is checked at once when it changes.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ConstraintKind, StatementKind};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes, has_word},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/domain-constraint",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A migration puts a constraint on a domain",
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
    let (message, label, what) = match &change.step.statement.kind {
        StatementKind::CreateDomain(create) => {
            let constraint = create.constraints.iter().find(|constraint| {
                matches!(
                    constraint.kind,
                    ConstraintKind::Check(_) | ConstraintKind::NotNull(_)
                )
            })?;
            let name = &create.name.name.text;
            (
                format!(
                    "the constraint of domain `{name}` can only be changed for all columns of it at once"
                ),
                change.text_of(constraint.span).to_owned(),
                name.to_string(),
            )
        }
        StatementKind::Other(words) if words.starts_with("ALTER DOMAIN") => {
            let text = change.text();
            let adds = has_word(text, "ADD") || has_word(text, "SET") && has_word(text, "NULL");
            if !adds || has_word(text, "VALID") {
                return None;
            }
            (
                "every column of the domain, in every table, is read under a lock for this constraint".to_owned(),
                "checked at once".to_owned(),
                "altered".to_owned(),
            )
        }
        _ => return None,
    };
    Some(
        change
            .finding(&RULE.metadata, change.step.span, message)
            .label(label)
            .help("put the check on the column of each table: it can be added NOT VALID, validated later, and dropped for one table alone; Prisma does not know domains")
            .subject(change.subject(&format!("domain:{what}"))),
    )
}

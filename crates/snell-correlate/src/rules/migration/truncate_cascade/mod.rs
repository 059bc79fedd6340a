//! All rows of a table go, with those of every table that refers to it.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::ast::StatementKind;

use crate::{
    rule::{Context, Rule},
    support::{
        migrations::{Change, Lived, changes, has_word},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/truncate-cascade",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A migration truncates a table and all that refer to it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .flat_map(|change| {
            let StatementKind::Truncate(tables) = &change.step.statement.kind else {
                return Vec::new();
            };
            if !has_word(change.text(), "cascade") {
                return Vec::new();
            }
            let lived = tables
                .iter()
                .filter_map(|name| Some((name, change.lived(name)?)));
            lived
                .map(|(name, lived)| finding(change, name.span(), lived))
                .collect()
        })
        .collect()
}

fn finding(change: Change<'_>, span: Span, lived: Lived<'_>) -> Diagnostic {
    let table = &lived.relation.name;
    // The tables that refer to it after all migrations stand for those of the moment.
    let catalog = &change.history.replay.catalog;
    let references: Vec<_> = catalog
        .references_to(lived.relation.id)
        .filter(|(other, ..)| other.id != lived.relation.id)
        .collect();
    let others: Vec<String> = references
        .iter()
        .map(|(other, ..)| format!("`{}`", other.name))
        .collect();
    let message = if others.is_empty() {
        format!("TRUNCATE ... CASCADE removes all rows of `{table}` and of whatever refers to it")
    } else {
        format!(
            "TRUNCATE ... CASCADE removes all rows of `{table}`, of {}, and of what refers to those",
            wording::and(&others)
        )
    };
    let mut finding = change
        .finding(&RULE.metadata, span, message)
        .label("CASCADE empties whole tables, not the rows that refer to something");
    for (_, constraint, _) in references.iter().take(SHOWN) {
        let at = change
            .history
            .part(constraint.provenance.created, &constraint.name);
        finding = finding.related(at, "this key hands it on");
    }
    finding
        .help("remove the rows that have to go: DELETE ... WHERE follows `ON DELETE` row by row")
        .subject(change.subject(&format!("table:{table}")))
}

/// Keys that are shown.
const SHOWN: usize = 3;

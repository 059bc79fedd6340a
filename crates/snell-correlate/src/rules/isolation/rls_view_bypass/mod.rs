//! A view through which rows pass that row security keeps back.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::catalog::{Relation, RelationKind, Table};

use crate::{
    rule::{Context, Rule},
    support::views::{self, OwnersView},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-view-bypass",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A view shows rows that the policies of its tables keep back",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    views::of_owners(context)
        .filter_map(|view| {
            let behind = view
                .tables()
                .into_iter()
                .find(|relation| is_passed(relation))?;
            Some(finding(&view, behind))
        })
        .collect()
}

/// Whether the policies of a table do not bind its owner, with whose rights a
/// view reads.
pub(in crate::rules) fn is_passed(relation: &Relation) -> bool {
    let table = match &relation.kind {
        RelationKind::Table(table) => table,
        _ => return false,
    };
    let Table {
        row_security,
        force_row_security,
        policies,
        ..
    } = table;
    *row_security && !*force_row_security && !policies.is_empty() && !relation.uncertain
}

fn finding(view: &OwnersView<'_>, behind: &Relation) -> Diagnostic {
    let name = &view.relation.name;
    let (label, help) = if view.view.materialized {
        (
            "holds what its owner saw, and has no row security of its own",
            "take the rows from the table, or let nobody but the server read it: a materialized view has no policies".to_owned(),
        )
    } else {
        (
            "reads as its owner, whom the policies do not bind",
            format!("ALTER VIEW \"{name}\" SET (security_invoker = true), from PostgreSQL 15 on"),
        )
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        view.at(),
        format!(
            "view `{name}` shows every row of `{}`, past its policies",
            behind.name
        ),
    )
    .label(label);
    let policies = match &behind.kind {
        RelationKind::Table(table) => table.policies.as_slice(),
        _ => &[],
    };
    if let Some(policy) = policies.first() {
        let at = view.history.location(policy.provenance.created);
        found = found.related(at, "not asked for who reads the view");
    }
    found
        .confidence(Confidence::Likely)
        .help(help)
        .subject(format!("view:{name}"))
}

//! A policy that asks a table which is open to writes.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Expr, ExprKind, FromItem, Part, Query, walk_expression, walk_query},
    catalog::{Policy, Relation, RelationId, Table},
};

use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-references-unprotected",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A policy asks a table that has no row security itself",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut told: Vec<(*const snell_project::schema::Schema, RelationId)> = Vec::new();
    for guarded in policies::active(context) {
        for policy in &guarded.table.policies {
            for (relation, _) in asked(&guarded, policy) {
                let known = (std::ptr::from_ref(guarded.schema), relation.id);
                if !told.contains(&known) {
                    told.push(known);
                    found.push(finding(&guarded, policy, relation));
                }
            }
        }
    }
    found
}

/// The tables without row security whose rows say what who asks may do.
fn asked<'a>(guarded: &Guarded<'a>, policy: &Policy) -> Vec<(&'a Relation, &'a Table)> {
    let mut found = Vec::new();
    for condition in policies::conditions(policy) {
        subqueries(condition, &mut |query| {
            if !asks_who(query) {
                return;
            }
            walk_query(query, &mut |part| {
                if let Part::From(FromItem::Table(name, _)) = part
                    && let Some((relation, table)) = guarded.catalog().find_table(name)
                    && !table.row_security
                    && !relation.uncertain
                {
                    found.push((relation, table));
                }
            });
        });
    }
    found
}

fn subqueries<'e>(expr: &'e Expr, each: &mut dyn FnMut(&'e Query)) {
    walk_expression(expr, &mut |part| {
        if let Part::Query(query) = part {
            each(query);
        }
    });
}

/// Whether a query compares a column with who asks.
fn asks_who(query: &Query) -> bool {
    let mut found = false;
    walk_query(query, &mut |part| {
        if let Part::Expr(expr) = part
            && let ExprKind::Binary(operator, left, right) = &expr.kind
        {
            let column = |side: &Expr| matches!(side.kind, ExprKind::Column(_));
            found |= operator.symbol == "="
                && (column(left) && policies::reads_session(right)
                    || column(right) && policies::reads_session(left));
        }
    });
    found
}

fn finding(guarded: &Guarded<'_>, policy: &Policy, asked: &Relation) -> Diagnostic {
    let name = &guarded.relation.name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!(
            "policy `{}` of `{name}` asks `{}`, which has no row security itself",
            policy.name, asked.name
        ),
    )
    .label(format!(
        "whoever may write `{}` decides what this lets through",
        asked.name
    ));
    let mut models = guarded.schema.datamodel.models_of_table(&asked.name);
    if let Some(model) = models.next() {
        found = found.related(
            guarded.schema.model_name(model),
            "any query may change its rows",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "give `{}` row security and, in the same migration, policies of its own that let nobody write rows about themselves: switched on without one, it shows no row to anybody but its owner",
            asked.name
        ))
        .subject(format!("table:{}", asked.name))
}

//! A column in a policy's subquery that means the subquery's own table.

use smol_str::SmolStr;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Expr, ExprKind, FromItem, Part, Query, QueryBody, walk_expression, walk_query},
    catalog::{Policy, Table},
};

use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-unscoped-column",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A column in the subquery of a policy means the table of the subquery, not the row",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for guarded in policies::active(context) {
        for policy in &guarded.table.policies {
            let fault = policies::conditions(policy).find_map(|one| captured(&guarded, one));
            if let Some(fault) = fault {
                found.push(finding(&guarded, policy, &fault));
            }
        }
    }
    found
}

/// A column that was meant to be the row's.
struct Captured {
    column: SmolStr,
    by: SmolStr,
}

fn captured(guarded: &Guarded<'_>, condition: &Expr) -> Option<Captured> {
    let mut found = None;
    walk_expression(condition, &mut |part| {
        if let Part::Expr(inner) = part
            && let ExprKind::Exists(query) = &inner.kind
            && found.is_none()
        {
            found = in_subquery(guarded, query);
        }
    });
    found
}

/// A table of a `FROM` list, under the name that it goes by there.
struct Source<'a> {
    alias: &'a str,
    table: &'a Table,
}

fn in_subquery(guarded: &Guarded<'_>, query: &Query) -> Option<Captured> {
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let mut names = Vec::new();
    let mut other = false;
    walk_query(query, &mut |part| match part {
        Part::From(FromItem::Table(name, alias)) => names.push((name, alias)),
        Part::From(FromItem::Join(_)) | Part::Expr(_) => {}
        Part::From(_) | Part::Change(_) => other = true,
        // Subqueries over tables have names of their own.
        Part::Query(inner) => other |= !std::ptr::eq(inner, query) && reads_tables(inner),
    });
    if other {
        return None;
    }
    let sources: Option<Vec<Source<'_>>> = names
        .into_iter()
        .map(|(name, alias)| {
            let (_, table) = guarded.catalog().find_table(name)?;
            let alias = alias.as_ref().and_then(|alias| alias.name.as_ref());
            let alias = alias.map_or(name.name.text.as_str(), |alias| alias.text.as_str());
            Some(Source { alias, table })
        })
        .collect();
    let sources = sources?;
    let condition = select.condition.as_ref()?;
    let (mut found, mut correlated) = (None, false);
    walk_expression(condition, &mut |part| {
        let Part::Expr(expr) = part else { return };
        correlated |= matches!(&expr.kind, ExprKind::Column(_) if holder(expr, &sources).is_none());
        if let ExprKind::Binary(operator, left, right) = &expr.kind
            && operator.symbol == "="
            && let (Some(a), Some(b)) = (holder(left, &sources), holder(right, &sources))
            && a == b
            && let Some(column) = bare(left).or_else(|| bare(right))
            && guarded.table.column(column).is_some()
        {
            found.get_or_insert(Captured {
                column: column.clone(),
                by: sources[a].alias.into(),
            });
        }
    });
    found.filter(|_| !correlated)
}

fn reads_tables(query: &Query) -> bool {
    match &query.body {
        QueryBody::Select(select) => !select.from.is_empty(),
        _ => true,
    }
}

/// Which of the tables a column is of; none when it is the row's.
fn holder(expr: &Expr, sources: &[Source<'_>]) -> Option<usize> {
    let ExprKind::Column(parts) = &expr.kind else {
        return None;
    };
    match parts.as_slice() {
        [column] => sources
            .iter()
            .position(|source| source.table.column(&column.text).is_some()),
        [.., table, _] => sources.iter().position(|source| source.alias == table.text),
        [] => None,
    }
}

/// The name of a column that is written without its table.
fn bare(expr: &Expr) -> Option<&SmolStr> {
    match &expr.kind {
        ExprKind::Column(parts) => match parts.as_slice() {
            [column] => Some(&column.text),
            _ => None,
        },
        _ => None,
    }
}

fn finding(guarded: &Guarded<'_>, policy: &Policy, fault: &Captured) -> Diagnostic {
    let name = &guarded.relation.name;
    let Captured { column, by } = fault;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!(
            "policy `{}` does not look at the row of `{name}`: `{column}` is `{by}.{column}`",
            policy.name
        ),
    )
    .label(format!(
        "`{by}` has a column `{column}` too, and a name in a subquery means the nearest table"
    ));
    if let Some(at) = guarded.model() {
        found = found.related(at, "the table");
    }
    found
        .help(format!("say whose column it is: `{name}.{column}`"))
        .subject(format!("table:{name} policy:{}", policy.name))
}

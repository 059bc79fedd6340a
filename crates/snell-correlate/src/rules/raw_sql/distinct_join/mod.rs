//! Rows that a join multiplies, and `DISTINCT` puts together again.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{ExprKind, FromItem, JoinCondition, Part, Query, QueryBody, walk_statement},
    catalog::Catalog,
};

use super::{
    reading::{self, Findings},
    tables,
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/distinct-join",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "A raw query joins a table only to leave its multiples out again",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let catalog = reading::catalog(context, reading);
        let mut found = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Query(query) = part {
                found.extend(multiplied(query, catalog));
            }
        });
        for (span, name) in found {
            let message = format!("`DISTINCT` undoes what the join with `{name}` multiplies");
            findings.tell(reading, span, message, |one| {
                one.label("nothing of it is selected")
                    .help("ask whether there is one: `WHERE EXISTS (SELECT 1 FROM ... WHERE ...)`")
            });
        }
    }
    findings.done()
}

/// A joined table of which nothing is selected, under a plain `DISTINCT` of rows that
/// were all different before.
fn multiplied(query: &Query, catalog: &Catalog) -> Option<(snell_source::Span, String)> {
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let plain = select.distinct.as_ref().is_some_and(Vec::is_empty)
        && query.order_by.is_empty()
        && select.group_by.is_empty();
    let [FromItem::Join(join)] = select.from.as_slice() else {
        return None;
    };
    let (FromItem::Table(left, _), FromItem::Table(name, _)) = (&join.left, &join.right) else {
        return None;
    };
    let (own, alias) = (tables::alias(&join.left)?, tables::alias(&join.right)?);
    let JoinCondition::On(condition) = &join.condition else {
        return None;
    };
    // Joined by its key, it gives one row for each and multiplies nothing.
    let joined = catalog.find_table(name)?.0.id;
    let equal = tables::equal_columns(condition, alias)?;
    if tables::has_key_in(catalog, joined, &equal) {
        return None;
    }
    // Every name says that it is of the first table, and they hold its key.
    let mut whole = false;
    let mut columns: Vec<&str> = Vec::new();
    for target in &select.targets {
        match &target.expr.kind {
            ExprKind::Column(parts) => match parts.as_slice() {
                [of, column] if of.text == own => columns.push(&column.text),
                _ => return None,
            },
            ExprKind::Star(parts) if matches!(parts.as_slice(), [of] if of.text == own) => {
                whole = true;
            }
            _ => return None,
        }
    }
    let first = catalog.find_table(left)?.0.id;
    let different = whole || tables::has_key_in(catalog, first, &columns);
    (plain && different).then(|| (name.span(), name.to_string()))
}

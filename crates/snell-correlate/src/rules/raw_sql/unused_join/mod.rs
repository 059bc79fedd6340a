//! A table that is joined and changes nothing.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{
        Expr, ExprKind, FromItem, Join, JoinCondition, JoinKind, Name, ObjectName, Part, QueryBody,
        Select, Statement, walk_statement,
    },
    catalog::{Catalog, Table},
};

use super::{
    reading::{self, Findings},
    tables,
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/unused-join",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "A raw query joins a table of which it uses nothing",
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
        for name in unused(statement, catalog) {
            let message = format!("the query uses nothing of `{name}`");
            findings.tell(reading, name.span(), message, |one| {
                one.label("joined by its key: it neither adds rows nor leaves any out")
                    .help("leave the join out")
            });
        }
    }
    findings.done()
}

fn unused<'a>(statement: &'a Statement, catalog: &'a Catalog) -> Vec<&'a ObjectName> {
    let mut joins: Vec<&Join> = Vec::new();
    walk_statement(statement, &mut |part| {
        if let Part::Query(query) = part
            && let QueryBody::Select(select) = &query.body
            && !has_star(select)
        {
            for item in &select.from {
                collect(item, &mut joins);
            }
        }
    });
    joins
        .into_iter()
        .filter_map(|join| {
            let FromItem::Table(name, _) = &join.right else {
                return None;
            };
            let alias = tables::alias(&join.right)?;
            let (relation, table) = catalog.find_table(name)?;
            let JoinCondition::On(condition) = &join.condition else {
                return None;
            };
            let equal = tables::equal_columns(condition, alias)?;
            let by_key = tables::has_key_in(catalog, relation.id, &equal);
            (by_key && !is_named(statement, condition, alias, table)).then_some(name)
        })
        .collect()
}

fn collect<'a>(item: &'a FromItem, joins: &mut Vec<&'a Join>) {
    if let FromItem::Join(join) = item {
        if join.kind == JoinKind::Left {
            joins.push(join);
        }
        collect(&join.left, joins);
        collect(&join.right, joins);
    }
}

fn has_star(select: &Select) -> bool {
    let mut targets = select.targets.iter();
    targets.any(|target| matches!(&target.expr.kind, ExprKind::Star(of) if of.is_empty()))
}

/// Whether anything beside the join's own condition may be of the table.
fn is_named(statement: &Statement, own: &Expr, alias: &str, table: &Table) -> bool {
    let of_table = |names: &[Name]| match names {
        [only] => only.text == alias || table.column(&only.text).is_some(),
        [of, ..] => of.text == alias,
        [] => false,
    };
    let mut named = false;
    walk_statement(statement, &mut |part| {
        if let Part::Expr(expr) = part
            && !own.span.contains(expr.span)
        {
            named |= match &expr.kind {
                ExprKind::Column(names) => of_table(names),
                ExprKind::Star(names) => names.last().is_some_and(|name| name.text == alias),
                ExprKind::Unknown => true,
                _ => false,
            };
        }
    });
    named
}

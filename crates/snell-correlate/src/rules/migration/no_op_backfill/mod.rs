//! A statement that is to fill rows, and cannot change one.

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Assignment, Expr, ExprKind, StatementKind, Update},
    catalog::{Relation, Table},
};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/no-op-backfill",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration has an UPDATE that changes no row",
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
    let StatementKind::Update(update) = &change.step.statement.kind else {
        return None;
    };
    let (relation, _) = change.step.before.find_table(&update.table)?;
    let (why, related) = reason(change, update)?;
    let name = &relation.name;
    let mut finding = change
        .finding(
            &RULE.metadata,
            change.step.span,
            format!("this UPDATE of `{name}` changes no row: {why}"),
        )
        .label("nothing comes of it");
    if let Some((at, words)) = related {
        finding = finding.related(at, words);
    }
    Some(
        finding
            .help("add the column without a default, fill it, and set the default afterwards; or take the statement out")
            .subject(change.subject(&format!("table:{name} no-op"))),
    )
}

/// Why an `UPDATE` changes no row.
pub(super) fn reason(change: Change<'_>, update: &Update) -> Option<Reason> {
    let (relation, table) = change.step.before.find_table(&update.table)?;
    // Rows may be touched for what a trigger does then.
    let is_watched = table.triggers.iter().any(|trigger| trigger.enabled);
    let condition = update.condition.as_ref();
    empty_table(change, relation, table)
        .or_else(|| itself(update).filter(|_| !is_watched))
        .or_else(|| condition.and_then(|condition| no_row(change, relation, table, condition)))
}

/// Why, and the place that shows it.
pub(super) type Reason = (String, Option<(Location, &'static str)>);

/// A table that the migration has just made, and put nothing into.
fn empty_table(change: Change<'_>, relation: &Relation, table: &Table) -> Option<Reason> {
    let created = relation.provenance.created;
    let own = created.migration == change.step.place.migration;
    let is_temporary = relation.schema == "pg_temp";
    (own && !table.rows && !is_temporary && !change.is_filled_before(relation)).then(|| {
        let at = change.history.location(created);
        (
            "the table has none yet".to_owned(),
            Some((at, "made by this migration, and nothing fills it")),
        )
    })
}

/// `SET c = c`, or `SET c = NULL WHERE c IS NULL`.
fn itself(update: &Update) -> Option<Reason> {
    let asked = update
        .condition
        .as_ref()
        .and_then(|condition| match &condition.kind {
            ExprKind::IsNull(operand, true) => own_name(operand),
            _ => None,
        });
    let is_idle = |assignment: &Assignment| {
        let pairs = assignment.columns.iter().zip(&assignment.values);
        !assignment.partial
            && assignment.columns.len() == assignment.values.len()
            && pairs.into_iter().all(|(column, value)| match &value.kind {
                ExprKind::Column(parts) => parts.len() == 1 && parts[0].text == column.text,
                ExprKind::Null => asked == Some(column.text.as_str()),
                _ => false,
            })
    };
    // Another table may have a column of that name.
    let all = !update.assignments.is_empty()
        && update.from.is_empty()
        && update.assignments.iter().all(is_idle);
    all.then(|| ("it sets what is there already".to_owned(), None))
}

/// `WHERE c IS NULL` of a column that cannot be NULL any more.
fn no_row(
    change: Change<'_>,
    relation: &Relation,
    table: &Table,
    condition: &Expr,
) -> Option<Reason> {
    match &condition.kind {
        ExprKind::Logical(true, parts) => parts
            .iter()
            .find_map(|part| no_row(change, relation, table, part)),
        ExprKind::IsNull(operand, true) => {
            let column = table.column(own_name(operand)?)?;
            let at = change.history.part(column.provenance.created, &column.name);
            if column.not_null {
                return Some((
                    format!("`{}` is NOT NULL, so none has NULL there", column.name),
                    Some((at, "NOT NULL")),
                ));
            }
            // A default that came with the column has filled the rows that were there.
            let came_with = column.provenance.created.migration == change.step.place.migration
                && column.provenance.created == column.provenance.shaped
                && column
                    .default
                    .as_ref()
                    .is_some_and(|default| default.kind != ExprKind::Null)
                && !change
                    .earlier()
                    .any(|other| match &other.step.statement.kind {
                        StatementKind::Update(update) => {
                            other.is(&update.table, relation) && sets(update, &column.name)
                        }
                        _ => false,
                    });
            came_with.then(|| {
                (
                    format!("the default of `{}` has filled it already", column.name),
                    Some((at, "added with a default, which old rows got at once")),
                )
            })
        }
        _ => None,
    }
}

/// Whether an `UPDATE` sets a column.
fn sets(update: &Update, column: &str) -> bool {
    let columns = update.assignments.iter().flat_map(|one| &one.columns);
    columns.into_iter().any(|name| name.text == column)
}

/// A column's own name.
fn own_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Column(parts) => parts.last().map(|name| name.text.as_str()),
        _ => None,
    }
}

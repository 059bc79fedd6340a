//! A raw query that the client can say.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Expr, ExprKind, FromItem, Query, QueryBody, StatementKind};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/unnecessary",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A raw query does what the Prisma client can do with types",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let Some(StatementKind::Query(query)) = reading.statement().map(|one| &one.kind) else {
            continue;
        };
        let Some(table) = plain_table(query) else {
            continue;
        };
        let schema = reading::schema(context, reading);
        let mut models = schema.datamodel.models_of_table(table);
        let Some(model) = models.find(|model| model.ignored.is_none()) else {
            continue;
        };
        // What the client does not know it cannot select.
        let known = reading.facts.columns.iter().all(|column| {
            model
                .columns()
                .any(|field| field.db_name == column.name && field.is_visible())
        });
        if !known {
            continue;
        }
        let message = format!("`{}` can be asked without SQL", model.name);
        let at = reading.method(context.project);
        findings.tell_at(reading, at, message, |one| {
            one.label("one table, plain columns, plain conditions")
                .related(schema.model_name(model), "the model")
                .help(format!(
                    "use `{}.findMany`, whose names and types are checked",
                    model.accessor
                ))
        });
    }
    findings.done()
}

/// The table of a query that `findMany` can say.
fn plain_table(query: &Query) -> Option<&str> {
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let [FromItem::Table(name, _)] = select.from.as_slice() else {
        return None;
    };
    let columns = select.targets.iter().all(|target| {
        target.alias.is_none()
            && matches!(target.expr.kind, ExprKind::Column(_) | ExprKind::Star(_))
    });
    let plain = query.with.is_none()
        && !query.locks
        && select.distinct.is_none()
        && select.group_by.is_empty()
        && select.having.is_none()
        && columns
        && select.condition.as_ref().is_none_or(is_plain)
        && query
            .order_by
            .iter()
            .all(|item| matches!(item.expr.kind, ExprKind::Column(_)));
    plain.then_some(name.name.text.as_str())
}

/// Whether a condition compares columns with values.
fn is_plain(condition: &Expr) -> bool {
    let value = |expr: &Expr| {
        matches!(
            expr.kind,
            ExprKind::Parameter(_)
                | ExprKind::String(_)
                | ExprKind::Integer(_)
                | ExprKind::Decimal(_)
                | ExprKind::Bool(_)
        )
    };
    let column = |expr: &Expr| matches!(expr.kind, ExprKind::Column(_));
    match &condition.kind {
        ExprKind::Logical(_, operands) => operands.iter().all(is_plain),
        ExprKind::Not(operand) => is_plain(operand),
        ExprKind::IsNull(operand, _) => column(operand),
        ExprKind::InList(operand, items, _) => column(operand) && items.iter().all(value),
        ExprKind::Binary(operator, left, right) => {
            matches!(
                operator.symbol.as_str(),
                "=" | "<>" | "<" | ">" | "<=" | ">="
            ) && column(left)
                && value(right)
        }
        _ => false,
    }
}

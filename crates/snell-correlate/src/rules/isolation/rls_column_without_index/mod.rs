//! A policy over a column that no index leads with.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Expr, ExprKind},
    catalog::{Catalog, Column, KeyTarget, Policy},
};

use crate::{
    rule::{Context, Rule},
    support::{
        growth::Growths,
        policies::{self, Guarded},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-column-without-index",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Every query filters by the column of a policy, and no index serves that",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let growths = Growths::shared(context);
    for guarded in policies::guarded(context).filter(|guarded| guarded.table.row_security) {
        let mut told: Vec<u16> = Vec::new();
        for policy in guarded
            .table
            .policies
            .iter()
            .filter(|policy| policy.permissive)
        {
            let Some(column) = policy
                .using
                .as_ref()
                .and_then(|using| fixed(&guarded, using))
            else {
                continue;
            };
            if !told.contains(&column.number) && !is_led(guarded.catalog(), &guarded, column) {
                told.push(column.number);
                found.push(finding(
                    &guarded,
                    policy,
                    column,
                    grows(context, &growths, &guarded),
                ));
            }
        }
    }
    found
}

/// The column that a policy compares with something that is no column.
fn fixed<'a>(guarded: &Guarded<'a>, expr: &Expr) -> Option<&'a Column> {
    match &expr.kind {
        ExprKind::Binary(operator, left, right) if operator.symbol == "=" => {
            let column = |side: &Expr| match &side.kind {
                ExprKind::Column(parts) => guarded.table.column(&parts.last()?.text),
                _ => None,
            };
            match (column(left), column(right)) {
                (Some(column), None) | (None, Some(column)) => Some(column),
                _ => None,
            }
        }
        ExprKind::Logical(true, operands) => operands.iter().find_map(|one| fixed(guarded, one)),
        _ => None,
    }
}

fn is_led(catalog: &Catalog, guarded: &Guarded<'_>, column: &Column) -> bool {
    let mut indexes = catalog.indexes_of(guarded.relation.id);
    indexes.any(|(_, index)| {
        index.keys.first().is_some_and(
            |key| matches!(key.target, KeyTarget::Column(number) if number == column.number),
        )
    })
}

/// Whether people, or what runs for them, add rows to a table.
fn grows(context: &Context<'_>, growths: &Growths, guarded: &Guarded<'_>) -> bool {
    let mut models = context.project.schemas.models();
    models.any(|(reference, schema, model)| {
        std::ptr::eq(schema, guarded.schema)
            && model.db_name == guarded.relation.name
            && growths.of_model(reference).growth.is_by_use()
    })
}

fn finding(guarded: &Guarded<'_>, policy: &Policy, column: &Column, grows: bool) -> Diagnostic {
    let (name, own) = (&guarded.relation.name, &column.name);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!("every query of `{name}` filters by `{own}`, and no index leads with it"),
    )
    .label("added to the condition of each query");
    if let Some(at) = guarded.model() {
        found = found.related(at, "the table");
    }
    let mut models = guarded.schema.datamodel.models_of_table(name);
    let field = models
        .next()
        .and_then(|model| model.field_of_column(own))
        .map_or(own.as_str(), |field| field.name.as_str());
    if !grows {
        found = found.lowered(
            Severity::Low,
            "the application was not seen to let the table grow",
        );
    }
    found
        .help(format!("`@@index([{field}])`, or an index that leads with it: CREATE INDEX ON \"{name}\" (\"{own}\")"))
        .subject(format!("table:{name} column:{own}"))
}

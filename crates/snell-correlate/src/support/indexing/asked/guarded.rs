//! What row security adds to queries: the condition of a policy stands in each of them, and no text
//! of the application shows it.

use std::collections::{BTreeMap, BTreeSet};

use snell_prisma::{FieldId, Model};
use snell_project::schema::ModelRef;
use snell_sql::{
    ast::{Expr, ExprKind, Part, walk_expression},
    catalog::Policy,
};

use crate::{rule::Context, support::policies};

/// The columns that each guarded table's policies compare with who asks; none where they ask for
/// more than that.
pub(super) type Guards = BTreeMap<ModelRef, Option<BTreeSet<FieldId>>>;

/// Of all tables whose row security is on.
pub(super) fn guards(context: &Context<'_>) -> Guards {
    let mut found = Guards::new();
    for guarded in policies::active(context) {
        let mut schemas = context.project.schemas.iter();
        let Some((id, schema)) = schemas.find(|(_, schema)| schema.path == guarded.schema.path)
        else {
            continue;
        };
        for model in schema.datamodel.models_of_table(&guarded.relation.name) {
            let reference = ModelRef {
                schema: id,
                model: model.id,
            };
            found.insert(reference, columns(&guarded.table.policies, model));
        }
    }
    found
}

/// What every row that may be read has equal.
fn columns(policies: &[Policy], model: &Model) -> Option<BTreeSet<FieldId>> {
    let reading = policies
        .iter()
        .filter(|policy| matches!(policy.command.as_str(), "all" | "select"));
    let mut all: Option<BTreeSet<FieldId>> = None;
    for policy in reading {
        let mut own = BTreeSet::new();
        if !compared(policy.using.as_ref()?, model, &mut own) {
            return None;
        }
        match &all {
            Some(known) if *known != own => return None,
            _ => all = Some(own),
        }
    }
    all
}

/// Whether a condition is nothing but comparisons of columns with who asks.
fn compared(condition: &Expr, model: &Model, found: &mut BTreeSet<FieldId>) -> bool {
    match &condition.kind {
        ExprKind::Logical(true, parts) => parts.iter().all(|part| compared(part, model, found)),
        ExprKind::Binary(operator, left, right) if operator.symbol == "=" => {
            let pairs = [(left, right), (right, left)];
            let column = pairs.iter().find_map(|(column, value)| {
                let field = model.field_of_column(name(column)?)?;
                (!has_columns(value)).then_some(field.id)
            });
            found.extend(column);
            column.is_some()
        }
        _ => false,
    }
}

/// The column that an expression is.
fn name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Column(parts) => parts.last().map(|name| name.text.as_str()),
        ExprKind::Cast(inner, _) => name(inner),
        _ => None,
    }
}

fn has_columns(expr: &Expr) -> bool {
    let mut found = false;
    walk_expression(expr, &mut |part| {
        if let Part::Expr(inner) = part {
            found |= matches!(inner.kind, ExprKind::Column(_));
        }
    });
    found
}

//! Row security of the tables that migrations built.

use smol_str::SmolStr;
use snell_project::schema::{History, Schema};
use snell_source::Location;
use snell_sql::{
    ast::{Expr, ExprKind, Part, walk_expression},
    catalog::{Catalog, Policy, Relation, Table},
};

use crate::rule::Context;

/// A table with at least one policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guarded<'a> {
    /// The live schema whose migrations built it.
    pub schema: &'a Schema,
    /// Its name and place.
    pub relation: &'a Relation,
    /// Its columns, policies and switches.
    pub table: &'a Table,
    history: &'a History,
}

impl<'a> Guarded<'a> {
    /// The database that the migrations built.
    pub(crate) fn catalog(&self) -> &'a Catalog {
        &self.history.replay.catalog
    }

    /// The migrations that built it.
    pub(crate) fn history(&self) -> &'a History {
        self.history
    }

    /// The statement that created a policy.
    pub(crate) fn policy_at(&self, policy: &Policy) -> Location {
        self.history.location(policy.provenance.created)
    }

    /// The name of the model that is this table, or the table's own.
    pub(crate) fn model(&self) -> Option<Location> {
        let mut models = self.schema.datamodel.models_of_table(&self.relation.name);
        models.next().map(|model| self.schema.model_name(model))
    }
}

/// Tables with policies; those of which a condition decides are left out.
pub(crate) fn guarded<'a>(context: &Context<'a>) -> impl Iterator<Item = Guarded<'a>> + use<'a> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| Some((schema, schema.history.as_ref()?)))
        .flat_map(|(schema, history)| {
            let tables = history.replay.catalog.tables();
            tables.map(move |(relation, table)| Guarded {
                schema,
                relation,
                table,
                history,
            })
        })
        .filter(|guarded| !guarded.relation.uncertain && !guarded.table.policies.is_empty())
}

/// Tables whose row security is on and has policies.
pub(crate) fn active<'a>(context: &Context<'a>) -> impl Iterator<Item = Guarded<'a>> + use<'a> {
    guarded(context).filter(|guarded| guarded.table.row_security)
}

/// What a policy asks: `USING`, then `WITH CHECK`.
pub(crate) fn conditions(policy: &Policy) -> impl Iterator<Item = &Expr> {
    policy.using.iter().chain(&policy.check)
}

/// What an expression is for every row and whoever asks.
pub(crate) fn constant(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Not(inner) => constant(inner).map(|value| !value),
        ExprKind::Logical(and, operands) => {
            let values: Vec<Option<bool>> = operands.iter().map(constant).collect();
            if values.contains(&Some(!and)) {
                return Some(!and);
            }
            values
                .iter()
                .all(|value| *value == Some(*and))
                .then_some(*and)
        }
        ExprKind::Binary(operator, left, right) => {
            let equal = same_literal(left, right).or_else(|| is_itself(expr).then_some(true))?;
            match operator.symbol.as_str() {
                "=" => Some(equal),
                "<>" => Some(!equal),
                _ => None,
            }
        }
        _ => None,
    }
}

fn same_literal(left: &Expr, right: &Expr) -> Option<bool> {
    match (&left.kind, &right.kind) {
        (ExprKind::Integer(a), ExprKind::Integer(b))
        | (ExprKind::String(a), ExprKind::String(b)) => Some(a == b),
        (ExprKind::Bool(a), ExprKind::Bool(b)) => Some(a == b),
        _ => None,
    }
}

/// Whether an expression compares a column with itself.
pub(crate) fn is_itself(expr: &Expr) -> bool {
    let names = |side: &Expr| -> Option<Vec<SmolStr>> {
        match &side.kind {
            ExprKind::Column(parts) => Some(parts.iter().map(|part| part.text.clone()).collect()),
            _ => None,
        }
    };
    match &expr.kind {
        ExprKind::Binary(operator, left, right) if operator.symbol == "=" => {
            names(left).is_some_and(|left| names(right) == Some(left))
        }
        _ => false,
    }
}

/// Settings, variables and functions that say who the session is.
pub(crate) fn reads_session(expr: &Expr) -> bool {
    let mut reads = false;
    walk_expression(expr, &mut |part| {
        if let Part::Expr(inner) = part {
            reads |= match &inner.kind {
                ExprKind::Call(call) => {
                    call.name.name.text == "current_setting"
                        || call
                            .name
                            .schema
                            .as_ref()
                            .is_some_and(|schema| schema.text == "auth")
                }
                ExprKind::Keyword(word) => {
                    matches!(word.as_str(), "current_user" | "session_user" | "user")
                }
                _ => false,
            };
        }
    });
    reads
}

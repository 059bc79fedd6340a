//! Who asks, as the policies of the migrations tell it: by a setting of the transaction, or a
//! function of the database. New policies ask the same.

use snell_prisma::{Field, FieldId, Model, ScalarType};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{History, ModelRef},
};
use snell_source::Location;
use snell_sql::{
    ast::{Expr, ExprKind, Part, walk_expression},
    catalog, print,
};

use super::guarded::is_put_together;
use crate::Analysis;

/// How a project's policies tell who asks.
#[derive(Debug, Default)]
pub(super) struct Askers {
    identity: Option<Asker>,
    tenant: Option<Asker>,
}

/// How they tell one kind.
#[derive(Debug)]
enum Asker {
    /// By a setting.
    Setting(String),
    /// By an expression that calls functions, for columns of one type.
    Expression(String, (Option<ScalarType>, bool)),
}

impl Askers {
    /// Of all policies that stand when the migrations have run; the first that tells it counts.
    pub(super) fn of(analysis: &Analysis) -> Self {
        let mut found = Askers::default();
        for (reference, schema, model) in analysis.project.schemas.models() {
            let Some(history) = &schema.history else {
                continue;
            };
            let Some((_, table)) = history.table(&model.db_name) else {
                continue;
            };
            for policy in table.policies.iter().filter(|_| table.row_security) {
                for condition in policy.using.iter().chain(&policy.check) {
                    let side = Side {
                        analysis,
                        history,
                        reference,
                        model,
                    };
                    side.read(policy, condition, &mut found);
                }
            }
        }
        found
    }

    /// `"user_id" = (SELECT current_setting('app.user_id', true))`: the setting is read once for
    /// each statement, and an unset one equals nothing.
    pub(super) fn compare(&self, column: &str, field: &Field, kind: RootKind) -> String {
        let (known, usual) = match kind {
            RootKind::Tenant => (&self.tenant, "app.tenant_id"),
            _ => (&self.identity, "app.user_id"),
        };
        let setting = match known {
            Some(Asker::Expression(text, of)) if *of == kind_of(field) => {
                return format!("{column} = (SELECT {text})");
            }
            Some(Asker::Setting(name)) => name,
            _ => usual,
        };
        let cast = match kind_of(field) {
            (Some(ScalarType::Int), _) => "::integer",
            (Some(ScalarType::BigInt), _) => "::bigint",
            (Some(ScalarType::String), true) => "::uuid",
            _ => return format!("{column} = (SELECT current_setting('{setting}', true))"),
        };
        format!("{column} = (SELECT NULLIF(current_setting('{setting}', true), ''){cast})")
    }
}

/// The type of a column, and whether it is a UUID in the database.
fn kind_of(field: &Field) -> (Option<ScalarType>, bool) {
    let native = field.native_type.as_ref();
    (
        field.scalar(),
        native.is_some_and(|native| native.name == "Uuid"),
    )
}

/// The table of a policy.
struct Side<'a> {
    analysis: &'a Analysis,
    history: &'a History,
    reference: ModelRef,
    model: &'a Model,
}

impl Side<'_> {
    /// Reads a condition for comparisons of a column that says whose a row is.
    fn read(&self, policy: &catalog::Policy, condition: &Expr, found: &mut Askers) {
        match &condition.kind {
            ExprKind::Logical(_, operands) => {
                for operand in operands {
                    self.read(policy, operand, found);
                }
            }
            ExprKind::Binary(operator, left, right) if operator.symbol == "=" => {
                for (column, other) in [(left, right), (right, left)] {
                    let field = self.column(column);
                    let Some((field, kind)) = field.and_then(|one| Some((one, self.kind(one)?)))
                    else {
                        continue;
                    };
                    let place = match kind {
                        RootKind::Tenant => &mut found.tenant,
                        RootKind::Identity => &mut found.identity,
                        RootKind::Room => continue,
                    };
                    if place.is_none() {
                        *place = self.asker(policy, field, other);
                    }
                }
            }
            _ => {}
        }
    }

    fn column(&self, side: &Expr) -> Option<&Field> {
        match &side.kind {
            ExprKind::Column(names) => self.model.field_of_column(&names.last()?.text),
            ExprKind::Cast(operand, _) => self.column(operand),
            _ => None,
        }
    }

    /// What a column names: people, or groups of them.
    fn kind(&self, field: &Field) -> Option<RootKind> {
        let graph = self.analysis.project.owners.graph(self.reference.schema);
        let root = |model| match graph.of(model) {
            Ownership::Root(kind) => Some(*kind),
            _ => None,
        };
        let is_key = |columns: &[FieldId]| columns == [field.id];
        let mut relations = self
            .model
            .relation_fields()
            .filter_map(|one| one.relation());
        let target = relations.find(|side| is_key(&side.fields));
        match target {
            Some(side) => root(side.target),
            None if self.model.is_id(field.id) => root(self.model.id),
            None => None,
        }
    }

    /// What a column is compared with, where it says who asks.
    fn asker(&self, policy: &catalog::Policy, field: &Field, other: &Expr) -> Option<Asker> {
        let (mut setting, mut calls, mut columns) = (None, false, false);
        walk_expression(other, &mut |part| {
            let Part::Expr(inner) = part else { return };
            match &inner.kind {
                ExprKind::Column(_) => columns = true,
                ExprKind::Call(call) => {
                    calls = true;
                    let first = call.arguments.first().map(|first| &first.value.kind);
                    if let (Some(ExprKind::String(name)), "current_setting") =
                        (first, call.name.name.text.as_str())
                    {
                        setting = Some(name.to_string());
                    }
                }
                _ => {}
            }
        });
        if columns || !calls {
            return None;
        }
        Some(match setting {
            Some(name) => Asker::Setting(name),
            None => {
                let place = policy.provenance.created;
                let at: Location = self.history.within(place, other.span);
                let text = match is_put_together(self.analysis, self.history, policy) {
                    true => print::expression(other),
                    false => self.analysis.sources.text(at).to_owned(),
                };
                let text = text.trim();
                // What is selected once already.
                let text = text.trim_start_matches('(').trim_end_matches(';');
                let text = text.strip_prefix("SELECT ").unwrap_or(text).trim();
                let text = match text.matches('(').count() < text.matches(')').count() {
                    true => text.strip_suffix(')').unwrap_or(text),
                    false => text,
                };
                Asker::Expression(text.to_owned(), kind_of(field))
            }
        })
    }
}

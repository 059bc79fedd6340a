//! Who asks, as the policies of the migrations tell it: by a setting of the transaction, or a
//! function of the database. New policies ask the same.

use snell_flow::scope;
use snell_prisma::{Field, FieldId, Model};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{History, ModelRef, Schema},
};
use snell_source::Location;
use snell_sql::{
    ast::{Expr, ExprKind, Part, walk_expression},
    catalog, print,
};

use super::{
    column_types::{ColumnTypes, TEXT},
    guarded::is_put_together,
    quoted,
};
use crate::Analysis;

/// How a project's policies tell who asks.
#[derive(Debug, Default)]
pub(super) struct Askers {
    identity: Option<Asker>,
    tenant: Option<Asker>,
    /// The settings that columns are compared with.
    settings: Vec<String>,
    /// Whether columns are compared with what the session says.
    asks: bool,
    /// Whether one of their tables binds its owner.
    forces: bool,
    /// Roles that see every row of a table with policies, by a policy of this name.
    trusted: Option<(String, Vec<String>)>,
}

/// How they tell one kind.
#[derive(Debug)]
struct Asker {
    form: Form,
    /// The roles that the policy is for; empty for all.
    roles: Vec<String>,
}

#[derive(Debug)]
enum Form {
    /// By a setting.
    Setting(String),
    /// By an expression that calls functions, for columns of one type.
    Expression(String, String),
}

impl Askers {
    /// Of all policies that stand when the migrations have run; the first that tells it counts.
    pub(super) fn of(analysis: &Analysis) -> Self {
        let mut found = Askers::default();
        for (id, schema) in analysis.project.schemas.iter() {
            let Some(history) = &schema.history else {
                continue;
            };
            let types = ColumnTypes::of(schema);
            for model in schema.datamodel.models() {
                let Some((_, table)) = history.table(&model.db_name) else {
                    continue;
                };
                let side = Side {
                    analysis,
                    history,
                    reference: ModelRef {
                        schema: id,
                        model: model.id,
                    },
                    model,
                    types: &types,
                };
                found.forces |= table.force_row_security && !table.policies.is_empty();
                for policy in &table.policies {
                    found.add(&side, policy);
                }
            }
        }
        found
    }

    fn add(&mut self, side: &Side<'_>, policy: &catalog::Policy) {
        for condition in policy.using.iter().chain(&policy.check) {
            side.read(policy, condition, self);
        }
        let all = |condition: &Option<Expr>| {
            let condition = condition.as_ref().map(|one| &one.kind);
            matches!(condition, Some(ExprKind::Bool(true)))
        };
        let named = !policy.roles.is_empty() && policy.roles.iter().all(|role| role != "public");
        if self.trusted.is_none() && named && policy.command == "all" && all(&policy.using) {
            self.trusted = Some((policy.name.to_string(), roles_of(policy)));
        }
    }

    /// The same for the columns of one schema.
    pub(super) fn of_schema<'a>(&'a self, schema: &'a Schema) -> Asking<'a> {
        Asking {
            askers: self,
            types: ColumnTypes::of(schema),
        }
    }

    fn known(&self, kind: RootKind) -> Option<&Asker> {
        match kind {
            RootKind::Tenant => self.tenant.as_ref(),
            _ => self.identity.as_ref(),
        }
    }

    /// Why no policy can ask for one kind: those of the database ask for another, and nobody tells
    /// it more.
    pub(super) fn untold(&self, kind: RootKind) -> Option<String> {
        if !self.asks || self.known(kind).is_some() {
            return None;
        }
        let names: Vec<String> = self.settings.iter().map(|one| format!("`{one}`")).collect();
        let asked = match names.as_slice() {
            [] => "what the functions of the migrations say of who asks".to_owned(),
            some => some.join(" and "),
        };
        let column = match kind {
            RootKind::Tenant => "the key of a group",
            _ => "the key of a person",
        };
        Some(format!(
            "the policies of the database ask for {asked}, and its owner's column is {column}"
        ))
    }

    /// Whether policies bind the owner of a table, too: as those of the database do.
    pub(super) fn forces(&self) -> bool {
        self.forces || !self.asks
    }

    /// ` TO "app"`: the roles that policies which ask for one kind are for.
    pub(super) fn to(&self, kind: RootKind) -> String {
        to(self.known(kind).map_or(&[], |asker| &asker.roles))
    }

    /// The policy of roles that see every row, where those that ask are for others.
    pub(super) fn for_trusted(&self, table: &str, kind: RootKind) -> Option<String> {
        let (name, roles) = self.trusted.as_ref()?;
        let asker = self.known(kind).filter(|one| !one.roles.is_empty())?;
        let others = roles.iter().all(|role| !asker.roles.contains(role));
        others.then(|| {
            format!(
                "CREATE POLICY {} ON {table}{} USING (true) WITH CHECK (true);",
                quoted(name),
                to(roles)
            )
        })
    }
}

fn roles_of(policy: &catalog::Policy) -> Vec<String> {
    let roles = policy.roles.iter().filter(|role| *role != "public");
    roles.map(ToString::to_string).collect()
}

fn to(roles: &[String]) -> String {
    match roles {
        [] => String::new(),
        some => {
            let names: Vec<String> = some.iter().map(|one| quoted(one)).collect();
            format!(" TO {}", names.join(", "))
        }
    }
}

/// How policies of the tables of one schema tell who asks.
pub(super) struct Asking<'a> {
    pub(super) askers: &'a Askers,
    types: ColumnTypes<'a>,
}

impl Asking<'_> {
    /// `"user_id" = (SELECT current_setting('app.user_id', true))`: the setting is read once for
    /// each statement, as the type that the column has, and an unset one equals nothing.
    pub(super) fn compare(&self, column: &str, field: &Field, kind: RootKind) -> String {
        let usual = match kind {
            RootKind::Tenant => "app.tenant_id",
            _ => "app.user_id",
        };
        let of_column = self.types.of_field(field);
        let setting = match self.askers.known(kind).map(|asker| &asker.form) {
            Some(Form::Expression(text, of)) if *of == of_column => {
                return format!("{column} = (SELECT {text})");
            }
            Some(Form::Setting(name)) => name,
            _ => usual,
        };
        match of_column.as_str() {
            TEXT => format!("{column} = (SELECT current_setting('{setting}', true))"),
            other => format!(
                "{column} = (SELECT NULLIF(current_setting('{setting}', true), '')::{other})"
            ),
        }
    }
}

/// Whether what a column is compared with comes from the session: it calls functions, or names who is
/// connected, and reads no column.
fn says_who(other: &Expr) -> bool {
    let (mut who, mut columns) = (false, false);
    walk_expression(other, &mut |part| {
        if let Part::Expr(inner) = part {
            match &inner.kind {
                ExprKind::Column(_) => columns = true,
                ExprKind::Call(_) => who = true,
                ExprKind::Keyword(word) => {
                    who |= matches!(word.as_str(), "current_user" | "session_user" | "user");
                }
                _ => {}
            }
        }
    });
    who && !columns
}

/// The table of a policy.
struct Side<'a> {
    analysis: &'a Analysis,
    history: &'a History,
    reference: ModelRef,
    model: &'a Model,
    types: &'a ColumnTypes<'a>,
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
                    if field.is_some() && says_who(other) {
                        found.asks = true;
                        for setting in scope::settings_of(self.history, other) {
                            if !found.settings.contains(&setting.to_string()) {
                                found.settings.push(setting.to_string());
                            }
                        }
                    }
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
                        *place = self.form(policy, field, other).map(|form| Asker {
                            form,
                            roles: roles_of(policy),
                        });
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
    fn form(&self, policy: &catalog::Policy, field: &Field, other: &Expr) -> Option<Form> {
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
            Some(name) => Form::Setting(name),
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
                Form::Expression(text.to_owned(), self.types.of_field(field))
            }
        })
    }
}

//! What row security of the database says of owners: a column that the policies compare with a setting of the session
//! holds the key of who asks, or of the group that who asks is in. The table whose own key is compared with the same
//! setting is that of the owners.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_prisma::{FieldId, Model, ModelId};
use snell_sql::ast::{Expr, ExprKind, Part, walk_expression};

use super::{
    OwnerRoot, RootKind,
    keys::{BareKey, is_loose},
    roots::singular,
};
use crate::schema::Schema;

/// Who owns by the policies of one schema's migrations, and the columns that hold their keys.
#[derive(Debug, Default)]
pub(super) struct Secured {
    pub(super) roots: Vec<OwnerRoot>,
    pub(super) keys: Vec<BareKey>,
}

/// Words of settings that say which person asks.
const PEOPLE: [&str; 4] = ["user", "account", "person", "member"];

pub(super) fn of(schema: &Schema) -> Secured {
    let mut found = Secured::default();
    for (setting, columns) in compared(schema) {
        let Some(owner) = owner(schema, &columns) else {
            continue;
        };
        let person = PEOPLE.iter().any(|word| setting.contains(word));
        found.roots.push(OwnerRoot {
            model: owner,
            kind: match person {
                true => RootKind::Identity,
                false => RootKind::Tenant,
            },
        });
        let datamodel = &schema.datamodel;
        let loose = columns.iter().filter(|column| {
            column.model != owner && is_loose(&datamodel[column.model], &datamodel[**column])
        });
        found.keys.extend(loose.map(|column| BareKey {
            column: *column,
            target: owner,
        }));
    }
    found
}

/// The columns that policies compare with each setting of the session, by its name in lower case.
fn compared(schema: &Schema) -> BTreeMap<SmolStr, Vec<FieldId>> {
    let mut found: BTreeMap<SmolStr, Vec<FieldId>> = BTreeMap::new();
    let Some(history) = &schema.history else {
        return found;
    };
    let models = schema.datamodel.models().iter();
    for model in models.filter(|model| !model.is_view) {
        let built = history.table(&model.db_name);
        let Some((_, table)) = built.filter(|(_, table)| table.row_security) else {
            continue;
        };
        for policy in &table.policies {
            for condition in policy.using.iter().chain(&policy.check) {
                read(model, condition, &mut |setting, column| {
                    let columns = found.entry(setting).or_default();
                    if !columns.contains(&column) {
                        columns.push(column);
                    }
                });
            }
        }
    }
    found
}

/// Reads a condition for comparisons of a column with a setting.
fn read(model: &Model, condition: &Expr, add: &mut impl FnMut(SmolStr, FieldId)) {
    match &condition.kind {
        ExprKind::Logical(_, operands) => {
            for operand in operands {
                read(model, operand, add);
            }
        }
        ExprKind::Binary(operator, left, right) if operator.symbol == "=" => {
            for (column, other) in [(left, right), (right, left)] {
                if let (Some(column), Some(setting)) = (column_of(model, column), setting(other)) {
                    add(setting, column);
                }
            }
        }
        _ => {}
    }
}

fn column_of(model: &Model, side: &Expr) -> Option<FieldId> {
    match &side.kind {
        ExprKind::Column(names) => Some(model.field_of_column(&names.last()?.text)?.id),
        ExprKind::Cast(operand, _) => column_of(model, operand),
        _ => None,
    }
}

/// The one setting that an expression reads, where it reads no column beside.
fn setting(side: &Expr) -> Option<SmolStr> {
    let (mut names, mut columns) = (Vec::new(), false);
    walk_expression(side, &mut |part| {
        let Part::Expr(inner) = part else { return };
        match &inner.kind {
            ExprKind::Column(_) => columns = true,
            ExprKind::Call(call) if call.name.name.text == "current_setting" => {
                let first = call.arguments.first().map(|first| &first.value.kind);
                if let Some(ExprKind::String(name)) = first {
                    names.push(SmolStr::from(name.to_ascii_lowercase()));
                }
            }
            _ => {}
        }
    });
    match names.as_slice() {
        [only] if !columns => Some(only.clone()),
        _ => None,
    }
}

/// The model whose own key is among the columns; else the one that all others are called after: `clientId`.
fn owner(schema: &Schema, columns: &[FieldId]) -> Option<ModelId> {
    let datamodel = &schema.datamodel;
    let mut own = columns.iter().filter(|column| {
        let model = &datamodel[column.model];
        model.is_id(**column) && !model.is_foreign_key(**column)
    });
    if let Some(first) = own.next() {
        return own.next().is_none().then_some(first.model);
    }
    let mut named = columns.iter().map(|column| {
        let name = singular(&datamodel[*column].name);
        let mut models = datamodel.models().iter();
        models.find(|model| format!("{}id", singular(&model.name)) == name)
    });
    let first = named.next()??;
    let all = named.all(|model| model.is_some_and(|model| model.id == first.id));
    all.then_some(first.id)
}
